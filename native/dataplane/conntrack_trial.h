// One trial of the experiment `conntrack` in one process: a tester and the DUT's workers on pinned threads, joined by
// the `ring` wire, a lane for each worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/tracker_options.h"
#include "dataplane/tracker_series.h"
#include "dataplane/tracker_totals.h"
#include "hashtables/shared/sharing_names.h"
#include "trafficgen/tester.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

// Faults that tests inject, to see that they are survived and measured right.
enum class Fault : std::uint8_t { kNone, kCrash, kHang, kStall };

// What the tracker does, in seconds where TrackerOptions has ticks.
struct TrackerConfig {
  Use use = Use::kLoadBalance;
  Replies replies = Replies::kElsewhere;
  Balancing balancing = Balancing::kHash;
  std::uint32_t backends = 16;
  std::uint16_t nat_addresses = 32;
  bool loose = true;
  bool check_windows = false;
  bool drop_invalid = false;
  Expiry expiry = Expiry::kNone;
  double expiry_interval = 0.001;  // the wheel's tick, the scan's period
  bool scan_incremental = true;
  std::size_t expiry_limit = 256;                         // flows looked at between two bursts; 0: all that are due
  double expiry_recheck = 10;                             // timer-wheel; 0: off
  double timeout = 0;                                     // for all flows; 0: those of Linux (timeouts.h)
  std::vector<std::pair<TimeoutClass, double>> timeouts;  // that differ
  std::uint32_t sample_every = 64;
};

struct ConntrackTrialConfig {
  std::string table;
  Sharing sharing = Sharing::kSharded;  // how several workers use tables; each expires the flows that it created
  // Flows that the tracker can hold; 0: as many as live at once, with those that wait for their timeout, at a load
  // factor of 0.8.
  std::size_t capacity = 0;
  TrackerConfig tracker;
  TrafficConfig traffic;
  Pacing pacing;
  double warmup_seconds = 0.1;
  double duration_seconds = 1;
  std::uint32_t probe_every = 64;
  std::size_t ring_size = 1024;
  int generator_cpu = -1;         // -1: not pinned
  std::vector<int> dut_cpus{-1};  // a worker each, with flows of its own; frames are spread by RSS
  RssConfig rss;
  double series_interval_seconds = 0;
  double slowdown = 0;  // share by which the DUT's rate is to fall, in [0, 1)
  Fault fault = Fault::kNone;
};

// One worker of the DUT in the measured phase.
struct WorkerResult {
  std::uint64_t frames = 0;
  std::uint64_t busy_ticks = 0;
  std::uint64_t total_ticks = 0;
  std::uint64_t live_flows = 0;
};

struct ConntrackTrialResult {
  PhaseResult phase;
  Histogram latency;
  std::vector<SeriesRow> series;
  std::vector<TrackerSample> tracker_series;  // the row of the start, then one for each of `series`
  std::vector<WorkerResult> workers;
  TrackerTotals tracker;  // in the measured phase, of all workers
  std::uint64_t dut_frames = 0;
  std::uint64_t dut_dropped = 0;  // by the tracker, by cause in tracker.frames
  std::uint64_t dut_wire_full = 0;
  std::uint64_t dut_busy_ticks = 0;
  std::uint64_t dut_total_ticks = 0;
  std::uint64_t longest_maintenance = 0;  // ticks, since the DUT started
  double clock_read_ticks = 0;            // what one of tracker.clock_reads cost
  std::uint64_t live_flows = 0;
  std::uint64_t expected_flows = 0;  // in the traffic; fewer live ones mean a full table, or flows that expired
  std::uint64_t born_flows = 0;      // in the traffic, in the measured phase
  std::uint64_t table_bytes = 0;
  std::uint64_t tracker_bytes = 0;  // with states and keys
  std::uint64_t learning_bad = 0;
  std::uint64_t involuntary_switches = 0;
  double generator_cpu_share = 1;  // of the measured phase's time that the thread had its CPU
  double dut_cpu_share = 1;        // of the worker that had least
  bool generator_limited = false;
  std::uint64_t traffic_digest = 0;
};

// Runs to the end, or until `stop` is set: then throws UserError STOPPED.
// Throws UserError for bad parameters, unreadable captures and too little memory.
ConntrackTrialResult run_conntrack_trial(const ConntrackTrialConfig& config, std::atomic<bool>& stop);

}  // namespace nicbench
