// An interface of the kernel, as a wire sees it: is it there, is it up, does a frame fit?
//
// Belongs to the network namespace of the thread that made it, whichever thread asks later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/unique_fd.h"
#include "io/wire_fault.h"

namespace nicbench {

class Link {
 public:
  // Throws UserError INTERFACE_MISSING, LINK_DOWN or MTU_TOO_SMALL. max_frame: bytes without FCS.
  Link(const std::string& interface, std::size_t max_frame);

  const std::string& name() const noexcept { return name_; }
  int index() const noexcept { return index_; }
  // Name of the driver; empty if it does not say.
  std::string driver() const;
  // Queues (channels) that it both receives from and sends on; 0 if its driver does not say.
  std::size_t queues() const;
  // One system call.
  WireFault state() const noexcept;

 private:
  std::string name_;
  UniqueFd control_;
  int index_ = 0;
};

// Looks at a link now and then, from the paths on which no frame moved: a wire that is busy costs nothing.
// A link must be down twice in a row: an interface that is being removed is down first, and then gone.
class LinkWatch {
 public:
  explicit LinkWatch(const Link& link) noexcept;
  void look(FaultCell& fault) noexcept;

 private:
  const Link& link_;
  std::uint64_t interval_;
  std::uint64_t next_;
  bool was_down_ = false;
};

}  // namespace nicbench
