// Zeroed, cache-line aligned memory for tables, on 2 MiB pages where the host has them.
//
// A table of millions of flows is read at random: with 4 KiB pages nearly every read also misses the TLB, and the
// page walk costs as much as the read. Three ways, tried in this order when huge pages are asked for:
//
//   kHugeTlb      MAP_HUGETLB: pages reserved by the administrator (vm.nr_hugepages); certain once mapped
//   kTransparent  MADV_HUGEPAGE on an aligned mapping: the kernel gives 2 MiB pages if it has them
//   kSmall        4 KiB pages; also for buffers under kHugePageBytes / 2, where huge pages gain nothing
//
// All pages are faulted in by the constructor, so that no later access pays for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace nicbench {

inline constexpr std::size_t kCacheLine = 64;
inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

enum class PageKind : std::uint8_t { kSmall, kTransparent, kHugeTlb };

// "4KiB", "2MiB transparent", "2MiB reserved".
std::string_view to_string(PageKind kind) noexcept;
// "unknown" for what does not tell its pages.
inline std::string_view to_string(std::optional<PageKind> kind) noexcept {
  return kind ? to_string(*kind) : std::string_view("unknown");
}

struct PageAllocation {
  std::byte* data = nullptr;
  std::size_t bytes = 0;  // held, at least those asked for
  PageKind kind = PageKind::kSmall;
};

// Zeroed and faulted in. Throws std::bad_alloc. Free with the same `bytes` and `huge_pages`.
PageAllocation allocate_pages(std::size_t bytes, bool huge_pages);
void free_pages(std::byte* data, std::size_t bytes, bool huge_pages) noexcept;

// Owns a range of bytes. Movable; an empty buffer holds nothing.
class PageBuffer {
 public:
  PageBuffer() noexcept = default;
  // Throws std::bad_alloc if the host cannot give `bytes` bytes.
  PageBuffer(std::size_t bytes, bool huge_pages)
      : memory_(bytes == 0 ? PageAllocation{} : allocate_pages(bytes, huge_pages)),
        asked_(bytes),
        huge_pages_(huge_pages) {}
  PageBuffer(PageBuffer&& other) noexcept
      : memory_(std::exchange(other.memory_, {})), asked_(other.asked_), huge_pages_(other.huge_pages_) {}
  PageBuffer& operator=(PageBuffer&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(asked_, other.asked_);
    std::swap(huge_pages_, other.huge_pages_);
    return *this;
  }
  ~PageBuffer() {
    if (memory_.data != nullptr) free_pages(memory_.data, asked_, huge_pages_);
  }

  [[nodiscard]] std::byte* data() const noexcept { return memory_.data; }
  // Bytes held, at least those asked for: what the buffer costs the host.
  [[nodiscard]] std::size_t bytes() const noexcept { return memory_.bytes; }
  [[nodiscard]] PageKind kind() const noexcept { return memory_.kind; }

 private:
  PageAllocation memory_;
  std::size_t asked_ = 0;
  bool huge_pages_ = false;
};

// An array of `count` zeroed T (all-zero bytes must be a valid T) in a PageBuffer. Indexing is unchecked.
template <class T>
class PageArray {
 public:
  PageArray() noexcept = default;
  // Throws std::bad_alloc, also when count * sizeof(T) does not fit.
  PageArray(std::size_t count, bool huge_pages) : buffer_(checked_bytes(count), huge_pages), count_(count) {}

  [[nodiscard]] T* data() const noexcept { return reinterpret_cast<T*>(buffer_.data()); }
  [[nodiscard]] T& operator[](std::size_t i) const noexcept { return data()[i]; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return buffer_.bytes(); }
  [[nodiscard]] PageKind kind() const noexcept { return buffer_.kind(); }
  [[nodiscard]] T* begin() const noexcept { return data(); }
  [[nodiscard]] T* end() const noexcept { return data() + count_; }

 private:
  static std::size_t checked_bytes(std::size_t count);

  PageBuffer buffer_;
  std::size_t count_ = 0;
};

// Standard allocator on these pages, for containers of libraries.
template <class T>
struct HugePageAllocator {
  using value_type = T;

  HugePageAllocator() noexcept = default;
  explicit HugePageAllocator(bool huge) noexcept : huge_pages(huge) {}
  template <class U>
  HugePageAllocator(const HugePageAllocator<U>& other) noexcept : huge_pages(other.huge_pages) {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= kCacheLine);
    return reinterpret_cast<T*>(allocate_pages(count * sizeof(T), huge_pages).data);
  }
  void deallocate(T* data, std::size_t count) noexcept {
    free_pages(reinterpret_cast<std::byte*>(data), count * sizeof(T), huge_pages);
  }
  friend bool operator==(const HugePageAllocator& a, const HugePageAllocator& b) noexcept {
    return a.huge_pages == b.huge_pages;
  }

  bool huge_pages = true;
};

namespace detail {
[[noreturn]] void throw_bad_alloc();
}

template <class T>
std::size_t PageArray<T>::checked_bytes(std::size_t count) {
  if (count > (std::size_t{1} << 46) / sizeof(T)) detail::throw_bad_alloc();
  return count * sizeof(T);
}

}  // namespace nicbench
