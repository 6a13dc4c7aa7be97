// One trial of the experiment `forwarding` in one process: a tester and a forwarder's workers on pinned threads, joined
// by a wire with a queue for each worker.
//
// The ring joins them in memory, and so does a wire that brings both of its ends. For wires of the kernel a veth pair
// is made in a network namespace of the trial's own, with the tester at one end and the DUT at the other; the kernel
// removes it when the trial is over, however it ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/forwarding_phases.h"
#include "io/port.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

// What happens to the wire in the middle of the measured phase, for tests.
enum class Mishap : std::uint8_t { kNone, kLinkDown, kInterfaceGone, kForeignFrames };

struct ForwardingTrialConfig {
  std::string wire = "ring";
  std::string tester_wire;  // at the tester's end; empty: as the DUT's. Without effect where one wire brings both ends
  TrafficConfig traffic;
  Pacing pacing;
  double warmup_seconds = 0.1;
  double duration_seconds = 1;
  std::uint32_t probe_every = 64;
  std::size_t ring_size = 1024;   // frames that each end holds
  std::size_t window = 256;       // frames on their way at `max`, on wires of the kernel
  std::size_t burst = kBurst;     // frames that the DUT moves at once
  int generator_cpu = -1;         // -1: not pinned
  std::vector<int> dut_cpus{-1};  // a worker each, with a queue of its own; frames are spread by RSS
  double series_interval_seconds = 0;
  Timestamps timestamps = Timestamps::kThread;  // by which the tester measures latency
  double slowdown = 0;                          // share by which the DUT's rate is to fall, in [0, 1)
  Mishap mishap = Mishap::kNone;
};

struct ForwardingTrialResult : TesterFindings {
  std::string wire;  // what was opened at the DUT's end
  std::string tester_wire;
  std::uint64_t dut_frames = 0;
  std::uint64_t dut_foreign = 0;  // of those: not the tester's, dropped
  std::uint64_t dut_wire_full = 0;
  std::uint64_t dut_busy_ticks = 0;
  std::uint64_t dut_total_ticks = 0;
  // The tester's frames that found no room at an end, and what the interfaces dropped of the rest.
  std::uint64_t lost_to_dut = 0;
  std::uint64_t lost_to_tester = 0;
  std::uint64_t lost_between = 0;
  std::uint64_t involuntary_switches = 0;
  double dut_cpu_share = 1;
  bool generator_limited = false;
  std::uint64_t traffic_digest = 0;
};

// Longest frame without FCS that every wire of the kernel carries here: a chunk of AF_XDP less its headroom.
inline constexpr std::size_t kMaxVethFrame = 1792;

// Runs to the end, or until `stop` is set: then throws UserError STOPPED.
// Throws UserError for bad parameters, what the wire lacks, and what broke it in mid-run.
ForwardingTrialResult run_forwarding_trial(const ForwardingTrialConfig& config, std::atomic<bool>& stop);

}  // namespace nicbench
