#include "io/memif/channel.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "common/user_error.h"

namespace nicbench::memif {
namespace {

constexpr int kPatience = 5000;  // ms

UniqueFd open_socket() {
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw std::system_error(errno, std::generic_category(), "socket");
  return socket;
}

struct SocketAddress {
  // Abstract names are as long as they are: no NUL behind.
  explicit SocketAddress(const Address& from) {
    address.sun_family = AF_UNIX;
    from.socket.copy(address.sun_path + (from.is_abstract ? 1 : 0), sizeof address.sun_path - 1);
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + from.socket.size());
  }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address); }

  sockaddr_un address{};
  socklen_t size;
};

[[noreturn]] void throw_socket(const Address& address, const char* what, int error) {
  const bool taken = error == EADDRINUSE;
  throw UserError("MEMIF_SOCKET",
                  "The " + address.text() + " of memif cannot " + what + ": " + std::strerror(error) + ".",
                  taken ? "Another port has that socket; give each server one of its own."
                        : "Name a socket that this process may use, such as socket=nicbench-memif.");
}

bool listens(const Address& address) {
  try {
    return static_cast<bool>(connect_to(address));
  } catch (const UserError&) {
    return true;
  }
}

}  // namespace

StopEvent::StopEvent() : event_(eventfd(0, EFD_CLOEXEC)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void StopEvent::set() noexcept { eventfd_write(event_.get(), 1); }

bool StopEvent::wait_for(int fd, int milliseconds) const {
  pollfd both[] = {{event_.get(), POLLIN, 0}, {fd, POLLIN, 0}};
  const int ready = poll(both, 2, milliseconds);
  if (both[0].revents != 0) throw Stopped();
  return ready > 0;
}

void Channel::send(const Message& message, int file) {
  iovec bytes{const_cast<Message*>(&message), sizeof message};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof file)> control{};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  if (file >= 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_len = CMSG_LEN(sizeof file);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    std::memcpy(CMSG_DATA(rights), &file, sizeof file);
  }
  if (sendmsg(socket_.get(), &header, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof message)) {
    throw Refused("it ended the connection");
  }
}

std::optional<Message> Channel::read(UniqueFd* file) {
  Message message;
  iovec bytes{&message, sizeof message};
  // A file, and who sent it: a server of DPDK asks to be told, and its clients' sockets inherit that.
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(ucred))> control{};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
  if (size <= 0) return std::nullopt;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int came = -1;
    std::memcpy(&came, CMSG_DATA(part), sizeof came);
    UniqueFd owned(came);
    if (file != nullptr) *file = std::move(owned);
  }
  if (size != static_cast<ssize_t>(sizeof message))
    throw Refused("it sent a message of " + std::to_string(size) + " bytes");
  return message;
}

Message Channel::receive(UniqueFd* file) {
  if (!stop_.wait_for(socket_.get(), kPatience)) throw Refused("it says nothing");
  const std::optional<Message> message = read(file);
  if (!message) throw Refused("it ended the connection");
  if (message->type == MessageType::kDisconnect) throw Refused("it says: " + text_of(message->disconnect.reason));
  return *message;
}

Message Channel::receive(MessageType type) {
  const Message message = receive();
  if (message.type == type) return message;
  refuse("Unexpected message");
  throw Refused("it sent message " + std::to_string(static_cast<int>(message.type)) + " in place of " +
                std::to_string(static_cast<int>(type)));
}

void Channel::refuse(const std::string& reason) noexcept {
  Message message = message_of(MessageType::kDisconnect);
  set_text(message.disconnect.reason, reason);
  ::send(socket_.get(), &message, sizeof message, MSG_NOSIGNAL);
}

void Channel::wait_for_end() {
  for (;;) {
    stop_.wait_for(socket_.get(), -1);
    const std::optional<Message> message = read(nullptr);
    if (!message || message->type == MessageType::kDisconnect) return;
  }
}

Listener::Listener(const Address& address) : file_(address.is_abstract ? "" : address.socket), socket_(open_socket()) {
  const SocketAddress at(address);
  if (!file_.empty() && !listens(address)) unlink(file_.c_str());  // what one that was killed left behind
  if (bind(socket_.get(), at.get(), at.size) != 0) throw_socket(address, "listen", errno);
  if (listen(socket_.get(), 1) != 0) throw_socket(address, "listen", errno);
}

Listener::~Listener() {
  if (!file_.empty()) unlink(file_.c_str());
}

UniqueFd Listener::accept(const StopEvent& stop) const {
  for (;;) {
    stop.wait_for(socket_.get(), -1);
    UniqueFd client(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) return client;
  }
}

UniqueFd connect_to(const Address& address) {
  UniqueFd socket = open_socket();
  const SocketAddress at(address);
  if (connect(socket.get(), at.get(), at.size) == 0) return socket;
  if (errno == ECONNREFUSED || errno == ENOENT || errno == EAGAIN) return UniqueFd();
  throw_socket(address, "be reached", errno);
}

Message message_of(MessageType type) noexcept {
  Message message;
  std::memset(static_cast<void*>(&message), 0, sizeof message);
  message.type = type;
  return message;
}

}  // namespace nicbench::memif
