// Rings of an AF_PACKET socket, shared with the kernel (Documentation/networking/packet_mmap.rst).
//
//   BlockRing   TPACKET_V3. The kernel packs frames into blocks and hands over a block when it is full, or after a
//               millisecond: dense, but at low rates frames wait for that millisecond
//   SlotRing    TPACKET_V2. A slot a frame, handed over at once
//
// Both are for receiving; sending by ring is slower than without (README.md, measured).
//
// A frame of a ring carries the number of its block or slot in Frame::buffer, by which it is given back; order does
// not matter. That of a block has in Frame::source how far behind its header it starts.
#pragma once

#include <linux/if_packet.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "io/frame.h"
#include "io/packet_socket.h"

namespace nicbench {

// A ring's memory.
class RingMemory {
 public:
  // Throws UserError WIRE_UNSUPPORTED.
  RingMemory(const UniqueFd& socket, int version, tpacket_req3 request);
  ~RingMemory();
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  std::uint8_t* at(std::size_t offset) const noexcept { return data_ + offset; }

 private:
  std::size_t size_;
  std::uint8_t* data_ = nullptr;
};

// The kernel writes the status last, and so do we.
inline std::uint32_t status_of(std::uint32_t& status) noexcept {
  return std::atomic_ref(status).load(std::memory_order_acquire);
}
inline void set_status(std::uint32_t& status, std::uint32_t value) noexcept {
  std::atomic_ref(status).store(value, std::memory_order_release);
}

class BlockRing {
 public:
  static constexpr const char* kName = "af_packet";

  BlockRing(const UniqueFd& socket, std::size_t slots);

  // The next frame, if one has come; `cut`: it was longer than what was kept of it.
  std::optional<Frame> next(bool& cut) noexcept;
  void give(const Frame& frame) noexcept;
  // Of one that is not back.
  std::uint64_t arrival_ns(const Frame& frame) const noexcept;

 private:
  static constexpr std::size_t kBlock = 4096;

  tpacket_block_desc& block(std::size_t i) const noexcept {
    return *reinterpret_cast<tpacket_block_desc*>(memory_.at(i * kBlock));
  }

  const std::size_t blocks_;
  RingMemory memory_;
  std::vector<std::uint32_t> lent_;  // frames of each block that are not back, with those not yet handed out
  std::size_t current_ = 0;
  std::uint32_t unread_ = 0;  // frames of the current block
  std::uint8_t* frame_ = nullptr;
};

class SlotRing {
 public:
  static constexpr const char* kName = "af_packet-v2";

  SlotRing(const UniqueFd& socket, std::size_t slots);

  std::optional<Frame> next(bool& cut) noexcept;
  void give(const Frame& frame) noexcept;
  std::uint64_t arrival_ns(const Frame& frame) const noexcept;

 private:
  const std::size_t slots_;
  RingMemory memory_;
  std::vector<std::uint8_t> lent_;  // 1: read, and not back; its status still says that it is new
  std::size_t next_ = 0;
};

}  // namespace nicbench
