// The two ends of `forwarding` apart: a generator and a DUT in processes of their own, on one host or on two, each with
// a port of the host's.
//
// The orchestrator starts the DUT, has the generator learn and warm up, reads the DUT's counters, has the generator
// run, and reads them again. So nothing is sent to the DUT during the measured phase, and each lost frame has its
// place: before, in or after the DUT.
//
// A port stays open from one trial to the next, as long as the trials want the same one and it works: on a NIC bringing
// the link up takes seconds. One in the network namespace of another process is its trial's alone, so that the
// namespace can end with that process. It is open until it is released, so that whoever is at its other end can be
// asked what came, and be ended, before: Open vSwitch with DPDK crashes now and then when its peer on memif goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/dut_thread.h"
#include "dataplane/forwarder.h"
#include "dataplane/forwarding_phases.h"
#include "io/port_options.h"
#include "trafficgen/traffic.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

// A port of the host: a wire by its name, and what it is opened on.
struct HostPort {
  std::string wire;
  PortOptions options;
  int namespace_of = 0;  // the process in whose network namespace the interface is; 0: ours

  bool operator==(const HostPort&) const = default;
};

// At most one open port.
class KeptPort {
 public:
  // The port that is open if it is this one and in order, without frames from before; else opens it anew.
  // Throws UserError: what the wire says that it lacks.
  const PortQueues& get(const HostPort& wanted);

 private:
  HostPort spec_;
  PortQueues port_;
};

struct GeneratorEndConfig {
  HostPort port;
  TrafficConfig traffic;
  Pacing pacing;
  double warmup_seconds = 0.1;
  double duration_seconds = 1;
  std::uint32_t probe_every = 64;
  std::size_t window = 256;  // frames on their way at `max`
  int cpu = -1;              // -1: not pinned
  double series_interval_seconds = 0;
};

struct GeneratorEndResult : TesterFindings {
  GeneratorEndConfig config;       // what was prepared
  std::string port;                // what was opened
  double started_at = 0;           // s of CLOCK_MONOTONIC: when the first frame of the measured phase was due
  std::uint64_t lost_at_port = 0;  // frames that came back and found no room, in the measured phase
  std::uint64_t involuntary_switches = 0;
  bool generator_limited = false;
  std::uint64_t traffic_digest = 0;
};

// Calls may come from different threads, one after the other.
class GeneratorEnd {
 public:
  // Opens the port, learns and warms up. Throws UserError: bad parameters, what the wire lacks or what broke it,
  // STOPPED.
  void prepare(const GeneratorEndConfig& config, std::atomic<bool>& stop);
  // The measured phase of what was prepared. Throws UserError: as prepare(), NOT_PREPARED.
  GeneratorEndResult run(std::atomic<bool>& stop);
  // Closes the port of the last trial, if it is that trial's alone.
  void release() noexcept {
    trial_.reset();
    over_.reset();
  }

 private:
  struct Trial;

  KeptPort port_;
  std::shared_ptr<Trial> trial_, over_;
};

struct ForwarderConfig {
  HostPort port;
  std::size_t burst = kBurst;  // frames moved at once
  std::vector<int> cpus{-1};   // a worker for each queue of the port; -1: not pinned
};

// Since the start, but for the share.
struct ForwarderCounts {
  std::uint64_t frames = 0;   // that came, those of others too
  std::uint64_t foreign = 0;  // of those: not the tester's, dropped
  std::uint64_t wire_full = 0;
  std::uint64_t lost = 0;  // found no room at the port
  std::uint64_t busy_ticks = 0;
  std::uint64_t total_ticks = 0;
  double cpu_share = 1;  // of the worker that had least, since the counters were read before
};

// A DUT that exchanges the MAC addresses and sends frames back by the port that they came from.
class ForwarderEnd {
 public:
  // Opens the port and forwards from now on; one that ran before is stopped. Returns what was opened.
  // Throws UserError: bad parameters, what the wire lacks.
  std::string start(const ForwarderConfig& config);
  // Throws UserError: NOT_STARTED, or what broke the wire.
  ForwarderCounts counts();
  // Without effect if none runs.
  void stop() noexcept { running_.reset(); }

 private:
  struct Running {
    Running(const PortQueues& open, const ForwarderConfig& config);

    const PortQueues& port;
    Forwarder forwarder;
    std::deque<DutThread<PortDutEnd, Forwarder>> workers;
    std::uint64_t lost_before;
    std::vector<CpuShare> shares;
  };

  KeptPort port_;
  std::optional<Running> running_;
};

}  // namespace nicbench
