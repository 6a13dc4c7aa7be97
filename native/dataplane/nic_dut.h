// What runs behind a NIC whose rules send its frames to queues: takes them from all queues, exchanges the MAC addresses
// and sends them back, on one thread. In trials of rules.occupancy and rules.storm it is to the classifier rte_flow
// what SoftNicDut is to the software NIC.
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <span>

#include "dataplane/dut_thread.h"
#include "dataplane/forwarder.h"
#include "io/nic_rules.h"

namespace nicbench {

class NicDut {
 public:
  // Forwards from now on, until it ends. The rules outlive it. cpu: -1: not pinned. Throws UserError: no such CPU.
  NicDut(NicRules& rules, int cpu);

  // NicRules::change() on the thread that forwards, between two bursts. One caller at a time.
  double change(std::span<const NicRuleChange> changes, const std::atomic<bool>& stop);

  // Of the time since it was asked before. Throws UserError: what broke the port.
  double cpu_share();

 private:
  using Change = std::packaged_task<double()>;

  struct Application : Forwarder {
    void maintain(std::uint64_t) noexcept {
      if (waiting.load(std::memory_order_relaxed) == nullptr) return;
      const std::unique_ptr<Change> change(waiting.exchange(nullptr, std::memory_order_acquire));
      (*change)();
    }

    std::atomic<Change*> waiting{nullptr};  // whoever takes it owns it
  };

  NicRules& rules_;
  Application application_;
  DutThread<PortDutEnd, Application> thread_;
  CpuShare share_;
};

}  // namespace nicbench
