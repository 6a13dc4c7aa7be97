// Packets as tests think of them, and their way to bytes and back. Nothing here uses the parser, the checksums or the
// rewriting that it is meant to test.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nicbench::testing {

using Address = std::array<std::uint8_t, 16>;  // IPv4: the first 4 bytes, the rest 0
using Bytes = std::vector<std::uint8_t>;

Address ipv4(std::uint32_t host_order);
Address ipv6(std::uint64_t high, std::uint64_t low);

// All in host byte order.
struct Tuple {
  bool six = false;
  std::uint8_t protocol = 0;
  Address source{}, destination{};
  std::uint16_t source_port = 0, destination_port = 0;  // echo: the identifier, both

  auto operator<=>(const Tuple&) const = default;
  Tuple reversed() const;
  std::string text() const;
};

enum class Kind { kTcp, kUdp, kEchoRequest, kEchoReply, kOtherProtocol, kError, kIcmpOther, kFragment, kArp };

struct Packet {
  Kind kind = Kind::kUdp;
  Tuple tuple;        // of the packet; of an error: source and destination only
  std::string flags;  // TCP: letters of S A F R P U
  std::uint32_t seq = 0, ack = 0;
  std::uint16_t window = 0;
  std::optional<int> scale;     // window scale option
  std::size_t payload = 0;      // bytes
  std::optional<Tuple> quoted;  // of an error
  bool quoted_reply = false;    // the quoted packet is an echo reply
  bool no_checksum = false;     // UDP over IPv4

  bool has(char flag) const { return flags.find(flag) != std::string::npos; }
};

// A frame with right checksums.
Bytes to_frame(const Packet& packet);

// The packet in a captured frame; nothing if it is of a kind that Packet cannot say.
std::optional<Packet> from_frame(const Bytes& frame);

// What a frame says, with a reason if any checksum in it is wrong. Reads frames made by to_frame(), however translated.
struct ReadBack {
  Tuple tuple;
  std::optional<Tuple> quoted;
  std::string wrong;  // empty: all checksums are right
};
ReadBack read_back(const Bytes& frame);

}  // namespace nicbench::testing
