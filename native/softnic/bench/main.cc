// classifier-bench: what the classifier alone takes for a frame, on one thread and of its own CPU time: every case
// without and with the flow cache, in turns, over the same frames.
//
//   classifier-bench [rounds] [bursts a round]
#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/affinity.h"
#include "common/random.h"
#include "softnic/bench/frames.h"
#include "softnic/classifier.h"
#include "softnic/rule_set.h"

namespace nicbench {
namespace {

struct Case {
  std::string name;
  std::uint64_t rules;
  std::uint16_t tables, masks;
  bool match;  // the rules are for the flows
  std::size_t flows;
};

const std::vector<Case> kCases = {
    {"no rule", 0, 0, 1, false, 10'000},
    {"10k, table 0", 10'000, 0, 1, false, 10'000},
    {"1M, table 0", 1'000'000, 0, 1, false, 10'000},
    {"1M, table 0, match", 1'000'000, 0, 1, true, 10'000},
    {"1M, 8 tables", 1'000'000, 8, 1, false, 10'000},
    {"100k, 8 masks", 100'000, 0, 8, false, 10'000},
    {"100k, 8 masks, match", 100'000, 0, 8, true, 10'000},
    {"100k, 8 masks, 100k flows", 100'000, 0, 8, true, 100'000},
    {"100k, 8 masks, 1M flows", 100'000, 0, 8, false, 1'000'000},
};

class Bench {
 public:
  explicit Bench(const Case& what)
      : flows_(make_flows(what.flows)),
        frames_(make_frames(flows_)),
        set_({.rules = what.rules, .tables = what.tables, .match = "eth/ipv4/udp", .masks = what.masks, .listed = {}},
             what.match
                 ? std::vector(flows_.begin(), flows_.begin() + static_cast<std::ptrdiff_t>(
                                                                    std::min<std::size_t>(flows_.size(), what.rules)))
                 : std::vector<FiveTuple4>{}),
        classifier_({.capacity = what.rules + 1000,
                     .expected = set_.rules_in_a_group(what.rules) / what.masks + 1,
                     .seed = 1}) {
    for (const Rule& rule : set_.defaults()) install(rule);
    for (std::uint64_t i = 0; i < what.rules; ++i) install(set_.specific(i));
  }

  // ns a frame.
  double run(FlowCache* cache, std::uint64_t bursts) {
    Xoshiro256 random(2);
    std::array<Frame, kBurst> burst{};
    std::array<Verdict, kBurst> verdicts;
    const double before = cpu_seconds(pthread_self());
    for (std::uint64_t i = 0; i < bursts; ++i) {
      for (Frame& frame : burst) {
        frame.data = &frames_[random.below(flows_.size()) * kFrameBytes];
        frame.length = kFrameBytes;
      }
      classifier_.classify(burst, verdicts, cache);
      for (const Verdict& verdict : verdicts) queues_[cache != nullptr] += verdict.matched ? verdict.queue + 1u : 0u;
      classifier_.quiesce(0);
    }
    return (cpu_seconds(pthread_self()) - before) / static_cast<double>(bursts * kBurst) * 1e9;
  }

  // The cache says what the rules say.
  bool right() const { return queues_[0] == queues_[1]; }

 private:
  void install(const Rule& rule) {
    RuleId id = kNoRule;
    classifier_.install(rule, id);
  }

  const std::vector<FiveTuple4> flows_;
  std::vector<std::uint8_t> frames_;
  const RuleSet set_;
  Classifier classifier_;
  std::uint64_t queues_[2] = {};
};

void run(const Case& what, std::size_t rounds, std::uint64_t bursts) {
  Bench bench(what);
  FlowCache cache(3);
  std::vector<double> without, with, ratios;
  for (std::size_t round = 0; round < rounds; ++round) {
    without.push_back(bench.run(nullptr, bursts));
    with.push_back(bench.run(&cache, bursts));
    ratios.push_back(without.back() / with.back());
  }
  for (auto* values : {&without, &with, &ratios}) std::sort(values->begin(), values->end());
  std::printf("%-28s %7.1f %9.1f   %.2f (%.2f to %.2f)%s\n", what.name.c_str(), without[rounds / 2], with[rounds / 2],
              ratios[rounds / 2], ratios.front(), ratios.back(), bench.right() ? "" : "  WRONG");
}

}  // namespace
}  // namespace nicbench

int main(int argc, char** argv) {
  const std::size_t rounds = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 7;
  const std::uint64_t bursts = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 20'000;
  if (rounds == 0 || bursts == 0) {
    std::fprintf(stderr, "classifier-bench [rounds] [bursts a round]: both at least 1\n");
    return 1;
  }
  std::printf("%-28s %7s %9s   %s\n", "rules", "ns", "cached", "times as fast with the cache");
  for (const nicbench::Case& each : nicbench::kCases) nicbench::run(each, rounds, bursts);
  return 0;
}
