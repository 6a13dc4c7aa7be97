// A worker's connection tracker: what it does with bursts of frames, both address families.
//
//   start     parse every frame to its key (frame_info.h); begin to look up all keys of a family (flow_tracker.h)
//   resolve   the lookups' answers; the states of the flows found are then on their way
//   finish    frame by frame, in their order: its flow, found or new; what its protocol makes of it (tcp_rules.h); its
//             translation; its cause. Then dropped frames behind the others
//
// One burst may be started between resolve() and finish() of the one before, so that its memory comes while the other
// is worked on (burst_pipeline.h). Its lookups are answered when all flows of the other have begun or ended.
//
// A frame is rewritten as soon as it is judged: a later frame of the burst may end the flow.
//
// What is not TCP: a UDP flow is assured once both directions were seen; an echo reply cannot start a flow; of other
// protocols nothing is known but silence.
//
// The clock is an argument, in any unit, and never goes back. maintain() is called between bursts, with or without
// frames to process.
//
// Threads: one, over memory that may be shared (tracker_memory.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "common/prefetch.h"
#include "dataplane/flow_tracker.h"
#include "dataplane/frame_info.h"
#include "dataplane/stage_clock.h"
#include "dataplane/tcp_rules.h"
#include "dataplane/tracker_memory.h"

namespace nicbench {

template <FlowTable Table4, FlowTable Table6>
class ConnectionTracker {
 public:
  using Memory = TrackerMemory<Table4, Table6>;

  // `memory` must outlive the tracker. Throws std::bad_alloc; std::logic_error where it has no room for TCP windows
  // that are to be checked.
  ConnectionTracker(Memory& memory, const TrackerOptions& options)
      : options_(options),
        tcp_{options.loose, options.replies == Replies::kElsewhere,
             options.check_windows && options.replies != Replies::kElsewhere},
        translation_(options),
        ipv4_(memory.ipv4.table, memory.ipv4.store, options, translation_, counters_),
        ipv6_(memory.ipv6.table, memory.ipv6.store, options, translation_, counters_),
        clock_(counters_.cycles, options.sample_every) {}

  ConnectionTracker(const ConnectionTracker&) = delete;
  ConnectionTracker& operator=(const ConnectionTracker&) = delete;

  // All three for one burst alone. Returns as finish().
  std::size_t process(std::span<Frame> frames, std::uint64_t now) noexcept {
    for (const Frame& frame : frames) prefetch_to_write(frame.data);
    start(frames);
    resolve();
    return finish(frames, now);
  }

  // Begins with a burst, kBurst frames at most, whose first lines are near or on their way.
  void start(std::span<const Frame> frames) noexcept {
    Batch& batch = batches_[started_++ % batches_.size()];
    if (options_.use == Use::kForward) return;
    batch.sampled = clock_.samples(frames.size());
    clock_.start(batch.sampled);
    inspect_all(frames, batch);
    clock_.lap(&CycleSplit::parse);
    ipv4_.start(batch.keys4(), batch.pending4);
    if (batch.count6 > 0) ipv6_.start(batch.keys6(), batch.pending6);
    clock_.lap(&CycleSplit::lookup);
  }

  // Of the burst that was started first and is not finished.
  void resolve() noexcept {
    if (options_.use == Use::kForward) return;
    Batch& batch = oldest();
    clock_.start(batch.sampled);
    ipv4_.resolve(batch.keys4(), batch.pending4);
    if (batch.count6 > 0) ipv6_.resolve(batch.keys6(), batch.pending6);
    if (options_.use == Use::kNat) foresee(batch);
    clock_.lap(&CycleSplit::lookup);
  }

  // Tracks and rewrites the frames that were resolved. Keeps those to forward at the front, in order, and moves the
  // dropped ones behind them; returns how many to forward.
  std::size_t finish(std::span<Frame> frames, std::uint64_t now) noexcept {
    const Batch& batch = oldest();
    ++finished_;
    if (options_.use == Use::kForward) return forward(frames);
    clock_.start(batch.sampled);
    std::uint64_t tracked = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      causes_[i] = handle(frames[i], batch, i, now);
      swap_macs(frames[i].data);
      if (causes_[i] == FrameCause::kTracked) [[likely]] {
        ++tracked;
      } else {
        count(causes_[i], 1);
      }
    }
    count(FrameCause::kTracked, tracked);
    ipv4_.end_burst();
    ipv6_.end_burst();
    const std::size_t kept = tracked == frames.size() ? frames.size() : partition(frames);
    clock_.lap(&CycleSplit::rest);
    return kept;
  }

  // Looks for expired flows. Call it between bursts, whether there were frames or not.
  void maintain(std::uint64_t now) noexcept {
    clock_.skip();
    ipv4_.maintain(now);
    ipv6_.maintain(now);
    clock_.finish(&CycleSplit::expiry);
  }

