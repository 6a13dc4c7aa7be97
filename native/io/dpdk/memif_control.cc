#include "io/dpdk/memif_control.h"

#include <fcntl.h>
#include <poll.h>
#include <rte_interrupts.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "io/dpdk/interrupt_thread.h"
#include "io/dpdk/open_sockets.h"

namespace nicbench {
namespace {

constexpr const char* kDefaultSocket = "/run/memif.sock";  // of DPDK's driver

// What comes after `key`, such as ",role=". The last one counts, as for the driver.
std::string_view argument(std::string_view arguments, std::string_view key, std::string_view otherwise) {
  const std::size_t at = arguments.rfind(key);
  if (at == std::string_view::npos) return otherwise;
  arguments.remove_prefix(at + key.size());
  return arguments.substr(0, arguments.find(','));
}

bool is_server(std::string_view arguments) {
  const std::string_view role = argument(arguments, ",role=", "client");
  return role == "server" || role == "master";
}

// getsockname or getpeername; without the NUL before an abstract one.
template <class Get>
std::string name_of(Get get, int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  if (get(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  const std::size_t start = address.sun_path[0] == '\0' ? 1 : 0;
  return {address.sun_path + start, strnlen(address.sun_path + start, sizeof address.sun_path - start)};
}

// EAL goes on watching a file that was exchanged, under its old number, until it lists its files anew: when another
// one is registered or leaves.
void let_eal_list_its_files_anew() noexcept {
  rte_intr_handle* const handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
  const UniqueFd silent(eventfd(0, EFD_CLOEXEC));
  const auto nothing = [](void*) {};
  if (handle != nullptr && rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT) == 0 &&
      rte_intr_fd_set(handle, silent.get()) == 0 && rte_intr_callback_register(handle, nothing, nullptr) == 0) {
    rte_intr_callback_unregister(handle, nothing, nullptr);
  }
  rte_intr_instance_free(handle);
}

}  // namespace

MemifControl::MemifControl(const std::string& arguments)
    : is_server_(is_server(arguments)), socket_(argument(arguments, ",socket=", kDefaultSocket)) {}

bool MemifControl::is_ours(int fd) const {
  if (!is_memif_socket(fd) || is_listening(fd)) return false;
  return (is_server_ ? name_of(getsockname, fd) : name_of(getpeername, fd)) == socket_;
}

void MemifControl::exchange(int fd) noexcept {
  int silent[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, silent) != 0) return;
  const UniqueFd in_its_place(silent[0]);
  silent_ = UniqueFd(silent[1]);
  peer_ = UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (peer_) dup3(in_its_place.get(), fd, O_CLOEXEC);
}

void MemifControl::take() {
  on_interrupt_thread([this] {
    std::vector<int> ours = open_files();
    std::erase_if(ours, [this](int fd) { return !is_ours(fd); });
    if (ours.size() != 1) return;
    exchange(ours.front());
    let_eal_list_its_files_anew();
  });
  // EAL may have fetched events of the connection before. It is through with those that it fetches at once with the
  // first of these, and has its new list by the second. If the connection ended so early, the driver took it apart.
  for (int i = 0; i < 2; ++i) on_interrupt_thread([] {});
}

bool MemifControl::peer_gone() const noexcept {
  pollfd connection{peer_.get(), POLLIN, 0};  // poll() passes over -1
  return poll(&connection, 1, 0) > 0;
}

}  // namespace nicbench
