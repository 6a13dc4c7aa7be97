#include "common/huge_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14; older kernels answer EINVAL
#endif
#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif

namespace nicbench {
namespace {

constexpr std::size_t kSmallPageBytes = 4096;

constexpr std::size_t kSmallestMapping = kHugePageBytes / 2;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

constexpr std::size_t mapped_bytes(std::size_t bytes, bool huge_pages) {
  return round_up(bytes, huge_pages ? kHugePageBytes : kSmallPageBytes);
}

void* map(std::size_t bytes, int extra_flags) noexcept {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | extra_flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// A mapping aligned to a huge page: maps one page more and gives the ends back.
std::byte* map_aligned(std::size_t bytes) noexcept {
  auto* memory = static_cast<std::byte*>(map(bytes + kHugePageBytes, 0));
  if (memory == nullptr) return nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::size_t before = round_up(address, kHugePageBytes) - address;
  if (before != 0) munmap(memory, before);
  if (before != kHugePageBytes) munmap(memory + before + bytes, kHugePageBytes - before);
  return memory + before;
}

// Faults every page in now. False if the host has not that much memory.
bool populate(std::byte* memory, std::size_t bytes) noexcept {
  if (madvise(memory, bytes, MADV_POPULATE_WRITE) == 0) return true;
  if (errno == ENOMEM || errno == EFAULT || errno == EHWPOISON) return false;
  for (std::size_t i = 0; i < bytes; i += kSmallPageBytes) static_cast<volatile std::byte*>(memory)[i] = std::byte{0};
  return true;
}

}  // namespace

std::string_view to_string(PageKind kind) noexcept {
  switch (kind) {
    case PageKind::kHugeTlb: return "2MiB reserved";
    case PageKind::kTransparent: return "2MiB transparent";
    case PageKind::kSmall: break;
  }
  return "4KiB";
}

PageAllocation allocate_pages(std::size_t bytes, bool huge_pages) {
  PageAllocation memory;
  if (bytes < kSmallestMapping) {
    memory.bytes = std::max<std::size_t>(bytes, 1);
    memory.data = static_cast<std::byte*>(::operator new (memory.bytes, std::align_val_t{kCacheLine}));
    std::memset(memory.data, 0, memory.bytes);
    return memory;
  }
  memory.bytes = mapped_bytes(bytes, huge_pages);
  if (huge_pages) {
    memory.data = static_cast<std::byte*>(map(memory.bytes, MAP_HUGETLB | MAP_HUGE_2MB));
    if (memory.data != nullptr) memory.kind = PageKind::kHugeTlb;
  }
  if (memory.data == nullptr) {
    memory.data = map_aligned(memory.bytes);
    if (memory.data == nullptr) throw std::bad_alloc();
    const bool advised = madvise(memory.data, memory.bytes, huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) == 0;
    if (huge_pages && advised) memory.kind = PageKind::kTransparent;
  }
  if (!populate(memory.data, memory.bytes)) {
    munmap(memory.data, memory.bytes);
    throw std::bad_alloc();
  }
  return memory;
}

void free_pages(std::byte* data, std::size_t bytes, bool huge_pages) noexcept {
  if (bytes < kSmallestMapping) {
    ::operator delete (data, std::align_val_t{kCacheLine});
  } else {
    munmap(data, mapped_bytes(bytes, huge_pages));
  }
}

namespace detail {
void throw_bad_alloc() { throw std::bad_alloc(); }
}  // namespace detail

}  // namespace nicbench
