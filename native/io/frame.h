// A frame on its way: where its bytes are, how many, and whose buffer they sit in.
//
// Frames are passed by value, four to a cache line, so that handing one over does not touch a line of
// its own. Whoever holds the Frame owns the buffer, until it is sent or released.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nicbench {

inline constexpr std::size_t kBurst = 32;  // frames moved at once, as in DPDK

struct Frame {
  std::uint8_t* data = nullptr;
  std::uint32_t buffer = 0;  // number of the buffer in its pool
  std::uint16_t length = 0;  // bytes, without FCS
  std::uint16_t source = 0;  // a wire's own, of what it lends; sources may mark their frames
};
static_assert(sizeof(Frame) == 16);

}  // namespace nicbench
