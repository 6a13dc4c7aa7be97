// What the results of all trials with a tester have in common.
#pragma once

#include <cstdint>
#include <cstdio>
#include <vector>

#include "fields.h"
#include "trafficgen/tester.h"

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

// Rates over each interval, from running totals.
inline Napi::Object series_to_js(Napi::Env env, const std::vector<SeriesRow>& rows) {
  Napi::Array t = Napi::Array::New(env), offered = Napi::Array::New(env), forwarded = Napi::Array::New(env);
  SeriesRow before;
  std::uint32_t n = 0;
  for (const SeriesRow& row : rows) {
    const double seconds = row.t - before.t;
    if (seconds <= 0) continue;
    t.Set(n, js(env, row.t));
    offered.Set(n, js(env, static_cast<double>(row.sent - before.sent) / seconds));
    forwarded.Set(n, js(env, static_cast<double>(row.received - before.received) / seconds));
    before = row;
    ++n;
  }
  const auto column = [&](const Napi::Array& values) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("unit", "frames/s");
    object.Set("values", values);
    return object;
  };
  Napi::Object columns = Napi::Object::New(env);
  columns.Set("offered_rate", column(offered));
  columns.Set("forwarding_rate", column(forwarded));
  Napi::Object series = Napi::Object::New(env);
  series.Set("t", t);
  series.Set("columns", columns);
  return series;
}

}  // namespace nicbench::addon
