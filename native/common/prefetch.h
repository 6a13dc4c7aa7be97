// Fetches the cache line of an address ahead of its use.
//
// Not __builtin_prefetch itself: GCC 12 takes a function that does nothing else for one without effects, and leaves out
// calls of it that it did not inline. The empty `asm volatile` is an effect.
#pragma once

namespace nicbench {

inline void prefetch_to_read(const void* address) noexcept {
  __builtin_prefetch(address);
  asm volatile("");
}

inline void prefetch_to_write(const void* address) noexcept {
  __builtin_prefetch(address, 1);
  asm volatile("");
}

}  // namespace nicbench
