// One bucket of the shared `flowline`: keys, values and a lock with its version in one cache line.
//
//   keys[slots]     as 64-bit words. The last word of a key has 24 bits of padding, always zero: those of slot 0 hold
//                   the counts, 8 groups x 3 bits, of keys that have this bucket as home and live elsewhere
//   values[slots]   as 32-bit words
//   state           bit 0: a writer is at work; then one bit for each slot in use; the rest is the version
//
//   key, value      lines  slots  bytes a slot
//   IPv4, 4 bytes     1      3       21.3
//   IPv4, 8 bytes     2      5       25.6
//   IPv6, 4 bytes     3      4       48
//   IPv6, 8 bytes     4      5       51.2
//
// Readers see a bucket through look(): version, words, version again, as in version_lock.h, which says why that is
// right. The version has 23 bits: a reader that slept through exactly 8,388,608
// changes of its one bucket, or a multiple, which also left the same slots in use, would be fooled.
//
// All zero bytes are an empty bucket.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/huge_pages.h"
#include "hashtables/flowline_bucket.h"
#include "hashtables/shared/version_lock.h"

namespace nicbench {

// Threads that write, at once or ever.
enum class Writers : std::uint8_t { kOne, kMany };

template <class Key, class Value, Writers kWriters = Writers::kMany>
class alignas(kCacheLine) SharedFlowlineBucket {
 public:
  static constexpr BucketGeometry kGeometry =
      BucketGeometry::choose(sizeof(Key), sizeof(Key), (sizeof(Value) + 3) / 4 * 4);
  static constexpr std::size_t kSlots = kGeometry.slots;
  static constexpr unsigned kGroups = 8;

  // What a reader saw at one moment: all of it, or it must look again.
  struct View {
    unsigned match;  // the slot of the key, as a bit
    bool whole;      // no writer was at work
    bool none_away;  // no key of the group has its home here and lives elsewhere
    Value value;     // of the matching slot; without one, some bytes
    std::uint32_t state;
  };

  // Looks for a key, once. The caller asks `whole` before it believes anything.
  View look(const Key& key, unsigned group) const noexcept {
    View view;
    view.state = state_.load(std::memory_order_acquire);
    view.match = match_words(key) & used_in(view.state);
    const unsigned slot = lowest(view.match | 1u << (kSlots - 1));
    view.value = value_at(slot);
    view.none_away = (counts() >> 3 * group & 7) == 0;
    view.whole = (view.state & kLocked) == 0 && unchanged(view.state);
    return view;
  }
  bool unchanged(std::uint32_t state) const noexcept { return state_.load(std::memory_order_relaxed) == state; }

  bool try_lock() noexcept {
    std::uint32_t state = state_.load(std::memory_order_relaxed);
    if ((state & kLocked) != 0) return false;
    if constexpr (kWriters == Writers::kOne) {
      state_.store(state | kLocked, std::memory_order_relaxed);
      return true;
    }
    return state_.compare_exchange_strong(state, state | kLocked, std::memory_order_acquire, std::memory_order_relaxed);
  }
  void lock() noexcept {
    for (Wait wait; !try_lock(); wait()) {
    }
  }
  void unlock(bool changed) noexcept {
    const std::uint32_t state = state_.load(std::memory_order_relaxed) & ~kLocked;
    state_.store(changed ? state + kOneVersion : state, std::memory_order_release);
  }

  // What follows is for the holder of the lock, but for full() and key_at(), which others may use as hints.

  unsigned match(const Key& key) const noexcept { return match_words(key) & used(); }
  unsigned used() const noexcept { return used_in(state_.load(std::memory_order_relaxed)); }
  bool full() const noexcept { return used() == kAllUsed; }

  Key key_at(unsigned slot) const noexcept {
    auto words = load_words<kKeyWords>(&keys_[slot * kKeyWords]);
    words[kKeyWords - 1] &= kKeyBits;
    return from_words<Key>(words);
  }
  Value value_at(unsigned slot) const noexcept {
    std::array<std::uint32_t, kHalves> halves;
    for (std::size_t i = 0; i < kHalves; ++i) halves[i] = values_[slot * kHalves + i].load(std::memory_order_acquire);
    Value value;
    std::memcpy(static_cast<void*>(&value), halves.data(), sizeof value);
    return value;
  }

