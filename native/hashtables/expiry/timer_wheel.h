// `timer-wheel`: a hierarchical timing wheel (Varghese, Lauck: "Hashed and Hierarchical Timing Wheels", SOSP 1987)
// whose entries are re-armed when they come up, not when their flow sees a frame.
//
//   levels     5 of 256 slots: level 0 has a slot for each of the next 256 ticks, level 1 one for each 256 ticks, ...
//   arm        the level is the highest byte in which the due tick and the present one differ, the slot is that byte:
//              so a level's slots in use are all ahead of its hand, none wraps around, and an empty stretch of time is
//              skipped by one search in each level's bitmap
//   slot       a list of chunks, a cache line each, of 15 references: arming writes to the end of a line that is most
//              likely in the cache, and a slot that comes up is read line by line, with all its flows known ahead
//   due        references are handed out a chunk at a time; whoever gets them re-arms those whose time has not come.
//              A reference of a higher level comes up early, at the start of its slot, and is re-armed nearer
//
// Lazy re-arming: a frame writes last_seen and nothing else. Every flow has exactly one reference in the wheel, which
// costs 4.3 bytes a flow, and is looked at once or twice in every timeout, however many frames it sees.
//
// No reference comes up before its tick; it comes up in the first advance() that reaches the tick, or later if
// advance() was told to stop at a limit: what is left comes first in the next one. Between them an advance() with
// nothing to do is one comparison.
//
// Tried: doubly linked lists through the flow states, and through an array beside them (README.md): both touch two
// other flows' lines for each that is linked or unlinked.
//
// Threads: one. Does not allocate after construction.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/huge_pages.h"
#include "common/prefetch.h"

namespace nicbench {

class TimerWheel {
 public:
  static constexpr std::size_t kBatch = 15;  // references handed out at once, at most

  // Holds `references` at once. Ticks are counted from `start`, in units of `tick` of the caller's clock.
  // Throws std::bad_alloc.
  TimerWheel(std::size_t references, std::uint64_t start, std::uint64_t tick, bool huge_pages)
      : start_(start),
        tick_(std::max<std::uint64_t>(tick, 1)),
        next_event_(start + tick_),
        chunks_(references / kBatch + kLevels * kSlots + 2 * kLevels, huge_pages) {
    for (std::uint32_t i = 0; i < chunks_.size(); ++i) chunks_[i].next = i + 1;
    chunks_[chunks_.size() - 1].next = kNone;
    for (auto& level : slots_) level.fill({kNone, 0});
  }

  // The reference will come up at the first tick at or after `when`, but not in an advance() that has passed it
  // already.
  void arm(std::uint32_t id, std::uint64_t when) noexcept {
    const std::uint64_t past = when > start_ ? when - start_ : 0;
    std::uint64_t due = past / tick_ + (past % tick_ != 0);
    due = std::clamp(due, current_ + 1, kHorizon);
    const auto level = static_cast<unsigned>(63 - std::countl_zero(due ^ current_)) / 8;
    const std::size_t slot = due >> (8 * level) & 0xff;
    push(slots_[level][slot], id);
    used_[level][slot / 64] |= std::uint64_t{1} << slot % 64;
  }

  // Hands all references that came up by `now` to visit(std::span<const std::uint32_t>), which may arm() them again,
  // and returns how many. Stops when `limit` or more were handed out; 0: no limit.
  template <class Visit>
  std::size_t advance(std::uint64_t now, std::size_t limit, Visit&& visit) noexcept {
    if (now < next_event_) return 0;
    const std::uint64_t target = std::min((now - start_) / tick_, kHorizon - 1);
    std::size_t visited = 0;
    for (;;) {
      while (lists_due_ > 0) {
        visited += visit_chunk(visit);
        if (limit != 0 && visited >= limit) return visited;
      }
      if (current_ >= target) break;
      current_ = next_used(target);
      collect();
    }
    next_event_ = start_ + (current_ + 1) * tick_;
    return visited;
  }

