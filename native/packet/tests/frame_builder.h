// Frames for tests, built a header at a time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "packet/headers.h"

namespace nicbench::testing {

class FrameBuilder {
 public:
  FrameBuilder& bytes(std::initializer_list<int> values) {
    for (const int value : values) frame_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  FrameBuilder& zeros(std::size_t count) {
    frame_.resize(frame_.size() + count);
    return *this;
  }
  FrameBuilder& ethernet(std::uint16_t type) { return zeros(12).be16(type); }
  FrameBuilder& vlan(std::uint16_t type) { return be16(42).be16(type); }
  FrameBuilder& be16(std::uint16_t value) { return bytes({value >> 8, value & 0xff}); }

  // 10.0.0.1 -> 10.0.0.2 with no options; `payload` is everything behind the header.
  FrameBuilder& ipv4(std::uint8_t protocol, std::uint16_t payload, std::uint16_t fragment = 0) {
    bytes({0x45, 0}).be16(static_cast<std::uint16_t>(20 + payload)).zeros(2).be16(fragment);
    return bytes({64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2});
  }
  FrameBuilder& ipv6(std::uint8_t next, std::uint16_t payload) {
    bytes({0x60, 0, 0, 0}).be16(payload).bytes({next, 64});
    return bytes({0x20, 1, 0xd, 0xb8}).zeros(11).bytes({1}).bytes({0x20, 1, 0xd, 0xb8}).zeros(11).bytes({2});
  }
  FrameBuilder& ports(std::uint16_t source, std::uint16_t destination) { return be16(source).be16(destination); }
  FrameBuilder& udp(std::uint16_t source, std::uint16_t destination) { return ports(source, destination).zeros(4); }
  FrameBuilder& tcp(std::uint16_t source, std::uint16_t destination) {
    return ports(source, destination).zeros(8).bytes({5 << 4, 0x10}).zeros(6);
  }

  const std::vector<std::uint8_t>& build() const { return frame_; }

 private:
  std::vector<std::uint8_t> frame_;
};

}  // namespace nicbench::testing
