// Which flows there are, and which is asked for next. All of it runs outside the clock.
//
// Flow i has one key and one value, both computed from i: nothing is stored, so a workload of 16M flows costs no
// memory and no cache. Live flows are the numbers in [oldest, next): inserts take `next`, erases take `oldest`, as
// expiry does.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/random.h"
#include "hashtables/bench/benchmark.h"
#include "packet/five_tuple.h"
#include "packet/hash.h"

namespace nicbench {

// A bijection of 64-bit numbers (the finaliser of SplitMix64).
constexpr std::uint64_t scatter(std::uint64_t i) noexcept { return splitmix64(i); }

constexpr std::uint32_t flow_value(std::uint64_t flow) noexcept {
  return static_cast<std::uint32_t>(flow * 0x9e3779b1u + 7);
}

// Random tuples: distinct flows differ in their addresses already.
inline FiveTuple4 random_tuple(std::uint64_t flow, FiveTuple4 /*kind*/) noexcept {
  const std::uint64_t addresses = scatter(flow), ports = scatter(addresses);
  FiveTuple4 key;
  key.source = static_cast<std::uint32_t>(addresses);
  key.destination = static_cast<std::uint32_t>(addresses >> 32);
  key.source_port = static_cast<std::uint16_t>(ports);
  key.destination_port = static_cast<std::uint16_t>(ports >> 16);
  key.protocol = (ports >> 32 & 3) == 0 ? 17 : 6;
  return key;
}

inline FiveTuple6 random_tuple(std::uint64_t flow, FiveTuple6 /*kind*/) noexcept {
  const std::uint64_t host = scatter(flow), peer = scatter(host), ports = scatter(peer);
  FiveTuple6 key;
  std::memcpy(&key.source[8], &host, sizeof host);
  std::memcpy(&key.destination[8], &peer, sizeof peer);
  key.source[0] = key.destination[0] = 0x20;
  key.source[1] = key.destination[1] = 0x01;
  key.source_port = static_cast<std::uint16_t>(ports);
  key.destination_port = static_cast<std::uint16_t>(ports >> 16);
  key.protocol = (ports >> 32 & 3) == 0 ? 17 : 6;
  return key;
}

// Tuples that count up: 28232 source ports (Linux' ephemeral range) for each client address.
template <class Key>
Key sequential_tuple(std::uint64_t flow) noexcept {
  constexpr std::uint64_t kPorts = 28232;
  const auto client = static_cast<std::uint32_t>(0x0a000001 + flow / kPorts);
  const auto port = static_cast<std::uint16_t>(32768 + flow % kPorts);
  Key key;
  const std::uint32_t source = __builtin_bswap32(client);
  std::memcpy(reinterpret_cast<std::uint8_t*>(&key.source) + sizeof key.source - 4, &source, 4);
  std::memset(reinterpret_cast<std::uint8_t*>(&key.destination) + sizeof key.destination - 1, 1, 1);
  key.source_port = __builtin_bswap16(port);
  key.destination_port = __builtin_bswap16(443);
  key.protocol = 6;
  return key;
}

// Ranks 0, 1, ... with probability ~ 1 / (rank + 1)^exponent, by rejection-inversion: no table, any size
// (Hörmann, Derflinger: "Rejection-inversion to generate variates from monotone discrete distributions", TOMACS 1996).
class ZipfSampler {
 public:
  ZipfSampler(std::uint64_t count, double exponent)
      : count_(static_cast<double>(count)),
        exponent_(exponent),
        h_first_(integral(1.5) - 1),
        h_last_(integral(count_ + 0.5)),
        shortcut_(2 - inverse(integral(2.5) - weight(2))) {}

  std::uint64_t operator()(Xoshiro256& random) const {
    while (true) {
      const double u = h_last_ + random.uniform() * (h_first_ - h_last_);
      const double x = inverse(u);
      const double k = std::clamp(std::floor(x + 0.5), 1.0, count_);
      if (k - x <= shortcut_ || u >= integral(k + 0.5) - weight(k)) return static_cast<std::uint64_t>(k) - 1;
    }
  }

