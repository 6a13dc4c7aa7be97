// Which flows a change of rules is about, so that a cache forgets those and keeps the others.
//
// Changes are numbered, batch by batch. A change of a rule is written into the cell of its tuple's key: a frame that
// the rule matches, or matched, has the same key, and so the same cell. What a cache knew of a flow at number n still
// holds if no tuple's cell of the flow has a number above n. Flows that share a cell are forgotten together.
//
// Some tuples are watched so; a change of any other is about every flow. The same goes for those that match by nothing
// that a frame brings along: metadata and tags are set by rules on the way, and count for no cell.
//
// Written by the control plane, read by workers. A cell is stored after the change itself and before the number is
// told: who was told n, reads all that belongs to n.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "softnic/fields.h"

namespace nicbench {

// The words of a frame that tell the cell of a tuple.
class FlowRegion {
 public:
  // Of all flows.
  FlowRegion() noexcept = default;
  explicit FlowRegion(const Fields& mask) noexcept {
    for (std::size_t word = 0; word < kClassTag; ++word) {
      const std::uint64_t bits = word == kTunnelMeta ? mask.words[word] & ~std::uint32_t{0} : mask.words[word];
      if (bits == 0) continue;
      from_[words_] = static_cast<std::uint8_t>(word);
      mask_[words_++] = bits;
    }
  }

  bool all() const noexcept { return words_ == 0; }
  std::uint64_t hash(const Fields& fields) const noexcept {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < words_; ++i) {
      hash = (hash ^ (fields.words[from_[i]] & mask_[i])) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 32;
    }
    return hash;
  }

 private:
  std::size_t words_ = 0;
  std::array<std::uint8_t, kFieldWords> from_{};
  std::array<std::uint64_t, kFieldWords> mask_{};
};

class ChangeMap {
 public:
  static constexpr std::size_t kWatched = 7;  // tuples
  static constexpr std::size_t kCells = std::size_t{1} << 16;

  // Throws std::bad_alloc.
  ChangeMap() : cells_(kCells, false) {}

  static std::uint32_t cell_of(const FlowRegion& region, const Fields& fields) noexcept {
    return static_cast<std::uint32_t>(region.hash(fields) % kCells);
  }

  std::size_t memory() const noexcept { return cells_.bytes(); }

  // Of the control plane: a change of a watched tuple, or of another.
  void note(std::size_t watched, std::uint32_t cell, std::uint64_t number) noexcept {
    cells_[cell].store(number, std::memory_order_release);
    store_new(last_[watched], number);
  }
  void note_all(std::uint64_t number) noexcept { store_new(all_, number); }
  void prefetch(std::uint32_t cell) const noexcept { prefetch_to_write(&cells_[cell]); }

  // Of workers: the last change of a cell, of a watched tuple, and of all flows.
  std::uint64_t of_cell(std::uint32_t cell) const noexcept { return cells_[cell].load(std::memory_order_acquire); }
  std::uint64_t of_watched(std::size_t watched) const noexcept {
    return last_[watched].load(std::memory_order_acquire);
  }
  std::uint64_t of_all() const noexcept { return all_.load(std::memory_order_acquire); }

 private:
  static void store_new(std::atomic<std::uint64_t>& to, std::uint64_t number) noexcept {
    if (to.load(std::memory_order_relaxed) != number) to.store(number, std::memory_order_release);
  }

  PageArray<std::atomic<std::uint64_t>> cells_;
  // One line.
  alignas(kCacheLine) std::atomic<std::uint64_t> all_{0};
  std::array<std::atomic<std::uint64_t>, kWatched> last_{};
};

}  // namespace nicbench
