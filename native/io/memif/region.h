// Memory that two processes share by its file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "io/unique_fd.h"

namespace nicbench::memif {

class Region {
 public:
  // New, zeroed and faulted in; on huge pages where the host has some to spare. Throws std::system_error.
  static Region make(std::size_t bytes);
  // Another process's. Throws std::system_error; also if the file is shorter.
  static Region map(UniqueFd file, std::size_t bytes);

  Region(Region&& other) noexcept;
  Region& operator=(Region&&) = delete;
  ~Region();

  std::span<std::uint8_t> bytes() const noexcept { return {start_, bytes_}; }
  int file() const noexcept { return file_.get(); }
  bool has_huge_pages() const noexcept { return huge_pages_; }

 private:
  Region(UniqueFd file, std::size_t bytes);

  UniqueFd file_;
  std::uint8_t* start_ = nullptr;
  std::size_t bytes_;
  bool huge_pages_ = false;
};

}  // namespace nicbench::memif
