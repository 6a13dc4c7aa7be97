// What has come to a port and is not wanted.
#pragma once

#include <array>
#include <span>

#include "io/port.h"
#include "io/port_options.h"

namespace nicbench {

inline void discard_waiting(Port& port) noexcept {
  std::array<Frame, kMaxPortBurst> frames;
  while (const std::size_t count = port.receive(frames)) port.release(std::span(frames).first(count));
}

}  // namespace nicbench
