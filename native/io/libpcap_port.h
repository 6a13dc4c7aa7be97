// The wire `libpcap`: pcap_next_ex(3) and pcap_inject(3), as tools do that must run everywhere.
//
// libpcap lends one frame at a time, so that frames are copied once more to be lent in bursts; and it sends each with a
// system call of its own. Here to be compared with.
#pragma once

#include <memory>

#include "io/port_options.h"

namespace nicbench {

// Throws UserError.
std::unique_ptr<Port> open_libpcap_port(const PortOptions& options);

}  // namespace nicbench
