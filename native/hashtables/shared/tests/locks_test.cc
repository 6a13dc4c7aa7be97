#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "hashtables/shared/spin_lock.h"
#include "hashtables/shared/tests/schemes.h"
#include "hashtables/shared/thread_count.h"
#include "hashtables/shared/version_lock.h"
#include "hashtables/tests/keys.h"

namespace nicbench {
namespace {

using testing::on_threads;

constexpr std::size_t kThreads = 4;
constexpr std::uint64_t kRounds = 20'000;

template <class Lock>
void counts_without_losing_one() {
  Lock lock;
  std::uint64_t count = 0;  // not atomic: a race if the lock let two in
  on_threads(kThreads, [&](std::size_t) {
    for (std::uint64_t i = 0; i < kRounds; ++i) {
      const std::lock_guard hold(lock);
      ++count;
    }
  });
  EXPECT_EQ(count, kThreads * kRounds);
}

TEST(SpinLock, LetsOneInAtATime) { counts_without_losing_one<SpinLock>(); }
TEST(SpinRwLock, LetsOneWriterInAtATime) { counts_without_losing_one<SpinRwLock>(); }

TEST(SpinLock, CanBeTried) {
  SpinLock lock;
  EXPECT_TRUE(lock.try_lock());
  EXPECT_FALSE(lock.try_lock());
  lock.unlock();
  EXPECT_TRUE(lock.try_lock());
}

TEST(SpinRwLock, ShowsReadersNoHalfDoneWrite) {
  SpinRwLock lock;
  std::uint64_t a = 0, b = 0;
  std::atomic<std::uint64_t> torn{0};
  on_threads(kThreads, [&](std::size_t thread) {
    for (std::uint64_t i = 0; i < kRounds; ++i) {
      if (thread == 0) {
        const std::lock_guard hold(lock);
        ++a;
        ++b;
      } else {
        const std::shared_lock hold(lock);
        if (a != b) ++torn;
      }
    }
  });
  EXPECT_EQ(torn, 0u);
  EXPECT_EQ(a, kRounds);
}

TEST(SpinRwLock, LetsAWriterInThoughReadersNeverStopComing) {
  SpinRwLock lock;
  std::atomic<bool> written{false};
  on_threads(kThreads, [&](std::size_t thread) {
    if (thread == 0) {
      const std::lock_guard hold(lock);
      written = true;
      return;
    }
    while (!written) const std::shared_lock hold(lock);
  });
  EXPECT_TRUE(written);
}

TEST(VersionLock, TellsReadersOfEveryChangeMeanwhile) {
  VersionLock lock;
  std::array<SharedWord, 4> words{};
  std::atomic<std::uint64_t> torn{0}, whole{0};
  std::atomic<bool> done{false};
  on_threads(kThreads, [&](std::size_t thread) {
    if (thread < 2) {
      for (std::uint64_t i = 0; i < kRounds; ++i) {
        lock.lock();
        const std::uint64_t next = words[0].load(std::memory_order_relaxed) + 1;
        store_words(words.data(), std::array<std::uint64_t, 4>{next, next, next, next});
        lock.unlock(true);
      }
      done = true;
      return;
    }
    bool read = false;
    while (!done || !read) {
      const std::uint32_t version = lock.begin();
      const auto seen = load_words<4>(words.data());
      read = lock.unchanged(version);
      if (!read) continue;
      ++(seen[0] == seen[1] && seen[1] == seen[2] && seen[2] == seen[3] ? whole : torn);
    }
  });
  EXPECT_EQ(torn, 0u);
  EXPECT_GT(whole, 0u);
  EXPECT_EQ(words[0], 2 * kRounds) << "two writers were let in";
}

TEST(VersionLock, LeavesReadersAloneIfNothingWasChanged) {
  VersionLock lock;
  const std::uint32_t version = lock.begin();
  lock.lock();
  EXPECT_FALSE(lock.unchanged(version));
  EXPECT_FALSE(lock.try_lock());
  lock.unlock(false);
  EXPECT_TRUE(lock.unchanged(version));
  lock.lock();
  lock.unlock(true);
  EXPECT_FALSE(lock.unchanged(version));
}

TEST(ThreadCount, AddsUpWhatAllThreadsCounted) {
  ThreadCount count;
  on_threads(kThreads, [&](std::size_t thread) {
    for (std::uint64_t i = 0; i < kRounds; ++i) count.add(thread == 0 ? -1 : 1);
  });
  EXPECT_EQ(count.sum(), (kThreads - 2) * kRounds);
}

}  // namespace
}  // namespace nicbench
