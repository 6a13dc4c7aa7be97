#include "io/link.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/clock.h"
#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr double kLookInterval = 0.01;  // seconds
constexpr std::size_t kEthernetHeaderBytes = 14;

ifreq request_for(const std::string& name) noexcept {
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), std::min(name.size(), sizeof request.ifr_name - 1));
  return request;
}

// Asks the driver, and lets the kernel catch up with carrier changes that wait to be noted: flags alone may be a
// second old.
bool has_carrier(int control, ifreq request) noexcept {
  ethtool_value value{};
  value.cmd = ETHTOOL_GLINK;
  request.ifr_data = reinterpret_cast<char*>(&value);
  return ioctl(control, SIOCETHTOOL, &request) != 0 || value.data != 0;
}

}  // namespace

Link::Link(const std::string& interface, std::size_t max_frame)
    : name_(interface), control_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  ifreq request = request_for(name_);
  if (name_.empty() || name_.size() >= IFNAMSIZ || !control_ || ioctl(control_.get(), SIOCGIFINDEX, &request) != 0) {
    throw UserError("INTERFACE_MISSING", "There is no interface '" + name_ + "' in this network namespace.",
                    "See which there are: ip link show");
  }
  index_ = request.ifr_ifindex;
  request = request_for(name_);
  const bool up = ioctl(control_.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
  if (!up || !has_carrier(control_.get(), request_for(name_))) {
    throw UserError(
        "LINK_DOWN", "The interface " + name_ + (up ? " has no link." : " is down."),
        up ? "Check the cable and that the other end is up." : "Bring it up: ip link set dev " + name_ + " up");
  }
  request = request_for(name_);
  const bool known = ioctl(control_.get(), SIOCGIFMTU, &request) == 0;
  if (known && static_cast<std::size_t>(request.ifr_mtu) + kEthernetHeaderBytes < max_frame) {
    const std::string mtu = std::to_string(max_frame - kEthernetHeaderBytes);
    throw UserError("MTU_TOO_SMALL",
                    "The MTU of " + name_ + " is " + std::to_string(request.ifr_mtu) + ", and frames need " + mtu + ".",
                    "Raise it at both ends, or use smaller frames: ip link set dev " + name_ + " mtu " + mtu);
  }
}

std::string Link::driver() const {
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  ifreq request = request_for(name_);
  request.ifr_data = reinterpret_cast<char*>(&info);
  return ioctl(control_.get(), SIOCETHTOOL, &request) == 0 ? info.driver : "";
}

std::size_t Link::queues() const {
  ethtool_channels channels{};
  channels.cmd = ETHTOOL_GCHANNELS;
  ifreq request = request_for(name_);
  request.ifr_data = reinterpret_cast<char*>(&channels);
  if (ioctl(control_.get(), SIOCETHTOOL, &request) != 0) return 0;
  return channels.combined_count + std::min(channels.rx_count, channels.tx_count);
}

WireFault Link::state() const noexcept {
  ifreq request = request_for(name_);
  if (ioctl(control_.get(), SIOCGIFFLAGS, &request) != 0) {
    return errno == ENODEV ? WireFault::kInterfaceGone : WireFault::kNone;
  }
  const bool running = (request.ifr_flags & IFF_UP) != 0 && (request.ifr_flags & IFF_RUNNING) != 0;
  return running ? WireFault::kNone : WireFault::kLinkDown;
}

LinkWatch::LinkWatch(const Link& link) noexcept
    : link_(link), interval_(static_cast<std::uint64_t>(kLookInterval * ticks_per_second())), next_(ticks()) {}

void LinkWatch::look(FaultCell& fault) noexcept {
  const std::uint64_t now = ticks();
  if (now < next_) return;
  next_ = now + interval_;
  const WireFault state = link_.state();
  const bool down = state == WireFault::kLinkDown;
  if (!down || was_down_) fault.set(state);
  was_down_ = down;
}

}  // namespace nicbench
