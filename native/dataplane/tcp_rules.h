// From a segment to what becomes of its flow: the transition table (tcp_state.h), and the cases in which it is not the
// whole truth. These are the cases of Linux 6.1's nf_conntrack_tcp_packet(), in its order:
//
//   reopen        a SYN after the end starts a new connection, if a FIN was seen, or the RST before it came from the
//                 same end; else it is ignored, since the connection may be alive and we be wrong
//   resync        a SYN/ACK that acknowledges a SYN which we ignored: the ends agree, so we follow them. Windows are
//                 not known from there on
//   challenge     after a SYN ignored in last-ack, the other end's ACK challenges it (RFC 5961 §4) and is no last ACK
//   both SYN      after a simultaneous open the ACK may come from the reply direction
//   RST           in closing states, or in answer to an ignored SYN, windows are out of date and not checked
//   only an RST   where nothing else came back, the flow ends at once, its slot free for the next
//   SYN again     does not renew the flow, so that retries cannot keep a dead one alive
//
// Left out of the original: its shorter timeouts for unacknowledged data, for three retransmissions and for zero
// windows, its SYN proxy and, without check_windows, its test of RST sequence numbers.
//
// A frame that is ignored passes and is counted for its flow, but does not renew it; an invalid one is not counted.
#pragma once

#include <cstdint>

#include "dataplane/flow_state.h"
#include "dataplane/tcp_window.h"