  // Into a free slot. There must be one.
  void put(const Key& key, const Value& value) noexcept {
    const unsigned slot = lowest(~used());
    auto words = to_words(key);
    SharedWord* const to = &keys_[slot * kKeyWords];
    words[kKeyWords - 1] |= to[kKeyWords - 1].load(std::memory_order_relaxed) & ~kKeyBits;
    store_words(to, words);
    std::array<std::uint32_t, kHalves> halves{};
    std::memcpy(halves.data(), &value, sizeof value);
    for (std::size_t i = 0; i < kHalves; ++i) values_[slot * kHalves + i].store(halves[i], std::memory_order_release);
    set_used(used() | 1u << slot);
  }
  void remove(unsigned slot) noexcept { set_used(used() & ~(1u << slot)); }
  void clear() noexcept {
    set_counts(0);
    set_used(0);
  }

  bool none_away(unsigned group) const noexcept { return (counts() >> 3 * group & 7) == 0; }
  // Counts one key of the group more (or less) that lives elsewhere; true if it is the first (or was the last). A count
  // that reaches 7 stays there for good: it is no longer known, and too high is safe.
  bool count_up(unsigned group) noexcept {
    const std::uint64_t count = counts() >> 3 * group & 7;
    if (count != 7) set_counts(counts() + (std::uint64_t{1} << 3 * group));
    return count == 0;
  }
  bool count_down(unsigned group) noexcept {
    const std::uint64_t count = counts() >> 3 * group & 7;
    if (count != 7) set_counts(counts() - (std::uint64_t{1} << 3 * group));
    return count == 1;
  }

  static unsigned lowest(unsigned mask) noexcept { return static_cast<unsigned>(__builtin_ctz(mask)); }

 private:
  static constexpr std::size_t kKeyWords = sizeof(Key) / 8;
  static constexpr std::size_t kHalves = (sizeof(Value) + 3) / 4;
  static constexpr std::uint64_t kKeyBits = (std::uint64_t{1} << 40) - 1;  // of the last word of a key
  static constexpr unsigned kAllUsed = (1u << kSlots) - 1;
  static constexpr std::uint32_t kLocked = 1;
  static constexpr std::uint32_t kOneVersion = 1u << 9;
  static_assert(kSlots <= 8 && sizeof(Key) % 8 == 0 && std::endian::native == std::endian::little);

  static unsigned used_in(std::uint32_t state) noexcept { return state >> 1 & kAllUsed; }
  void set_used(unsigned used) noexcept {
    const std::uint32_t others = state_.load(std::memory_order_relaxed) & ~(kAllUsed << 1);
    state_.store(others | used << 1, std::memory_order_relaxed);  // unlock() publishes it
  }

  std::uint64_t counts() const noexcept { return keys_[kKeyWords - 1].load(std::memory_order_acquire) >> 40; }
  void set_counts(std::uint64_t counts) noexcept {
    SharedWord& word = keys_[kKeyWords - 1];
    word.store((word.load(std::memory_order_relaxed) & kKeyBits) | counts << 40, std::memory_order_release);
  }

  unsigned match_words(const Key& key) const noexcept {
    const auto wanted = to_words(key);
    unsigned result = 0;
    for (unsigned slot = 0; slot < kSlots; ++slot) {
      const SharedWord* const words = &keys_[slot * kKeyWords];
      std::uint64_t difference =
          (words[kKeyWords - 1].load(std::memory_order_acquire) ^ wanted[kKeyWords - 1]) & kKeyBits;
      for (std::size_t i = 0; i + 1 < kKeyWords; ++i)
        difference |= words[i].load(std::memory_order_acquire) ^ wanted[i];
      result |= static_cast<unsigned>(difference == 0) << slot;
    }
    return result;
  }

  SharedWord keys_[kSlots * kKeyWords];
  std::atomic<std::uint32_t> values_[kSlots * kHalves];
  std::atomic<std::uint32_t> state_;
};
static_assert(sizeof(SharedFlowlineBucket<FiveTuple4, std::uint32_t>) == 64 &&
              SharedFlowlineBucket<FiveTuple4, std::uint32_t>::kSlots == 3);
static_assert(sizeof(SharedFlowlineBucket<FiveTuple4, std::uint64_t>) == 128 &&
              SharedFlowlineBucket<FiveTuple4, std::uint64_t>::kSlots == 5);
static_assert(sizeof(SharedFlowlineBucket<FiveTuple6, std::uint32_t>) == 192 &&
              SharedFlowlineBucket<FiveTuple6, std::uint32_t>::kSlots == 4);

}  // namespace nicbench
