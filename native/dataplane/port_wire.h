// A wire that leaves the process, with both of its ends in one trial.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

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
    PortOptions tester{.slots = config.ring_size,
                       .max_frame = kMaxVethFrame,
                       .zero_behind = Traffic::get(config.traffic)->zero_behind()};
    if (wire_info(config.wire).ends == WireEnds::kItself) {
      PortPair pair = open_pair(config.wire, tester);
      dut_ = std::move(pair.far);
      tester_ = std::move(pair.near);
      return;
    }
    drops_.emplace();
    constexpr unsigned kMtu = kMaxVethFrame - kEthernetHeader;
    add_veth_pair(kTesterInterface, kDutInterface, kMtu);
    set_link_up(kTesterInterface, true);
    set_link_up(kDutInterface, true);
    dut_ = open_port(config.wire, {kDutInterface, config.ring_size, kMaxVethFrame});
    const std::string& tester_wire = config.tester_wire.empty() ? config.wire : config.tester_wire;
    tester.interface = kTesterInterface;
    tester_ = open_port(tester_wire, tester);
  }

  TesterEnd tester_end() noexcept { return {*tester_, dut_.get()}; }
  DutEnd dut_end() noexcept { return DutEnd(*dut_); }
  void count(EndTotals& totals) const noexcept {
    totals.lost_to_dut = dut_->lost();
    totals.lost_to_tester = tester_->lost();
    totals.between = drops_ ? drops_->total() : 0;
  }
  void throw_fault() const {
    for (const Port* port : {dut_.get(), tester_.get()}) {
      if (port->fault() != WireFault::kNone) throw port->fault_error();
    }
  }
  void describe(ForwardingTrialResult& result) const {
    result.wire = dut_->description();
    result.tester_wire = tester_->description();
  }

 private:
  std::optional<LinkDrops> drops_;
  std::unique_ptr<Port> dut_, tester_;
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
                      "Use dpdk-memif, dpdk-af_packet or dpdk-af_xdp, which make their own.");
  }
}

}  // namespace nicbench
