// How cores use tables, by name.
//
//   sharded       a table a core: any table, no locks, nothing in common
//   mutex         one table; std::mutex around all of it
//   spinlock      one table; one SpinLock around all of it
//   rwlock        one table; one SpinRwLock around all of it
//   bucket-lock   one table; a lock for each stripe of buckets, readers take it, too
//   lock-free     one table; readers take no lock, writers lock buckets
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/names.h"

namespace nicbench {

enum class Sharing : std::uint8_t { kSharded, kMutex, kSpinlock, kRwlock, kBucketLock, kLockFree };

inline constexpr std::array<std::string_view, 6> kSharingNames{"sharded", "mutex",       "spinlock",
                                                               "rwlock",  "bucket-lock", "lock-free"};

constexpr std::optional<Sharing> sharing_of(std::string_view name) noexcept {
  return enumerator_of<Sharing>(kSharingNames, name);
}
constexpr std::string_view to_string(Sharing sharing) noexcept {
  return kSharingNames[static_cast<std::size_t>(sharing)];
}

}  // namespace nicbench
