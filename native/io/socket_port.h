// The wires `socket` and `socket-mmsg`: an AF_PACKET socket without rings, as programs use that know of nothing better.
//
//   socket        one system call a frame: recvmsg(2), send(2)
//   socket-mmsg   one a burst: recvmmsg(2), sendmmsg(2)
//
// The kernel copies each frame, both ways. They are here to be compared with.
#pragma once

#include <memory>

#include "io/packet_sender.h"

namespace nicbench {

// Throws UserError.
std::unique_ptr<Port> open_socket_port(const PortOptions& options, SocketCalls calls);

}  // namespace nicbench
