#include "io/dpdk/driver_sockets.h"

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/dpdk/open_sockets.h"

namespace nicbench {
namespace {

bool is_xdp(int fd) noexcept { return socket_option(fd, SO_DOMAIN) == AF_XDP; }

bool is_memif_listener(int fd) noexcept { return is_memif_socket(fd) && is_listening(fd); }

// The inode of a socket of these kinds; 0 for anything else.
ino_t driver_socket_at(int fd) noexcept {
  struct stat status {};
  return (is_xdp(fd) || is_memif_listener(fd)) && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

// EAL still watches the listener's number, and would end the process if that were no file any more: it gets one that
// stays silent.
void silence(int listener) noexcept {
  const int silent = eventfd(0, EFD_CLOEXEC);
  if (silent < 0) return;
  dup2(silent, listener);
  close(silent);
}

}  // namespace

DriverSockets::Open DriverSockets::now() {
  Open sockets;
  for (const int fd : open_files()) {
    if (const ino_t inode = driver_socket_at(fd); inode != 0) sockets.emplace(inode, fd);
  }
  return sockets;
}

DriverSockets::DriverSockets(const Open& before) : sockets_(now()) {
  for (const auto& [inode, fd] : before) sockets_.erase(inode);
}

void DriverSockets::close_rest() noexcept {
  for (const auto& [inode, fd] : sockets_) {
    if (driver_socket_at(fd) != inode) continue;
    if (is_xdp(fd)) {
      close(fd);
    } else {
      silence(fd);
    }
  }
  sockets_.clear();
}

}  // namespace nicbench
