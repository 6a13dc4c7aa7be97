// From the name of a table to a trial of it, on one core or on several.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "hashtables/bench/benchmark.h"
#include "hashtables/bench/cores_trial.h"
#include "hashtables/bench/table_trial.h"

namespace nicbench {

template <class Table>
std::unique_ptr<Trial> make_trial_on(const BenchmarkConfig& config, std::span<const typename Table::Key> trace) {
  if (config.threads == 1 && config.sharing == Sharing::kSharded && !config.closed_loop) {
    return std::make_unique<TableTrial<Table>>(config, trace);
  }
  return std::make_unique<CoresTrial<Table>>(config, trace);
}

// A trial of the named table if the list has it, else nothing.
template <class... Tags>
std::unique_ptr<Trial> make_trial_of(TableList<Tags...> /*list*/, const BenchmarkConfig& config) {
  std::unique_ptr<Trial> trial;
  const auto make = [&]<class Tag>(Tag) {
    if (Tag::info.name != config.table) return false;
    if (config.key == KeyKind::kIpv4) {
      trial = make_trial_on<typename Tag::template Table<FiveTuple4, std::uint32_t>>(config, config.trace4);
    } else {
      trial = make_trial_on<typename Tag::template Table<FiveTuple6, std::uint32_t>>(config, config.trace6);
    }
    return true;
  };
  (make(Tags{}) || ...);
  return trial;
}

}  // namespace nicbench
