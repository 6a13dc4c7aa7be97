// Frames with any headers that the generator knows: VLAN tags, a tunnel, IPv4 or IPv6, TCP or UDP.
//
//   Ethernet [802.1ad] [802.1Q] [ IPv4 UDP VXLAN Ethernet | IPv4 UDP GENEVE Ethernet | IPv4 GRE ] IP TCP|UDP zeros
//
// As FrameTemplate, which makes plain IPv4 frames with less copying: all headers are copied, then lengths, addresses,
// ports and checksums are patched. What is copied reaches behind the longest headers and a probe's signature, so that a
// buffer is clean whatever it held. The outer UDP checksum is zero (RFC 7348 §5, RFC 8926 §3.3), the outer source port
// a hash of the flow, so that tunnels spread over queues and paths (ibid.).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "io/frame.h"
#include "packet/checksum.h"
#include "packet/five_tuple.h"
#include "packet/hash.h"
#include "packet/headers.h"
#include "trafficgen/probe.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

// Bytes that an encapsulation adds to a frame.
inline std::size_t added_bytes(const Encapsulation& encapsulation) noexcept {
  const std::size_t tags = encapsulation.vlans.size() * kVlanTag;
  switch (encapsulation.tunnel) {
    case Tunnel::kVxlan: return tags + kIpv4Header + kUdpHeader + kVxlanHeader + kEthernetHeader;
    case Tunnel::kGeneve: return tags + kIpv4Header + kUdpHeader + kGeneveHeader + kEthernetHeader;
    case Tunnel::kGre: return tags + kIpv4Header + kGreHeader;
    default: return tags;
  }
}

class LayeredTemplate {
 public:
  LayeredTemplate(const Encapsulation& encapsulation, bool ipv6, bool tcp) noexcept : ipv6_(ipv6), tcp_(tcp) {
    const std::uint16_t type = ipv6 ? kTypeIpv6 : kTypeIpv4;
    const bool tunnelled = encapsulation.tunnel != Tunnel::kNone;
    add(kDutMac);
    add(kTesterMac);
    add_tags(encapsulation.vlans);
    add16(tunnelled ? kTypeIpv4 : type);
    if (tunnelled) add_tunnel(encapsulation, type);
    add_packet();
  }

  // A frame of `length` bytes without FCS. tcp_flags has no meaning for UDP; `reply` comes from the tunnel's far end.
  template <class Key>
  void build(Frame& frame, const Key& key, std::uint16_t length, std::uint8_t tcp_flags, bool reply) const noexcept {
    std::uint8_t* b = frame.data;
    std::memcpy(b, bytes_.data(), bytes_.size());
    if (outer_ip_ != 0) build_outer(b, length, TupleHash()(key), reply);
    const std::uint64_t addresses = sum_bytes(reinterpret_cast<const std::uint8_t*>(&key), 2 * sizeof key.source);
    build_ip(b, length, addresses);
    std::memcpy(b + addresses_, &key, 2 * sizeof key.source);
    build_transport(b, length, addresses, key.source_port, key.destination_port, tcp_flags);
    frame.length = length;
  }

  // Makes a frame of this template a probe; false if it has no room for one.
  bool stamp(Frame& frame, const ProbeSignature& signature) const noexcept {
    if (payload_ + sizeof signature > frame.length) return false;
    stamp_probe(frame.data, payload_, checksum_at_, !tcp_, signature);
    return true;
  }

  // Of the headers, without FCS: no frame of this template is shorter.
  std::size_t header_bytes() const noexcept { return payload_; }

  // What is copied. Behind it a frame is zero if its buffer is.
  static constexpr std::size_t kCopied = 3 * 64;

 private:
  static constexpr std::size_t kLongest = kEthernetHeader + 2 * kVlanTag + kIpv4Header + kUdpHeader + kGeneveHeader +
                                          kEthernetHeader + kIpv6Header + kTcpHeader;
  static_assert(kLongest + sizeof(ProbeSignature) <= kCopied);
  static_assert(offsetof(FiveTuple4, destination) == 4 && offsetof(FiveTuple6, destination) == 16);

  void add(std::span<const std::uint8_t> bytes) noexcept {
    std::memcpy(bytes_.data() + payload_, bytes.data(), bytes.size());
    payload_ += bytes.size();
  }
  void add8(std::uint8_t value) noexcept { bytes_[payload_++] = value; }
  void add16(std::uint16_t value) noexcept {
    add8(static_cast<std::uint8_t>(value >> 8));
    add8(static_cast<std::uint8_t>(value));
  }
  void skip(std::size_t count) noexcept { payload_ += count; }

  // Of two tags the outer one is a service tag (IEEE 802.1ad).
  void add_tags(const std::vector<VlanTag>& tags) noexcept {
    for (std::size_t i = 0; i < tags.size(); ++i) {
      add16(i + 1 < tags.size() ? kTypeQinq : kTypeVlan);
      add16(static_cast<std::uint16_t>(tags[i].priority << 13 | tags[i].id));
    }
  }

  void add_tunnel(const Encapsulation& encapsulation, std::uint16_t type) noexcept {
    const bool gre = encapsulation.tunnel == Tunnel::kGre;
    outer_ip_ = payload_;
    add_ipv4(gre ? kProtocolGre : kProtocolUdp);
    store(bytes_.data() + outer_ip_ + kIpv4Source, kNearEnd);
    store(bytes_.data() + outer_ip_ + kIpv4Destination, kFarEnd);
    outer_sum_ = sum_bytes(bytes_.data() + outer_ip_, kIpv4Header);
    if (gre) {
      skip(2);
      add16(type);
      return;
    }
    outer_udp_ = payload_;
    const bool vxlan = encapsulation.tunnel == Tunnel::kVxlan;
    skip(2);
    add16(vxlan ? kVxlanPort : kGenevePort);
    skip(4);
    add8(vxlan ? 0x08 : 0);  // VXLAN: there is an identifier
    skip(1);
    add16(vxlan ? 0 : kTypeBridging);
    add8(static_cast<std::uint8_t>(encapsulation.network >> 16));
    add16(static_cast<std::uint16_t>(encapsulation.network));
    skip(1);
    add(kFarMac);
    add(kNearMac);
    add16(type);
  }

