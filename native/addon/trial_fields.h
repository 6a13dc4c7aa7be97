// What the results of all trials with a tester have in common.
#pragma once

#include <cstdint>
#include <cstdio>

#include "fields.h"

namespace nicbench::addon {

inline Napi::String hex(Napi::Env env, std::uint64_t value) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
  return Napi::String::New(env, digits);
}

inline Napi::Object drop(Napi::Env env, const char* place, const char* cause, std::uint64_t frames) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("place", place);
  object.Set("cause", cause);
  object.Set("frames", js(env, frames));
  return object;
}

}  // namespace nicbench::addon
