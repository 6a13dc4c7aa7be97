#include "io/packet_socket.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "common/user_error.h"

namespace nicbench {
namespace {

bool set(const UniqueFd& socket, int option, int value) noexcept {
  return setsockopt(socket.get(), SOL_PACKET, option, &value, sizeof value) == 0;
}

}  // namespace

void throw_unsupported(const char* what, const char* hint) {
  const int error = errno;
  throw UserError("WIRE_UNSUPPORTED", std::string("This kernel refuses ") + what + ": " + std::strerror(error) + ".",
                  hint);
}

UniqueFd open_packet_socket(Direction direction) {
  UniqueFd fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd && (errno == EPERM || errno == EACCES)) {
    throw UserError("PRIVILEGE", "Raw packet sockets need the capability CAP_NET_RAW.",
                    "Run as root, or: sudo setcap cap_net_raw,cap_net_admin+ep $(readlink -f $(which node))");
  }
  if (!fd) throw_unsupported("packet sockets", "Load the module: modprobe af_packet");
  if (direction == Direction::kSend) {
    set(fd, PACKET_QDISC_BYPASS, 1);  // without it, slower but right
  } else if (!set(fd, PACKET_AUXDATA, 1) || !set(fd, PACKET_IGNORE_OUTGOING, 1)) {
    throw_unsupported("to leave out the frames that we send", "Linux 4.20 or newer is needed.");
  }
  return fd;
}

void bind_packet_socket(const UniqueFd& socket, const Link& link, Direction direction) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = link.index();
  address.sll_protocol = direction == Direction::kReceive ? htons(ETH_P_ALL) : 0;
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw_unsupported(("to bind a packet socket to " + link.name()).c_str(), "Is the interface still there?");
  }
  if (direction == Direction::kReceive) make_promiscuous(socket, link);
}

void make_promiscuous(const UniqueFd& socket, const Link& link) noexcept {
  packet_mreq membership{};
  membership.mr_ifindex = link.index();
  membership.mr_type = PACKET_MR_PROMISC;
  setsockopt(socket.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership);
}

void stamp_received(const UniqueFd& socket) {
  const int on = 1;
  if (setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) {
    throw_unsupported("to stamp received frames", "Use the thread's time.");
  }
}

std::uint64_t take_packet_drops(const UniqueFd& socket) noexcept {
  tpacket_stats_v3 stats{};
  socklen_t size = sizeof stats;
  if (getsockopt(socket.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0) return 0;
  return stats.tp_drops;
}

bool is_passing(int error) noexcept {
  switch (error) {
    case 0:
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
    case EINTR:
    case EBUSY:
    case ENETDOWN:
    case ENXIO:
    case ENODEV: return true;
    default: return false;
  }
}

}  // namespace nicbench
