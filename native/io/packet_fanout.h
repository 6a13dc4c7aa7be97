// Queues of AF_PACKET: sockets on one interface among which the kernel spreads what comes (PACKET_FANOUT, packet(7)).
//
// Which socket a frame comes to is said by a program of ours (PACKET_FANOUT_CBPF), which needs no privilege beyond that
// of the socket: it chooses the queue that a NIC with symmetric RSS would (packet/toeplitz.h), and so the one that the
// tester sends the flow on. The kernel's own modes do not: PACKET_FANOUT_HASH keeps a flow together, but by a key that
// it draws at boot; PACKET_FANOUT_QM takes the queue that the driver received on, which on veth is the sender's CPU.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "io/packet_socket.h"
#include "io/port_options.h"

namespace nicbench {

class PacketFanout {
 public:
  explicit PacketFanout(std::size_t queues) noexcept : queues_(queues) {}

  // Binds the next queue's socket to receive. Frames come as soon as the last queue has its own; sockets must live
  // until then. Throws UserError WIRE_UNSUPPORTED.
  void bind(const UniqueFd& socket, const Link& link);

 private:
  void join(const UniqueFd& socket);

  const std::size_t queues_;
  std::vector<int> bound_;
};

// Opens as many ports, whose constructor takes `arguments` behind the fanout that binds them.
template <class PortType, class... Arguments>
PortQueues open_fanout(const PortOptions& options, Arguments... arguments) {
  PacketFanout fanout(options.queues);
  PortQueues queues;
  for (std::size_t i = 0; i < options.queues; ++i) {
    queues.push_back(std::make_unique<PortType>(options, fanout, arguments...));
  }
  return queues;
}

}  // namespace nicbench
