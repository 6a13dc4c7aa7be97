// The tester: generator and sink in one thread, one loop, as on one port of a traffic generator.
//
// A trial has the phases of RFC 2544 §23: learn, run, drain, settle. Counters are exact when a phase has
// ended, because it ends only when every buffer is home again, or given up as lost.
//
//   rate 0    (`max`) sends whenever the wire takes frames, and waits when it is full, as a port with flow
//             control does: the offered load equals what the DUT takes, and no frame is lost for being early.
//             With several lanes a full one holds back the others, as a paused port does. A wire of the kernel
//             never pushes back but drops: there, a window of frames on their way takes the place of flow control
//   rate > 0  open loop: frames are sent when they are due (pacer.h), whatever the DUT does, one at a time unless more
//             have fallen due. A due frame that the wire does not take is lost ("ring full"), and a probe's latency
//             counts from when it was due
#pragma once

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/clock.h"
#include "common/histogram.h"
#include "common/real_time.h"
#include "io/frame.h"
#include "io/port.h"
#include "io/ring_wire.h"
#include "packet/parser.h"
#include "packet/toeplitz.h"
#include "trafficgen/flow_groups.h"
#include "trafficgen/frame_source.h"
#include "trafficgen/pacer.h"
#include "trafficgen/pacing_errors.h"
#include "trafficgen/probe_order.h"

namespace nicbench {

struct TesterCounts {
  std::uint64_t intended = 0;    // frames due in the phase; equals offered for `max`
  std::uint64_t sent = 0;        // frames offered to the wire, with those it had no room for
  std::uint64_t sent_bytes = 0;  // with FCS
  std::uint64_t wire_full = 0;   // of sent: lost because the wire was full
  std::uint64_t received = 0;
  std::uint64_t received_bytes = 0;  // with FCS
  std::uint64_t returned = 0;        // buffers of frames that the DUT says it dropped
  std::uint64_t foreign = 0;         // came, and never were ours: not in received
  std::uint64_t bad = 0;             // came back with wrong addresses, checksum or backend
  std::uint64_t probes_sent = 0;
  std::uint64_t probes_received = 0;  // each once
  std::uint64_t probes_reordered = 0;
  std::uint64_t probes_duplicated = 0;  // copies of probes that had come before
  std::uint64_t probes_untimed = 0;     // of those received: their wire did not say when, so that the thread did
};

struct PhaseResult {
  TesterCounts counts;
  PacingErrors pacing;              // of rates > 0
  std::uint64_t start = 0;          // ticks(): when the first frame was due
  std::uint64_t last_due = 0;       // ticks(): when the last of the probes that came back was due; 0: none came
  double sending_seconds = 0;       // from the start to the last frame sent, at least the intended duration
  double seconds = 0;               // from the start to the last frame received, at least the intended duration
  bool lost_track = false;          // what became of some frames is not known
  bool broken = false;              // ended early, since the wire has a fault
  bool stalled = false;             // ended early, since no frame moved any more
  std::vector<GroupCounts> groups;  // empty where the traffic has none
  Timestamps timestamps = Timestamps::kThread;  // by which latency was measured
  double clock_error_ns = 0;                    // of other clocks than the thread's, at most
  double blocked_share = 0;  // at `max`: of the turns to send, those in which window or wire left no room
};

// Distance of the offered load from the intended one of a phase of `seconds`, as a share of the latter.
inline double offered_error(const PhaseResult& phase, double seconds) noexcept {
  const double intended = static_cast<double>(phase.counts.intended) / seconds;
  const double offered = static_cast<double>(phase.counts.sent) / phase.sending_seconds;
  return intended > 0 ? std::abs(offered - intended) / intended : 0;
}

// One row of the time series: totals since the start of the phase.
struct SeriesRow {
  double t = 0;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t wire_full = 0;
};

// Is told when a row is added to the time series, to add what others count. On the tester's thread: must be quick.
class SeriesObserver {
 public:
  virtual ~SeriesObserver() = default;
  virtual void sampled() noexcept = 0;
};

// Says whether a frame that came back is what the DUT should have made of it.
class FrameCheck {
 public:
  virtual ~FrameCheck() = default;
  virtual bool good(const Frame& frame) const noexcept = 0;
};

// How frames are spread over the lanes of a wire with more than one, as a receiving NIC would: Toeplitz and RETA.
class LaneChooser {
 public:
  LaneChooser(std::size_t lanes, const RssConfig& rss)
      : hash_(rss.symmetric ? symmetric_rss_key() : kDefaultRssKey),
        table_(rss.reta_entries, static_cast<std::uint16_t>(lanes)) {}

  // Frames without a flow take lane 0.
  std::size_t lane_of(const Frame& frame) const noexcept {
    ParsedFrame parsed;
    const FrameKind kind = parse_frame(frame.data, frame.length, parsed);
    if (kind == FrameKind::kIpv4) return table_.queue(hash_(parsed.key4));
    if (kind == FrameKind::kIpv6) return table_.queue(hash_(parsed.key6));
    return 0;
  }