  // Ends all flows. Call it between bursts.
  void flush() noexcept {
    ipv4_.flush();
    ipv6_.flush();
  }

  const FlowTracker<Table4>& ipv4() const noexcept { return ipv4_; }
  const FlowTracker<Table6>& ipv6() const noexcept { return ipv6_; }
  const TrackerCounters& counters() const noexcept { return counters_; }
  const Translation& translation() const noexcept { return translation_; }
  // What became of frame i of the burst finished last, in the order in which it was given.
  FrameCause cause(std::size_t i) const noexcept { return causes_[i]; }
  std::uint64_t flows() const noexcept { return counters_.live(); }

 private:
  // What is known of a burst's frames between start() and finish().
  struct Batch {
    std::array<FrameInfo, kBurst> infos{};
    std::array<std::uint8_t, kBurst> places{};  // of a frame's key among those of its family
    std::array<FiveTuple4, kBurst> all4{};
    std::array<FiveTuple6, kBurst> all6{};
    std::size_t count = 0, count4 = 0, count6 = 0;
    typename FlowTracker<Table4>::Pending pending4;
    typename FlowTracker<Table6>::Pending pending6;
    bool sampled = false;

    std::span<const FiveTuple4> keys4() const noexcept { return std::span(all4).first(count4); }
    std::span<const FiveTuple6> keys6() const noexcept { return std::span(all6).first(count6); }
  };

  Batch& oldest() noexcept { return batches_[finished_ % batches_.size()]; }

