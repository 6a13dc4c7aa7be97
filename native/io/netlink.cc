#include "io/netlink.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "common/user_error.h"
#include "io/unique_fd.h"

namespace nicbench {
namespace {

// A request with nested attributes (rtnetlink(7)): all lengths are filled in as it grows.
class Request {
 public:
  Request(std::uint16_t type, std::uint16_t flags) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    append(&header, sizeof header);
  }

  Request& append(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const char*>(data);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
    return *this;
  }

  // fill adds what is in the attribute.
  template <class Fill>
  Request& nest(std::uint16_t type, Fill&& fill) {
    const std::size_t start = bytes_.size();
    rtattr attribute{0, type};
    append(&attribute, sizeof attribute);
    fill();
    attribute.rta_len = static_cast<std::uint16_t>(bytes_.size() - start);
    std::memcpy(&bytes_[start], &attribute, sizeof attribute);
    return *this;
  }

  Request& attribute(std::uint16_t type, const void* data, std::size_t size) {
    rtattr header{static_cast<std::uint16_t>(sizeof header + size), type};
    append(&header, sizeof header);
    return append(data, size);
  }
  Request& text(std::uint16_t type, const std::string& value) {
    return attribute(type, value.c_str(), value.size() + 1);
  }

  // Sends it and waits for the answer. Throws UserError; `what` follows "The kernel refused to".
  void perform(const std::string& what) {
    auto& header = *reinterpret_cast<nlmsghdr*>(bytes_.data());
    header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
    const UniqueFd netlink(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    struct {
      nlmsghdr header;
      nlmsgerr error;
    } answer{};
    int error = 0;
    char room[4096];
    if (!netlink || send(netlink.get(), bytes_.data(), bytes_.size(), 0) < 0) {
      error = errno;
    } else if (recv(netlink.get(), room, sizeof room, 0) < static_cast<ssize_t>(sizeof answer)) {
      error = EPROTO;
    } else {
      std::memcpy(&answer, room, sizeof answer);
      error = -answer.error.error;
    }
    if (error == 0) return;
    const bool privilege = error == EPERM;
    throw UserError(
        privilege ? "PRIVILEGE" : "NETLINK", "The kernel refused to " + what + ": " + std::strerror(error) + ".",
        privilege ? "Run as root: this needs the capability CAP_NET_ADMIN." : "See what there is: ip link show");
  }

 private:
  std::vector<char> bytes_;
};

ifinfomsg link_message(const std::string& interface) {
  ifinfomsg message{};
  message.ifi_family = AF_UNSPEC;
  if (!interface.empty()) message.ifi_index = static_cast<int>(if_nametoindex(interface.c_str()));
  return message;
}

}  // namespace

void add_veth_pair(const std::string& one, const std::string& other, unsigned mtu, unsigned queues) {
  const ifinfomsg message = link_message({});
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  const auto describe = [&](const std::string& name) {
    request.append(&message, sizeof message).text(IFLA_IFNAME, name).attribute(IFLA_MTU, &mtu, sizeof mtu);
    request.attribute(IFLA_NUM_TX_QUEUES, &queues, sizeof queues).attribute(IFLA_NUM_RX_QUEUES, &queues, sizeof queues);
  };
  describe(one);
  request.nest(IFLA_LINKINFO, [&] {
    request.attribute(IFLA_INFO_KIND, "veth", 4).nest(IFLA_INFO_DATA, [&] {
      request.nest(VETH_INFO_PEER, [&] { describe(other); });
    });
  });
  request.perform("make the veth pair " + one + ", " + other);
}

void set_link_up(const std::string& interface, bool up) {
  ifinfomsg message = link_message(interface);
  message.ifi_change = IFF_UP;
  message.ifi_flags = up ? IFF_UP : 0;
  Request(RTM_NEWLINK, 0).append(&message, sizeof message).perform((up ? "bring up " : "take down ") + interface);
}

void delete_link(const std::string& interface) {
  const ifinfomsg message = link_message(interface);
  Request(RTM_DELLINK, 0).append(&message, sizeof message).perform("remove " + interface);
}

}  // namespace nicbench
