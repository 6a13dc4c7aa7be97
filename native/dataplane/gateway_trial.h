// Trials of a stateful gateway in the words of RFC 9693 (Benchmarking Methodology for Stateful NATxy Gateways): how
// fast connections are established and torn down, how many fit, and what is forwarded on established ones.
//
// Every trial has two phases. Phase 1 opens connections, pairwise different, in an empty tracker. Phase 2 either
// validates them, by one answer for each that must reach the client that opened it, or measures with them.
//
//   establishment   phase 1 is what is clocked; all connections are validated
//   tear-down       the tracker's flows are then ended all at once, clocked
//   capacity        connections are opened until the first one is refused
//   established     frames of known connections only, both directions mixed
//
// Alone, the tracker works on frames made in its thread's own memory, as in closed_loop.h: the time of making them is
// not counted, and the rate is the highest that a core can reach. Over the `ring` wire a tester sends at a rate of its
// own, whatever the tracker does.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/names.h"
#include "dataplane/conntrack_trial.h"
#include "trafficgen/connection_source.h"

namespace nicbench {

enum class GatewayTest : std::uint8_t { kEstablishment, kTearDown, kCapacity, kEstablished };

inline constexpr std::array<std::string_view, 4> kGatewayTestNames{"establishment", "tear-down", "capacity",
                                                                   "established"};

constexpr std::optional<GatewayTest> gateway_test_of(std::string_view name) noexcept {
  return enumerator_of<GatewayTest>(kGatewayTestNames, name);
}

struct GatewayTrialConfig {
  std::string table;
  GatewayTest test = GatewayTest::kEstablishment;
  bool over_wire = false;         // not for tear-down and capacity; established always is
  std::size_t capacity = 0;       // connections that the tracker is made for
  ConnectionConfig traffic;       // of capacity: at most so many are tried
  TrackerConfig tracker;          // use: track with replies here, or nat
  double rate = 0;                // frames/s over the wire; 0: as many as it takes, for established only
  double warmup_seconds = 0;      // of what is clocked
  double duration_seconds = 0.5;  // of what is clocked, at least; establishment over the wire lasts connections / rate
  std::uint32_t probe_every = 64;
  std::size_t ring_size = 1024;
  int generator_cpu = -1;  // -1: not pinned
  int dut_cpu = -1;
};

// Sums over the rounds of a trial that are clocked: a tracker alone establishes, validates and tears down all
// connections again and again.
struct GatewayTrialResult {
  std::uint64_t rounds = 0;
  std::uint64_t offered = 0;      // connections opened in phase 1
  std::uint64_t established = 0;  // that the tracker says it created
  std::uint64_t answered = 0;     // that were found again in phase 2
  std::uint64_t wrong = 0;        // frames that came out as they must not
  double open_seconds = 0;
  std::uint64_t torn_down = 0;
  std::uint64_t left_over = 0;  // flows that outlived a tear-down
  double tear_down_seconds = 0;
  TrackerTotals tracker;         // in phase 1
  std::uint64_t live_flows = 0;  // at the end of the last phase 1
  std::uint64_t table_bytes = 0;
  std::uint64_t tracker_bytes = 0;

  // Over the wire: the phase that is clocked.
  std::optional<PhaseResult> phase;
  Histogram latency;
  std::uint64_t dut_dropped = 0;
  std::uint64_t dut_wire_full = 0;
  std::uint64_t created_late = 0;  // established: flows that known connections should not have created

  bool generator_limited = false;
  double generator_cpu_share = 1;
  double dut_cpu_share = 1;  // alone: of the one thread that there is
};

// Runs to the end, or until `stop` is set: then throws UserError STOPPED. Throws UserError for what cannot be.
GatewayTrialResult run_gateway_trial(const GatewayTrialConfig& config, std::atomic<bool>& stop);

}  // namespace nicbench
