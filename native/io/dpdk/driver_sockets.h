// Takes care of sockets that DPDK's drivers (22.11) leave open when their device is removed:
//
//   af_xdp  that of its memory, which would keep memory, interface and network namespace as long as the process lives
//   memif   that on which a server listens, so that its name could not be used again; and whoever connects to it later
//           would keep EAL's interrupt thread busy for ever
#pragma once

#include <sys/types.h>

#include <map>

namespace nicbench {

class DriverSockets {
 public:
  using Open = std::map<ino_t, int>;  // to file descriptors

  // All of this process that are of these kinds.
  static Open now();

  DriverSockets() = default;
  // Those that were opened since `before` are the device's: other threads must have opened none.
  explicit DriverSockets(const Open& before);
  // To be called when the device is gone.
  void close_rest() noexcept;

 private:
  Open sockets_;
};

}  // namespace nicbench
