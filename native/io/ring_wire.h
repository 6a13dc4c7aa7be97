// The `ring` wire: threads of one process joined by rings, carrying real frames without a NIC.
//
// A wire has one or more lanes, each what a queue pair is to a NIC: one tester, and a DUT worker a lane.
//
//   tester ──── to_dut ────► worker
//   tester ◄─── to_tester ── worker
//   tester ◄─── returned ─── worker      buffers of frames that the worker dropped
//
// Buffers belong to the tester's pool throughout; the third ring lets a worker drop a frame without touching
// the pool of another thread. It holds every buffer there is, so that release never fails.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "common/spsc_ring.h"
#include "io/frame.h"

namespace nicbench {

class RingWire {
  struct Lane {
    Lane(std::size_t slots, std::size_t buffers) : to_dut(slots), to_tester(slots), returned(buffers) {}
    SpscRing<Frame> to_dut;
    SpscRing<Frame> to_tester;
    SpscRing<Frame> returned;
  };

 public:
  // `slots`: frames that fit on a lane, each way. `buffers`: size of the tester's pool.
  RingWire(std::size_t lanes, std::size_t slots, std::size_t buffers) : slots_(slots) {
    for (std::size_t i = 0; i < lanes; ++i) lanes_.push_back(std::make_unique<Lane>(slots, buffers));
  }

  std::size_t lanes() const noexcept { return lanes_.size(); }
  // Frames that surely fit on a lane, each way.
  std::size_t slots() const noexcept { return slots_; }

  // One thread's end of one lane.
  class TesterEnd {
   public:
    // A frame comes back in the buffer that it was sent in.
    static constexpr bool kBuffersTravel = true;

    explicit TesterEnd(Lane& lane) noexcept : lane_(&lane) {}
    // Sends a prefix, returns its length; the rest did not fit and still belongs to the caller.
    std::size_t tx_burst(std::span<const Frame> frames) noexcept { return lane_->to_dut.push(frames); }
    std::size_t rx_burst(std::span<Frame> frames) noexcept { return lane_->to_tester.pop(frames); }
    // Takes back buffers of frames that the worker dropped.
    std::size_t reclaim(std::span<Frame> frames) noexcept { return lane_->returned.pop(frames); }

   private:
    Lane* lane_;
  };

  class DutEnd {
   public:
    explicit DutEnd(Lane& lane) noexcept : lane_(&lane) {}
    std::size_t rx_burst(std::span<Frame> frames) noexcept { return lane_->to_dut.pop(frames); }
    std::size_t tx_burst(std::span<const Frame> frames) noexcept { return lane_->to_tester.push(frames); }
    void release(std::span<const Frame> frames) noexcept { lane_->returned.push(frames); }

   private:
    Lane* lane_;
  };

  TesterEnd tester_end(std::size_t lane) noexcept { return TesterEnd(*lanes_[lane]); }
  // Of all lanes.
  std::vector<TesterEnd> tester_ends() {
    std::vector<TesterEnd> ends;
    for (const auto& lane : lanes_) ends.emplace_back(*lane);
    return ends;
  }
  DutEnd dut_end(std::size_t lane) noexcept { return DutEnd(*lanes_[lane]); }

 private:
  std::size_t slots_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace nicbench
