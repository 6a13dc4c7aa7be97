#include "io/dpdk/device.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>

#include "common/user_error.h"
#include "io/dpdk/interrupt_thread.h"
#include "packet/toeplitz.h"

namespace nicbench {
namespace {

constexpr unsigned kThreadCache = 256;  // buffers that a thread keeps at hand
constexpr unsigned kThreads = 3;  // that may leave a full cache behind, beside one for each queue: one opens the port
constexpr std::uint32_t kEthernetHeader = 14;
constexpr auto kPoll = std::chrono::milliseconds(20);

[[noreturn]] void throw_unusable(const std::string& arguments, const std::string& what, int error) {
  throw UserError("DEVICE_UNUSABLE",
                  "The device '" + arguments + "' cannot be " + what + ": " + rte_strerror(std::abs(error)) + ".",
                  "DPDK's own messages, just before, say why.");
}

constexpr std::string_view kReceiveQueues = ",rx-queues=";

std::uint16_t receive_queues_of(const std::string& arguments, std::uint16_t least) {
  const std::size_t at = arguments.find(kReceiveQueues);
  if (at == std::string::npos) return least;
  const char* const end = arguments.data() + arguments.size();
  std::uint16_t queues = 0;
  const auto [rest, error] = std::from_chars(arguments.data() + at + kReceiveQueues.size(), end, queues);
  if (error == std::errc() && rest == end && queues >= least && queues <= kMaxQueues) return queues;
  throw UserError(
      "DEVICE_QUEUES", "The device '" + arguments + "' has no number of queues behind rx-queues=.",
      "Write " + std::to_string(least) + " to " + std::to_string(kMaxQueues) + ", as the last of its arguments.");
}

std::uint16_t port_of(const std::string& arguments) {
  rte_dev_iterator iterator;
  if (rte_eth_iterator_init(&iterator, arguments.c_str()) != 0) return RTE_MAX_ETHPORTS;
  const std::uint16_t port = rte_eth_iterator_next(&iterator);
  if (port != RTE_MAX_ETHPORTS) rte_eth_iterator_cleanup(&iterator);
  return port;
}

// As much as is asked for, and as the device says that it can. Virtual devices say 1500 and carry more.
std::uint32_t mtu_for(const PortOptions& options, const rte_eth_dev_info& info) {
  const std::uint32_t most =
      std::min<std::uint32_t>(info.max_mtu, info.max_rx_pktlen - kEthernetHeader - RTE_ETHER_CRC_LEN);
  return std::min(most, static_cast<std::uint32_t>(options.max_frame) - kEthernetHeader);
}

// What threads have in hand, and keep.
constexpr std::size_t buffers_of_threads(std::size_t queues) {
  return 4 * kMaxPortBurst * queues + (kThreads + queues) * kThreadCache * 3 / 2;
}

// AF_XDP's driver copies what does not lie in the pool that it receives into.
bool takes_any_pool(const std::string& arguments) { return !arguments.starts_with("net_af_xdp"); }

void make_zero(rte_mempool*, void*, void* object, unsigned) {
  const auto& mbuf = *static_cast<const rte_mbuf*>(object);
  std::memset(mbuf.buf_addr, 0, mbuf.buf_len);
}

}  // namespace

DpdkDevice::DpdkDevice(const std::string& arguments, const PortOptions& options, Spread spread)
    : arguments_(arguments.substr(0, arguments.find(kReceiveQueues))),
      send_queues_(static_cast<std::uint16_t>(options.queues)),
      receive_queues_(receive_queues_of(arguments, send_queues_)),
      spread_(spread) {
  if (port_of(arguments_) != RTE_MAX_ETHPORTS) {
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

// While the ends of memif meet, its driver works on that thread, without a lock: we must do so there as well.
DpdkDevice::~DpdkDevice() {
  if (control_) {
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
  zeroed_pool_.reset();
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
  if (std::string_view(info.driver_name) == "net_memif") control_.emplace(arguments_);
}

void DpdkDevice::check_queues(const rte_eth_dev_info& info) const {
  if (receive_queues_ <= info.max_rx_queues && send_queues_ <= info.max_tx_queues) return;
  throw UserError("DEVICE_QUEUES",
                  "The device '" + arguments_ + "' receives from " + std::to_string(info.max_rx_queues) +
                      " queues and sends on " + std::to_string(info.max_tx_queues) + ", and " +
                      std::to_string(receive_queues_) + " and " + std::to_string(send_queues_) + " are wanted.",
                  "Use as many as it has, or give it more by its arguments, where it has one for that.");
}

// With a key that repeats itself, both directions of a connection come to one queue (packet/toeplitz.h).
void DpdkDevice::spread_by_flow(const rte_eth_dev_info& info, rte_eth_conf& config) {
  if (send_queues_ == 1 || info.flow_type_rss_offloads == 0) return;
  constexpr RssKey kKey = symmetric_rss_key();
  for (std::size_t i = 0; i < info.hash_key_size; ++i) rss_key_.push_back(kKey[i % kKey.size()]);
  config.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  rte_eth_rss_conf& rss = config.rx_adv_conf.rss_conf;
  rss.rss_key = rss_key_.empty() ? nullptr : rss_key_.data();
  rss.rss_key_len = info.hash_key_size;
  rss.rss_hf = info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
}

void DpdkDevice::set_up(const PortOptions& options) {
  rte_eth_dev_info info{};
  rte_eth_dev_info_get(port_, &info);
  check_queues(info);

  rte_eth_conf config{};
  if (spread_ == Spread::kByFlow) spread_by_flow(info, config);
  config.rxmode.mtu = mtu_for(options, info);
  if (takes_any_pool(arguments_) && options.zero_behind < options.max_frame) zero_behind_ = options.zero_behind;
  const bool has_zeroed_pool = zero_behind_ != SIZE_MAX;
  if (!has_zeroed_pool) config.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  int error = rte_eth_dev_configure(port_, receive_queues_, send_queues_, &config);
  if (error != 0) throw_unusable(arguments_, "configured", error);

  auto received = static_cast<std::uint16_t>(std::min<std::size_t>(options.slots, UINT16_MAX));
  std::uint16_t sending = received;
  error = rte_eth_dev_adjust_nb_rx_tx_desc(port_, &received, &sending);
  if (error != 0) throw_unusable(arguments_, "given rings", error);

  // All rings full, and as many lent.
  const std::string name = "nicbench-" + std::to_string(port_);
  const std::size_t sends = std::size_t{sending} * send_queues_;
  const std::size_t lent = options.slots * send_queues_;
  const std::size_t in_hand = buffers_of_threads(send_queues_);
  pool_ = new_pool(name, std::size_t{received} * receive_queues_ + sends + lent + in_hand);
  if (has_zeroed_pool) {
    zeroed_pool_ = new_pool(name + "-zeroed", sends + in_hand);
    rte_mempool_obj_iter(zeroed_pool_.get(), make_zero, nullptr);
  }
  for (std::uint16_t queue = 0; queue < receive_queues_; ++queue) {
    error = rte_eth_rx_queue_setup(port_, queue, received, SOCKET_ID_ANY, nullptr, pool_.get());
    if (error != 0) throw_unusable(arguments_, "given a queue to receive", error);
  }
  for (std::uint16_t queue = 0; queue < send_queues_; ++queue) {
    error = rte_eth_tx_queue_setup(port_, queue, sending, SOCKET_ID_ANY, nullptr);
    if (error != 0) throw_unusable(arguments_, "given a queue to send", error);
  }
}

DpdkDevice::Pool DpdkDevice::new_pool(const std::string& name, std::size_t buffers) const {
  Pool pool(rte_pktmbuf_pool_create(name.c_str(), static_cast<unsigned>(buffers), kThreadCache, 0,
                                    RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY));
  if (pool) return pool;
  throw UserError("DPDK_MEMORY",
                  "DPDK has no memory for " + std::to_string(buffers) + " buffers: " + rte_strerror(rte_errno) + ".",
                  "Reserve more huge pages, as root: echo 1024 > /proc/sys/vm/nr_hugepages. Or use a smaller ring.");
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
  const bool driver_has_it = rte_eth_link_get_nowait(port_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
  return driver_has_it && !(control_ && control_->peer_gone());
}

bool DpdkDevice::meets() {
  if (!control_) return true;
  if (!has_link()) return false;
  control_->take();
  return true;
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
