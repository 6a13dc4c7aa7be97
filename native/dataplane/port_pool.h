// The ports of one external address of a NAT, for one protocol: which are free.
//
// A ring of free ports, taken at one end and given back at the other: both O(1), and a port rests as long as possible
// before another flow gets it, so that stray frames of its last flow do not reach the next (RFC 6056 §2.3 on reuse).
// The ring is shuffled once, so that ports cannot be guessed from each other (RFC 6056 §3). The NAT is
// endpoint-dependent in its filter only: a port belongs to one flow at a time, whoever the other end is.
//
// Costs two bytes a port, and one line for every 32 ports taken. Threads: one. Does not allocate after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "common/random.h"
#include "packet/headers.h"

namespace nicbench {

class PortPool {
 public:
  // Ports first..last. Throws std::bad_alloc.
  PortPool(std::uint16_t first, std::uint16_t last, std::uint64_t seed)
      : free_(static_cast<std::size_t>(last - first) + 1), available_(free_.size()) {
    for (std::size_t i = 0; i < free_.size(); ++i) free_[i] = to_be16(static_cast<std::uint16_t>(first + i));
    Xoshiro256 random(seed);
    for (std::size_t i = free_.size(); i > 1; --i) std::swap(free_[i - 1], free_[random.below(i)]);
  }

  std::size_t available() const noexcept { return available_; }

  // A free port in network byte order; nothing if there is none.
  std::optional<std::uint16_t> take() noexcept {
    if (available_ == 0) return std::nullopt;
    const std::uint16_t port = free_[head_];
    head_ = next(head_);
    --available_;
    return port;
  }

  // What take() would return.
  std::optional<std::uint16_t> next_free() const noexcept {
    return available_ == 0 ? std::nullopt : std::optional(free_[head_]);
  }

  void give_back(std::uint16_t port) noexcept {
    free_[tail_] = port;
    tail_ = next(tail_);
    ++available_;
  }

 private:
  std::size_t next(std::size_t i) const noexcept { return i + 1 == free_.size() ? 0 : i + 1; }

  std::vector<std::uint16_t> free_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::size_t available_;
};

}  // namespace nicbench
