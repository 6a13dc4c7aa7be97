#include "io/dpdk/device.h"

#include <rte_alarm.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <chrono>
#include <semaphore>
#include <string_view>
#include <thread>

#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr unsigned kThreadCache = 256;  // buffers that a thread keeps at hand
constexpr unsigned kThreads = 4;        // that may leave a full cache behind: one opens the port, one uses it
constexpr std::uint32_t kEthernetHeader = 14;
constexpr auto kPoll = std::chrono::milliseconds(20);

[[noreturn]] void throw_unusable(const std::string& arguments, const std::string& what, int error) {
  throw UserError("DEVICE_UNUSABLE",
                  "The device '" + arguments + "' cannot be " + what + ": " + rte_strerror(std::abs(error)) + ".",
                  "DPDK's own messages, just before, say why.");
}

std::uint16_t port_of(const std::string& arguments) {
  rte_dev_iterator iterator;
  if (rte_eth_iterator_init(&iterator, arguments.c_str()) != 0) return RTE_MAX_ETHPORTS;
  const std::uint16_t port = rte_eth_iterator_next(&iterator);
  if (port != RTE_MAX_ETHPORTS) rte_eth_iterator_cleanup(&iterator);
  return port;
}

template <class Work>
void on_interrupt_thread(const Work& work) {
  struct Job {
    const Work& work;
    std::binary_semaphore done{0};
  } job{work};
  const auto run = [](void* argument) {
    auto& the_job = *static_cast<Job*>(argument);
    the_job.work();
    the_job.done.release();
  };
  if (rte_eal_alarm_set(1, run, &job) == 0) return job.done.acquire();
  work();
}

// As much as is asked for, and as the device says that it can. Virtual devices say 1500 and carry more.
std::uint32_t mtu_for(const PortOptions& options, const rte_eth_dev_info& info) {
  const std::uint32_t most =
      std::min<std::uint32_t>(info.max_mtu, info.max_rx_pktlen - kEthernetHeader - RTE_ETHER_CRC_LEN);
  return std::min(most, static_cast<std::uint32_t>(options.max_frame) - kEthernetHeader);
}

// Both rings full, as many lent, and what threads keep.
std::size_t buffers_for(std::uint16_t received, std::uint16_t sending, const PortOptions& options) {
  return std::size_t{received} + sending + options.slots + 4 * kMaxPortBurst + kThreads * kThreadCache * 3 / 2;
}

}  // namespace

DpdkDevice::DpdkDevice(const std::string& arguments, const PortOptions& options) : arguments_(arguments) {
  if (port_of(arguments) != RTE_MAX_ETHPORTS) {
    throw UserError("DEVICE_IN_USE", "The device '" + arguments + "' is open already.",
                    "Give each port its own device.");
  }
  // The kernel has AF_XDP's queue free only a moment after its last socket was closed.
  for (int tries = arguments.starts_with("net_af_xdp") ? 10 : 1; !opened(options, tries == 1); --tries) {
    std::this_thread::sleep_for(kPoll);
  }
}

bool DpdkDevice::opened(const PortOptions& options, bool is_last_try) {
  const DriverSockets::Open before = DriverSockets::now();
  plug_in();
  try {
    set_up(options);
    sockets_ = DriverSockets(before);
    return true;
  } catch (const UserError&) {
    sockets_ = DriverSockets(before);
    remove();
    if (is_last_try) throw;
    return false;
  }
}

// memif takes a connection apart on that thread when its other end goes, without a lock: we must do so there as well.
DpdkDevice::~DpdkDevice() {
  if (is_memif_) {
    on_interrupt_thread([this] { remove(); });
  } else {
    remove();
  }
}

void DpdkDevice::remove() noexcept {
  rte_eth_dev_stop(port_);
  rte_eth_dev_close(port_);
  rte_dev_remove(device_);
  sockets_.close_rest();
  pool_.reset();
}

void DpdkDevice::plug_in() {
  const int error = rte_dev_probe(arguments_.c_str());
  if (error == 0) port_ = port_of(arguments_);
  rte_eth_dev_info info{};
  if (port_ == RTE_MAX_ETHPORTS || rte_eth_dev_info_get(port_, &info) != 0) {
    throw UserError(
        "DEVICE_MISSING",
        "DPDK cannot open the device '" + arguments_ + "': " + rte_strerror(error == 0 ? ENODEV : -error) + ".",
        "Name one with its arguments, such as net_memif0,role=server,socket=a, or the PCI address of a NIC "
        "that a driver of DPDK has: dpdk-devbind.py --status");
  }
  device_ = info.device;
  is_memif_ = std::string_view(info.driver_name) == "net_memif";
}

void DpdkDevice::set_up(const PortOptions& options) {
  rte_eth_dev_info info{};
  rte_eth_dev_info_get(port_, &info);

  rte_eth_conf config{};
  config.rxmode.mtu = mtu_for(options, info);
  config.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  int error = rte_eth_dev_configure(port_, 1, 1, &config);
  if (error != 0) throw_unusable(arguments_, "configured", error);

  auto received = static_cast<std::uint16_t>(std::min<std::size_t>(options.slots, UINT16_MAX));
  std::uint16_t sending = received;
  error = rte_eth_dev_adjust_nb_rx_tx_desc(port_, &received, &sending);
  if (error != 0) throw_unusable(arguments_, "given rings", error);

  const std::size_t buffers = buffers_for(received, sending, options);
  pool_.reset(rte_pktmbuf_pool_create(("nicbench-" + std::to_string(port_)).c_str(), static_cast<unsigned>(buffers),
                                      kThreadCache, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY));
  if (!pool_) {
    throw UserError("DPDK_MEMORY",
                    "DPDK has no memory for " + std::to_string(buffers) + " buffers: " + rte_strerror(rte_errno) + ".",
                    "Reserve more huge pages, as root: echo 1024 > /proc/sys/vm/nr_hugepages. Or use a smaller ring.");
  }
  error = rte_eth_rx_queue_setup(port_, 0, received, SOCKET_ID_ANY, nullptr, pool_.get());
  if (error != 0) throw_unusable(arguments_, "given a queue to receive", error);
  error = rte_eth_tx_queue_setup(port_, 0, sending, SOCKET_ID_ANY, nullptr);
  if (error != 0) throw_unusable(arguments_, "given a queue to send", error);
}

std::uintptr_t DpdkDevice::pool_start() const noexcept {
  std::uintptr_t start = UINTPTR_MAX;
  const rte_mempool_memhdr* piece = nullptr;
  STAILQ_FOREACH(piece, &pool_->mem_list, next) {
    start = std::min(start, reinterpret_cast<std::uintptr_t>(piece->addr));
  }
  return start / RTE_CACHE_LINE_SIZE * RTE_CACHE_LINE_SIZE;
}

bool DpdkDevice::has_link() const noexcept {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(port_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

// A client of memif starts only where its server is.
void DpdkDevice::start(double wait_seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(wait_seconds);
  int error = rte_eth_dev_start(port_);
  while ((error != 0 || !has_link()) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kPoll);
    if (error != 0) error = rte_eth_dev_start(port_);
  }
  if (error != 0) throw_unusable(arguments_, "started", error);
  rte_eth_promiscuous_enable(port_);
  if (wait_seconds == 0 || has_link()) return;
  throw UserError("LINK_DOWN", "The device '" + arguments_ + "' got no link in " + std::to_string(wait_seconds) + " s.",
                  "Check that its other end is there, and up.");
}

}  // namespace nicbench
