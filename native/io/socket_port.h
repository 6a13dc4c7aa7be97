// The wires `socket` and `socket-mmsg`: an AF_PACKET socket without rings, as programs use that know of nothing better.
//
//   socket        one system call a frame: recvmsg(2), send(2)
//   socket-mmsg   one a burst: recvmmsg(2), sendmmsg(2)
//
// The kernel copies each frame, both ways. They are here to be compared with. Queues: packet_fanout.h.
#pragma once

#include "io/packet_sender.h"

namespace nicbench {

// Throws UserError.
PortQueues open_socket_queues(const PortOptions& options, SocketCalls calls);

}  // namespace nicbench
