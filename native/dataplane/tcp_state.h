// What a TCP segment does to the state of the connection that it belongs to, as seen from between its ends.
//
// States and transitions are those of Linux 6.1's nf_conntrack (net/netfilter/nf_conntrack_proto_tcp.c,
// tcp_conntracks[2][6][TCP_CONNTRACK_MAX]), written down again as rules. A tracker that sits between the ends sees
// what they sent, not what they received, so a state is named after the last thing seen:
//
//   syn-sent       a SYN                        fin-wait     a FIN, from either end
//   syn-sent2      SYNs from both ends          close-wait   and an ACK after it
//   syn-received   a SYN/ACK                    last-ack     a FIN from the other end, too
//   established    the ACK of it                time-wait    and the ACK of that
//   close          an RST
//
// Two answers are no state. `ignore`: the segment may well be right and we out of step; it passes, the state stays,
// and the answer of the other end will tell (tcp_rules.h). `invalid`: no correct end sends it in this state.
//
// With `one_way`, replies go another way (direct server return): the ACK that completes the handshake is then the
// first thing seen after the SYN, and a FIN may follow at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nicbench {

// Original: the way that the first frame of the flow went.
enum class Direction : std::uint8_t { kOriginal, kReply };

constexpr Direction opposite(Direction d) noexcept {
  return d == Direction::kOriginal ? Direction::kReply : Direction::kOriginal;
}

enum class TcpState : std::uint8_t {
  kNone,
  kSynSent,
  kSynReceived,
  kEstablished,
  kFinWait,
  kCloseWait,
  kLastAck,
  kTimeWait,
  kClose,
  kSynSent2,
  kIgnore,  // not states: answers of next_state()
  kInvalid,
};
inline constexpr std::size_t kTcpStates = 10;

inline constexpr std::array<std::string_view, kTcpStates> kTcpStateNames{
    "none",       "syn-sent", "syn-received", "established", "fin-wait",
    "close-wait", "last-ack", "time-wait",    "close",       "syn-sent2"};

// What a segment is, by its flags; the first that applies of RST, SYN, FIN, ACK.
enum class Segment : std::uint8_t { kSyn, kSynAck, kFin, kAck, kRst, kBad };
inline constexpr std::size_t kSegments = 5;  // without kBad

namespace tcp_bit {
inline constexpr unsigned kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10, kUrg = 0x20;
}

namespace tcp_detail {

// kBad for combinations that no stack sends: PSH, ECE and CWR go with all, URG with SYN, ACK and FIN+ACK, and FIN
// never comes without ACK.
constexpr Segment segment_by_rule(unsigned flags) noexcept {
  using namespace tcp_bit;
  switch (flags & (kFin | kSyn | kRst | kAck | kUrg)) {
    case kSyn:
    case kSyn | kUrg: return Segment::kSyn;
    case kSyn | kAck: return Segment::kSynAck;
    case kRst:
    case kRst | kAck: return Segment::kRst;
    case kFin | kAck:
    case kFin | kAck | kUrg: return Segment::kFin;
    case kAck:
    case kAck | kUrg: return Segment::kAck;
    default: return Segment::kBad;
  }
}

constexpr std::array<Segment, 256> segments() noexcept {
  std::array<Segment, 256> table{};
  for (unsigned flags = 0; flags < 256; ++flags) table[flags] = segment_by_rule(flags);
  return table;
}
inline constexpr std::array<Segment, 256> kSegmentOf = segments();

constexpr TcpState on_syn(Direction from, TcpState s) noexcept {
  using enum TcpState;
  if (from == Direction::kOriginal) {
    if (s == kNone || s == kSynSent) return kSynSent;    // new, or sent again
    if (s == kTimeWait || s == kClose) return kSynSent;  // the ports are used again (RFC 9293 §3.6.1)
    return s == kSynSent2 ? kSynSent2 : kIgnore;         // we may hold a dead connection
  }
  if (s == kSynSent || s == kSynSent2) return kSynSent2;  // simultaneous open (RFC 9293 §3.5)
  return s == kTimeWait ? kSynSent : kInvalid;            // used again, the other way round
}

constexpr TcpState on_syn_ack(Direction from, TcpState s) noexcept {
  using enum TcpState;
  if (from == Direction::kOriginal) return s == kSynSent2 || s == kSynReceived ? kSynReceived : kInvalid;
  if (s == kNone) return kInvalid;
  return s == kSynSent || s == kSynSent2 ? kSynReceived : kIgnore;
}

// Either end may close first; which one did is not kept.
constexpr TcpState on_fin(Direction from, TcpState s, bool one_way) noexcept {
  using enum TcpState;
  switch (s) {
    case kSynSent: return one_way && from == Direction::kOriginal ? kFinWait : kInvalid;
    case kSynReceived:
    case kEstablished: return kFinWait;
    case kFinWait:
    case kCloseWait:
    case kLastAck: return kLastAck;
    case kTimeWait:
    case kClose: return s;
    default: return kInvalid;
  }
}

constexpr TcpState on_ack(Direction from, TcpState s, bool one_way) noexcept {
  using enum TcpState;
  const bool original = from == Direction::kOriginal;
  switch (s) {
    case kNone: return original ? kEstablished : kInvalid;  // picked up in mid-stream
    case kSynSent:
      if (one_way && original) return kEstablished;
      return original ? kInvalid : kIgnore;  // a reply may come from a half-open connection
    case kSynSent2: return original ? kInvalid : kIgnore;
    case kSynReceived: return original ? kEstablished : kSynReceived;
    case kEstablished:
    case kClose: return s;
    case kFinWait:
    case kCloseWait: return kCloseWait;
    default: return kTimeWait;  // from last-ack; stays
  }
}

constexpr TcpState next_by_rule(Segment segment, Direction from, TcpState s, bool one_way) noexcept {
  switch (segment) {
    case Segment::kSyn: return on_syn(from, s);
    case Segment::kSynAck: return on_syn_ack(from, s);
    case Segment::kFin: return on_fin(from, s, one_way);
    case Segment::kAck: return on_ack(from, s, one_way);
    case Segment::kRst: return s == TcpState::kNone ? TcpState::kInvalid : TcpState::kClose;
    default: return TcpState::kInvalid;
  }
}

struct Transitions {
  std::array<std::array<std::array<TcpState, kTcpStates>, kSegments + 1>, 2> next{};
};

constexpr Transitions transitions(bool one_way) noexcept {
  Transitions table;
  for (std::size_t d = 0; d < 2; ++d) {
    for (std::size_t g = 0; g <= kSegments; ++g) {
      for (std::size_t s = 0; s < kTcpStates; ++s) {
        table.next[d][g][s] =
            next_by_rule(static_cast<Segment>(g), static_cast<Direction>(d), static_cast<TcpState>(s), one_way);
      }
    }
  }
  return table;
}

inline constexpr std::array<Transitions, 2> kTransitions{transitions(false), transitions(true)};

}  // namespace tcp_detail

// What the segment with this byte of flags is.
constexpr Segment segment_of(std::uint8_t flags) noexcept { return tcp_detail::kSegmentOf[flags]; }

constexpr TcpState next_state(Segment segment, Direction from, TcpState state, bool one_way) noexcept {
  return tcp_detail::kTransitions[one_way]
      .next[static_cast<std::size_t>(from)][static_cast<std::size_t>(segment)][static_cast<std::size_t>(state)];
}

}  // namespace nicbench
