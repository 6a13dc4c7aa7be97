#include "dataplane/nic_dut.h"

#include "io/port_options.h"

namespace nicbench {

NicDut::NicDut(NicRules& rules, int cpu)
    : rules_(rules),
      thread_(PortDutEnd(rules.port()), application_, cpu, cpu >= 0 ? WhenIdle::kSpin : WhenIdle::kYield, kBurst),
      share_(thread_.thread()) {}

double NicDut::change(std::span<const NicRuleChange> changes, const std::atomic<bool>& stop) {
  auto change = std::make_unique<Change>([&] { return rules_.change(changes, stop); });
  std::future<double> done = change->get_future();
  application_.waiting.store(change.release(), std::memory_order_release);
  return done.get();
}

double NicDut::cpu_share() {
  throw_if_broken(rules_.port());
  const double share = share_.now();
  share_ = CpuShare(thread_.thread());
  return share;
}

}  // namespace nicbench
