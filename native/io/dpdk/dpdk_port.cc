#include "io/dpdk/dpdk_port.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "common/clock.h"
#include "io/copy_bytes.h"
#include "io/dpdk/device.h"
#include "io/dpdk/eal.h"
#include "io/dpdk/huge_pages_free.h"
#include "io/packet_socket.h"

namespace nicbench {
namespace {

// The interface of the kernel below a device, which takes frames for others while this lives.
struct KernelInterface {
  explicit KernelInterface(const PortOptions& options)
      : link(options.interface, options.max_frame), promiscuous(open_packet_socket(Direction::kSend)) {
    make_promiscuous(promiscuous, link);
  }

  const Link link;
  const UniqueFd promiscuous;
};

// What the device itself says of its link. One that never had any cannot lose it.
class DeviceWatch {
 public:
  explicit DeviceWatch(const DpdkDevice& device) noexcept
      : device_(device), interval_(static_cast<std::uint64_t>(kLookInterval * ticks_per_second())), next_(ticks()) {}

  void look(FaultCell& fault) noexcept {
    const std::uint64_t now = ticks();
    if (now < next_) return;
    next_ = now + interval_;
    if (rte_eth_dev_is_removed(device_.port()) != 0) return fault.set(WireFault::kInterfaceGone);
    const bool up = device_.has_link();
    if (had_link_ && !up) fault.set(WireFault::kLinkDown);
    had_link_ = had_link_ || up;
  }

  // Memif has link when its ends meet, which may be gone before the first look.
  void ends_met() noexcept { had_link_ = device_.is_memif() || device_.has_link(); }

 private:
  static constexpr double kLookInterval = 0.01;  // seconds

  const DpdkDevice& device_;
  const std::uint64_t interval_;
  std::uint64_t next_;
  bool had_link_ = false;
};

// What the queues of a port share: its device, started.
class SharedDevice {
 public:
  explicit SharedDevice(const DpdkRequest& request)
      : interface_(open_interface(request)),
        own_device_(std::make_unique<DpdkDevice>(request.arguments, request.options, Spread::kByFlow)),
        device_(*own_device_),
        description_(describe(request.wire, request.on_interface ? request.options.interface : request.arguments)) {
    device_.start(request.options.link_wait_seconds);
  }
  // One that is another's, and started.
  SharedDevice(DpdkDevice& device, const std::string& name) : device_(device), description_(describe("dpdk", name)) {}

  const DpdkDevice& device() const noexcept { return device_; }
  // Null where the device is on none.
  const KernelInterface* interface() const noexcept { return interface_.get(); }
  const std::string& description() const noexcept { return description_; }

  // May frames be moved? Once they may, they always may. Any thread may ask, and none waits for another.
  bool meets() noexcept {
    if (met_.load(std::memory_order_acquire)) return true;
    const std::unique_lock alone(meeting_, std::try_to_lock);
    if (!alone || met_.load(std::memory_order_relaxed) || !device_.meets()) return met_.load(std::memory_order_acquire);
    met_.store(true, std::memory_order_release);
    return true;
  }

 private:
  // Before DPDK is started, so that what is lacking is said in our words.
  static std::unique_ptr<KernelInterface> open_interface(const DpdkRequest& request) {
    std::unique_ptr<KernelInterface> interface;
    if (request.on_interface) interface = std::make_unique<KernelInterface>(request.options);
    start_eal(request.arguments);
    if (request.arguments.starts_with("net_af_xdp") && !eal_has_huge_pages()) {
      throw UserError("HUGE_PAGES", "The wire " + request.wire + " needs huge pages, and DPDK started without.",
                      std::string("Reserve some, then run again: ") + kReserveHugePages);
    }
    return interface;
  }

  std::string describe(const std::string& wire, const std::string& place) const {
    const char* const pages = eal_has_huge_pages() ? " (huge pages) on " : " (small pages) on ";
    return wire + pages + place + and_queues(own_device_ == nullptr ? 1 : device_.send_queues());
  }

