// A raw AF_PACKET socket (packet(7)) on one interface: what the wires `socket` and `af_packet` share.
#pragma once

#include <cstdint>
#include <cstring>

#include "io/frame.h"
#include "io/link.h"
#include "io/unique_fd.h"
#include "packet/headers.h"

namespace nicbench {

enum class Direction : std::uint8_t { kSend, kReceive };

// Opens and sets up, but does not bind: rings must be there before frames come. Sending skips the queueing discipline
// (PACKET_QDISC_BYPASS): a queue of the kernel between the wire and the interface would hide loss and add latency.
// Throws UserError PRIVILEGE or WIRE_UNSUPPORTED.
UniqueFd open_packet_socket(Direction direction);

// From now on frames come, also those for other hosts. Throws UserError.
void bind_packet_socket(const UniqueFd& socket, const Link& link, Direction direction);

// Frames for other hosts come too, as long as the socket is open. A driver that cannot do so shows them anyway, or
// never.
void make_promiscuous(const UniqueFd& socket, const Link& link) noexcept;

// Frames that come carry the time at which the driver handed them over, by CLOCK_REALTIME. Throws UserError.
void stamp_received(const UniqueFd& socket);

// In ns.
template <class Seconds, class Nanoseconds>
std::uint64_t to_ns(Seconds seconds, Nanoseconds nanoseconds) noexcept {
  return static_cast<std::uint64_t>(seconds) * 1'000'000'000u + static_cast<std::uint64_t>(nanoseconds);
}

// Frames that came and found no room, since the last call: the kernel starts anew with each.
std::uint64_t take_packet_drops(const UniqueFd& socket) noexcept;

// Throws UserError WIRE_UNSUPPORTED, naming what failed and errno.
[[noreturn]] void throw_unsupported(const char* what, const char* hint);

// The kernel takes the outer VLAN tag out of the frame and hands it over apart. Puts it back, in the kVlanTag bytes
// before the frame, which must be there.
inline void restore_vlan_tag(Frame& frame, std::uint16_t protocol, std::uint16_t tag) noexcept {
  constexpr std::size_t kAddresses = 12;
  frame.data -= kVlanTag;
  std::memmove(frame.data, frame.data + kVlanTag, kAddresses);
  const std::uint8_t bytes[kVlanTag] = {static_cast<std::uint8_t>(protocol >> 8), static_cast<std::uint8_t>(protocol),
                                        static_cast<std::uint8_t>(tag >> 8), static_cast<std::uint8_t>(tag)};
  std::memcpy(frame.data + kAddresses, bytes, sizeof bytes);
  frame.length = static_cast<std::uint16_t>(frame.length + kVlanTag);
}

// True for what passes (full for now, interrupted) and for what a LinkWatch finds out better (down, or gone?).
bool is_passing(int error) noexcept;

}  // namespace nicbench