  // True while references are due that advance() left for next time.
  bool behind() const noexcept { return lists_due_ > 0; }
  std::size_t memory() const noexcept { return chunks_.bytes() + sizeof *this; }

 private:
  static constexpr std::size_t kLevels = 5;
  static constexpr std::size_t kSlots = 256;
  static constexpr std::uint64_t kHorizon = (std::uint64_t{1} << (8 * kLevels)) - 1;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct alignas(kCacheLine) Chunk {
    std::uint32_t next;
    std::array<std::uint32_t, kBatch> ids;
  };
  static_assert(sizeof(Chunk) == kCacheLine);

  // A list of chunks, all full but the first, which holds `count`.
  struct List {
    std::uint32_t head;
    std::uint32_t count;
  };

  void push(List& list, std::uint32_t id) noexcept {
    if (list.head == kNone || list.count == kBatch) {
      const std::uint32_t chunk = free_;  // there are enough: every list has at most one that is not full
      free_ = chunks_[chunk].next;
      chunks_[chunk].next = list.head;
      list = {chunk, 0};
    }
    chunks_[list.head].ids[list.count++] = id;
  }

  template <class Visit>
  std::size_t visit_chunk(Visit& visit) noexcept {
    List& list = due_[lists_due_ - 1];
    Chunk& chunk = chunks_[list.head];
    const std::array<std::uint32_t, kBatch> ids = chunk.ids;
    const std::size_t count = list.count;
    const std::uint32_t next = chunk.next;
    chunk.next = free_;
    free_ = list.head;
    list = {next, kBatch};
    if (next == kNone) {
      --lists_due_;
    } else {
      prefetch_to_read(&chunks_[next]);
    }
    visit(std::span<const std::uint32_t>(ids).first(count));
    return count;
  }

  // The first tick after the present one at which a slot comes up, or target.
  std::uint64_t next_used(std::uint64_t target) const noexcept {
    for (unsigned level = 0; level < kLevels; ++level) {
      const std::size_t hand = current_ >> (8 * level) & 0xff;
      const std::size_t slot = next_bit(used_[level], hand + 1);
      if (slot < kSlots)
        return std::min(((current_ >> (8 * level) & ~std::uint64_t{0xff}) | slot) << (8 * level), target);
    }
    return target;
  }

  // Moves the slots that come up at the present tick to the lists that are due.
  void collect() noexcept {
    for (unsigned level = 0; level < kLevels; ++level) {
      const std::size_t slot = current_ >> (8 * level) & 0xff;
      std::uint64_t& word = used_[level][slot / 64];
      const std::uint64_t bit = std::uint64_t{1} << slot % 64;
      if ((word & bit) != 0) {
        word &= ~bit;
        due_[lists_due_++] = slots_[level][slot];
        slots_[level][slot] = {kNone, 0};
      }
      if (slot != 0) break;  // higher hands move only when this one is at the start
    }
  }

  static std::size_t next_bit(const std::array<std::uint64_t, kSlots / 64>& words, std::size_t from) noexcept {
    for (std::size_t w = from / 64; w < words.size(); ++w) {
      const std::uint64_t word = w == from / 64 ? words[w] & (~std::uint64_t{0} << from % 64) : words[w];
      if (word != 0) return w * 64 + static_cast<std::size_t>(std::countr_zero(word));
    }
    return kSlots;
  }

  const std::uint64_t start_;
  const std::uint64_t tick_;
  std::uint64_t current_ = 0;  // the last tick that came up
  std::uint64_t next_event_;   // the caller's time before which there is nothing to do
  std::uint32_t free_ = 0;
  std::size_t lists_due_ = 0;
  std::array<List, kLevels> due_{};
  std::array<std::array<std::uint64_t, kSlots / 64>, kLevels> used_{};
  std::array<std::array<List, kSlots>, kLevels> slots_{};
  PageArray<Chunk> chunks_;
};

}  // namespace nicbench