  const std::unique_ptr<KernelInterface> interface_;
  const std::unique_ptr<DpdkDevice> own_device_;  // null: it is another's
  DpdkDevice& device_;
  const std::string description_;
  std::mutex meeting_;
  std::atomic<bool> met_{false};
};

class DpdkQueue final : public Port {
 public:
  // Sends on one queue, and receives from it and every `step`th above. received: frames by queue, if they are counted.
  DpdkQueue(std::shared_ptr<SharedDevice> shared, std::uint16_t queue, std::uint16_t step,
            std::span<Counter> received = {})
      : shared_(std::move(shared)),
        device_(shared_->device()),
        watch_(device_),
        port_(device_.port()),
        queue_(queue),
        step_(step),
        received_(received),
        zero_behind_(device_.zero_behind()),
        base_(device_.pool_start()) {
    if (shared_->interface() != nullptr) link_watch_.emplace(shared_->interface()->link);
    // A client of memif offers its server room when it first looks for frames.
    if (!ready()) return;
    for (unsigned from = queue_; from < device_.receive_queues(); from += step_) {
      rte_eth_rx_burst(port_, static_cast<std::uint16_t>(from), nullptr, 0);
    }
  }

  std::size_t send(std::span<const Frame> frames) noexcept override {
    join_eal();
    if (!ready()) return 0;
    Mbufs mbufs;
    const auto count = static_cast<unsigned>(std::min(frames.size(), mbufs.size()));
    if (count == 0 || rte_mempool_get_bulk(device_.send_pool(), reinterpret_cast<void**>(mbufs.data()), count) != 0) {
      look();
      return 0;
    }
    for (unsigned i = 0; i < count; ++i) copy_into(*mbufs[i], frames[i]);
    const std::size_t sent = rte_eth_tx_burst(port_, queue_, mbufs.data(), static_cast<std::uint16_t>(count));
    if (sent < count) {
      free(device_.send_pool(), std::span(mbufs).subspan(sent, count - sent));
      look();
    }
    return sent;
  }

  std::size_t forward(std::span<const Frame> frames) noexcept override {
    join_eal();
    Mbufs mbufs;
    const auto count = static_cast<std::uint16_t>(std::min(frames.size(), mbufs.size()));
    if (count == 0) return 0;
    for (std::size_t i = 0; i < count; ++i) {
      mbufs[i] = mbuf_of(frames[i]);
      set_bytes(*mbufs[i], frames[i].data, frames[i].length);
    }
    const std::size_t sent = rte_eth_tx_burst(port_, queue_, mbufs.data(), count);
    if (sent < count) look();
    return sent;
  }

  std::size_t receive(std::span<Frame> frames) noexcept override {
    join_eal();
    if (!ready()) return 0;
    Mbufs mbufs;
    const auto most = static_cast<std::uint16_t>(std::min(frames.size(), mbufs.size()));
    std::uint16_t came = 0;
    for (unsigned from = queue_; from < device_.receive_queues() && came < most; from += step_) {
      const auto room = static_cast<std::uint16_t>(most - came);
      const std::uint16_t taken = rte_eth_rx_burst(port_, static_cast<std::uint16_t>(from), mbufs.data() + came, room);
      if (!received_.empty()) received_[from].add(taken);
      came += taken;
    }
    if (came == 0) look();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < came; ++i) {
      if (mbufs[i]->nb_segs == 1) [[likely]] {
        frames[kept++] = frame_of(*mbufs[i]);
      } else {
        rte_pktmbuf_free(mbufs[i]);
        too_long_.fetch_add(1, std::memory_order_relaxed);
      }
    }
    return kept;
  }

  void release(std::span<const Frame> frames) noexcept override {
    join_eal();
    while (!frames.empty()) {
      Mbufs mbufs;
      const std::size_t count = std::min(frames.size(), mbufs.size());
      for (std::size_t i = 0; i < count; ++i) mbufs[i] = mbuf_of(frames[i]);
      free(device_.pool(), std::span(mbufs).first(count));
      frames = frames.subspan(count);
    }
  }

