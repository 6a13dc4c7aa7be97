#include "io/network_namespace.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <string>

#include "common/user_error.h"
#include "io/packet_socket.h"

namespace nicbench {
namespace {

// On a thread of its own, since a namespace is a property of the thread.
void on_new_thread(const std::function<void()>& work) {
  std::exception_ptr error;
  std::thread thread([&] {
    try {
      work();
    } catch (...) {
      error = std::current_exception();
    }
  });
  thread.join();
  if (error) std::rethrow_exception(error);
}

// Where /proc/sys cannot be written, IPv6 stays on, and its frames are foreign ones that wires' users leave out.
void switch_off_ipv6() {
  for (const char* file :
       {"/proc/sys/net/ipv6/conf/default/disable_ipv6", "/proc/sys/net/ipv6/conf/all/disable_ipv6"}) {
    const UniqueFd fd(open(file, O_WRONLY | O_CLOEXEC));
    if (fd && write(fd.get(), "1", 1) < 0) continue;
  }
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  on_new_thread([this] {
    if (unshare(CLONE_NEWNET) != 0) {
      if (errno != EPERM) throw_unsupported("a network namespace", "It needs CONFIG_NET_NS.");
      throw UserError("PRIVILEGE", "A network namespace of its own needs the capability CAP_SYS_ADMIN.",
                      "Run as root, or choose the wire ring, which needs no privilege.");
    }
    fd_ = UniqueFd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!fd_) throw_unsupported("to open the network namespace", "Mount /proc.");
    switch_off_ipv6();
  });
}

NetworkNamespace NetworkNamespace::of(int process) {
  UniqueFd fd(open(("/proc/" + std::to_string(process) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw_unsupported("to open the network namespace of a process", "See whether it runs still.");
  return NetworkNamespace(std::move(fd));
}

void NetworkNamespace::run(const std::function<void()>& work) const {
  on_new_thread([&] {
    if (setns(fd_.get(), CLONE_NEWNET) != 0) throw_unsupported("to enter a network namespace", "Run as root.");
    work();
  });
}

}  // namespace nicbench