  void add_ipv4(std::uint8_t protocol) noexcept {
    std::uint8_t* ip = bytes_.data() + payload_;
    ip[0] = 0x45;
    store(ip + kIpv4Fragment, to_be16(0x4000));  // don't fragment
    ip[kIpv4Ttl] = 64;
    ip[kIpv4Protocol] = protocol;
    skip(kIpv4Header);
  }

  void add_packet() noexcept {
    const std::uint8_t protocol = tcp_ ? kProtocolTcp : kProtocolUdp;
    ip_ = payload_;
    addresses_ = ip_ + (ipv6_ ? kIpv6Source : kIpv4Source);
    if (ipv6_) {
      bytes_[ip_] = 0x60;
      bytes_[ip_ + kIpv6NextHeader] = protocol;
      bytes_[ip_ + kIpv6NextHeader + 1] = 64;  // hop limit
      skip(kIpv6Header);
    } else {
      add_ipv4(protocol);
    }
    l4_ = payload_;
    if (tcp_) {
      bytes_[l4_ + kTcpDataOffset] = 5 << 4;
      store(bytes_.data() + l4_ + 14, to_be16(0xffff));  // window
    }
    skip(tcp_ ? kTcpHeader : kUdpHeader);
    checksum_at_ = l4_ + (tcp_ ? kTcpChecksum : kUdpChecksum);
    ip_sum_ = sum_bytes(bytes_.data() + ip_, kIpv4Header);  // of IPv4
    l4_sum_ = sum_bytes(bytes_.data() + l4_, payload_ - l4_) + to_be16(protocol);
  }

  void build_outer(std::uint8_t* b, std::size_t length, std::uint64_t hash, bool reply) const noexcept {
    std::uint8_t* ip = b + outer_ip_;
    const std::uint16_t ip_length = to_be16(static_cast<std::uint16_t>(length - outer_ip_));
    store(ip + kIpv4Length, ip_length);
    store(ip + kIpv4Checksum, static_cast<std::uint16_t>(~fold16(outer_sum_ + ip_length)));
    if (reply) {
      store(ip + kIpv4Source, kFarEnd);
      store(ip + kIpv4Destination, kNearEnd);
    }
    if (outer_udp_ == 0) return;
    store(b + outer_udp_, to_be16(static_cast<std::uint16_t>(0xc000 | (hash & 0x3fff))));  // a dynamic port
    store(b + outer_udp_ + 4, to_be16(static_cast<std::uint16_t>(length - outer_udp_)));
  }

  void build_ip(std::uint8_t* b, std::size_t length, std::uint64_t addresses) const noexcept {
    if (ipv6_) {
      store(b + ip_ + kIpv6Length, to_be16(static_cast<std::uint16_t>(length - l4_)));
      return;
    }
    const std::uint16_t ip_length = to_be16(static_cast<std::uint16_t>(length - ip_));
    store(b + ip_ + kIpv4Length, ip_length);
    store(b + ip_ + kIpv4Checksum, static_cast<std::uint16_t>(~fold16(ip_sum_ + ip_length + addresses)));
  }

  void build_transport(std::uint8_t* b, std::size_t length, std::uint64_t addresses, std::uint16_t source_port,
                       std::uint16_t destination_port, std::uint8_t tcp_flags) const noexcept {
    const std::uint16_t l4_length = to_be16(static_cast<std::uint16_t>(length - l4_));
    store(b + l4_, source_port);
    store(b + l4_ + 2, destination_port);
    std::uint64_t sum = l4_sum_ + addresses + source_port + destination_port + l4_length;
    if (tcp_) {
      b[l4_ + kTcpFlags] = tcp_flags;
      sum += to_be16(tcp_flags);
    } else {
      store(b + l4_ + 4, l4_length);
      sum += l4_length;
    }
    const auto checksum = static_cast<std::uint16_t>(~fold16(sum));
    store<std::uint16_t>(b + checksum_at_, !tcp_ && checksum == 0 ? 0xffff : checksum);
  }

  // Ends of the tunnel, in a range of RFC 1918 that flows and servers leave free.
  static constexpr std::uint32_t kNearEnd = to_be32(0xac1fff01u), kFarEnd = to_be32(0xac1fff02u);
  static constexpr std::array<std::uint8_t, kMacBytes> kNearMac{0x02, 0x4e, 0x42, 0x49, 0x4e, 0x01};
  static constexpr std::array<std::uint8_t, kMacBytes> kFarMac{0x02, 0x4e, 0x42, 0x49, 0x4e, 0x02};

  bool ipv6_;
  bool tcp_;
  // Everything but addresses, ports, lengths and checksums of the flow.
  alignas(64) std::array<std::uint8_t, kCopied> bytes_{};
  // Offsets; an outer header that is not there has 0.
  std::size_t outer_ip_ = 0, outer_udp_ = 0, ip_ = 0, addresses_ = 0, l4_ = 0, checksum_at_ = 0;
  std::size_t payload_ = 0;  // while the template is made: of the next header
  std::uint64_t outer_sum_ = 0, ip_sum_ = 0, l4_sum_ = 0;
};

}  // namespace nicbench