  // Drivers count for all queues together; the first one tells.
  std::uint64_t lost() noexcept override {
    rte_eth_stats stats{};
    if (queue_ != 0 || rte_eth_stats_get(port_, &stats) != 0) stats = {};
    return stats.imissed + stats.rx_nombuf + too_long_.load(std::memory_order_relaxed);
  }

  std::string description() const override { return shared_->description(); }

 private:
  using Mbufs = std::array<rte_mbuf*, kMaxPortBurst>;

  static void set_bytes(rte_mbuf& mbuf, const std::uint8_t* data, std::uint16_t length) noexcept {
    mbuf.data_off = static_cast<std::uint16_t>(data - static_cast<const std::uint8_t*>(mbuf.buf_addr));
    mbuf.data_len = length;
    mbuf.pkt_len = length;
  }

  // A mbuf in the pool has one segment and one reference; the rest is as its last user left it.
  void copy_into(rte_mbuf& mbuf, const Frame& frame) const noexcept {
    auto* const data = static_cast<std::uint8_t*>(mbuf.buf_addr) + RTE_PKTMBUF_HEADROOM;
    mbuf.ol_flags = 0;
    set_bytes(mbuf, data, frame.length);
    copy_bytes(data, frame.data, std::min<std::size_t>(frame.length, zero_behind_));
  }

  Frame frame_of(rte_mbuf& mbuf) const noexcept {
    const auto lines = (reinterpret_cast<std::uintptr_t>(&mbuf) - base_) / RTE_CACHE_LINE_SIZE;
    return {rte_pktmbuf_mtod(&mbuf, std::uint8_t*), static_cast<std::uint32_t>(lines), mbuf.data_len, 0};
  }

  rte_mbuf* mbuf_of(const Frame& frame) const noexcept {
    return reinterpret_cast<rte_mbuf*>(base_ + std::uintptr_t{frame.buffer} * RTE_CACHE_LINE_SIZE);
  }

  static void free(rte_mempool* pool, std::span<rte_mbuf*> mbufs) noexcept {
    rte_mempool_put_bulk(pool, reinterpret_cast<void**>(mbufs.data()), static_cast<unsigned>(mbufs.size()));
  }

  // Once it is, it stays so: a link that ends is a fault.
  bool ready() noexcept {
    if (ready_) [[likely]]
      return true;
    if (!shared_->meets()) return false;
    watch_.ends_met();
    return ready_ = true;
  }

  void look() noexcept {
    if (link_watch_) {
      link_watch_->look(fault_);
    } else {
      watch_.look(fault_);
    }
  }

  const std::shared_ptr<SharedDevice> shared_;
  const DpdkDevice& device_;
  DeviceWatch watch_;
  std::optional<LinkWatch> link_watch_;  // where the device is on an interface: in place of watch_
  const std::uint16_t port_;
  const std::uint16_t queue_, step_;
  const std::span<Counter> received_;
  const std::size_t zero_behind_;
  const std::uintptr_t base_;
  bool ready_ = false;
  std::atomic<std::uint64_t> too_long_{0};
};

}  // namespace

PortQueues open_dpdk_device_queues(const DpdkRequest& request) {
  const auto shared = std::make_shared<SharedDevice>(request);
  PortQueues queues;
  for (std::uint16_t queue = 0; queue < request.options.queues; ++queue) {
    queues.push_back(std::make_unique<DpdkQueue>(shared, queue, shared->device().send_queues()));
  }
  return queues;
}

std::unique_ptr<Port> port_on_device(DpdkDevice& device, const std::string& name, std::span<Counter> received) {
  return std::make_unique<DpdkQueue>(std::make_shared<SharedDevice>(device, name), 0, 1, received);
}

}  // namespace nicbench