 private:
  double weight(double x) const { return std::exp(-exponent_ * std::log(x)); }
  double integral(double x) const {
    const double log_x = std::log(x);
    return expm1_over((1 - exponent_) * log_x) * log_x;
  }
  double inverse(double u) const {
    const double t = std::max(-1.0, u * (1 - exponent_));
    return std::exp(log1p_over(t) * u);
  }
  // expm1(x) / x and log1p(x) / x, continued through 0.
  static double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }
  static double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }

  double count_, exponent_, h_first_, h_last_, shortcut_;
};

// A trace as flows in order of their first packet and, for each packet, the number of its flow.
template <class Key>
struct TraceFlows {
  std::vector<Key> flows;
  std::vector<std::uint32_t> packets;

  TraceFlows() = default;
  explicit TraceFlows(std::span<const Key> keys) {
    std::unordered_map<Key, std::uint32_t, TupleHash> numbers;
    packets.reserve(keys.size());
    for (const Key& key : keys) {
      const auto [entry, fresh] = numbers.try_emplace(key, static_cast<std::uint32_t>(flows.size()));
      if (fresh) flows.push_back(key);
      packets.push_back(entry->second);
    }
  }
};

// The keys of one thread. Not thread-safe.
template <class Key>
class Workload {
 public:
  // `live`: flows that there will be at once. A trace must have at least one packet.
  Workload(const BenchmarkConfig& config, std::uint64_t live, std::span<const Key> trace)
      : order_(config.order),
        trace_(trace),
        base_(scatter(config.seed) << 40 >> 8),
        random_(config.seed),
        zipf_(std::max<std::uint64_t>(live, 1), config.zipf_exponent) {}

  Key key_of(std::uint64_t flow) const noexcept {
    if (order_ == KeyOrder::kTrace && flow < trace_.flows.size()) return trace_.flows[flow];
    if (order_ == KeyOrder::kSequential) return sequential_tuple<Key>(flow);
    return random_tuple(base_ + flow, Key{});
  }

  std::uint64_t oldest() const noexcept { return oldest_; }
  std::uint64_t next() const noexcept { return next_; }
  std::uint64_t live() const noexcept { return next_ - oldest_; }
  std::uint64_t trace_flows() const noexcept { return trace_.flows.size(); }
  std::uint64_t take_new() noexcept { return next_++; }
  std::uint64_t take_oldest() noexcept { return oldest_++; }
  // Makes the newest flow no longer live.
  std::uint64_t give_back_new() noexcept { return --next_; }
  void restart() noexcept { oldest_ = next_ = 0; }

  // A live flow, in the workload's order. There must be one (kTrace: one that the trace has).
  std::uint64_t pick_live() noexcept {
    switch (order_) {
      case KeyOrder::kUniform: return oldest_ + random_.below(live());
      case KeyOrder::kZipf: return oldest_ + scattered_rank(zipf_(random_));
      case KeyOrder::kSequential: return oldest_ + cursor_++ % live();
      case KeyOrder::kTrace: break;
    }
    while (true) {
      const std::uint64_t flow = trace_.packets[cursor_++ % trace_.packets.size()];
      if (flow < next_) return flow;
    }
  }

  // A flow that is not live and never will be.
  std::uint64_t pick_absent() noexcept { return kMostFlows + random_.below(kMostFlows); }

  // Flow numbers in one run at most. Twice as many fit between the keys of two seeds.
  static constexpr std::uint64_t kMostFlows = std::uint64_t{1} << 31;

 private:
  // Spreads the popular ranks over all ages of flows (a few share one).
  std::uint64_t scattered_rank(std::uint64_t rank) const noexcept { return multiply(scatter(rank), live()).high; }

  KeyOrder order_;
  TraceFlows<Key> trace_;
  std::uint64_t base_;
  Xoshiro256 random_;
  ZipfSampler zipf_;
  std::uint64_t oldest_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t cursor_ = 0;
};

}  // namespace nicbench
