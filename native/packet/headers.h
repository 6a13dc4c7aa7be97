// Header layouts and field access on raw frames.
//
// Fields are read and written through memcpy, which compiles to one unaligned load or store: frames come
// from captures and wires at any alignment. "be" values are in network byte order, as they stand.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nicbench {

template <class T>
T load(const std::uint8_t* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T>
void store(std::uint8_t* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

constexpr std::uint16_t swap16(std::uint16_t x) noexcept { return static_cast<std::uint16_t>((x << 8) | (x >> 8)); }
constexpr std::uint16_t to_be16(std::uint16_t x) noexcept {
  return std::endian::native == std::endian::little ? swap16(x) : x;
}
constexpr std::uint32_t to_be32(std::uint32_t x) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap32(x) : x;
}
inline std::uint16_t load_be16(const std::uint8_t* at) noexcept { return to_be16(load<std::uint16_t>(at)); }

// Ethernet II (IEEE 802.3 clause 3): destination, source, EtherType. Lengths are without the 4-byte FCS.
inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kMacBytes = 6;
inline constexpr std::size_t kVlanTag = 4;
inline constexpr std::size_t kFcsBytes = 4;
// Preamble, start delimiter and inter-frame gap: what a frame costs on the link beside itself.
inline constexpr std::size_t kLinkOverhead = 20;

inline constexpr std::uint16_t kTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kTypeIpv6 = 0x86dd;
inline constexpr std::uint16_t kTypeVlan = 0x8100;      // 802.1Q
inline constexpr std::uint16_t kTypeQinq = 0x88a8;      // 802.1ad
inline constexpr std::uint16_t kTypeBridging = 0x6558;  // Ethernet inside GRE (RFC 1701) and GENEVE (RFC 8926 §3.4)

// IPv4 (RFC 791 §3.1).
inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv4Length = 2;
inline constexpr std::size_t kIpv4Identification = 4;
inline constexpr std::size_t kIpv4Fragment = 6;
inline constexpr std::size_t kIpv4Ttl = 8;
inline constexpr std::size_t kIpv4Protocol = 9;
inline constexpr std::size_t kIpv4Checksum = 10;
inline constexpr std::size_t kIpv4Source = 12;
inline constexpr std::size_t kIpv4Destination = 16;

// IPv6 (RFC 8200 §3).
inline constexpr std::size_t kIpv6Header = 40;
inline constexpr std::size_t kIpv6Length = 4;
inline constexpr std::size_t kIpv6NextHeader = 6;
inline constexpr std::size_t kIpv6Source = 8;
inline constexpr std::size_t kIpv6Destination = 24;

// TCP (RFC 9293 §3.1) and UDP (RFC 768).
inline constexpr std::size_t kTcpHeader = 20;
inline constexpr std::size_t kTcpDataOffset = 12;
inline constexpr std::size_t kTcpFlags = 13;
inline constexpr std::size_t kTcpChecksum = 16;
inline constexpr std::size_t kUdpHeader = 8;
inline constexpr std::size_t kUdpChecksum = 6;

// Protocol numbers (IANA).
inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolGre = 47;
inline constexpr std::uint8_t kProtocolIcmp6 = 58;
inline constexpr std::uint8_t kProtocolSctp = 132;

// Tunnels: VXLAN (RFC 7348 §5), GENEVE (RFC 8926 §3.4) without options, GRE (RFC 2784 §2) without checksum.
inline constexpr std::uint16_t kVxlanPort = 4789;
inline constexpr std::size_t kVxlanHeader = 8;
inline constexpr std::uint16_t kGenevePort = 6081;
inline constexpr std::size_t kGeneveHeader = 8;
inline constexpr std::size_t kGreHeader = 4;

inline void swap_macs(std::uint8_t* frame) noexcept {
  std::array<std::uint8_t, kMacBytes> destination;
  std::memcpy(destination.data(), frame, kMacBytes);
  std::memmove(frame, frame + kMacBytes, kMacBytes);
  std::memcpy(frame + kMacBytes, destination.data(), kMacBytes);
}

}  // namespace nicbench
