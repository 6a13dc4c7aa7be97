// Fixed buffers for frames, owned by one thread, handed out last-in first-out so that they stay in cache.
//
//   layout    kStride bytes a buffer: an odd number of lines, so that the headers of consecutive buffers
//             fall into different cache sets (a power of two would put all of them into two sets)
//   threads   take() and give() belong to the owner; another thread hands buffers back through its wire
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "io/frame.h"

namespace nicbench {

class FramePool {
 public:
  static constexpr std::size_t kStride = 33 * 64;
  static constexpr std::size_t kMaxFrame = kStride - 64;  // longest frame, without FCS

  // All buffers start zeroed. Throws std::bad_alloc.
  explicit FramePool(std::size_t buffers)
      : memory_(static_cast<std::uint8_t*>(std::aligned_alloc(64, buffers * kStride))) {
    if (!memory_) throw std::bad_alloc();
    std::memset(memory_.get(), 0, buffers * kStride);
    free_.reserve(buffers);
    for (std::size_t i = buffers; i-- > 0;) free_.push_back(static_cast<std::uint32_t>(i));
    size_ = buffers;
  }

  std::size_t size() const noexcept { return size_; }
  std::size_t available() const noexcept { return free_.size(); }
  // Where a buffer starts.
  std::uint8_t* at(std::uint32_t buffer) const noexcept { return memory_.get() + buffer * kStride; }

  // Takes up to out.size() buffers; their lengths are left to the caller. Returns how many.
  std::size_t take(std::span<Frame> out) noexcept {
    const std::size_t count = std::min(out.size(), free_.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t buffer = free_.back();
      free_.pop_back();
      out[i].buffer = buffer;
      out[i].data = at(buffer);
    }
    return count;
  }

  void give(std::span<const Frame> frames) noexcept {
    for (const Frame& frame : frames) free_.push_back(frame.buffer);
  }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const noexcept { std::free(memory); }
  };

  std::unique_ptr<std::uint8_t, Free> memory_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace nicbench
