// changes-bench: what a change of rules takes the thread that makes it, and the core that forwards beside it.
//
//   changes-bench [rounds] [changes a round] [control thread's CPU] [forwarding CPU]
//
// One core forwards frames that it has ready, without generator or wire, so that two cores are enough; the other
// changes rules of a table of a million, one by one with those to come known, or 32 at a time. Both by their own CPU
// time: a core that another program takes away costs them none.
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/affinity.h"
#include "common/clock.h"
#include "common/random.h"
#include "common/user_error.h"
#include "softnic/bench/frames.h"
#include "softnic/classifier.h"
#include "softnic/rule_changes.h"

namespace nicbench {
namespace {

constexpr std::size_t kFlows = 10'000;
constexpr std::uint64_t kRules = 1'000'000;

struct Case {
  std::string name;
  RuleOperation operation;
  std::size_t batch;
  double rate;  // changes/s; 0: as fast as they go
  bool traffic, cache;
  std::vector<double> change{}, frame{}, share{};  // ns, ns, of a CPU
};

// Forwards until it is stopped.
class Forwarder {
 public:
  Forwarder(Classifier& classifier, const std::vector<std::uint8_t>& frames, bool cache, int cpu)
      : classifier_(classifier), frames_(frames) {
    if (cache) cache_.emplace(3);
    classifier_.join(0);
    thread_ = std::thread([this, cpu] { run(cpu); });
    while (!warm_.load(std::memory_order_acquire)) std::this_thread::yield();
  }
  ~Forwarder() {
    stop_.store(true, std::memory_order_relaxed);
    thread_.join();
    classifier_.leave(0);
  }
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  double cpu() { return cpu_seconds(thread_.native_handle()); }
  std::uint64_t frames() const { return done_.load(std::memory_order_relaxed); }

 private:
  void run(int cpu) {
    pin_this_thread(cpu, "forwarding");
    Xoshiro256 random(2);
    std::array<Frame, kBurst> burst{};
    std::array<Verdict, kBurst> verdicts;
    for (std::uint64_t i = 0; !stop_.load(std::memory_order_relaxed); ++i) {
      for (Frame& frame : burst) {
        frame.data = const_cast<std::uint8_t*>(&frames_[random.below(kFlows) * kFrameBytes]);
        frame.length = kFrameBytes;
      }
      classifier_.classify(burst, verdicts, cache_ ? &*cache_ : nullptr);
      for (const Verdict& verdict : verdicts) unmatched_ += !verdict.matched;
      classifier_.quiesce(0);
      done_.store(done_.load(std::memory_order_relaxed) + kBurst, std::memory_order_relaxed);
      if (i == 20'000) warm_.store(true, std::memory_order_release);
    }
    if (unmatched_ != 0) std::printf("WRONG: %lu frames that no rule took\n", unmatched_);
  }

  Classifier& classifier_;
  const std::vector<std::uint8_t>& frames_;
  std::optional<FlowCache> cache_;
  std::uint64_t unmatched_ = 0;
  alignas(128) std::atomic<std::uint64_t> done_{0};
  alignas(128) std::atomic<bool> stop_{false}, warm_{false};
  std::thread thread_;
};

void run(Case& what, const std::vector<std::uint8_t>& frames, std::uint64_t changes, int cpu) {
  RuleSetConfig config;
  config.rules = kRules;
  config.tables = 1;
  config.match = "eth/ipv4/udp";
  const bool inserts = what.operation == RuleOperation::kInsert;
  RuleChanges rules(config, {}, kRules + (inserts ? changes : 0), 1);
  std::optional<Forwarder> forwarder;
  if (what.traffic) forwarder.emplace(rules.classifier(), frames, what.cache, cpu);
  if (what.rate != 0) changes = std::min<std::uint64_t>(changes, static_cast<std::uint64_t>(0.5 * what.rate));

  const double cpu_before = cpu_seconds(pthread_self()), their_before = forwarder ? forwarder->cpu() : 0;
  const std::uint64_t frames_before = forwarder ? forwarder->frames() : 0;
  const std::uint64_t start = ticks();
  for (std::uint64_t done = 0; done < changes;) {
    if (what.rate != 0) {
      while (static_cast<double>(ticks() - start) * what.rate < static_cast<double>(done) * ticks_per_second()) {
        cpu_relax();
      }
    }
    const std::uint64_t count = std::min<std::uint64_t>(what.batch, changes - done);
    done += rules.change(what.operation, count, what.batch == 1 ? changes - done - count : 0);
  }
  const double seconds = static_cast<double>(ticks() - start) / ticks_per_second();
  if (what.rate == 0)
    what.change.push_back((cpu_seconds(pthread_self()) - cpu_before) / static_cast<double>(changes) * 1e9);
  if (!forwarder) return;
  const double theirs = forwarder->cpu() - their_before;
  what.share.push_back(theirs / seconds);
  what.frame.push_back(theirs / static_cast<double>(forwarder->frames() - frames_before) * 1e9);
}

void print(std::vector<double> values, const char* format) {
  if (values.empty()) {
    std::printf("%22s", "");
    return;
  }
  std::sort(values.begin(), values.end());
  std::printf(format, values[values.size() / 2], values.front(), values.back());
}

int run(int argc, char** argv) {
  const auto argument = [&](int i, long otherwise) { return argc > i ? std::atol(argv[i]) : otherwise; };
  const long rounds = argument(1, 7);
  const auto changes = static_cast<std::uint64_t>(argument(2, 1'000'000));
  pin_this_thread(static_cast<int>(argument(3, 0)), "control");
  const auto cpu = static_cast<int>(argument(4, 1));
  const auto frames = make_frames(make_flows(kFlows));  // that the last rule takes, and no specific one
  using enum RuleOperation;
  std::vector<Case> cases = {
      {"inserts, no traffic", kInsert, 1, 0, false, false},
      {"inserts, no traffic, 32", kInsert, 32, 0, false, false},
      {"inserts, no cache", kInsert, 1, 0, true, false},
      {"inserts", kInsert, 1, 0, true, true},
      {"inserts, 32", kInsert, 32, 0, true, true},
      {"500k inserts/s, 32", kInsert, 32, 5e5, true, true},
      {"replaced", kReplace, 1, 0, true, true},
      {"500k replaced/s, 32", kReplace, 32, 5e5, true, true},
      {"500k updates/s, 32", kUpdate, 32, 5e5, true, true},
  };
  for (long round = 0; round < rounds; ++round) {
    for (Case& one : cases) run(one, frames, changes, cpu);
  }
  std::printf("%-30s %-22s %-22s %s\n", "changes", "ns a change", "ns a frame", "share of a CPU that forwards");
  for (const Case& one : cases) {
    std::printf("%-30s ", one.name.c_str());
    print(one.change, "%6.0f (%5.0f to %5.0f) ");
    print(one.frame, "%6.1f (%5.1f to %5.1f) ");
    print(one.share, "%.2f (%.2f to %.2f)\n");
    if (one.share.empty()) std::printf("\n");
  }
  return 0;
}

}  // namespace
}  // namespace nicbench

int main(int argc, char** argv) {
  try {
    return nicbench::run(argc, argv);
  } catch (const nicbench::UserError& error) {
    std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
    return 1;
  }
}
