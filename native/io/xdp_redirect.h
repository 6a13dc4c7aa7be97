// The XDP program that hands the frames of an interface to AF_XDP sockets.
//
// Five instructions, written here as such: no compiler for eBPF, object file or mounted bpffs is needed, as libxdp's
// own program and dispatcher would. It hangs on a link of the kernel (bpf_link), which goes with its descriptor: after
// a crash the interface works as before.
#pragma once

#include <cstddef>

#include "io/link.h"
#include "io/unique_fd.h"

namespace nicbench {

class XdpRedirect {
 public:
  // In the driver if that can, and gains by it, else in the kernel's generic part. Throws UserError PRIVILEGE,
  // XDP_IN_USE or WIRE_UNSUPPORTED.
  // queues: from which frames will be taken, of the interface.
  XdpRedirect(const Link& link, std::size_t queues);

  // Frames of a queue go to this socket from now on; those of other queues pass to the kernel. Throws UserError.
  void add(unsigned queue, int socket);

  bool in_driver() const noexcept { return in_driver_; }

 private:
  UniqueFd map_;
  UniqueFd program_;
  UniqueFd attachment_;
  bool in_driver_ = true;
};

}  // namespace nicbench
