// The `ring` wire: two threads of one process joined by rings, carrying real frames without a NIC.
//
//   tester ──── to_dut ────► DUT
//   tester ◄─── to_tester ── DUT
//   tester ◄─── returned ─── DUT      buffers of frames that the DUT dropped
//
// Buffers belong to the tester's pool throughout; the third ring lets the DUT drop a frame without
// touching the pool of another thread. It holds every buffer there is, so that release never fails.
#pragma once

#include <cstddef>
#include <span>

#include "common/spsc_ring.h"
#include "io/frame.h"

namespace nicbench {

class RingWire {
 public:
  // `slots`: frames that fit on the wire, each way. `buffers`: size of the tester's pool.
  RingWire(std::size_t slots, std::size_t buffers) : to_dut_(slots), to_tester_(slots), returned_(buffers) {}

  std::size_t slots() const noexcept { return to_dut_.capacity(); }

  // One end of the wire. Each end belongs to one thread.
  class TesterEnd {
   public:
    explicit TesterEnd(RingWire& wire) noexcept : wire_(wire) {}
    // Sends a prefix, returns its length; the rest did not fit and still belongs to the caller.
    std::size_t tx_burst(std::span<const Frame> frames) noexcept { return wire_.to_dut_.push(frames); }
    std::size_t rx_burst(std::span<Frame> frames) noexcept { return wire_.to_tester_.pop(frames); }
    // Takes back buffers of frames that the DUT dropped.
    std::size_t reclaim(std::span<Frame> frames) noexcept { return wire_.returned_.pop(frames); }

   private:
    RingWire& wire_;
  };

  class DutEnd {
   public:
    explicit DutEnd(RingWire& wire) noexcept : wire_(wire) {}
    std::size_t rx_burst(std::span<Frame> frames) noexcept { return wire_.to_dut_.pop(frames); }
    std::size_t tx_burst(std::span<const Frame> frames) noexcept { return wire_.to_tester_.push(frames); }
    void release(std::span<const Frame> frames) noexcept { wire_.returned_.push(frames); }

   private:
    RingWire& wire_;
  };

 private:
  SpscRing<Frame> to_dut_;
  SpscRing<Frame> to_tester_;
  SpscRing<Frame> returned_;
};

}  // namespace nicbench
