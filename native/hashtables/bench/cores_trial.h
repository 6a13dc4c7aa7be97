// Several cores in a closed loop: each draws keys of its own flows, as RSS would give it, and works on its own table or
// on one that all share. What a core asks for, and how its answers are checked, is TableTrial's.
//
// The rate of a round is the operations of all cores over the mean of their clocked times. Chunks in which the host
// took a core away are left out (TableTrial): behind a lock all cores wait for the one that lost its own, which says
// more about the host than about the lock.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "common/affinity.h"
#include "common/user_error.h"
#include "hashtables/bench/table_trial.h"
#include "hashtables/bench/together.h"

namespace nicbench {

template <class Table>
class CoresTrial final : public Trial {
 public:
  using Key = typename Table::Key;

  CoresTrial(const BenchmarkConfig& config, std::span<const Key> trace) : config_(config), together_(config.threads) {
    const Operation operation = config.operation;
    if (operation != Operation::kHit && operation != Operation::kMiss && operation != Operation::kMixed &&
        operation != Operation::kChurn) {
      throw UserError("BENCHMARK_CONFIG", "This operation is for one core with a table of its own.",
                      "On several cores, or a shared table, use hit, miss, mixed or churn.");
    }
    const bool sharded = config.sharing == Sharing::kSharded;
    if (!sharded)
      shared_ = std::make_shared<Table>(TableTrial<Table>::table_options(config, config.slots * config.threads));
    for (std::uint32_t i = 0; i < config.threads; ++i) {
      BenchmarkConfig mine = config;
      mine.seed += i;
      mine.latency_samples = 0;
      cores_.push_back(std::make_unique<TableTrial<Table>>(mine, trace, shared_, &together_));
    }
  }

  void run_round(BenchmarkResult& result) override {
    std::vector<BenchmarkResult> results(config_.threads);
    std::vector<std::exception_ptr> failures(config_.threads);
    {
      std::vector<std::jthread> threads;
      for (std::uint32_t i = 0; i < config_.threads; ++i) {
        threads.emplace_back([&, i] {
          try {
            if (config_.first_cpu >= 0) pin_this_thread(config_.first_cpu + static_cast<int>(i), "table-bench");
          } catch (...) {
            failures[i] = std::current_exception();
          }
          if (together_.all(!failures[i])) cores_[i]->run_round(results[i]);
        });
      }
    }
    for (const std::exception_ptr& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
    for (const BenchmarkResult& one : results) {
      result.operations += one.operations;
      result.seconds += one.seconds / config_.threads;
      result.cycles_per_op += one.cycles_per_op;
      result.hits += one.hits;
      result.misses += one.misses;
      result.refused += one.refused;
      result.wrong += one.wrong;
    }
  }

  void finish(BenchmarkResult& result) override {
    const double operations = static_cast<double>(std::max<std::uint64_t>(result.operations, 1));
    result.ops_per_s = result.seconds > 0 ? operations / result.seconds : 0;
    result.ns_per_op = result.seconds * 1e9 * config_.threads / operations;
    result.cycles_per_op /= operations;
    std::uint64_t live = 0;
    for (const auto& core : cores_) {
      core->check_every_flow(result);
      live += core->live();
    }
    if (shared_) result.wrong += shared_->size() != live;
    result.live = live;
    result.slots = shared_ ? shared_->capacity() : cores_[0]->slots() * config_.threads;
    result.memory = memory();
    result.bytes_per_entry = static_cast<double>(result.memory) / static_cast<double>(std::max<std::uint64_t>(live, 1));
    result.pages = cores_[0]->pages();
  }

  std::uint64_t memory() const override {
    if (shared_) return shared_->memory();
    std::uint64_t sum = 0;
    for (const auto& core : cores_) sum += core->memory();
    return sum;
  }

 private:
  const BenchmarkConfig config_;
  Together together_;
  std::shared_ptr<Table> shared_;  // none: each core has its own
  std::vector<std::unique_ptr<TableTrial<Table>>> cores_;
};

}  // namespace nicbench
