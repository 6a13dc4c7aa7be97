#include "trafficgen/tester.h"

#include <sched.h>

#include <algorithm>

#include "common/prefetch.h"
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
    : chooser_(lanes.size(), options.rss),
      source_(source),
      check_(check),
      options_(options),
      stop_(stop),
      groups_(source.groups()) {
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
  const std::uint64_t end = start_ + static_cast<std::uint64_t>(seconds * per_second);
  if (rate == 0) {
    send_until([this, end](std::uint64_t now) {
      if (now >= end) return false;
      send_max();
      return true;
    });
    forget_unsent();
    counts_.intended = counts_.sent;
  } else {
    const std::uint64_t latest = end + static_cast<std::uint64_t>(kCatchUp * per_second);
    Pacer pacer(options_.pacing, rate, seconds, per_second, source_.recording());
    send_until([this, end, latest, &pacer](std::uint64_t now) {
      if (now >= end && (pacer.due() == Pacer::kNever || now >= latest)) return false;
      send_due(pacer, now - start_);
      return true;
    });
    counts_.intended = pacer.total();
  }
  played_ += static_cast<double>(ticks() - start_) / per_second;
  sample_rest(ticks());
  return drain(end);
}

// Calls `send` with the time, and receives, until it returns false.
template <class End>
template <class Send>
void Tester<End>::send_until(Send&& send) noexcept {
  const double per_second = ticks_per_second();
  while (going()) {
    const std::uint64_t now = ticks();
    source_.advance(played_ + static_cast<double>(now - start_) / per_second);
    if (!send(now)) return;
    receive(false);
    if (now >= next_sample_) sample(now);
  }
}

// Frames that were made but never found room on the wire were not sent, and neither were the probes among them.
template <class End>
void Tester<End>::forget_unsent() noexcept {
  for (Lane& lane : lanes_) {
    for (const Frame& frame : lane.waiting()) counts_.probes_sent -= is_stamped(frame.data);
    groups_.forgotten(lane.waiting());
    source_.release(lane.waiting());
    lane.from = lane.to = 0;
  }
}

