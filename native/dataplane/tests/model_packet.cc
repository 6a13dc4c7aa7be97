#include "dataplane/tests/model_packet.h"

#include <algorithm>
#include <cstdio>

namespace nicbench::testing {
namespace {

constexpr std::size_t kEthernet = 14;

void put(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put16(Bytes& out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

std::uint32_t get(const Bytes& in, std::size_t at, int bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | in.at(at + static_cast<std::size_t>(i));
  return value;
}

// The Internet checksum as the RFC's first paragraph says it: 16-bit words, end-around carry, complement.
std::uint16_t internet_checksum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<std::uint32_t>(bytes[i]) << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0u);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

int address_bytes(bool six) { return six ? 16 : 4; }
std::size_t ip_header(bool six) { return six ? 40 : 20; }

Bytes pseudo_header(const Tuple& tuple, std::size_t length) {
  Bytes out(tuple.source.begin(), tuple.source.begin() + address_bytes(tuple.six));
  out.insert(out.end(), tuple.destination.begin(), tuple.destination.begin() + address_bytes(tuple.six));
  put(out, tuple.protocol, 2);
  put(out, length, 2);
  return out;
}

// Checksum of an upper-layer packet; ICMPv4 has no pseudo-header.
std::uint16_t upper_checksum(const Tuple& tuple, const Bytes& upper) {
  Bytes all = tuple.protocol == 1 ? Bytes{} : pseudo_header(tuple, upper.size());
  all.insert(all.end(), upper.begin(), upper.end());
  return internet_checksum(all);
}

std::size_t checksum_at(std::uint8_t protocol) { return protocol == 6 ? 16 : protocol == 17 ? 6 : 2; }
bool has_checksum(std::uint8_t protocol) { return protocol == 6 || protocol == 17 || protocol == 1 || protocol == 58; }

Bytes tcp(const Packet& p) {
  Bytes out;
  put(out, p.tuple.source_port, 2);
  put(out, p.tuple.destination_port, 2);
  put(out, p.seq, 4);
  put(out, p.ack, 4);
  out.push_back(p.scale ? 6 << 4 : 5 << 4);
  int flags = 0;
  const std::string letters = "FSRPAU";
  for (std::size_t i = 0; i < letters.size(); ++i) flags |= p.has(letters[i]) ? 1 << i : 0;
  out.push_back(static_cast<std::uint8_t>(flags));
  put(out, p.window, 2);
  put(out, 0, 4);
  if (p.scale) {
    put(out, 1, 1);  // no-operation
    put(out, 3, 1);
    put(out, 3, 1);
    put(out, static_cast<std::uint64_t>(*p.scale), 1);
  }
  return out;
}

Bytes ip_packet(const Packet& p, const Bytes& upper, std::uint16_t fragment = 0) {
  const Tuple& t = p.tuple;
  Bytes out;
  if (t.six) {
    put(out, 0x60000000u, 4);
    put(out, upper.size(), 2);
    put(out, t.protocol, 1);
    put(out, 64, 1);
  } else {
    put(out, 0x4500, 2);
    put(out, 20 + upper.size(), 2);
    put(out, 7, 2);
    put(out, fragment, 2);
    put(out, 64, 1);
    put(out, t.protocol, 1);
    put(out, 0, 2);
  }
  out.insert(out.end(), t.source.begin(), t.source.begin() + address_bytes(t.six));
  out.insert(out.end(), t.destination.begin(), t.destination.begin() + address_bytes(t.six));
  if (!t.six) put16(out, 10, internet_checksum(out));
  out.insert(out.end(), upper.begin(), upper.end());
  return out;
}

Bytes upper_of(const Packet& p);

Bytes error(const Packet& p) {
  Packet inner;
  inner.tuple = *p.quoted;
  inner.payload = 40;
  switch (inner.tuple.protocol) {
    case 6:
      inner.kind = Kind::kTcp;
      inner.flags = "A";
      break;
    case 17: inner.kind = Kind::kUdp; break;
    case 1:
    case 58: inner.kind = p.quoted_reply ? Kind::kEchoReply : Kind::kEchoRequest; break;
    default: inner.kind = Kind::kOtherProtocol;
  }
  Bytes out;
  put(out, p.tuple.six ? 1 : 3, 1);  // destination unreachable
  put(out, 1, 1);
  put(out, 0, 2);
  put(out, 0, 4);
  Bytes quote = ip_packet(inner, upper_of(inner));
  quote.resize(std::min(quote.size(), ip_header(p.tuple.six) + p.payload));  // routers cut: at least 8 bytes
  out.insert(out.end(), quote.begin(), quote.end());
  return out;
}

Bytes upper_of(const Packet& p) {
  Bytes out;
  switch (p.kind) {
    case Kind::kTcp: out = tcp(p); break;
    case Kind::kUdp:
      put(out, p.tuple.source_port, 2);
      put(out, p.tuple.destination_port, 2);
      put(out, 8 + p.payload, 2);
      put(out, 0, 2);
      break;
    case Kind::kEchoRequest:
    case Kind::kEchoReply: {
      const bool request = p.kind == Kind::kEchoRequest;
      put(out, p.tuple.six ? (request ? 128 : 129) : (request ? 8 : 0), 1);
      put(out, 0, 3);
      put(out, p.tuple.source_port, 2);
      put(out, 1, 2);
      break;
    }
    case Kind::kError: out = error(p); break;
    case Kind::kIcmpOther:
      put(out, p.tuple.six ? 135 : 13, 1);
      put(out, 0, 7);
      break;
    default: break;
  }
  if (p.kind != Kind::kError) {
    for (std::size_t i = 0; i < p.payload; ++i) out.push_back(static_cast<std::uint8_t>(i * 7 + 1));
  }
  if (has_checksum(p.tuple.protocol) && p.kind != Kind::kFragment && !p.no_checksum) {
    std::uint16_t sum = upper_checksum(p.tuple, out);
    if (p.tuple.protocol == 17 && sum == 0) sum = 0xffff;
    put16(out, checksum_at(p.tuple.protocol), sum);
  }
  return out;
}

// Reads an IP packet at `at` of which no more is there than `end`; its upper layer is verified if all of it is there.
Tuple read_ip(const Bytes& in, std::size_t at, std::size_t end, std::string& wrong) {
  Tuple t;
  t.six = in.at(at) >> 4 == 6;
  t.protocol = in.at(at + (t.six ? 6 : 9));
  const std::size_t addresses = at + (t.six ? 8 : 12), n = static_cast<std::size_t>(address_bytes(t.six));
  std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(addresses), n, t.source.begin());
  std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(addresses + n), n, t.destination.begin());
  const auto first = in.begin() + static_cast<std::ptrdiff_t>(at);
  if (!t.six && internet_checksum(Bytes(first, first + 20)) != 0) wrong += " ip-header";
  const std::size_t upper = at + ip_header(t.six);
  const bool fragment = !t.six && (get(in, at + 6, 2) & 0x1fff) != 0;
  if (fragment || !has_checksum(t.protocol)) return t;
  const bool icmp = t.protocol == 1 || t.protocol == 58;
  const std::uint8_t type = in.at(upper);
  const bool echo = t.six ? type == 128 || type == 129 : type == 8 || type == 0;
  if (!icmp || echo) {
    t.source_port = static_cast<std::uint16_t>(get(in, upper + (icmp ? 4 : 0), 2));
    t.destination_port = static_cast<std::uint16_t>(get(in, upper + (icmp ? 4 : 2), 2));
  }
  const std::size_t length = t.six ? get(in, at + 4, 2) : get(in, at + 2, 2) - 20;
  if (upper + length > end) return t;
  const Bytes body(in.begin() + static_cast<std::ptrdiff_t>(upper),
                   in.begin() + static_cast<std::ptrdiff_t>(upper + length));
  const bool absent = t.protocol == 17 && get(in, upper + 6, 2) == 0;
  if (!absent && upper_checksum(t, body) != 0) wrong += " upper-layer";
  return t;
}

}  // namespace

