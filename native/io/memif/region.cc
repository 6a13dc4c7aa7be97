#include "io/memif/region.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "common/huge_pages.h"

namespace nicbench::memif {
namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// It cannot become shorter below whoever has it mapped.
UniqueFd new_file(std::size_t bytes, unsigned flags) {
  UniqueFd file(memfd_create("nicbench-memif", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags));
  if (!file) throw_errno("memfd_create");
  if (ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) throw_errno("ftruncate");
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) throw_errno("F_ADD_SEALS");
  return file;
}

bool is_on_huge_pages(const UniqueFd& file) {
  struct statfs system {};
  return fstatfs(file.get(), &system) == 0 && system.f_type == HUGETLBFS_MAGIC;
}

}  // namespace

Region::Region(UniqueFd file, std::size_t bytes)
    : file_(std::move(file)), bytes_(bytes), huge_pages_(is_on_huge_pages(file_)) {
  void* const start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file_.get(), 0);
  if (start == MAP_FAILED) throw_errno("mmap");
  start_ = static_cast<std::uint8_t*>(start);
}

Region::Region(Region&& other) noexcept
    : file_(std::move(other.file_)),
      start_(std::exchange(other.start_, nullptr)),
      bytes_(other.bytes_),
      huge_pages_(other.huge_pages_) {}

Region::~Region() {
  if (start_ != nullptr) munmap(start_, bytes_);
}

Region Region::make(std::size_t bytes) {
  const std::size_t whole_pages = (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  try {
    return {new_file(whole_pages, MFD_HUGETLB), whole_pages};
  } catch (const std::system_error&) {  // none reserved, or none left
    return {new_file(bytes, 0), bytes};
  }
}

Region Region::map(UniqueFd file, std::size_t bytes) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) throw_errno("fstat");
  if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) < bytes) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "a file of memory that is shorter than said");
  }
  return {std::move(file), bytes};
}

}  // namespace nicbench::memif
