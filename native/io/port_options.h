// What a port is opened with, and as what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/port.h"

namespace nicbench {

inline constexpr std::size_t kMaxPortBurst = 64;  // frames that a port moves at once
inline constexpr std::size_t kMaxQueues = 64;     // of a port, each way

struct PortOptions {
  std::string interface;         // of the kernel; on the wire `dpdk` the device with its arguments
  std::size_t slots = 1024;      // frames that the receiving side holds, at least
  std::size_t max_frame = 1514;  // bytes without FCS and VLAN tag
  // What the caller promises of frames for send(): behind so many bytes they are zero. A wire need not copy those. Of a
  // pair: of the near end's frames.
  std::size_t zero_behind = SIZE_MAX;
  // How long opening waits for link, where the other end may come later: on the wire `dpdk`. 0: does not wait, and a
  // link that was never up is no fault.
  double link_wait_seconds = 0;
  std::size_t queues = 1;                       // each way
  Timestamps timestamps = Timestamps::kThread;  // of received frames

  bool operator==(const PortOptions&) const = default;
};

// The queues of a port, in order. Each sends and receives like a port with one, and a thread of its own may have it;
// lost() of the port is their sum.
//
// What a queue receives is up to who spreads frames: a NIC by RSS, where the wire has one. On veth and memif it is what
// the queue of the same number sent at the other end, so that the sender is to spread flows as a NIC would.
using PortQueues = std::vector<std::unique_ptr<Port>>;

// Both ends of a wire that joins nothing but them.
struct QueuesPair {
  PortQueues near, far;
};

// Of all together.
inline std::uint64_t lost(const PortQueues& queues) noexcept {
  std::uint64_t sum = 0;
  for (const auto& queue : queues) sum += queue->lost();
  return sum;
}

// Throws UserError: what broke it.
inline void throw_if_broken(const Port& port) {
  if (port.fault() != WireFault::kNone) throw port.fault_error();
}

// Throws UserError: what broke the first that is broken.
inline void throw_if_broken(const PortQueues& queues) {
  for (const auto& queue : queues) throw_if_broken(*queue);
}

// For descriptions.
inline std::string and_queues(std::size_t queues) {
  return queues == 1 ? "" : ", " + std::to_string(queues) + " queues";
}

// Likewise.
inline std::string and_timestamps(Timestamps timestamps) {
  return timestamps == Timestamps::kThread ? "" : ", software timestamps";
}

}  // namespace nicbench