  std::size_t forward(std::span<Frame> frames) noexcept {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      swap_macs(frames[i].data);
      causes_[i] = FrameCause::kTracked;
    }
    count(FrameCause::kTracked, frames.size());
    return frames.size();
  }

  void count(FrameCause cause, std::uint64_t frames) noexcept {
    counters_.frames[static_cast<std::size_t>(cause)].add(frames);
  }

  static void inspect_all(std::span<const Frame> frames, Batch& batch) noexcept {
    batch.count = frames.size();
    batch.count4 = batch.count6 = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      FrameInfo& info = batch.infos[i];
      inspect(frames[i], info, batch.all4[batch.count4], batch.all6[batch.count6]);
      if (info.kind == FlowKind::kNone) continue;
      std::size_t& count = info.ipv6 ? batch.count6 : batch.count4;
      batch.places[i] = static_cast<std::uint8_t>(count++);
    }
  }

  // For flows that are about to start. One alone would gain nothing.
  void foresee(const Batch& batch) noexcept {
    std::array<FiveTuple4, kBurst> wires;
    std::size_t count = 0;
    for (std::size_t i = 0; i < batch.count; ++i) {
      const FrameInfo& info = batch.infos[i];
      if (info.kind == FlowKind::kNone || info.ipv6 || !ipv4_.missed(batch.places[i])) continue;
      wires[count++] = oriented(batch.all4[batch.places[i]], info.swapped);
    }
    if (count > 1) ipv4_.foresee(std::span<const FiveTuple4>(wires).first(count));
  }

  FrameCause handle(const Frame& frame, const Batch& batch, std::size_t i, std::uint64_t now) noexcept {
    const FrameInfo& info = batch.infos[i];
    if (info.kind == FlowKind::kNone) return without_flow(info.cause);
    const std::size_t place = batch.places[i];
    return info.ipv6 ? handle(ipv6_, batch.all6[place], place, frame, info, now)
                     : handle(ipv4_, batch.all4[place], place, frame, info, now);
  }

  template <class Family>
  FrameCause handle(Family& family, const typename Family::Key& key, std::size_t place, const Frame& frame,
                    const FrameInfo& info, std::uint64_t now) noexcept {
    if (info.kind == FlowKind::kError) return relate(family, key, place, frame, info, now);
    FlowRef ref = family.find(place, key, now);
    if (ref == kNoFlow) return start_flow(family, key, frame, info, now);
    FlowState& flow = family.state(flow_of(ref));
    const Direction from = direction_of(ref, info.swapped);
    const Verdict verdict = judge(flow, from, frame, info, now);
    if (verdict == Verdict::kInvalid && options_.drop_invalid) return FrameCause::kInvalidDropped;
    if (verdict == Verdict::kReopen) {
      family.end(flow_of(ref));
      return start_flow(family, key, frame, info, now);
    }
    if (verdict != Verdict::kInvalid) {
      flow.packets += 1;
      flow.bytes += frame.length;
    }
    translate(family, frame, info, from, flow_of(ref));
    if (verdict == Verdict::kLast) family.end(flow_of(ref));
    if (verdict == Verdict::kInvalid) return FrameCause::kInvalid;
    return verdict == Verdict::kIgnore ? FrameCause::kIgnored : FrameCause::kTracked;
  }

  template <class Family>
  FrameCause start_flow(Family& family, const typename Family::Key& key, const Frame& frame, const FrameInfo& info,
                        std::uint64_t now) noexcept {
    const FrameCause refusal = translation_.without_flow(oriented(key, info.swapped));
    if (refusal != FrameCause::kTracked) return refusal;
    const bool opens = info.may_open && (info.kind != FlowKind::kTcp || opens_flow(info.segment, tcp_));
    if (!opens) return passes_untranslated() ? FrameCause::kInvalid : FrameCause::kInvalidDropped;
    clock_.pause();
    const auto opened = family.open(key, info.swapped, now);
    if (opened.ref == kNoFlow) {
      clock_.resume(&CycleSplit::insert);
      return opened.cause;
    }
    FlowState& flow = family.state(flow_of(opened.ref));
    if (info.kind == FlowKind::kTcp) {
      open_tcp(flow, info.segment, tcp_fields(frame, info), tcp_, now);
    } else {
      renew(flow, Direction::kOriginal, info.kind, now);
    }
    family.arm(flow_of(opened.ref));
    flow.packets = 1;
    flow.bytes = frame.length;
    clock_.resume(&CycleSplit::insert);
    translate(family, frame, info, Direction::kOriginal, flow_of(opened.ref));
    return FrameCause::kTracked;
  }

  // An ICMP error, by the flow of the packet that it quotes. Neither renews the flow nor ends it (RFC 5927 §4).
  template <class Family>
  FrameCause relate(Family& family, const typename Family::Key& key, std::size_t place, const Frame& frame,
                    const FrameInfo& info, std::uint64_t now) noexcept {
    const FlowRef ref = options_.shared ? kNoFlow : family.peek(place, key, now);
    if (ref == kNoFlow) return without_flow(FrameCause::kUnrelated);
    const Direction quoted = direction_of(ref, info.swapped);
    const std::uint32_t flow = flow_of(ref);
    translation_.apply_to_error(frame, info, quoted, family.state(flow), family.wire(flow));
    return FrameCause::kRelated;
  }

  Verdict judge(FlowState& flow, Direction from, const Frame& frame, const FrameInfo& info,
                std::uint64_t now) noexcept {
    if (info.kind == FlowKind::kTcp) return track_tcp(flow, info.segment, from, tcp_fields(frame, info), tcp_, now);
    renew(flow, from, info.kind, now);
    return Verdict::kAccept;
  }

  static void renew(FlowState& flow, Direction from, FlowKind kind, std::uint64_t now) noexcept {
    if (from == Direction::kReply) flow.set(FlowState::kReplied);
    flow.last_seen = now;
    if (kind == FlowKind::kUdp) {
      flow.timeout = flow.has(FlowState::kReplied) ? TimeoutClass::kUdpAssured : TimeoutClass::kUdpNew;
    } else {
      flow.timeout = kind == FlowKind::kEcho ? TimeoutClass::kIcmp : TimeoutClass::kGeneric;
    }
  }

  static TcpFields tcp_fields(const Frame& frame, const FrameInfo& info) noexcept {
    const ParsedFrame& parsed = info.parsed;
    return {frame.data + parsed.transport, static_cast<std::size_t>(parsed.payload - parsed.transport),
            static_cast<std::size_t>(parsed.network_end - parsed.payload)};
  }

  template <class Family>
  void translate(Family& family, const Frame& frame, const FrameInfo& info, Direction from,
                 std::uint32_t flow) noexcept {
    using Key = typename Family::Key;
    translation_.template apply<Key>(frame, info.parsed, from, family.state(flow), [&] { return family.wire(flow); });
  }

  // Frames that no flow says how to translate may pass where nothing is translated.
  bool passes_untranslated() const noexcept { return options_.use == Use::kTrack; }

  // nat would let inside addresses out; a frame that is not IP has none.
  FrameCause without_flow(FrameCause cause) const noexcept {
    return options_.use == Use::kNat && cause != FrameCause::kNotIp ? FrameCause::kUntranslatable : cause;
  }

  // Moves dropped frames to the end; the order of the others stays.
  std::size_t partition(std::span<Frame> frames) noexcept {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (is_dropped(causes_[i])) continue;
      if (kept != i) std::swap(frames[kept], frames[i]);
      ++kept;
    }
    return kept;
  }

  const TrackerOptions options_;
  const TcpOptions tcp_;
  TrackerCounters counters_;
  Translation translation_;
  FlowTracker<Table4> ipv4_;
  FlowTracker<Table6> ipv6_;
  StageClock clock_;

  std::array<Batch, 2> batches_;
  std::size_t started_ = 0;  // bursts
  std::size_t finished_ = 0;
  std::array<FrameCause, kBurst> causes_{};
};

}  // namespace nicbench
