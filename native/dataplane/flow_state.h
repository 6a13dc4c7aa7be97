// What is known of one flow: exactly one cache line, so that a frame of a known flow costs the table's lines and one
// more.
//
//   first half    what every frame reads and writes
//   second half   TCP's sequence windows, where they are checked; else the flow's key, if it is IPv4's (flow_store.h);
//                 and the next free flow, while there is none here
//
// Threads: a flow belongs to the core that created it. That holds as long as RSS sends both directions of a flow to
// the same queue (symmetric key, unchanged RETA); then no two cores ever touch one state.
#pragma once

#include <cstdint>
#include <type_traits>

#include "dataplane/tcp_state.h"
#include "dataplane/timeouts.h"

namespace nicbench {

// One end's side of a TCP connection, in sequence numbers of the bytes that it sends (tcp_window.h).
struct TcpWindow {
  std::uint32_t end = 0;      // one past the last byte sent
  std::uint32_t max_end = 0;  // one past the last byte that the other end allowed
  std::uint32_t max_win = 0;  // widest window that this end offered; 0: nothing seen from it
};

struct alignas(64) FlowState {
  static constexpr std::uint8_t kLive = 1;      // 0: the slot is free
  static constexpr std::uint8_t kReplied = 2;   // seen in both directions
  static constexpr std::uint8_t kSwapped = 4;   // the original direction is the reverse of the canonical key
  static constexpr std::uint8_t kPickedUp = 8;  // TCP joined in mid-stream: windows are not known
  static constexpr std::uint8_t kSawFin = 16;
  static constexpr std::uint8_t kBothSyn = 32;    // simultaneous open
  static constexpr std::uint8_t kChallenge = 64;  // a SYN was ignored in last-ack: its ACK is no last ACK
  static constexpr std::uint8_t kArmed = 128;     // the timer wheel holds a reference; outlives the flow
  static constexpr std::uint8_t kNoScale = 0xf;

  std::uint64_t last_seen = 0;  // ticks; the last frame that renewed the flow
  std::uint64_t packets = 0;    // both directions
  std::uint64_t bytes = 0;      // without FCS
  std::uint8_t flags = 0;
  TimeoutClass timeout = TimeoutClass::kGeneric;
  TcpState tcp = TcpState::kNone;
  Segment last_segment = Segment::kBad;  // the last one accepted or ignored, and from where
  Direction last_from = Direction::kOriginal;
  std::uint8_t protocol = 0;
  std::uint8_t scale[2] = {kNoScale, kNoScale};  // window scale of each end (RFC 7323 §2)

  std::uint16_t backend = 0;   // server; nat: number of the external address
  std::uint16_t port = 0;      // nat: external port or ICMP identifier, as on the wire
  std::uint32_t last_end = 0;  // end of an ignored segment; free slot: number of the next free one
  union {
    TcpWindow window[2]{};  // by Direction
    std::uint64_t key[2];   // written by FlowStore alone
  };

  bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
  void set(std::uint8_t flag) noexcept { flags = static_cast<std::uint8_t>(flags | flag); }
  void clear(std::uint8_t flag) noexcept { flags = static_cast<std::uint8_t>(flags & ~flag); }

  std::uint64_t deadline(const Timeouts& timeouts) const noexcept { return last_seen + timeouts[timeout]; }
};
static_assert(sizeof(FlowState) == 64 && alignof(FlowState) == 64, "one cache line");
static_assert(std::is_trivially_copyable_v<FlowState>);

}  // namespace nicbench