namespace nicbench {

enum class Verdict : std::uint8_t {
  kAccept,
  kIgnore,
  kInvalid,
  kReopen,  // the flow ends here, and the frame starts a new one
  kLast,    // accepted, and the flow ends with this frame
};

struct TcpOptions {
  bool loose = true;           // a flow may start with an ACK: picked up in mid-stream
  bool one_way = false;        // replies go another way
  bool check_windows = false;  // not with one_way: half of what it needs goes another way
};

namespace tcp_detail {

inline void remember(FlowState& flow, Segment segment, Direction from) noexcept {
  flow.last_segment = segment;
  flow.last_from = from;
}

inline bool may_reopen(const FlowState& flow, Direction from) noexcept {
  return flow.has(FlowState::kSawFin) || (flow.last_segment == Segment::kRst && flow.last_from == from);
}

// Whether the last thing seen is a SYN of the other end, which we ignored and this segment answers.
inline bool answers_ignored_syn(const FlowState& flow, Direction from, const TcpFields& fields) noexcept {
  return flow.last_segment == Segment::kSyn && flow.last_from != from && fields.ack() == flow.last_end;
}

inline Verdict ignore(FlowState& flow, Segment segment, Direction from, const TcpFields& fields) noexcept {
  remember(flow, segment, from);
  flow.last_end = fields.end();
  if (segment == Segment::kSyn && from == Direction::kOriginal && flow.tcp == TcpState::kLastAck) {
    flow.set(FlowState::kChallenge);
  }
  return Verdict::kIgnore;
}

constexpr bool is_closing(TcpState s) noexcept {
  return s == TcpState::kFinWait || s == TcpState::kCloseWait || s == TcpState::kLastAck || s == TcpState::kTimeWait ||
         s == TcpState::kClose;
}

inline bool window_matters(const FlowState& flow, Segment segment, Direction from, const TcpFields& fields) noexcept {
  if (segment != Segment::kRst) return true;
  return !is_closing(flow.tcp) && !(flow.has(FlowState::kReplied) && answers_ignored_syn(flow, from, fields));
}

constexpr TimeoutClass timeout_of(TcpState s) noexcept {
  switch (s) {
    case TcpState::kSynReceived: return TimeoutClass::kSynReceived;
    case TcpState::kEstablished: return TimeoutClass::kEstablished;
    case TcpState::kFinWait: return TimeoutClass::kFinWait;
    case TcpState::kCloseWait: return TimeoutClass::kCloseWait;
    case TcpState::kLastAck: return TimeoutClass::kLastAck;
    case TcpState::kTimeWait: return TimeoutClass::kTimeWait;
    case TcpState::kClose: return TimeoutClass::kClose;
    default: return TimeoutClass::kSynSent;
  }
}

// Moves the flow to `next` and renews it.
inline Verdict accept(FlowState& flow, TcpState next, Segment segment, Direction from, const TcpOptions& options,
                      std::uint64_t now) noexcept {
  const TcpState before = flow.tcp;
  remember(flow, segment, from);
  flow.tcp = next;
  if (next == TcpState::kFinWait && before != next) flow.set(FlowState::kSawFin);
  const bool replied = flow.has(FlowState::kReplied);  // before this frame
  if (!replied && segment == Segment::kRst) return Verdict::kLast;
  if (!replied && segment == Segment::kSyn && before == TcpState::kSynSent) return Verdict::kAccept;
  flow.last_seen = now;
  const bool unanswered =
      next == TcpState::kEstablished && !replied && from == Direction::kOriginal && !options.one_way;
  flow.timeout = unanswered ? TimeoutClass::kUnanswered : timeout_of(next);
  return Verdict::kAccept;
}

}  // namespace tcp_detail

// Whether this segment may start a flow.
inline bool opens_flow(Segment segment, const TcpOptions& options) noexcept {
  const TcpState first = next_state(segment, Direction::kOriginal, TcpState::kNone, options.one_way);
  return first == TcpState::kSynSent || (first == TcpState::kEstablished && options.loose);
}

// Starts a new flow with its first segment, for which opens_flow() holds.
inline void open_tcp(FlowState& flow, Segment segment, const TcpFields& fields, const TcpOptions& options,
                     std::uint64_t now) noexcept {
  const bool syn = segment == Segment::kSyn;
  if (!syn) flow.set(FlowState::kPickedUp);
  if (options.check_windows && syn) open_window(flow, fields);
  tcp_detail::accept(flow, syn ? TcpState::kSynSent : TcpState::kEstablished, segment, Direction::kOriginal, options,
                     now);
}

namespace tcp_detail {

inline Verdict judge(FlowState& flow, Segment segment, Direction from, const TcpFields& fields,
                     const TcpOptions& options, std::uint64_t now) noexcept {
  TcpState next = next_state(segment, from, flow.tcp, options.one_way);
  const bool plain = next == TcpState::kEstablished && flow.tcp == next && segment == Segment::kAck;
  if (plain && !options.check_windows) [[likely]]
    return accept(flow, next, segment, from, options, now);
  if (next == TcpState::kInvalid) return Verdict::kInvalid;
  if (next == TcpState::kSynSent && flow.tcp != TcpState::kSynSent) {
    if (may_reopen(flow, from)) return Verdict::kReopen;
    next = TcpState::kIgnore;
  }
  if (next == TcpState::kIgnore) {
    if (segment != Segment::kSynAck || !answers_ignored_syn(flow, from, fields)) {
      return ignore(flow, segment, from, fields);
    }
    next = TcpState::kSynReceived;
    flow.set(FlowState::kPickedUp);
  } else if (next == TcpState::kTimeWait && flow.tcp == TcpState::kLastAck && segment == Segment::kAck &&
             flow.has(FlowState::kChallenge) && flow.last_segment == Segment::kSyn && flow.last_from != from) {
    flow.clear(FlowState::kChallenge);
    return Verdict::kIgnore;
  } else if (next == TcpState::kSynSent2) {
    flow.set(FlowState::kBothSyn);
  } else if (next == TcpState::kSynReceived && segment == Segment::kAck && flow.has(FlowState::kBothSyn)) {
    next = TcpState::kEstablished;
  }
  if (options.check_windows && window_matters(flow, segment, from, fields)) {
    const InWindow in = check_window(flow, from, fields);
    if (in == InWindow::kNo) return Verdict::kInvalid;
    if (in == InWindow::kIgnore) return Verdict::kIgnore;
  }
  return accept(flow, next, segment, from, options, now);
}

}  // namespace tcp_detail

// Judges a segment of a known flow and moves its state.
inline Verdict track_tcp(FlowState& flow, Segment segment, Direction from, const TcpFields& fields,
                         const TcpOptions& options, std::uint64_t now) noexcept {
  const Verdict verdict = tcp_detail::judge(flow, segment, from, fields, options, now);
  const bool passes = verdict == Verdict::kAccept || verdict == Verdict::kIgnore;
  if (from == Direction::kReply && passes) flow.set(FlowState::kReplied);
  return verdict;
}

}  // namespace nicbench
