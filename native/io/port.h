// One end of a wire that leaves the process: an interface of the kernel, or a file. One virtual call a burst.
//
// Only bytes travel on such a wire; buffers do not. A port has memory of its own for what it receives:
//
//   receive()  lends frames in that memory, until each of them is given back by release() or by forward()
//   forward()  sends frames that this port lent, and has them back: without a copy where the kernel can
//   send()     sends frames from anywhere. Their bytes are taken before it returns; buffers stay with the caller
//
// Both send a prefix and return its length: the rest did not fit, is not lost, and belongs to whom it belonged. What is
// lost later, in the kernel, shows in lost() of the port at the other end, or in the counters of the interface.
//
// Nothing here throws, blocks or aborts. A wire that is broken returns 0 and says why in fault().
//
// Threads: one thread has the port; lost() and fault() may be called by any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "common/user_error.h"
#include "io/frame.h"
#include "io/wire_fault.h"

namespace nicbench {

// Whose time is it when a frame came (SOF_TIMESTAMPING_RX_* of the kernel, `ethtool -T`)?
enum class Timestamps : std::uint8_t {
  kThread,    // of the thread that receives, once it has the frame in hand
  kSoftware,  // of the kernel, when the driver handed the frame over
};

class Port {
 public:
  Port() = default;
  virtual ~Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  virtual std::size_t send(std::span<const Frame> frames) noexcept = 0;
  virtual std::size_t forward(std::span<const Frame> frames) noexcept = 0;
  virtual std::size_t receive(std::span<Frame> frames) noexcept = 0;
  virtual void release(std::span<const Frame> frames) noexcept = 0;

  // Frames that came and found no room, since the port was opened.
  virtual std::uint64_t lost() noexcept { return 0; }
  // When a frame came that is lent, in ns of CLOCK_REALTIME; 0: that is not known. Of ports that were opened with
  // Timestamps::kSoftware.
  virtual std::uint64_t arrival_ns(const Frame&) const noexcept { return 0; }
  // What this port is, for people: wire, interface, mode.
  virtual std::string description() const = 0;

  WireFault fault() const noexcept { return fault_.get(); }
  UserError fault_error() const { return fault_.error(description()); }

 protected:
  FaultCell fault_;
};

// Both ends of a wire that joins nothing but them.
struct PortPair {
  std::unique_ptr<Port> near, far;
};

// A port as the tester sees it.
class PortTesterEnd {
 public:
  // False: a sent frame's buffer is the tester's again at once, and a received frame goes back to the wire.
  static constexpr bool kBuffersTravel = false;

  // other: the far end, whose fault is the tester's too; null if it is not in this process.
  PortTesterEnd(Port& port, const Port* other) noexcept : port_(&port), other_(other) {}

  std::size_t tx_burst(std::span<const Frame> frames) noexcept { return port_->send(frames); }
  std::size_t rx_burst(std::span<Frame> frames) noexcept { return port_->receive(frames); }
  void release(std::span<const Frame> frames) noexcept { port_->release(frames); }
  std::uint64_t arrival_ns(const Frame& frame) const noexcept { return port_->arrival_ns(frame); }
  bool broken() const noexcept {
    return port_->fault() != WireFault::kNone || (other_ != nullptr && other_->fault() != WireFault::kNone);
  }

 private:
  Port* port_;
  const Port* other_;
};

// A port as a DUT's worker sees it: what it sends is what it received.
class PortDutEnd {
 public:
  explicit PortDutEnd(Port& port) noexcept : port_(&port) {}

  std::size_t rx_burst(std::span<Frame> frames) noexcept { return port_->receive(frames); }
  std::size_t tx_burst(std::span<const Frame> frames) noexcept { return port_->forward(frames); }
  void release(std::span<const Frame> frames) noexcept { port_->release(frames); }

 private:
  Port* port_;
};

}  // namespace nicbench
