#include "io/link_drops.h"

#include <fcntl.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "io/packet_socket.h"

namespace nicbench {

LinkDrops::LinkDrops() : file_(open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC)) {
  if (!file_) throw_unsupported("to read the counters of interfaces", "Mount /proc.");
}

// A line an interface, behind two lines of titles: name, then eight columns each of receiving and sending, the fourth
// of which are drops (proc_pid_net(5)).
std::uint64_t LinkDrops::total() const noexcept {
  constexpr int kReceiveDrops = 3, kSendDrops = 11, kColumns = 16;
  std::array<char, 8192> text;
  const ssize_t size = pread(file_.get(), text.data(), text.size() - 1, 0);
  if (size <= 0) return 0;
  text[static_cast<std::size_t>(size)] = '\0';
  std::uint64_t total = 0;
  for (char* at = std::strchr(text.data(), ':'); at != nullptr; at = std::strchr(at, ':')) {
    ++at;
    for (int column = 0; column < kColumns; ++column) {
      const std::uint64_t value = std::strtoull(at, &at, 10);
      if (column == kReceiveDrops || column == kSendDrops) total += value;
    }
  }
  return total;
}

}  // namespace nicbench
