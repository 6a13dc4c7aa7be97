// The wire `memif`: two processes, or two threads of one, joined by memory. Our own end of it, which needs neither DPDK
// nor privilege, and meets any other: VPP's, DPDK's, or itself.
//
//   receive()  lends frames where the other end put them: no copy
//   send()     one copy, into the buffer that the other end reads
//   forward()  no copy by a client, which owns all buffers: it sends the frame's own, and takes one that came back in
//              exchange. By a server, and by a client whose buffers are to stay zero (zero_behind), one copy
//
// Buffers go back to the other end in the order in which they came, so one that is kept for long keeps those behind it.
#pragma once

#include "io/port_options.h"

namespace nicbench {

// One end, named by `options.interface`: role=server,socket=nicbench-memif ([memif/address.h] has them all). Throws
// UserError MEMIF_ADDRESS, MEMIF_SOCKET, or LINK_DOWN if the other end does not come in options.link_wait_seconds.
PortQueues open_memif_queues(const PortOptions& options);

// Both ends, in this process; the near one is the server, so that the far one forwards without a copy.
QueuesPair open_memif_pair(const PortOptions& options);

}  // namespace nicbench
