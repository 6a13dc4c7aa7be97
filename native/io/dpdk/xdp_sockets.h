// Closes the AF_XDP sockets that a device of DPDK leaves open: its driver (22.11) forgets that of its memory, which
// would keep memory, interface and network namespace as long as the process lives.
#pragma once

#include <sys/types.h>

#include <map>

namespace nicbench {

class XdpSockets {
 public:
  using Open = std::map<ino_t, int>;  // to file descriptors

  // All of this process.
  static Open now();

  XdpSockets() = default;
  // Those that were opened since `before` are the device's: other threads must have opened none.
  explicit XdpSockets(const Open& before);
  // To be called when the device is gone.
  void close_rest() noexcept;

 private:
  Open sockets_;
};

}  // namespace nicbench
