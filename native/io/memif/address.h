// Where an end of memif is, and which: `role=server,socket=nicbench-memif,rsize=10`, in the words of DPDK's driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/port_options.h"

namespace nicbench::memif {

enum class Role : std::uint8_t { kServer, kClient };

struct Address {
  Role role = Role::kClient;
  std::string socket = "/run/memif.sock";
  bool is_abstract = true;         // the socket has no file, and ends with the process
  std::uint32_t id = 0;            // both ends name the same
  std::string secret;              // both ends name the same
  unsigned ring = 10;              // log2 of frames; the client's counts
  std::size_t buffer = 2048;       // bytes; the client's counts
  std::size_t receive_queues = 1;  // at least the port's queues; those beyond are shared out among these

  // "server of 'nicbench-memif'"
  std::string text() const;
};

// options.interface, with what it leaves out from the options. A name of a device in front, as in
// `net_memif0,role=server`, has no meaning here. Throws UserError MEMIF_ADDRESS.
Address parse_address(const PortOptions& options);

}  // namespace nicbench::memif
