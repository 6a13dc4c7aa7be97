// Keeps a connection of memif in one piece for as long as its port is open.
//
// When the other process dies, its socket ends, and DPDK's driver (22.11) takes the connection apart on EAL's interrupt
// thread: it unmaps memory in which our thread may be in the middle of a burst. So once the ends have met we take that
// socket: the driver gets one that stays silent in its place, nothing is unmapped until the port is closed, and we look
// ourselves whether the other end is there. The protocol has no message after CONNECTED but DISCONNECT.
//
// Threads: one thread has it and its device, which must not move frames before take() returned.
#pragma once

#include <string>

#include "io/unique_fd.h"

namespace nicbench {

class MemifControl {
 public:
  // arguments: of the device. `net_memif0,role=server,socket=a`.
  explicit MemifControl(const std::string& arguments);

  // To be called when there is link. Where this process has several connections by the same socket file (devices that
  // differ in their `id`), all stay with the driver. Allocates; waits for EAL's interrupt thread.
  void take();
  // The other end closed its port or died. False before take().
  bool peer_gone() const noexcept;

 private:
  bool is_ours(int fd) const;
  void exchange(int fd) noexcept;

  const bool is_server_;
  const std::string socket_;
  UniqueFd peer_;    // the connection
  UniqueFd silent_;  // holds open what the driver has in its place
};

}  // namespace nicbench
