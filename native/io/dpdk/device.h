// An Ethernet device of DPDK with its queues to send and to receive, and the buffers that belong to it.
#pragma once

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/dpdk/driver_sockets.h"
#include "io/dpdk/memif_control.h"
#include "io/port_options.h"

namespace nicbench {

// Who says which queue a received frame goes to.
enum class Spread : std::uint8_t {
  kByFlow,   // RSS, so that both directions of a connection come to one queue; where the driver has none, the wire
  kByRules,  // of rte_flow; what no rule takes goes to queue 0
};

// Plugged in when it is made, and out when it ends. `arguments` are those of `-a` and `--vdev`:
// `net_memif0,role=client`. One is ours: `,rx-queues=2` at the end, for more queues to receive than to send (up to 64).
// A client of memif has to receive from as many queues as its server sends on, and Open vSwitch sends on another one
// from each of its threads.
class DpdkDevice {
 public:
  // Does not start it. Throws UserError DEVICE_IN_USE, DEVICE_MISSING, DEVICE_UNUSABLE, DEVICE_QUEUES or DPDK_MEMORY.
  DpdkDevice(const std::string& arguments, const PortOptions& options, Spread spread);
  ~DpdkDevice();
  DpdkDevice(const DpdkDevice&) = delete;
  DpdkDevice& operator=(const DpdkDevice&) = delete;

  // Starts it, again and again until it has link, for `wait_seconds`. With 0 link may come later.
  // Throws UserError DEVICE_UNUSABLE or LINK_DOWN.
  void start(double wait_seconds);
  // May frames be moved? Those of memif's ends that have met only. To be asked until it says so, and no longer.
  bool meets();

  std::uint16_t port() const noexcept { return port_; }
  std::uint16_t send_queues() const noexcept { return send_queues_; }
  // As many, or more.
  std::uint16_t receive_queues() const noexcept { return receive_queues_; }
  rte_mempool* pool() const noexcept { return pool_.get(); }
  // Of what send() copies. Its buffers are zero behind zero_behind(), where nothing need be copied.
  rte_mempool* send_pool() const noexcept { return zeroed_pool_ ? zeroed_pool_.get() : pool_.get(); }
  std::size_t zero_behind() const noexcept { return zero_behind_; }
  // Lowest address of the pool's memory, which may be in several pieces.
  std::uintptr_t pool_start() const noexcept;
  bool has_link() const noexcept;
  bool is_memif() const noexcept { return control_.has_value(); }

 private:
  struct FreePool {
    void operator()(rte_mempool* pool) const noexcept { rte_mempool_free(pool); }
  };
  using Pool = std::unique_ptr<rte_mempool, FreePool>;

  bool opened(const PortOptions& options, bool is_last_try);
  void plug_in();
  void remove() noexcept;
  void set_up(const PortOptions& options);
  void check_queues(const rte_eth_dev_info& info) const;
  void spread_by_flow(const rte_eth_dev_info& info, rte_eth_conf& config);
  Pool new_pool(const std::string& name, std::size_t buffers) const;

  const std::string arguments_;  // without ours
  const std::uint16_t send_queues_, receive_queues_;
  const Spread spread_;
  std::vector<std::uint8_t> rss_key_;  // drivers read it when they start
  DriverSockets sockets_;
  rte_device* device_ = nullptr;
  std::optional<MemifControl> control_;  // of memif
  std::uint16_t port_ = RTE_MAX_ETHPORTS;
  Pool pool_, zeroed_pool_;
  std::size_t zero_behind_ = SIZE_MAX;
};

}  // namespace nicbench
