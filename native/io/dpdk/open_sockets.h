// The open files of this process, and which of them are sockets.
#pragma once

#include <sys/socket.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace nicbench {

inline std::vector<int> open_files() {
  std::vector<int> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    files.push_back(std::stoi(entry.path().filename()));
  }
  return files;
}

// -1 if it is no socket.
inline int socket_option(int fd, int option) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

inline bool is_memif_socket(int fd) noexcept {
  return socket_option(fd, SO_DOMAIN) == AF_UNIX && socket_option(fd, SO_TYPE) == SOCK_SEQPACKET;
}

inline bool is_listening(int fd) noexcept { return socket_option(fd, SO_ACCEPTCONN) == 1; }

}  // namespace nicbench
