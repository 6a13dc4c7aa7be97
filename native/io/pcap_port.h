// The wire `pcap`: what comes is read from a capture file, what goes is written to another. It has no rate and loses
// nothing: for looking at what a DUT makes of a capture, frame by frame.
#pragma once

#include <memory>
#include <string>

#include "io/port.h"

namespace nicbench {

// An empty path leaves that direction out: nothing comes, or what is sent is dropped. Throws UserError.
std::unique_ptr<Port> open_pcap_port(const std::string& in, const std::string& out);

}  // namespace nicbench
