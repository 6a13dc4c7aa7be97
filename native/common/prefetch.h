// Fetches the cache line of an address ahead of its use.
//
// Not __builtin_prefetch itself: GCC 12 takes a function that does nothing else for one without effects, and leaves out
// calls of it that it did not inline. The empty `asm volatile` is an effect. scripts/lint-native.mjs knows.
#pragma once

namespace nicbench {

enum class Access { kRead, kWrite };

template <Access kAccess>
inline void prefetch(const void* address) noexcept {
  __builtin_prefetch(address, kAccess == Access::kWrite);
  asm volatile("");
}

inline void prefetch_to_read(const void* address) noexcept { prefetch<Access::kRead>(address); }
inline void prefetch_to_write(const void* address) noexcept { prefetch<Access::kWrite>(address); }

}  // namespace nicbench