Address ipv4(std::uint32_t host_order) {
  Address a{};
  for (int i = 0; i < 4; ++i) a[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  return a;
}

Address ipv6(std::uint64_t high, std::uint64_t low) {
  Address a{};
  for (int i = 0; i < 8; ++i) {
    a[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    a[static_cast<std::size_t>(8 + i)] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  return a;
}

Tuple Tuple::reversed() const {
  Tuple r = *this;
  std::swap(r.source, r.destination);
  std::swap(r.source_port, r.destination_port);
  return r;
}

std::string Tuple::text() const {
  const auto address = [&](const Address& a) {
    std::string out;
    for (int i = 0; i < address_bytes(six); ++i) {
      char digits[4];
      std::snprintf(digits, sizeof digits, "%02x", a[static_cast<std::size_t>(i)]);
      out += digits;
    }
    return out;
  };
  return std::to_string(protocol) + " " + address(source) + ":" + std::to_string(source_port) + " > " +
         address(destination) + ":" + std::to_string(destination_port);
}

Bytes to_frame(const Packet& packet) {
  Bytes out{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  if (packet.kind == Kind::kArp) {
    put(out, 0x0806, 2);
    out.resize(60);
    return out;
  }
  put(out, packet.tuple.six ? 0x86dd : 0x0800, 2);
  const bool fragment = packet.kind == Kind::kFragment;
  const Bytes ip = ip_packet(packet, upper_of(packet), fragment ? 100 : 0);
  out.insert(out.end(), ip.begin(), ip.end());
  if (out.size() < 60) out.resize(60);
  return out;
}

std::optional<Packet> from_frame(const Bytes& frame) {
  if (frame.size() < 60) return std::nullopt;
  const std::uint32_t type = get(frame, 12, 2);
  Packet p;
  if (type == 0x0806) {
    p.kind = Kind::kArp;
    return p;
  }
  const bool plain4 = type == 0x0800 && frame[kEthernet] == 0x45 && (get(frame, kEthernet + 6, 2) & 0x3fff) == 0;
  const bool plain6 = type == 0x86dd && (frame[kEthernet + 6] == 6 || frame[kEthernet + 6] == 17);
  if (!plain4 && !plain6) return std::nullopt;
  std::string unused;
  p.tuple = read_ip(frame, kEthernet, 0, unused);
  const std::size_t upper = kEthernet + ip_header(plain6);
  const std::size_t end = kEthernet + (plain6 ? 40 + get(frame, kEthernet + 4, 2) : get(frame, kEthernet + 2, 2));
  if (end > frame.size()) return std::nullopt;
  if (p.tuple.protocol == 17) return p;
  if (p.tuple.protocol == 1) {
    if (frame[upper] != 8 && frame[upper] != 0) return std::nullopt;
    p.kind = frame[upper] == 8 ? Kind::kEchoRequest : Kind::kEchoReply;
    return p;
  }
  if (p.tuple.protocol != 6) return std::nullopt;
  p.kind = Kind::kTcp;
  p.seq = get(frame, upper + 4, 4);
  p.ack = get(frame, upper + 8, 4);
  p.window = static_cast<std::uint16_t>(get(frame, upper + 14, 2));
  const std::string letters = "FSRPAU";
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if ((frame[upper + 13] >> i & 1) != 0) p.flags += letters[i];
  }
  const std::size_t header = static_cast<std::size_t>(frame[upper + 12] >> 4) * 4;
  p.payload = end - upper - header;
  for (std::size_t at = upper + 20; at + 1 < upper + header && frame[at] != 0;) {
    if (frame[at] == 3) p.scale = frame[at + 2];
    at += frame[at] == 1 ? 1 : std::max<std::size_t>(frame[at + 1], 1);
  }
  return p;
}

ReadBack read_back(const Bytes& frame) {
  ReadBack result;
  const std::uint32_t type = get(frame, 12, 2);
  if (type != 0x0800 && type != 0x86dd) return result;
  result.tuple = read_ip(frame, kEthernet, frame.size(), result.wrong);
  const std::size_t upper = kEthernet + ip_header(result.tuple.six);
  const std::uint8_t protocol = result.tuple.protocol;
  const bool fragment = !result.tuple.six && (get(frame, kEthernet + 6, 2) & 0x1fff) != 0;
  const std::uint8_t type_byte = frame.at(upper);
  const bool error = (protocol == 1 && type_byte == 3) || (protocol == 58 && type_byte == 1);
  const std::size_t end =
      kEthernet + (result.tuple.six ? 40 + get(frame, kEthernet + 4, 2) : get(frame, kEthernet + 2, 2));
  if (!fragment && error) result.quoted = read_ip(frame, upper + 8, end, result.wrong);
  return result;
}

}  // namespace nicbench::testing
