#include "io/dpdk/dpdk_nic_rules.h"

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_version.h>

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include "common/clock.h"
#include "common/counter.h"
#include "common/user_error.h"
#include "io/dpdk/device.h"
#include "io/dpdk/dpdk_port.h"
#include "io/dpdk/eal.h"
#include "io/dpdk/flow_calls.h"
#include "io/dpdk/flow_rule.h"

namespace nicbench {
namespace {

constexpr std::uint16_t kQueues = 4;  // rules name queues 1 and 2

PortOptions port_options(const NicRulesOptions& options) {
  PortOptions port;
  port.interface = options.device;
  port.slots = options.slots;
  port.queues = kQueues;
  return port;
}

// EAL first.
const NicRulesOptions& with_eal(const NicRulesOptions& options) {
  start_eal(options.device);
  return options;
}

class DpdkNicRules final : public NicRules {
 public:
  explicit DpdkNicRules(const NicRulesOptions& options)
      : name_(options.device),
        device_(with_eal(options).device, port_options(options), Spread::kByRules),
        port_(device_.port()),
        driver_(driver_of(port_)),
        calls_(options.asynchronous ? flow_queue(port_, name_, options.most) : single_flow_calls(port_)) {
    device_.start(0);
    rte_flow_error error{};
    if (rte_flow_flush(port_, &error) == 0) {
      frames_ = port_on_device(device_, name_, received_);
      return;
    }
    throw UserError("RTE_FLOW_MISSING",
                    "The driver " + driver_ + " of the device '" + name_ + "' has no rte_flow: " + told(error) + ".",
                    "Name a NIC whose driver has it, such as mlx5_pci, net_ice or net_i40e, or net_tap to try it out.");
  }

  ~DpdkNicRules() override {
    rte_flow_error error{};
    rte_flow_flush(port_, &error);
  }

  double change(std::span<const NicRuleChange> changes, const std::atomic<bool>& stop) override {
    join_eal();
    std::vector<std::vector<FlowRule>> translated;
    for (const NicRuleChange& each : changes) {
      translated.emplace_back().reserve(each.insert.size());
      for (const NicRule& rule : each.insert) translated.back().emplace_back(rule);
    }
    double seconds = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      seconds += remove(changes[i].remove, stop);
      seconds += insert(changes[i].insert, translated[i], stop);
    }
    return seconds;
  }

  std::vector<NicRuleCount> list() override {
    join_eal();
    std::vector<NicRuleCount> counts;
    counts.reserve(rules_.size());
    for (const auto& [id, rule] : rules_) counts.push_back({id, rule.counts ? frames_of(rule.flow) : std::nullopt});
    return counts;
  }

  Port& port() noexcept override { return *frames_; }

  std::vector<std::uint64_t> received() const override {
    std::vector<std::uint64_t> frames;
    for (const Counter& queue : received_) frames.push_back(queue.get());
    return frames;
  }

  std::string description() const override {
    return driver_ + ", " + calls_->description() + ", " + std::to_string(device_.receive_queues()) +
           " receive queues, " + rte_version();
  }

 private:
  struct Installed {
    rte_flow* flow;
    bool counts;
  };

  static std::string driver_of(std::uint16_t port) {
    rte_eth_dev_info info{};
    rte_eth_dev_info_get(port, &info);
    return info.driver_name;
  }

  double insert(const std::vector<NicRule>& rules, std::span<const FlowRule> translated,
                const std::atomic<bool>& stop) {
    if (rules.empty()) return 0;
    for (const NicRule& rule : rules) {
      if (rules_.contains(rule.id)) throw std::logic_error("there is a rule " + std::to_string(rule.id) + " already");
    }
    if (const auto refusal = calls_->prepare(translated)) throw_refused(rules[refusal->index], refusal->told);
    std::vector<rte_flow*> flows(rules.size());
    const std::uint64_t before = ticks();
    const auto refusal = calls_->insert(translated, flows, stop);
    const std::uint64_t after = ticks();
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (flows[i] != nullptr) rules_.emplace(rules[i].id, Installed{flows[i], translated[i].counts()});
    }
    if (refusal) {
      if (refusal->told.empty()) throw_stopped();
      throw_refused(rules[refusal->index], refusal->told);
    }
    return static_cast<double>(after - before) / ticks_per_second();
  }

  double remove(const std::vector<std::uint32_t>& ids, const std::atomic<bool>& stop) {
    if (ids.empty()) return 0;
    std::vector<rte_flow*> flows;
    flows.reserve(ids.size());
    for (const std::uint32_t id : ids) flows.push_back(rules_.at(id).flow);
    const std::uint64_t before = ticks();
    const auto refusal = calls_->remove(flows, stop);
    const std::uint64_t after = ticks();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (flows[i] == nullptr) rules_.erase(ids[i]);
    }
    if (refusal) {
      if (refusal->told.empty()) throw_stopped();
      throw UserError(
          "RTE_FLOW_REFUSED",
          driver_ + " does not remove rule " + std::to_string(ids[refusal->index]) + ": " + refusal->told + ".",
          kMessages);
    }
    return static_cast<double>(after - before) / ticks_per_second();
  }

  std::optional<std::uint64_t> frames_of(rte_flow* flow) const {
    const rte_flow_action count{RTE_FLOW_ACTION_TYPE_COUNT, nullptr};
    rte_flow_query_count result{};
    rte_flow_error error{};
    if (rte_flow_query(port_, flow, &count, &result, &error) != 0 || !result.hits_set) return std::nullopt;
    return result.hits;
  }

  [[noreturn]] void throw_refused(const NicRule& rule, const std::string& told) const {
    throw UserError("RTE_FLOW_REFUSED",
                    driver_ + " refuses rule " + std::to_string(rule.id) + " (" + rule.text + "): " + told + ".",
                    kMessages);
  }

  [[noreturn]] static void throw_stopped() { throw UserError("STOPPED", "The trial was stopped before its end.", ""); }

  static constexpr const char* kMessages =
      "The driver's guide of DPDK (doc.dpdk.org/guides/nics) says what it takes; its own messages may be just before.";

  const std::string name_;
  DpdkDevice device_;
  const std::uint16_t port_;
  const std::string driver_;
  const std::unique_ptr<FlowCalls> calls_;
  std::unordered_map<std::uint32_t, Installed> rules_;
  std::array<Counter, kQueues> received_;
  std::unique_ptr<Port> frames_;
};

}  // namespace

NicRules* open_dpdk_nic_rules(const NicRulesOptions& options) { return new DpdkNicRules(options); }

}  // namespace nicbench
