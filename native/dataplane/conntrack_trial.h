// One trial of the experiment `conntrack` in one process: tester and DUT on two pinned threads, joined by
// the `ring` wire.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "trafficgen/tester.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

// Faults that tests inject, to see that they are survived and measured right.
enum class Fault : std::uint8_t { kNone, kCrash, kHang, kStall };

struct ConntrackTrialConfig {
  std::string table;
  std::size_t capacity = 0;  // flow entries; 0: as many as the traffic has flows, at a load factor of 0.8
  std::uint32_t backends = 16;
  TrafficConfig traffic;
  double warmup_seconds = 0.1;
  double duration_seconds = 1;
  std::uint32_t probe_every = 64;
  std::size_t ring_size = 1024;
  int generator_cpu = -1;  // -1: not pinned
  int dut_cpu = -1;
  double series_interval_seconds = 0;
  Fault fault = Fault::kNone;
};

struct ConntrackTrialResult {
  PhaseResult phase;
  Histogram latency;
  std::vector<SeriesRow> series;
  std::uint64_t dut_frames = 0;
  std::uint64_t dut_refused = 0;
  std::uint64_t dut_wire_full = 0;
  std::uint64_t dut_busy_ticks = 0;
  std::uint64_t dut_total_ticks = 0;
  std::uint64_t untracked = 0;
  std::uint64_t live_flows = 0;
  std::uint64_t expected_flows = 0;  // in the traffic; fewer live ones mean a full table
  std::uint64_t new_flows = 0;
  std::uint64_t table_bytes = 0;
  std::uint64_t learning_bad = 0;
  std::uint64_t involuntary_switches = 0;
  double generator_cpu_share = 1;  // of the measured phase's time that the thread had its CPU
  double dut_cpu_share = 1;
  bool generator_limited = false;
  std::uint64_t traffic_digest = 0;
};

// Runs to the end, or until `stop` is set: then throws UserError STOPPED.
// Throws UserError for bad parameters, unreadable captures and too little memory.
ConntrackTrialResult run_conntrack_trial(const ConntrackTrialConfig& config, std::atomic<bool>& stop);

}  // namespace nicbench