template <class End>
void Tester<End>::begin(double expected_seconds) {
  counts_ = {};
  latency_.clear();
  real_time_.begin();
  pacing_ = {};
  order_.begin(sequence_);
  groups_.begin(sequence_);
  series_.clear();
  until_probe_ = 1;
  last_due_ = 0;
  next_sample_ = UINT64_MAX;
  if (options_.series_interval > 0 && expected_seconds > 0) {
    series_.reserve(series_rows(expected_seconds, options_.series_interval));
  }
  broken_ = stalled_ = false;
  lost_ = given_up_ = 0;
  turns_ = blocked_turns_ = 0;
  if (options_.lost) lost_before_ = options_.lost();
  start_ = last_received_ = last_sent_ = gave_up_at_ = ticks();
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
  std::size_t sent = 0;
  for (Lane& lane : lanes_) sent += send_waiting(lane);
  ++turns_;
  blocked_turns_ += sent == 0;
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
void Tester<End>::send_due(Pacer& pacer, std::uint64_t elapsed) noexcept {
  std::array<std::uint64_t, kBurst> due;
  std::size_t count = 0;
  for (; count < kBurst && pacer.due() <= elapsed; pacer.next()) due[count++] = start_ + pacer.due();
  if (count == 0) return;
  const std::size_t made = fill(count, [&due](std::size_t i) { return due[i]; });
  for (Lane& lane : lanes_) {
    send_waiting(lane);
    const auto refused = lane.waiting();
    count_sent(refused);
    counts_.wire_full += refused.size();
    source_.release(refused);
    lane.from = lane.to = 0;
  }
  last_sent_ = ticks();
  for (const std::uint64_t intended : std::span(due).first(made)) pacing_.record(intended, last_sent_);
}

// Hands the next frames to empty lanes. Buffers are never short: there are more than the wire and both ends can
// hold. If they were, frames that are due would not be sent, and the generator be limited. Returns how many were made.
template <class End>
template <class Intended>
std::size_t Tester<End>::fill(std::size_t count, Intended&& intended) noexcept {
  std::array<Frame, kBurst> frames;
  const auto burst = std::span(frames).first(source_.next(std::span(frames).first(count)));
  for (std::size_t i = 0; i < burst.size(); ++i) stamp_next(burst[i], intended(i));
  spread(burst);
  return burst.size();
}

template <class End>
void Tester<End>::spread(std::span<const Frame> frames) noexcept {
  groups_.sent(frames);
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
    for (const Frame& frame : burst) prefetch_to_write(frame.data);
    const std::uint64_t now = ticks();
    std::uint64_t bytes = 0;
    std::size_t foreign = 0;
    const bool counting_groups = groups_.counting();
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
      if (counting_groups && home) groups_.received(frame);
      if (home && is_probe(frame.data)) receive_probe(lane, frame, now);
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
void Tester<End>::receive_probe(const Lane& lane, const Frame& frame, std::uint64_t now) noexcept {
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
  const Arrival arrival = order_.arrived(signature.sequence);
  counts_.probes_reordered += arrival == Arrival::kReordered;
  counts_.probes_duplicated += arrival == Arrival::kDuplicate;
  if (arrival == Arrival::kDuplicate || arrival == Arrival::kStale) return;
  ++counts_.probes_received;
  last_due_ = std::max(last_due_, signature.intended);
  const std::uint64_t came = arrival_of(lane, frame, signature.intended, now);
  const std::uint64_t latency = scale_.to_ns(came > signature.intended ? came - signature.intended : 0);
  latency_.record(latency);
  groups_.received_probe(frame, signature.sequence, latency);
}

// When a probe came, by the clock that was asked for; not believed where it says that the probe came before it was due,
// or has yet to come: someone has set that clock.
template <class End>
std::uint64_t Tester<End>::arrival_of([[maybe_unused]] const Lane& lane, [[maybe_unused]] const Frame& frame,
                                      [[maybe_unused]] std::uint64_t intended, std::uint64_t now) noexcept {
  if constexpr (!End::kBuffersTravel) {
    if (options_.timestamps == Timestamps::kThread) return now;
    const std::uint64_t stamp = lane.wire.arrival_ns(frame);
    const std::uint64_t came = stamp == 0 ? 0 : real_time_.to_ticks(stamp);
    if (came >= intended && came <= now) return came;
    ++counts_.probes_untimed;
  }
  return now;
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
  const std::uint64_t over = counts_.received + counts_.wire_full + lost_ + given_up_;
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
    if (options_.one_way) return kBurst;
    if (on_their_way() >= options_.window) {
      const std::uint64_t now = ticks();
      count_lost(now);
      give_up(now);
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
void Tester<End>::give_up(std::uint64_t now) noexcept {
  const std::uint64_t since = std::max(last_received_, gave_up_at_);
  if (options_.give_up == 0 || static_cast<double>(now - since) < options_.give_up * ticks_per_second()) return;
  given_up_ += on_their_way();
  gave_up_at_ = now;
}

template <class End>
PhaseResult Tester<End>::drain(std::uint64_t end) {
  const auto patience = static_cast<std::uint64_t>(kDrainPatience * ticks_per_second());
  const auto left = [this]() -> std::uint64_t {
    if constexpr (End::kBuffersTravel) return source_.buffers() - source_.buffers_home();
    return options_.one_way ? 0 : on_their_way();
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
  result.pacing = pacing_;
  result.timestamps = options_.timestamps;
  result.clock_error_ns = real_time_.worst_error_ns();
  result.start = start_;
  result.last_due = last_due_;
  result.groups = groups_.counts();
  result.sending_seconds = static_cast<double>(std::max(end, last_sent_) - start_) / ticks_per_second();
  result.seconds = static_cast<double>(std::max(end, last_received_) - start_) / ticks_per_second();
  result.lost_track = left() > 0;
  result.broken = broken_;
  result.stalled = stalled_;
  if (turns_ > 0) result.blocked_share = static_cast<double>(blocked_turns_) / static_cast<double>(turns_);
  return result;
}

template class Tester<RingWire::TesterEnd>;
template class Tester<PortTesterEnd>;

}  // namespace nicbench
