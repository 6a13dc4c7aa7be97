// Probes: frames that carry their sequence number and intended send time through the DUT.
//
// The signature is the first 16 bytes of the TCP or UDP payload, and the checksum is updated for it
// (RFC 1624), so that a probe is a frame like any other. It is found again by its source address: bit 0 of
// the tester's MAC, which the DUT turns into the destination address. Frames without room for a signature
// are never probes; the next frame that has room takes their turn.
//
// The time stamped is the *intended* time of sending, so that a generator held up by a full wire cannot
// hide the wait (no coordinated omission).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "packet/checksum.h"
#include "packet/headers.h"

namespace nicbench {

inline constexpr std::array<std::uint8_t, 6> kDutMac{0x02, 0x4e, 0x42, 0x44, 0x55, 0x54};
inline constexpr std::array<std::uint8_t, 6> kTesterMac{0x02, 0x4e, 0x42,
                                                        0x47, 0x45, 0x00};  // last bit: probe; above: group

struct ProbeSignature {
  std::uint32_t magic = 0x4e494342;  // "NICB"
  std::uint32_t sequence = 0;
  std::uint64_t intended = 0;  // ticks
};
static_assert(sizeof(ProbeSignature) == 16);

// Writes the signature over the payload. checksum_at: offset of the TCP or UDP checksum.
inline void stamp_probe(std::uint8_t* frame, std::size_t payload, std::size_t checksum_at, bool udp,
                        const ProbeSignature& signature) noexcept {
  const std::uint64_t old_sum = sum_bytes(frame + payload, sizeof signature);
  std::memcpy(frame + payload, &signature, sizeof signature);
  frame[kMacBytes + 5] |= 1;
  const auto before = load<std::uint16_t>(frame + checksum_at);
  if (udp && before == 0) return;  // no checksum (RFC 768)
  const std::uint16_t after = update_checksum(before, old_sum, sum_bytes(frame + payload, sizeof signature));
  store<std::uint16_t>(frame + checksum_at, udp && after == 0 ? 0xffff : after);
}

inline bool is_stamped(const std::uint8_t* frame_to_send) noexcept { return (frame_to_send[kMacBytes + 5] & 1) != 0; }

// True if the frame came back through a DUT that swapped the addresses.
inline bool returned_to_tester(const std::uint8_t* frame) noexcept {
  return std::memcmp(frame, kTesterMac.data(), 5) == 0 && std::memcmp(frame + kMacBytes, kDutMac.data(), 6) == 0;
}

inline bool is_probe(const std::uint8_t* returned_frame) noexcept { return (returned_frame[5] & 1) != 0; }

}  // namespace nicbench
