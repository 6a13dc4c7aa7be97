#include "io/dpdk/xdp_sockets.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace nicbench {
namespace {

// The inode of an AF_XDP socket; 0 for anything else.
ino_t xdp_socket_at(int fd) noexcept {
  int domain = 0;
  socklen_t size = sizeof domain;
  struct stat status {};
  const bool is_xdp = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_XDP;
  return is_xdp && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

XdpSockets::Open XdpSockets::now() {
  Open sockets;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int fd = std::stoi(entry.path().filename());
    if (const ino_t inode = xdp_socket_at(fd); inode != 0) sockets.emplace(inode, fd);
  }
  return sockets;
}

XdpSockets::XdpSockets(const Open& before) : sockets_(now()) {
  for (const auto& [inode, fd] : before) sockets_.erase(inode);
}

void XdpSockets::close_rest() noexcept {
  for (const auto& [inode, fd] : sockets_) {
    if (xdp_socket_at(fd) == inode) close(fd);
  }
  sockets_.clear();
}

}  // namespace nicbench
