#include "trafficgen/tester.h"

#include <sched.h>

#include <algorithm>

#include "packet/tunnel.h"

namespace nicbench {
namespace {

constexpr double kDrainPatience = 2;  // seconds without a frame before the rest counts as lost, as RFC 2544 §23 waits

// How long a generator may take to catch up with frames that fell due before the end.
constexpr double kCatchUp = 0.01;

// Without frames for so long, with a window full of them on their way, the wire is broken.
constexpr double kStall = 3;

// Counting lost frames takes system calls: at most so often, and only while waiting for frames.
constexpr double kCountInterval = 0.005;

}  // namespace

template <class End>
Tester<End>::Tester(std::vector<End> lanes, FrameSource& source, const FrameCheck& check, const Options& options,
                    const std::atomic<bool>& stop)
    : chooser_(lanes.size(), options.rss), source_(source), check_(check), options_(options), stop_(stop) {
  for (const End& lane : lanes) lanes_.push_back({.wire = lane});
}

template <class End>
PhaseResult Tester<End>::learn() {
  begin(0);
  source_.rewind();
  const auto waiting = [this] {
    return std::any_of(lanes_.begin(), lanes_.end(), [](Lane& lane) { return !lane.waiting().empty(); });
  };
  bool more = true;
  while ((more || waiting()) && going()) {
    if (more && !waiting() && room_to_learn()) {
      std::array<Frame, kBurst> frames;
      const std::size_t count = source_.next_learning(frames);
      spread(std::span(frames).first(count));
      more = count > 0 || source_.buffers_home() < source_.buffers();
    }
    for (Lane& lane : lanes_) send_waiting(lane);
    receive(true);
  }
  counts_.intended = counts_.sent;
  const PhaseResult result = drain(ticks());
  source_.rewind();
  played_ = 0;
  return result;
}

template <class End>
PhaseResult Tester<End>::run(double seconds, double rate) {
  begin(seconds);
  const double per_second = ticks_per_second();
  const double frames_per_tick = rate / per_second;
  const std::uint64_t end = start_ + static_cast<std::uint64_t>(seconds * per_second);
  const std::uint64_t latest = end + static_cast<std::uint64_t>(kCatchUp * per_second);
  const auto total = static_cast<std::uint64_t>(seconds * rate + 0.5);
  while (going()) {
    const std::uint64_t now = ticks();
    if (now >= end && (rate == 0 || counts_.sent >= total || now >= latest)) break;
    source_.advance(played_ + static_cast<double>(now - start_) / per_second);
    if (rate == 0) {
      send_max();
    } else {
      const double elapsed = static_cast<double>(now - start_);
      send_due(now >= end ? total : static_cast<std::uint64_t>(elapsed * frames_per_tick), frames_per_tick);
    }
    receive(false);
    if (now >= next_sample_) sample(now);
  }
  played_ += static_cast<double>(ticks() - start_) / per_second;
  forget_unsent();
  counts_.intended = rate == 0 ? counts_.sent : total;
  sample_rest(ticks());
  return drain(end);
}

// Frames that were made but never found room on the wire were not sent, and neither were the probes among them.
template <class End>
void Tester<End>::forget_unsent() noexcept {
  for (Lane& lane : lanes_) {
    for (const Frame& frame : lane.waiting()) counts_.probes_sent -= is_stamped(frame.data);
    source_.release(lane.waiting());
    lane.from = lane.to = 0;
  }
}

template <class End>
void Tester<End>::begin(double expected_seconds) {
  counts_ = {};
  latency_.clear();
  series_.clear();
  until_probe_ = 1;
  next_sample_ = UINT64_MAX;
  if (options_.series_interval > 0 && expected_seconds > 0) {
    series_.reserve(series_rows(expected_seconds, options_.series_interval));
  }
  broken_ = stalled_ = false;
  lost_ = 0;
  if (options_.lost) lost_before_ = options_.lost();
  start_ = last_received_ = ticks();
  if (series_.capacity() > 0) {
    next_sample_ = start_ + static_cast<std::uint64_t>(options_.series_interval * ticks_per_second());
  }
}

template <class End>
void Tester<End>::send_max() noexcept {
  const bool empty = std::all_of(lanes_.begin(), lanes_.end(), [](Lane& lane) { return lane.waiting().empty(); });
  if (empty) {
    const std::uint64_t now = ticks();
    fill(std::min(room(), kBurst), [now](std::size_t) { return now; });
  }
  for (Lane& lane : lanes_) send_waiting(lane);
}

// Returns how many frames the wire took of those that wait.
template <class End>
std::size_t Tester<End>::send_waiting(Lane& lane) noexcept {
  const std::size_t count = lane.wire.tx_burst(lane.waiting());
  const auto sent = lane.waiting().first(count);
  count_sent(sent);
  if constexpr (!End::kBuffersTravel) source_.release(sent);
  lane.from += count;
  return count;
}

template <class End>
void Tester<End>::send_due(std::uint64_t due, double frames_per_tick) noexcept {
  if (due <= counts_.sent) return;
  fill(std::min<std::uint64_t>(due - counts_.sent, kBurst), [this, frames_per_tick](std::size_t i) {
    return start_ + static_cast<std::uint64_t>(static_cast<double>(counts_.sent + i) / frames_per_tick);
  });
  for (Lane& lane : lanes_) {
    send_waiting(lane);
    const auto refused = lane.waiting();
    count_sent(refused);
    counts_.wire_full += refused.size();
    source_.release(refused);
    lane.from = lane.to = 0;
  }
}

// Hands the next frames to empty lanes. Buffers are never short: there are more than the wire and both ends can
// hold. If they were, frames that are due would be sent late, and counted so.
template <class End>
template <class Intended>
void Tester<End>::fill(std::size_t count, Intended&& intended) noexcept {
  std::array<Frame, kBurst> frames;
  const auto burst = std::span(frames).first(source_.next(std::span(frames).first(count)));
  for (std::size_t i = 0; i < burst.size(); ++i) stamp_next(burst[i], intended(i));
  spread(burst);
}

template <class End>
void Tester<End>::spread(std::span<const Frame> frames) noexcept {
  for (Lane& lane : lanes_) lane.from = lane.to = 0;
  if (lanes_.size() == 1) {
    std::copy(frames.begin(), frames.end(), lanes_[0].frames.begin());
    lanes_[0].to = frames.size();
    return;
  }
  for (const Frame& frame : frames) {
    Lane& lane = lanes_[chooser_.lane_of(frame)];
    lane.frames[lane.to++] = frame;
  }
}

template <class End>
void Tester<End>::count_sent(std::span<const Frame> frames) noexcept {
  for (const Frame& frame : frames) counts_.sent_bytes += frame.length + kFcsBytes;
  counts_.sent += frames.size();
}

template <class End>
void Tester<End>::stamp_next(Frame& frame, std::uint64_t intended) noexcept {
  if (options_.probe_every == 0 || --until_probe_ > 0) return;
  ProbeSignature signature;
  signature.sequence = sequence_;
  signature.intended = intended;
  until_probe_ = 1;  // until one has room
  if (!source_.stamp(frame, signature)) return;
  until_probe_ = options_.probe_every;
  ++sequence_;
  ++counts_.probes_sent;
}

template <class End>
void Tester<End>::receive(bool check_all) noexcept {
  std::size_t count = 0;
  for (Lane& lane : lanes_) count += receive_lane(lane, check_all);
  if (count == 0 && !options_.own_cpu) sched_yield();
}

template <class End>
std::size_t Tester<End>::receive_lane(Lane& lane, bool check_all) noexcept {
  std::array<Frame, 2 * kBurst> frames;
  const std::size_t count = lane.wire.rx_burst(frames);
  if (count > 0) {
    const auto burst = std::span(frames).first(count);
    // The DUT wrote these lines last: fetch them for writing, since the buffers are reused next.
    for (const Frame& frame : burst) __builtin_prefetch(frame.data, 1);
    const std::uint64_t now = ticks();
    std::uint64_t bytes = 0;
    std::size_t foreign = 0;
    for (const Frame& frame : burst) {
      const bool home = returned_to_tester(frame.data);
      if constexpr (!End::kBuffersTravel) {
        if (!home) {
          ++foreign;
          continue;
        }
      }
      bytes += frame.length + kFcsBytes;
      if (!home || (check_all && !check_.good(frame))) ++counts_.bad;
      if (home && is_probe(frame.data)) receive_probe(frame, now);
    }
    counts_.received += count - foreign;
    counts_.foreign += foreign;
    counts_.received_bytes += bytes;
    if (foreign < count) last_received_ = now;
    if constexpr (End::kBuffersTravel) {
      source_.received(burst);
      source_.release(burst);
    } else {
      lane.wire.release(burst);
    }
  }
  if constexpr (End::kBuffersTravel) {
    const std::size_t reclaimed = lane.wire.reclaim(frames);
    counts_.returned += reclaimed;
    source_.release(std::span(frames).first(reclaimed));
  }
  return count;
}

template <class End>
void Tester<End>::receive_probe(const Frame& frame, std::uint64_t now) noexcept {
  ParsedFrame parsed;
  ProbeSignature signature;
  parse_innermost(frame.data, frame.length, parsed);
  if (parsed.payload == 0 || parsed.payload + sizeof signature > frame.length || !check_.good(frame)) {
    ++counts_.bad;
    return;
  }
  std::memcpy(&signature, frame.data + parsed.payload, sizeof signature);
  if (signature.magic != ProbeSignature().magic) {
    ++counts_.bad;
    return;
  }
  ++counts_.probes_received;
  latency_.record(scale_.to_ns(now > signature.intended ? now - signature.intended : 0));
}

template <class End>
void Tester<End>::sample(std::uint64_t now) noexcept {
  if (series_.size() == series_.capacity()) return;
  const double per_second = ticks_per_second();
  series_.push_back(
      {static_cast<double>(now - start_) / per_second, counts_.sent, counts_.received, counts_.wire_full});
  if (options_.series_observer != nullptr) options_.series_observer->sampled();
  next_sample_ = now + static_cast<std::uint64_t>(options_.series_interval * per_second);
}

// The last, shorter interval; one too short to be a rate is left out.
template <class End>
void Tester<End>::sample_rest(std::uint64_t now) noexcept {
  const auto half = static_cast<std::uint64_t>(options_.series_interval * ticks_per_second() / 2);
  if (options_.series_interval > 0 && now + half >= next_sample_) sample(now);
}

// False when the phase must end early.
template <class End>
bool Tester<End>::going() noexcept {
  if constexpr (!End::kBuffersTravel) {
    for (const Lane& lane : lanes_) broken_ |= lane.wire.broken();
  }
  return !broken_ && !stalled_ && !stop_.load(std::memory_order_relaxed);
}

// Frames that were sent and are neither back nor known to be lost.
template <class End>
std::uint64_t Tester<End>::on_their_way() const noexcept {
  const std::uint64_t over = counts_.received + counts_.wire_full + lost_;
  return counts_.sent > over ? counts_.sent - over : 0;
}

// How many frames may be sent at `max` now, apart from what the wire says.
template <class End>
bool Tester<End>::room_to_learn() noexcept {
  if constexpr (End::kBuffersTravel) {
    return source_.buffers() - source_.buffers_home() + kBurst <= options_.window;
  } else {
    return room() >= kBurst;
  }
}

template <class End>
std::size_t Tester<End>::room() noexcept {
  if constexpr (End::kBuffersTravel) {
    return kBurst;
  } else {
    if (on_their_way() >= options_.window) {
      const std::uint64_t now = ticks();
      count_lost(now);
      stalled_ = static_cast<double>(now - last_received_) > kStall * ticks_per_second();
    }
    const std::uint64_t way = on_their_way();
    return way >= options_.window ? 0 : options_.window - way;
  }
}

template <class End>
void Tester<End>::count_lost(std::uint64_t now) noexcept {
  if (!options_.lost || now < next_count_) return;
  next_count_ = now + static_cast<std::uint64_t>(kCountInterval * ticks_per_second());
  lost_ = options_.lost() - lost_before_;
}

template <class End>
PhaseResult Tester<End>::drain(std::uint64_t end) {
  const auto patience = static_cast<std::uint64_t>(kDrainPatience * ticks_per_second());
  const auto left = [this]() -> std::uint64_t {
    if constexpr (End::kBuffersTravel) return source_.buffers() - source_.buffers_home();
    return on_their_way();
  };
  std::uint64_t progress = ticks();
  std::uint64_t before = left();
  while (before > 0) {
    receive(false);
    const std::uint64_t now = ticks();
    if constexpr (!End::kBuffersTravel) count_lost(now);
    if (left() < before) progress = now;
    before = left();
    if (now - progress > patience) break;
    if constexpr (!End::kBuffersTravel) {
      if (!going() && !stop_.load(std::memory_order_relaxed)) break;
    }
  }
  PhaseResult result;
  result.counts = counts_;
  result.seconds = static_cast<double>(std::max(end, last_received_) - start_) / ticks_per_second();
  result.lost_track = left() > 0;
  result.broken = broken_;
  result.stalled = stalled_;
  return result;
}

template class Tester<RingWire::TesterEnd>;
template class Tester<PortTesterEnd>;

}  // namespace nicbench
