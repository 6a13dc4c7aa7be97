// Frames of the benchmarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "common/random.h"
#include "packet/five_tuple.h"
#include "packet/headers.h"

namespace nicbench {

inline constexpr std::size_t kFrameBytes = 64;

// Within 10.0.0.0/8 to 192.168.0.0/16, as the last rule wants.
inline std::vector<FiveTuple4> make_flows(std::size_t count) {
  Xoshiro256 random(1);
  std::vector<FiveTuple4> flows(count);
  for (FiveTuple4& flow : flows) {
    flow.source = to_be32(0x0a00'0000 | static_cast<std::uint32_t>(random.below(1 << 24)));
    flow.destination = to_be32(0xc0a8'0000 | static_cast<std::uint32_t>(random.below(1 << 16)));
    flow.source_port = static_cast<std::uint16_t>(random());
    flow.destination_port = static_cast<std::uint16_t>(random());
    flow.protocol = kProtocolUdp;
  }
  return flows;
}

// One of kFrameBytes a flow.
inline std::vector<std::uint8_t> make_frames(const std::vector<FiveTuple4>& flows) {
  std::vector<std::uint8_t> frames(flows.size() * kFrameBytes);
  for (std::size_t i = 0; i < flows.size(); ++i) {
    std::uint8_t* const frame = &frames[i * kFrameBytes];
    std::uint8_t* const ip = frame + kEthernetHeader;
    const std::uint16_t type = to_be16(kTypeIpv4), length = to_be16(kFrameBytes - kEthernetHeader);
    std::memcpy(frame + 12, &type, 2);
    ip[0] = 0x45;
    std::memcpy(ip + kIpv4Length, &length, 2);
    ip[kIpv4Protocol] = kProtocolUdp;
    std::memcpy(ip + kIpv4Source, &flows[i], 12);  // addresses and ports follow each other, as in the tuple
  }
  return frames;
}

}  // namespace nicbench
