// `scan` and `lazy`: looking at flows in the order in which they lie in memory.
//
// `scan` looks at all of them once in every interval, either all at once when the interval ends (`full`: what a simple
// tracker does, and what makes it drop frames) or a few after every burst (`incremental`). A flow that died is found
// within two intervals at the most: it may die just behind the hand, and the hand may be late by a step.
//
// `lazy` does nothing by itself. Every insert moves a hand on by a few flows and reclaims the dead among them; an
// insert that finds no room moves it further, but no further than kFarthest, so that a full tracker refuses in bounded
// time. A flow that died is found before capacity / kStep more flows were inserted. (The other way to do it, to look at
// the flows in the bucket that the insert goes to, reads a line for every slot of the bucket, at random: see
// README.md.)
//
// Both call visit(first, count): positions [first, first + count), count <= kBatch, of an order that the caller
// defines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace nicbench {

inline constexpr std::size_t kSweepBatch = 32;

class Scan {
 public:
  // An interval in ticks of the caller's clock, from `start`.
  Scan(std::uint64_t start, std::uint64_t interval, bool incremental)
      : interval_(std::max<std::uint64_t>(interval, 1)),
        incremental_(incremental),
        due_(start + interval_),
        last_(start) {}

  // Looks at what is due by `now` of `size` positions; `incremental` at `limit` positions at the most, the rest later.
  template <class Visit>
  std::size_t advance(std::uint64_t now, std::size_t size, std::size_t limit, Visit&& visit) noexcept {
    if (!incremental_) {
      if (now < due_) return 0;
      due_ = now - (now - due_) % interval_ + interval_;
      position_ = 0;
      run(size, size, visit);
      return size;
    }
    // Positions owed: size for every interval that went by, less than one round, so that a long pause costs one.
    owed_ += static_cast<double>(now - last_) * static_cast<double>(size) / static_cast<double>(interval_);
    last_ = now;
    owed_ = std::min(owed_, static_cast<double>(size));
    if (owed_ < static_cast<double>(std::min(kSweepBatch, size))) return 0;
    std::size_t count = static_cast<std::size_t>(owed_);
    if (limit != 0) count = std::min(count, limit);
    owed_ -= static_cast<double>(count);
    run(count, size, visit);
    return count;
  }

  bool behind() const noexcept { return incremental_ && owed_ >= 2 * kSweepBatch; }

 private:
  template <class Visit>
  void run(std::size_t count, std::size_t size, Visit& visit) noexcept {
    while (count > 0 && size > 0) {
      if (position_ >= size) position_ = 0;
      const std::size_t batch = std::min({count, size - position_, kSweepBatch});
      visit(position_, batch);
      position_ += batch;
      count -= batch;
    }
  }

  const std::uint64_t interval_;
  const bool incremental_;
  std::uint64_t due_;
  std::uint64_t last_;
  double owed_ = 0;
  std::size_t position_ = 0;
};

class LazyHand {
 public:
  static constexpr std::size_t kStep = 4;        // flows looked at by an insert
  static constexpr std::size_t kFarthest = 256;  // and by one that finds no room: about 5 us

  // An insert is about to take place.
  template <class Visit>
  void step(std::size_t size, Visit&& visit) noexcept {
    move(std::min(kStep, size), size, visit);
  }

  // There is no room: moves on until visit() returns true or the limit is reached.
  template <class Visit>
  bool make_room(std::size_t size, Visit&& visit) noexcept {
    const std::size_t limit = std::min(kFarthest, size);
    for (std::size_t done = 0; done < limit; done += kStep) {
      if (move(std::min(kStep, limit - done), size, visit)) return true;
    }
    return false;
  }

 private:
  template <class Visit>
  bool move(std::size_t count, std::size_t size, Visit& visit) noexcept {
    bool found = false;
    while (count > 0) {
      if (position_ >= size) position_ = 0;
      const std::size_t batch = std::min(count, size - position_);
      found |= visit(position_, batch);
      position_ += batch;
      count -= batch;
    }
    return found;
  }

  std::size_t position_ = 0;
};

}  // namespace nicbench
