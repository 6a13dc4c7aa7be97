// The wire `af_xdp`: rings and frames in memory shared with the kernel, past its network stack
// (Documentation/networking/af_xdp.rst): a socket for each queue of the port, on the interface's queues from 0 on.
//
// All frames of a queue lie in one area (UMEM), cut into chunks. A chunk is in one place at a time:
//
//   free ─► fill ring ─► (kernel) ─► receive ring ─► lent ─► free          what comes
//   free, or lent ─► send ring ─► (kernel) ─► completion ring ─► free      what goes
//
// so that a forwarded frame is not copied here. The kernel copies it, unless the driver can do without (zero-copy,
// which is tried first; veth cannot).
#pragma once

#include "io/port_options.h"

namespace nicbench {

// Throws UserError.
PortQueues open_af_xdp_queues(const PortOptions& options);

}  // namespace nicbench