 private:
  Toeplitz hash_;
  IndirectionTable table_;
};

// Rows of a time series, at most.
inline std::size_t series_rows(double seconds, double interval) {
  return static_cast<std::size_t>(seconds / interval) + 16;
}

struct TesterOptions {
  std::uint32_t probe_every = 64;
  double series_interval = 0;  // seconds; 0: no series
  bool own_cpu = true;         // false: yields to the DUT, which shares the CPU
  Pacing pacing{};             // of rates > 0
  RssConfig rss{};
  SeriesObserver* series_observer = nullptr;
  // Frames on their way while learning; and on wires on which only bytes travel, also at `max`.
  std::size_t window = kBurst;
  // For those wires:
  std::function<std::uint64_t()> lost = {};  // frames that wire and DUT say they dropped, so far; may be slow
  // Where the other end says nothing: frames of a full window that nobody sees for so many seconds are lost. 0: never.
  double give_up = 0;
  Timestamps timestamps = Timestamps::kThread;  // as the ports were opened with
  bool one_way = false;                         // nothing comes back: the far end keeps what it gets
};

// End: the tester's end of a lane. Where buffers travel (the ring), a frame that comes home brings its buffer, and a
// phase is over when all buffers are home. Else it is over when all frames are back or known to be lost.
template <class End>
class Tester {
 public:
  using Options = TesterOptions;

  Tester(std::vector<End> lanes, FrameSource& source, const FrameCheck& check, const Options& options,
         const std::atomic<bool>& stop);

  // Shows the DUT every flow once, waiting for it; each frame that comes back is checked. No more frames than
  // `window` are on their way: if a lane holds so many, then that none is lost for want of room, however long either
  // end is kept from its CPU.
  PhaseResult learn();

  // Offers `rate` frames/s (0: max) for `seconds`, then drains. The traffic goes on where the last run left it, so that
  // the flows that are born in one phase are not those of the phase before.
  PhaseResult run(double seconds, double rate);

  const Histogram& latency() const noexcept { return latency_; }
  const std::vector<SeriesRow>& series() const noexcept { return series_; }

 private:
  // One end of a lane, and frames that wait for room on it.
  struct Lane {
    End wire;
    std::array<Frame, 2 * kBurst> frames{};
    std::size_t from = 0;
    std::size_t to = 0;

    std::span<Frame> waiting() noexcept { return std::span(frames).subspan(from, to - from); }
  };

  std::size_t send_waiting(Lane& lane) noexcept;
  void forget_unsent() noexcept;
  void begin(double expected_seconds);
  template <class Send>
  void send_until(Send&& send) noexcept;
  void send_max() noexcept;
  // Sends those frames, at most a burst, that are due so far in this phase.
  void send_due(Pacer& pacer, std::uint64_t elapsed) noexcept;
  template <class Intended>
  std::size_t fill(std::size_t count, Intended&& intended) noexcept;
  void spread(std::span<const Frame> frames) noexcept;
  void count_sent(std::span<const Frame> frames) noexcept;
  void stamp_next(Frame& frame, std::uint64_t intended) noexcept;
  void receive(bool check_all) noexcept;
  std::size_t receive_lane(Lane& lane, bool check_all) noexcept;
  void receive_probe(const Lane& lane, const Frame& frame, std::uint64_t now) noexcept;
  std::uint64_t arrival_of(const Lane& lane, const Frame& frame, std::uint64_t intended, std::uint64_t now) noexcept;
  void sample(std::uint64_t now) noexcept;
  void sample_rest(std::uint64_t now) noexcept;
  bool going() noexcept;
  PhaseResult drain(std::uint64_t end);
  std::uint64_t on_their_way() const noexcept;
  bool room_to_learn() noexcept;
  std::size_t room() noexcept;
  void count_lost(std::uint64_t now) noexcept;
  void give_up(std::uint64_t now) noexcept;

  std::vector<Lane> lanes_;
  const LaneChooser chooser_;
  FrameSource& source_;
  const FrameCheck& check_;
  const Options options_;
  const std::atomic<bool>& stop_;
  const TickScale scale_;
  RealTimeInTicks real_time_;

  TesterCounts counts_;
  Histogram latency_;
  PacingErrors pacing_;
  ProbeOrder order_;
  GroupCounters groups_;
  std::vector<SeriesRow> series_;
  std::uint64_t start_ = 0;
  std::uint64_t last_sent_ = 0;
  double played_ = 0;  // seconds of the traffic that are over
  std::uint64_t last_received_ = 0;
  std::uint64_t last_due_ = 0;  // of the probes that came back
  std::uint64_t next_sample_ = UINT64_MAX;
  std::uint32_t until_probe_ = 1;
  std::uint32_t sequence_ = 0;
  std::uint64_t lost_before_ = 0;  // what `lost` said when the phase began
  std::uint64_t lost_ = 0;         // in the phase, as far as is known
  std::uint64_t next_count_ = 0;
  std::uint64_t given_up_ = 0;  // frames of full windows that nobody saw
  std::uint64_t gave_up_at_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t blocked_turns_ = 0;
  bool broken_ = false;
  bool stalled_ = false;
};

extern template class Tester<RingWire::TesterEnd>;
extern template class Tester<PortTesterEnd>;

}  // namespace nicbench
