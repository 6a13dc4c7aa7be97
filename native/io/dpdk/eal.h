// DPDK's environment abstraction layer (EAL), started once a process, when the first device is asked for.
//
// It would rule the process; here it is a guest. Nothing of it is shared with other processes or left on a file system
// (--in-memory, --no-shconf), so that several run side by side and nothing remains after kill -9. It starts on a thread
// of its own, which keeps CPU affinity and signals of the others as they are, and in the network namespace of the
// process, since its threads would else keep a trial's namespace alive. Its messages go to stderr: stdout may be a
// protocol's.
//
// Memory is in reserved huge pages, if there are some to spare. The environment variable NICBENCH_EAL_ARGS adds
// arguments, parted by blanks.
#pragma once

#include <string>

namespace nicbench {

// device: arguments of the one that is wanted; the first decides whether the PCI bus is looked at.
// Throws UserError DPDK_EAL, also at each later call.
void start_eal(const std::string& device);

bool eal_has_huge_pages() noexcept;

// Makes the calling thread one of DPDK's for its lifetime, so that it has its own caches of buffers. Cheap when it is
// one already. If DPDK has no room for another thread, it stays a foreign one, which works and is slower.
void join_eal() noexcept;

}  // namespace nicbench
