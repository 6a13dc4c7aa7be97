// Every way of sharing with every table that it goes with, as types for typed tests; and threads that start together.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "common/random.h"
#include "hashtables/shared/sharing.h"
#include "hashtables/tests/keys.h"

namespace nicbench::testing {

template <class Tag, Sharing kSharing>
struct Scheme {
  static constexpr Sharing sharing = kSharing;
  static constexpr std::string_view table = Tag::info.name;
  template <class K, class V>
  using Table = typename Tag::template Table<K, V>;
};

template <class... Lists>
struct JoinTypes;
template <class... A>
struct JoinTypes<::testing::Types<A...>> {
  using Types = ::testing::Types<A...>;
};
template <class... A, class... B, class... Rest>
struct JoinTypes<::testing::Types<A...>, ::testing::Types<B...>, Rest...> {
  using Types = typename JoinTypes<::testing::Types<A..., B...>, Rest...>::Types;
};

template <Sharing kSharing, class... Tags>
::testing::Types<Scheme<Tags, kSharing>...> schemes_of(TableList<Tags...>);

using Schemes = typename JoinTypes<decltype(schemes_of<Sharing::kMutex>(LockedTables<std::mutex>{})),
                                   decltype(schemes_of<Sharing::kSpinlock>(LockedTables<SpinLock>{})),
                                   decltype(schemes_of<Sharing::kRwlock>(LockedTables<SpinRwLock>{})),
                                   decltype(schemes_of<Sharing::kBucketLock>(BucketLockTables{})),
                                   decltype(schemes_of<Sharing::kLockFree>(LockFreeTables{}))>::Types;

// bucket_lock_cuckoo.
struct SchemeNames {
  template <class S>
  static std::string GetName(int /*index*/) {
    std::string name = std::string(to_string(S::sharing)) + "_" + std::string(S::table);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
  }
};

inline TableOptions small_table(std::size_t capacity, std::uint64_t seed = 1) {
  return {.capacity = capacity, .seed = seed, .huge_pages = false};
}

// Exactly so many slots: for tables that are to be nearly full.
inline TableOptions tight_table(std::size_t slots) {
  return {.capacity = slots, .seed = 1, .huge_pages = false, .slots = slots};
}

// Runs body(thread number) on that many threads, all begun at the same moment.
template <class F>
void on_threads(std::size_t count, F&& body) {
  std::barrier together(static_cast<std::ptrdiff_t>(count));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      together.arrive_and_wait();
      body(i);
    });
  }
}

// How long the threads of a test are let loose upon each other.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds length = std::chrono::milliseconds(250))
      : end_(std::chrono::steady_clock::now() + length) {}
  bool over() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

// A value of two words that belong together: of a key, and of how often it was written.
struct Twin {
  std::uint64_t version = 0;
  std::uint64_t proof = 0;

  static Twin of(std::uint64_t key, std::uint64_t version) {
    std::uint64_t state = key * 0x9e3779b97f4a7c15u + version;
    return {version, splitmix64(state)};
  }
  bool belongs_to(std::uint64_t key) const { return proof == of(key, version).proof; }
};

}  // namespace nicbench::testing
