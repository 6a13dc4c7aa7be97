#include "hashtables/bench/compare.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <numeric>

#include "common/random.h"
#include "common/user_error.h"
#include "hashtables/bench/limits.h"

namespace nicbench {
namespace {

struct Contender {
  std::unique_ptr<Trial> trial;
  BenchmarkResult result;
  std::vector<double> rates;
  std::vector<double> limits;
};

constexpr double kLimitSeconds = 0.02;

void run_round(Contender& contender) {
  const std::uint64_t operations = contender.result.operations;
  const double seconds = contender.result.seconds;
  contender.trial->run_round(contender.result);
  const double elapsed = contender.result.seconds - seconds;
  if (elapsed > 0) contender.rates.push_back(static_cast<double>(contender.result.operations - operations) / elapsed);
}

Contender prepare(const BenchmarkConfig& config, const std::vector<TableProvider>& providers, std::string& error) {
  Contender contender;
  try {
    contender.trial = make_trial(config, providers);
    run_round(contender);  // warms up: pages, predictors; not counted
    contender.result = {};
    contender.rates.clear();
  } catch (const UserError& mistake) {
    if (mistake.code() != "LOAD_TOO_HIGH" && mistake.code() != "DPDK_UNAVAILABLE") throw;
    error = mistake.what();
    contender.trial.reset();
  } catch (const std::exception& failure) {
    error = failure.what();
    contender.trial.reset();
  }
  return contender;
}

void shuffle(std::vector<std::size_t>& order, Xoshiro256& random) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

void conclude(Contender& contender, ComparedTable& compared) {
  contender.trial->finish(contender.result);
  compared.result = contender.result;
  compared.ops_per_s = spread_of(contender.rates);
  compared.line_reads_per_s = spread_of(contender.limits);
  compared.share_of_limit = compared.ops_per_s.median / compared.line_reads_per_s.median;
  contender.trial.reset();
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back()};
}

std::vector<ComparedTable> compare_trials(const std::vector<BenchmarkConfig>& configs, std::uint32_t rounds,
                                          const std::vector<TableProvider>& providers) {
  if (configs.empty()) return {};
  std::vector<ComparedTable> compared(configs.size());
  std::vector<Contender> contenders;
  std::uint64_t most_memory = 0;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    compared[i].table = configs[i].table;
    compared[i].sharing = configs[i].sharing;
    compared[i].threads = configs[i].threads;
    contenders.push_back(prepare(configs[i], providers, compared[i].error));
    if (contenders[i].trial) most_memory = std::max(most_memory, contenders[i].trial->memory());
  }
  LimitProbe probe(most_memory, configs[0].huge_pages);
  Xoshiro256 random(configs[0].seed);
  std::vector<std::size_t> order(configs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::uint32_t round = 0; round < rounds; ++round) {
    shuffle(order, random);
    for (const std::size_t i : order) {
      if (!contenders[i].trial) continue;
      run_round(contenders[i]);
      contenders[i].limits.push_back(probe.line_reads_per_s(kLimitSeconds, contenders[i].trial->memory()));
    }
  }
  for (std::size_t i = 0; i < configs.size(); ++i) {
    if (contenders[i].trial && !contenders[i].rates.empty()) conclude(contenders[i], compared[i]);
  }
  return compared;
}

std::vector<ComparedTable> compare_tables(const BenchmarkConfig& config, const std::vector<std::string>& names,
                                          std::uint32_t rounds, const std::vector<TableProvider>& providers) {
  std::vector<BenchmarkConfig> configs(names.size(), config);
  for (std::size_t i = 0; i < names.size(); ++i) configs[i].table = names[i];
  return compare_trials(configs, rounds, providers);
}

}  // namespace nicbench
