// A wire that leaves the process, with both of its ends in one trial: a queue for each of the DUT's workers.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "common/user_error.h"
#include "dataplane/dut_thread.h"
#include "dataplane/forwarding_measure.h"
#include "io/link_drops.h"
#include "io/netlink.h"
#include "io/network_namespace.h"
#include "io/wires.h"
#include "trafficgen/traffic.h"

namespace nicbench {

inline constexpr const char* kTesterInterface = "tester";
inline constexpr const char* kDutInterface = "dut";

// Two ports: of a wire that brings both, or on a veth pair in the network namespace of the calling thread.
class PortWire {
 public:
  using TesterEnd = PortTesterEnd;
  using DutEnd = PortDutEnd;

  explicit PortWire(const ForwardingTrialConfig& config) {
    const PortOptions dut{.interface = kDutInterface,
                          .slots = config.ring_size,
                          .max_frame = kMaxVethFrame,
                          .queues = config.dut_cpus.size()};
    PortOptions tester = dut;
    tester.interface = kTesterInterface;
    tester.timestamps = config.timestamps;
    tester.zero_behind = Traffic::get(config.traffic)->zero_behind();
    if (wire_info(config.wire).ends == WireEnds::kItself) {
      QueuesPair pair = open_queues_pair(config.wire, tester);
      dut_ = std::move(pair.far);
      tester_ = std::move(pair.near);
      return;
    }
    drops_.emplace();
    constexpr unsigned kMtu = kMaxVethFrame - kEthernetHeader;
    add_veth_pair(kTesterInterface, kDutInterface, kMtu, static_cast<unsigned>(dut.queues));
    set_link_up(kTesterInterface, true);
    set_link_up(kDutInterface, true);
    dut_ = open_queues(config.wire, dut);
    tester_ = open_queues(config.tester_wire.empty() ? config.wire : config.tester_wire, tester);
  }

  std::vector<TesterEnd> tester_ends() {
    std::vector<TesterEnd> ends;
    for (std::size_t queue = 0; queue < tester_.size(); ++queue) ends.emplace_back(*tester_[queue], dut_[queue].get());
    return ends;
  }
  DutEnd dut_end(std::size_t queue) noexcept { return DutEnd(*dut_[queue]); }
  void count(EndTotals& totals) const noexcept {
    totals.lost_to_dut = lost(dut_);
    totals.lost_to_tester = lost(tester_);
    totals.between = drops_ ? drops_->total() : 0;
  }
  void throw_fault() const {
    throw_if_broken(dut_);
    throw_if_broken(tester_);
  }
  void describe(ForwardingTrialResult& result) const {
    result.wire = dut_.front()->description();
    result.tester_wire = tester_.front()->description();
  }

 private:
  std::optional<LinkDrops> drops_;
  PortQueues dut_, tester_;
};

// Calls work(wire) with the wire of the trial: where it needs interfaces, in a network namespace that ends with it.
// Throws UserError: what the wire lacks, WIRE_ENDS, and what `work` throws.
template <class F>
void on_port_wire(const ForwardingTrialConfig& config, F&& work) {
  const auto on_ports = [&] {
    PortWire wire(config);
    work(wire);
  };
  switch (wire_info(config.wire).ends) {
    case WireEnds::kItself: on_ports(); break;
    case WireEnds::kInterfaces: NetworkNamespace().run(on_ports); break;
    case WireEnds::kDevices:
      throw UserError("WIRE_ENDS", "The wire '" + config.wire + "' needs devices, and this trial makes none.",
                      "Use memif, dpdk-memif, dpdk-af_packet or dpdk-af_xdp, which make their own.");
  }
}

}  // namespace nicbench
