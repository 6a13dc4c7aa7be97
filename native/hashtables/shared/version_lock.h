// A writer's lock and the readers' version in one word: a sequence lock (Lameter, Gelato 2005; Boehm: "Can seqlocks get
// along with programming language memory models?", MSPC 2012).
//
// Odd while a writer is at work. A reader remembers the version, reads, and believes what it read if the version is
// still the same; it stores nothing, so that the line stays in all caches until a writer comes.
//
// Why it is right in C++, without fences (which the thread sanitizer does not know). All words that a reader may read
// while they change are atomic (SharedWord): stored with release, loaded with acquire.
//
//   new words, old version   the reader loads a word that a writer stored after lock(). That load synchronises with the
//                            store, so lock() happened before whatever the reader does next: its second load of the
//                            version finds the odd number or a later one, and not the first one
//   old words, new version   begin() loads what unlock() stored with release: all that the writer stored before is seen
//
// On x86 these loads and stores are plain ones. A version comes back after 2^31 changes: a reader that slept through
// exactly as many would be fooled.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "hashtables/shared/wait.h"

namespace nicbench {

class VersionLock {
 public:
  // The version to compare with, once no writer is at work.
  std::uint32_t begin() const noexcept {
    std::uint32_t version = word_.load(std::memory_order_acquire);
    for (Wait wait; (version & 1) != 0; version = word_.load(std::memory_order_acquire)) wait();
    return version;
  }
  // All words loaded since begin() belong together.
  bool unchanged(std::uint32_t version) const noexcept { return word_.load(std::memory_order_relaxed) == version; }

  bool try_lock() noexcept {
    std::uint32_t version = word_.load(std::memory_order_relaxed);
    return (version & 1) == 0 &&
           word_.compare_exchange_strong(version, version + 1, std::memory_order_acquire, std::memory_order_relaxed);
  }
  void lock() noexcept {
    for (Wait wait; !try_lock(); wait()) {
    }
  }
  // After a change; if nothing was stored the old version is put back, and readers need not read again.
  void unlock(bool changed) noexcept {
    const std::uint32_t version = word_.load(std::memory_order_relaxed);
    word_.store(changed ? version + 1 : version - 1, std::memory_order_release);
  }

 private:
  std::atomic<std::uint32_t> word_{0};
};

using SharedWord = std::atomic<std::uint64_t>;
static_assert(SharedWord::is_always_lock_free && sizeof(SharedWord) == 8);

// Any trivially copyable thing as whole words; the last one is filled up with zeros.
template <class T>
inline constexpr std::size_t kWordsOf = (sizeof(T) + 7) / 8;

template <class T>
std::array<std::uint64_t, kWordsOf<T>> to_words(const T& thing) noexcept {
  std::array<std::uint64_t, kWordsOf<T>> words{};
  std::memcpy(words.data(), &thing, sizeof thing);
  return words;
}

template <class T>
T from_words(const std::array<std::uint64_t, kWordsOf<T>>& words) noexcept {
  T thing;
  std::memcpy(static_cast<void*>(&thing), words.data(), sizeof thing);
  return thing;
}

template <std::size_t kCount>
void store_words(SharedWord* to, const std::array<std::uint64_t, kCount>& words) noexcept {
  for (std::size_t i = 0; i < kCount; ++i) to[i].store(words[i], std::memory_order_release);
}

template <std::size_t kCount>
std::array<std::uint64_t, kCount> load_words(const SharedWord* from) noexcept {
  std::array<std::uint64_t, kCount> words;
  for (std::size_t i = 0; i < kCount; ++i) words[i] = from[i].load(std::memory_order_acquire);
  return words;
}

// The lock of every stripe of a table: bucket b has stripe b mod their number, a power of two. 64 Ki of them are 256
// KiB, which the second-level cache keeps, and two cores seldom want the same.
class StripeOrder {
 public:
  explicit StripeOrder(std::size_t buckets) noexcept {
    std::size_t stripes = 1;
    while (stripes < buckets && stripes < kMost) stripes *= 2;
    mask_ = stripes - 1;
  }
  std::size_t count() const noexcept { return mask_ + 1; }
  std::size_t of(std::size_t bucket) const noexcept { return bucket & mask_; }

 private:
  static constexpr std::size_t kMost = std::size_t{1} << 16;
  std::size_t mask_;
};

// Holds the locks of two stripes, the lower one taken first, so that no two writers wait for each other.
class StripePair {
 public:
  StripePair(VersionLock* locks, std::size_t a, std::size_t b) noexcept
      : low_(locks[a < b ? a : b]), high_(locks[a < b ? b : a]) {
    low_.lock();
    if (&low_ != &high_) high_.lock();
  }
  ~StripePair() {
    if (&low_ != &high_) high_.unlock(changed_);
    low_.unlock(changed_);
  }
  StripePair(const StripePair&) = delete;
  StripePair& operator=(const StripePair&) = delete;

  void changed() noexcept { changed_ = true; }

 private:
  VersionLock& low_;
  VersionLock& high_;
  bool changed_ = false;
};

}  // namespace nicbench
