// Is a segment within the window? The option `check_windows`.
//
// After G. van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (SANE 2000), as Linux 6.1's tcp_in_window()
// does it. For a segment of bytes [seq, end) that acknowledges `ack`, from `sender` to `receiver`, all modulo 2^32:
//
//   I    seq <= sender.max_end                        else invalid: beyond what the receiver allowed
//   II   ack <= receiver.end                          else invalid: acknowledges what was never sent
//   III  end >= sender.end - receiver.max_win         else ignored: old data sent again
//   IV   ack >= receiver.end - max(66000, sender.max_win)   else ignored: an ACK delayed very long
//
// Ignored segments pass but neither renew the flow nor move its state. Kept up to date from every segment in window:
// end, the right edge allowed (ack + window), and the widest window, with both ends' window scale (RFC 7323).
//
// Simpler than the original: SACK blocks are not read (plain ACKs bound II and IV), a segment that overshoots the
// window is always invalid, and flows picked up in mid-stream are never judged, since their scale is not known.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dataplane/flow_state.h"
#include "packet/headers.h"

namespace nicbench {

// The fields of a segment that its flow's state depends on, in host byte order. Read only where they are needed.
struct TcpFields {
  const std::uint8_t* tcp;  // the header; its 20 bytes and its options are there
  std::size_t header;       // bytes
  std::size_t payload;      // bytes

  std::uint32_t seq() const noexcept { return to_be32(load<std::uint32_t>(tcp + 4)); }
  std::uint32_t ack() const noexcept { return to_be32(load<std::uint32_t>(tcp + 8)); }
  std::uint32_t window() const noexcept { return load_be16(tcp + 14); }
  bool flag(unsigned f) const noexcept { return (tcp[kTcpFlags] & f) != 0; }
  // One past the last sequence number used; SYN and FIN use one each.
  std::uint32_t end() const noexcept {
    return seq() + static_cast<std::uint32_t>(payload) + flag(tcp_bit::kSyn) + flag(tcp_bit::kFin);
  }
};

enum class InWindow : std::uint8_t { kYes, kIgnore, kNo };

namespace tcp_detail {

constexpr bool before(std::uint32_t a, std::uint32_t b) noexcept { return static_cast<std::int32_t>(a - b) < 0; }

// Value of the window scale option of a SYN, at most 14 (RFC 7323 §2.3); kNoScale without one.
inline std::uint8_t window_scale(const TcpFields& segment) noexcept {
  const std::uint8_t* at = segment.tcp + kTcpHeader;
  const std::uint8_t* end = segment.tcp + segment.header;
  while (at < end && *at != 0) {
    if (*at == 1) {
      ++at;
      continue;
    }
    if (end - at < 2 || at[1] < 2 || end - at < at[1]) break;
    if (*at == 3 && at[1] == 3) return std::min<std::uint8_t>(at[2], 14);
    at += at[1];
  }
  return FlowState::kNoScale;
}

inline std::uint32_t scaled(std::uint32_t window, std::uint8_t scale) noexcept {
  return scale == FlowState::kNoScale ? window : window << scale;
}

inline void start_sender(FlowState& flow, Direction from, const TcpFields& syn) noexcept {
  const auto i = static_cast<std::size_t>(from);
  flow.window[i] = {syn.end(), syn.end(), std::max<std::uint32_t>(syn.window(), 1)};
  flow.scale[i] = window_scale(syn);
  const bool both = flow.scale[0] != FlowState::kNoScale && flow.scale[1] != FlowState::kNoScale;
  if (from == Direction::kReply && !both) flow.scale[0] = flow.scale[1] = FlowState::kNoScale;
}

}  // namespace tcp_detail

// Starts the windows from the segment that opened the flow.
inline void open_window(FlowState& flow, const TcpFields& segment) noexcept {
  if (segment.flag(tcp_bit::kSyn)) tcp_detail::start_sender(flow, Direction::kOriginal, segment);
}

// Judges a segment and, if it is within the window, learns from it.
inline InWindow check_window(FlowState& flow, Direction from, const TcpFields& segment) noexcept {
  using tcp_detail::before;
  if (flow.has(FlowState::kPickedUp)) return InWindow::kYes;
  TcpWindow& sender = flow.window[static_cast<std::size_t>(from)];
  TcpWindow& receiver = flow.window[static_cast<std::size_t>(opposite(from))];
  const std::uint8_t scale = flow.scale[static_cast<std::size_t>(from)];
  const bool syn = segment.flag(tcp_bit::kSyn), acks = segment.flag(tcp_bit::kAck), rst = segment.flag(tcp_bit::kRst);
  std::uint32_t seq = segment.seq(), ack = segment.ack(), end = segment.end();

  const bool handshake = flow.tcp == TcpState::kSynSent || flow.tcp == TcpState::kSynReceived;
  if (syn && (sender.max_win == 0 || (handshake && before(sender.end, end)))) {
    tcp_detail::start_sender(flow, from, segment);
    if (!acks && from == Direction::kReply) return InWindow::kYes;  // simultaneous open
  } else if (sender.max_win == 0) {
    const std::uint32_t window = std::max<std::uint32_t>(tcp_detail::scaled(segment.window(), scale), 1);
    sender = {end, end + window, window};
    if (ack == receiver.end + 1) ++receiver.end;  // answers a keep-alive
  }
  if (!acks || (rst && ack == 0)) ack = receiver.end;
  if (rst && seq == 0 && flow.tcp == TcpState::kSynSent) seq = end = sender.end;

  if (before(sender.max_end, seq) || before(receiver.end, ack)) return InWindow::kNo;
  if (receiver.max_win != 0 && before(end, sender.end - receiver.max_win)) return InWindow::kIgnore;
  if (before(ack, receiver.end - std::max<std::uint32_t>(66000, sender.max_win))) return InWindow::kIgnore;

  const std::uint32_t window = syn ? segment.window() : tcp_detail::scaled(segment.window(), scale);
  sender.max_win = std::max(sender.max_win, window);
  if (before(sender.end, end)) sender.end = end;
  if (receiver.max_win != 0 && before(sender.max_end, end)) receiver.max_win += end - sender.max_end;
  if (!before(ack + window, receiver.max_end)) receiver.max_end = ack + window + (window == 0);
  return InWindow::kYes;
}

}  // namespace nicbench
