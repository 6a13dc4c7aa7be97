#include "io/dpdk/driver_sockets.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace nicbench {
namespace {

// -1 if it is no socket.
int socket_option(int fd, int option) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

bool is_xdp(int fd) noexcept { return socket_option(fd, SO_DOMAIN) == AF_XDP; }

bool is_memif_listener(int fd) noexcept {
  return socket_option(fd, SO_DOMAIN) == AF_UNIX && socket_option(fd, SO_TYPE) == SOCK_SEQPACKET &&
         socket_option(fd, SO_ACCEPTCONN) == 1;
}

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
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int fd = std::stoi(entry.path().filename());
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
