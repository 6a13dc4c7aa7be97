// The generator alone on a wire: how many frames can it send, and how close to their times?
//
// On the ring, and on a wire that brings both of its ends, the far end is a thread that returns every buffer at once.
// On wires of the kernel it is the other interface of a veth pair that nobody reads: the kernel carries each frame
// there, on the generator's CPU as in any trial, and throws it away. So what is measured is the generator with the
// wire's cost of sending, and without a DUT or a sink. Probes and sizes of rings are those that trials have by default.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "trafficgen/tester.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

struct GeneratorTrialConfig {
  std::string wire = "ring";
  TrafficConfig traffic;
  Pacing pacing;
  double warmup_seconds = 0.1;
  double duration_seconds = 1;
  int generator_cpu = -1;  // -1: not pinned
  int sink_cpu = -1;
};

struct GeneratorTrialResult {
  PhaseResult phase;
  std::string wire;                   // what was opened
  std::uint64_t interface_drops = 0;  // of frames that the wire had taken
  double generator_cpu_share = 1;     // of the measured phase's time that the thread had its CPU
  double clock_read_ns = 0;           // what a reading of the clock costs
};

// Runs to the end, or until `stop` is set: then throws UserError STOPPED.
// Throws UserError for bad parameters, what the wire lacks, and what broke it in mid-run.
GeneratorTrialResult run_generator_trial(const GeneratorTrialConfig& config, std::atomic<bool>& stop);

}  // namespace nicbench
