// What the interfaces of a network namespace say that they dropped.
#pragma once

#include <cstdint>

#include "io/unique_fd.h"

namespace nicbench {

class LinkDrops {
 public:
  // Of the calling thread's namespace; other threads may ask later. Throws UserError WIRE_UNSUPPORTED.
  LinkDrops();

  // Frames dropped by all interfaces together, both ways, since they were made; 0 if it cannot be told.
  std::uint64_t total() const noexcept;

 private:
  UniqueFd file_;
};

}  // namespace nicbench
