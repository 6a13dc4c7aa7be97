#include "common/huge_pages.h"

#include <sys/mman.h>

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

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

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

PageBuffer::PageBuffer(std::size_t bytes, bool huge_pages) : bytes_(bytes) {
  if (bytes == 0) return;
  if (bytes < kHugePageBytes / 2) {
    data_ = static_cast<std::byte*>(::operator new(bytes, std::align_val_t{kCacheLine}));
    std::memset(data_, 0, bytes);
    return;
  }
  mapped_ = round_up(bytes, huge_pages ? kHugePageBytes : kSmallPageBytes);
  if (huge_pages) {
    data_ = static_cast<std::byte*>(map(mapped_, MAP_HUGETLB | MAP_HUGE_2MB));
    if (data_ != nullptr) kind_ = PageKind::kHugeTlb;
  }
  if (data_ == nullptr) {
    data_ = map_aligned(mapped_);
    if (data_ == nullptr) throw std::bad_alloc();
    const bool advised = madvise(data_, mapped_, huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) == 0;
    if (huge_pages && advised) kind_ = PageKind::kTransparent;
  }
  if (!populate(data_, mapped_)) {
    munmap(data_, mapped_);
    throw std::bad_alloc();
  }
}

PageBuffer& PageBuffer::operator=(PageBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(mapped_, other.mapped_);
  std::swap(kind_, other.kind_);
  return *this;
}

PageBuffer::~PageBuffer() {
  if (data_ == nullptr) return;
  if (mapped_ != 0) {
    munmap(data_, mapped_);
  } else {
    ::operator delete(data_, std::align_val_t{kCacheLine});
  }
}

namespace detail {
void throw_bad_alloc() { throw std::bad_alloc(); }
}  // namespace detail

}  // namespace nicbench
