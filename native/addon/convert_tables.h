// The table benchmark's part of the conversions.
#pragma once

#include <napi.h>

#include "hashtables/bench/benchmark.h"
#include "hashtables/bench/limits.h"

namespace nicbench::addon {

// A benchmark's result, and what the machine could do with a working set of the table's size right after it.
struct TableTrialResult {
  BenchmarkResult benchmark;
  double line_reads_per_s = 0;
};

BenchmarkConfig table_config(const Napi::Object& object);

Napi::Object to_js(Napi::Env env, const TableTrialResult& result);
Napi::Object to_js(Napi::Env env, const Limits& limits);

}  // namespace nicbench::addon
