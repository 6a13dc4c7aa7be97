// Reading fields of JavaScript objects and making values, for the conversions.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/histogram.h"
#include "common/user_error.h"

namespace nicbench::addon {

[[noreturn]] inline void bad_argument(const char* field, const char* wanted) {
  throw UserError("BAD_ARGUMENT", std::string("The field '") + field + "' must be " + wanted + ".",
                  "Orchestrator and agent may be of different versions.");
}

inline double number(const Napi::Object& object, const char* field) {
  const Napi::Value value = object.Get(field);
  if (!value.IsNumber()) bad_argument(field, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

inline double number_or(const Napi::Object& object, const char* field, double otherwise) {
  return object.Get(field).IsUndefined() ? otherwise : number(object, field);
}

// A number that fits T exactly: no wrap-around, no fraction.
template <class T>
T whole_number(const Napi::Value& value, const char* field) {
  if (!value.IsNumber()) bad_argument(field, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  const bool fits = number >= static_cast<double>(std::numeric_limits<T>::min()) &&
                    number <= std::min(static_cast<double>(std::numeric_limits<T>::max()), 9007199254740992.0);
  if (!fits || number != std::floor(number)) bad_argument(field, "a whole number in range");
  return static_cast<T>(number);
}

template <class T>
T integer(const Napi::Object& object, const char* field) {
  return whole_number<T>(object.Get(field), field);
}

template <class T>
std::vector<T> integers(const Napi::Object& object, const char* field) {
  if (!object.Get(field).IsArray()) bad_argument(field, "an array of whole numbers");
  const Napi::Array array = object.Get(field).As<Napi::Array>();
  std::vector<T> values;
  for (std::uint32_t i = 0; i < array.Length(); ++i) values.push_back(whole_number<T>(array.Get(i), field));
  return values;
}

inline std::string text(const Napi::Object& object, const char* field) {
  const Napi::Value value = object.Get(field);
  if (!value.IsString()) bad_argument(field, "a string");
  return value.As<Napi::String>().Utf8Value();
}

inline std::vector<std::string> texts(const Napi::Object& object, const char* field) {
  if (!object.Get(field).IsArray()) bad_argument(field, "an array of strings");
  const Napi::Array array = object.Get(field).As<Napi::Array>();
  std::vector<std::string> values;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value value = array.Get(i);
    if (!value.IsString()) bad_argument(field, "an array of strings");
    values.push_back(value.As<Napi::String>());
  }
  return values;
}

inline bool boolean(const Napi::Object& object, const char* field) {
  const Napi::Value value = object.Get(field);
  if (!value.IsBoolean()) bad_argument(field, "true or false");
  return value.As<Napi::Boolean>().Value();
}

inline Napi::Object object_in(const Napi::Object& object, const char* field) {
  if (!object.Get(field).IsObject()) bad_argument(field, "an object");
  return object.Get(field).As<Napi::Object>();
}

// One of a few names.
template <class T>
T choice(const Napi::Object& object, const char* field, std::optional<T> (*parse)(std::string_view) noexcept) {
  const std::optional<T> value = parse(text(object, field));
  if (!value) bad_argument(field, "one of the names that this version knows");
  return *value;
}

inline Napi::Value js(Napi::Env env, double value) { return Napi::Number::New(env, value); }
inline Napi::Value js(Napi::Env env, std::uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

// One value an item, in their order: to_js(item).
template <class Items, class ToJs>
Napi::Array array_to_js(Napi::Env env, const Items& items, const ToJs& to_js) {
  Napi::Array array = Napi::Array::New(env, items.size());
  std::uint32_t i = 0;
  for (const auto& item : items) array.Set(i++, to_js(item));
  return array;
}

template <class Pairs>
Napi::Array pairs_to_js(Napi::Env env, const Pairs& pairs) {
  return array_to_js(env, pairs, [env](const auto& both) {
    const auto& [first, second] = both;
    Napi::Array pair = Napi::Array::New(env, 2);
    pair.Set(0u, js(env, static_cast<double>(first)));
    pair.Set(1u, js(env, static_cast<double>(second)));
    return pair;
  });
}

inline Napi::Object histogram_to_js(Napi::Env env, const Histogram& histogram) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("unit", "ns");
  object.Set("buckets", pairs_to_js(env, histogram.buckets()));
  object.Set("min", js(env, histogram.min()));
  object.Set("max", js(env, histogram.max()));
  return object;
}

}  // namespace nicbench::addon
