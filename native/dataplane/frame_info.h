// What the tracker needs to know of a frame before it looks for its flow: which kind of flow it belongs to, if any, and
// under which key.
//
// Flows are TCP, UDP, ICMP echo (the identifier stands for both ports, so that requests and replies are each other's
// reverse) and, by addresses and protocol alone, everything else that is IP. ICMP errors have no flow of their own:
// their key is that of the packet that they quote (RFC 792; RFC 4443 §3; RFC 5508 §4), and they travel against its
// direction. Not tracked, as in Linux: frames that are not IP, later fragments (no ports), and ICMP that is neither
// echo nor an error (neighbour discovery, router discovery, timestamps).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dataplane/flow_key.h"
#include "dataplane/frame_cause.h"
#include "dataplane/tcp_state.h"
#include "io/frame.h"
#include "packet/headers.h"
#include "packet/parser.h"

namespace nicbench {

enum class FlowKind : std::uint8_t { kNone, kTcp, kUdp, kEcho, kOther, kError };

struct FrameInfo {
  ParsedFrame parsed;
  FlowKind kind = FlowKind::kNone;
  FrameCause cause = FrameCause::kNotIp;  // where there is no flow: why
  Segment segment = Segment::kBad;        // TCP
  bool ipv6 = false;
  bool swapped = false;      // the key is the reverse of the tuple on the wire
  bool may_open = true;      // may start a flow, apart from what TcpOptions say
  std::uint16_t quoted = 0;  // errors: offset of the quoted IP header
};

namespace frame_detail {

inline constexpr std::size_t kIcmpHeader = 8;

enum class IcmpKind : std::uint8_t { kEchoRequest, kEchoReply, kError, kOther };

// RFC 792, RFC 4443 §2.1: in ICMPv6 types below 128 are errors, in ICMPv4 these five are.
constexpr IcmpKind icmp_kind(std::uint8_t type, bool ipv6) noexcept {
  if (ipv6) {
    if (type == 128) return IcmpKind::kEchoRequest;
    if (type == 129) return IcmpKind::kEchoReply;
    return type >= 1 && type < 128 ? IcmpKind::kError : IcmpKind::kOther;
  }
  if (type == 8) return IcmpKind::kEchoRequest;
  if (type == 0) return IcmpKind::kEchoReply;
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12 ? IcmpKind::kError : IcmpKind::kOther;
}

template <class Key>
Key& key_of(ParsedFrame& parsed) noexcept {
  if constexpr (sizeof(Key) == sizeof(FiveTuple4)) {
    return parsed.key4;
  } else {
    return parsed.key6;
  }
}

constexpr bool is_icmp(std::uint8_t protocol, bool ipv6) noexcept {
  return protocol == (ipv6 ? kProtocolIcmp6 : kProtocolIcmp);
}

// Sets the ports of an echo message's key; false if it is none or is cut.
template <class Key>
bool echo_key(const std::uint8_t* data, std::size_t end, bool ipv6, ParsedFrame& parsed, IcmpKind& kind) noexcept {
  if (parsed.transport + kIcmpHeader > end) return false;
  kind = icmp_kind(data[parsed.transport], ipv6);
  if (kind != IcmpKind::kEchoRequest && kind != IcmpKind::kEchoReply) return true;
  Key& key = key_of<Key>(parsed);
  key.source_port = key.destination_port = load<std::uint16_t>(data + parsed.transport + 4);
  return true;
}

inline void not_tracked(FrameInfo& info, FrameCause cause) noexcept {
  info.kind = FlowKind::kNone;
  info.cause = cause;
}

// The flow of the packet that an error quotes. Quotes are cut: 8 bytes behind the IP header are promised.
template <class Key>
void inspect_error(const std::uint8_t* data, std::size_t end, FrameInfo& info) noexcept {
  constexpr bool kIpv6 = sizeof(Key) == sizeof(FiveTuple6);
  const std::size_t at = info.parsed.transport + kIcmpHeader;
  ParsedFrame quoted;
  const FrameKind kind = parse_packet(data, end, at, kIpv6, quoted);
  if (kind != FrameKind::kIpv4 && kind != FrameKind::kIpv6) return not_tracked(info, FrameCause::kUnrelated);
  if (is_icmp(quoted.protocol, kIpv6)) {
    IcmpKind icmp = IcmpKind::kOther;
    const bool whole = echo_key<Key>(data, end, kIpv6, quoted, icmp);
    const bool echo = icmp == IcmpKind::kEchoRequest || icmp == IcmpKind::kEchoReply;
    if (!whole || !echo) return not_tracked(info, FrameCause::kUnrelated);
  }
  info.kind = FlowKind::kError;
  info.quoted = static_cast<std::uint16_t>(at);
  Key key = key_of<Key>(quoted);
  info.swapped = canonicalise(key);
  key_of<Key>(info.parsed) = key;
}

template <class Key>
void inspect_icmp(const std::uint8_t* data, std::size_t end, FrameInfo& info) noexcept {
  constexpr bool kIpv6 = sizeof(Key) == sizeof(FiveTuple6);
  IcmpKind kind = IcmpKind::kOther;
  if (!echo_key<Key>(data, end, kIpv6, info.parsed, kind)) return not_tracked(info, FrameCause::kMalformed);
  if (kind == IcmpKind::kError) return inspect_error<Key>(data, end, info);
  if (kind == IcmpKind::kOther) return not_tracked(info, FrameCause::kIcmpOther);
  info.kind = FlowKind::kEcho;
  info.may_open = kind == IcmpKind::kEchoRequest;
  info.swapped = canonicalise(key_of<Key>(info.parsed));
}

template <class Key>
void inspect_ip(const std::uint8_t* data, std::size_t length, FrameInfo& info) noexcept {
  constexpr bool kIpv6 = sizeof(Key) == sizeof(FiveTuple6);
  ParsedFrame& parsed = info.parsed;
  info.ipv6 = kIpv6;
  switch (parsed.protocol) {
    case kProtocolTcp:
      if (parsed.payload == 0 || parsed.payload > parsed.network_end || parsed.payload > length) {
        return not_tracked(info, FrameCause::kMalformed);
      }
      info.kind = FlowKind::kTcp;
      info.segment = segment_of(data[parsed.transport + kTcpFlags]);
      break;
    case kProtocolUdp:
      if (parsed.payload == 0 || parsed.payload > parsed.network_end) return not_tracked(info, FrameCause::kMalformed);
      info.kind = FlowKind::kUdp;
      break;
    default:
      if (is_icmp(parsed.protocol, kIpv6)) {
        return inspect_icmp<Key>(data, std::min<std::size_t>(length, parsed.network_end), info);
      }
      info.kind = FlowKind::kOther;
      break;
  }
  info.swapped = canonicalise(key_of<Key>(parsed));
}

// Most frames: untagged Ethernet, IPv4 without options, not fragmented, TCP or UDP, all headers there. Answers as the
// parser does (a test compares them), in a third of its time; false: ask the parser.
[[gnu::always_inline]] inline bool inspect_plain(const Frame& frame, FrameInfo& info, FiveTuple4& key) noexcept {
  constexpr std::size_t kIp = kEthernetHeader, kL4 = kIp + kIpv4Header;
  const std::uint8_t* data = frame.data;
  if (frame.length < kL4 + kTcpHeader) return false;
  if (load<std::uint16_t>(data + 12) != to_be16(kTypeIpv4) || data[kIp] != 0x45) return false;
  if ((load<std::uint16_t>(data + kIp + kIpv4Fragment) & to_be16(0x3fff)) != 0) return false;
  const std::uint8_t protocol = data[kIp + kIpv4Protocol];
  const std::size_t end = kIp + load_be16(data + kIp + kIpv4Length);
  std::size_t payload = kL4 + kUdpHeader;
  if (protocol == kProtocolTcp) {
    const std::size_t header = static_cast<std::size_t>(data[kL4 + kTcpDataOffset] >> 4) * 4;
    payload = kL4 + header;
    if (header < kTcpHeader) return false;
    info.kind = FlowKind::kTcp;
    info.segment = segment_of(data[kL4 + kTcpFlags]);
  } else if (protocol == kProtocolUdp) {
    info.kind = FlowKind::kUdp;
  } else {
    return false;
  }
  if (payload > end || payload > frame.length || end > 0xffff) return false;
  ParsedFrame& parsed = info.parsed;
  parsed.kind = FrameKind::kIpv4;
  parsed.protocol = protocol;
  parsed.network = kIp;
  parsed.transport = kL4;
  parsed.payload = static_cast<std::uint16_t>(payload);
  parsed.network_end = static_cast<std::uint16_t>(end);
  info.ipv6 = false;
  info.swapped =
      canonical_key(load<std::uint32_t>(data + kIp + kIpv4Source), load<std::uint32_t>(data + kIp + kIpv4Destination),
                    load<std::uint16_t>(data + kL4), load<std::uint16_t>(data + kL4 + 2), protocol, key);
  return true;
}

// As inspect(), for any frame.
[[gnu::noinline]] inline void inspect_any(const Frame& frame, FrameInfo& info, FiveTuple4& key4,
                                          FiveTuple6& key6) noexcept {
  switch (parse_frame(frame.data, frame.length, info.parsed)) {
    case FrameKind::kIpv4:
      inspect_ip<FiveTuple4>(frame.data, frame.length, info);
      key4 = info.parsed.key4;
      break;
    case FrameKind::kIpv6:
      inspect_ip<FiveTuple6>(frame.data, frame.length, info);
      key6 = info.parsed.key6;
      break;
    case FrameKind::kFragment: return not_tracked(info, FrameCause::kFragment);
    case FrameKind::kOther: return not_tracked(info, FrameCause::kNotIp);
    default: return not_tracked(info, FrameCause::kMalformed);
  }
}

}  // namespace frame_detail

// Classifies a frame. Where info.kind is not kNone, the canonical key to look up is in key6 if info.ipv6, else in key4.
[[gnu::always_inline]] inline void inspect(const Frame& frame, FrameInfo& info, FiveTuple4& key4,
                                           FiveTuple6& key6) noexcept {
  info.may_open = true;
  if (!frame_detail::inspect_plain(frame, info, key4)) [[unlikely]]
    frame_detail::inspect_any(frame, info, key4, key6);
}

}  // namespace nicbench
