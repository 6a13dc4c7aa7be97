#include "io/dpdk/flow_calls.h"

#include <rte_errno.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "common/user_error.h"

namespace nicbench {
namespace {

bool is_set(const std::atomic<bool>& stop) noexcept { return stop.load(std::memory_order_relaxed); }

class SingleCalls final : public FlowCalls {
 public:
  explicit SingleCalls(std::uint16_t port) : port_(port) {}

  std::optional<Refusal> prepare(std::span<const FlowRule>) override { return std::nullopt; }

  std::optional<Refusal> insert(std::span<const FlowRule> rules, std::span<rte_flow*> flows,
                                const std::atomic<bool>& stop) override {
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (is_set(stop)) return Refusal{i, ""};
      const FlowRule& rule = rules[i];
      rte_flow_error error{};
      flows[i] = rte_flow_create(port_, &rule.attributes(), rule.pattern(), rule.actions(), &error);
      if (flows[i] == nullptr) return Refusal{i, rule.told(error)};
    }
    return std::nullopt;
  }

  std::optional<Refusal> remove(std::span<rte_flow*> flows, const std::atomic<bool>& stop) override {
    for (std::size_t i = 0; i < flows.size(); ++i) {
      if (is_set(stop)) return Refusal{i, ""};
      rte_flow_error error{};
      if (rte_flow_destroy(port_, flows[i], &error) != 0) return Refusal{i, told(error)};
      flows[i] = nullptr;
    }
    return std::nullopt;
  }

  std::string description() const override { return "single calls"; }

 private:
  const std::uint16_t port_;
};

// One queue, number 0.
class FlowQueue final : public FlowCalls {
 public:
  FlowQueue(std::uint16_t port, std::uint32_t size, std::uint32_t most) : port_(port), size_(size), most_(most) {}

  ~FlowQueue() override {
    rte_flow_error error{};
    rte_flow_flush(port_, &error);  // rules before their tables
    for (const auto& [shape, table] : tables_) {
      if (table.table != nullptr) rte_flow_template_table_destroy(port_, table.table, &error);
      if (table.actions != nullptr) rte_flow_actions_template_destroy(port_, table.actions, &error);
      if (table.pattern != nullptr) rte_flow_pattern_template_destroy(port_, table.pattern, &error);
    }
  }

  std::optional<Refusal> prepare(std::span<const FlowRule> rules) override {
    table_of_.assign(rules.size(), nullptr);
    for (std::size_t i = 0; i < rules.size(); ++i) {
      rte_flow_error error{};
      Table& table = tables_[rules[i].shape()];
      if (table.table == nullptr && !make(table, rules[i], error)) return Refusal{i, rules[i].told(error)};
      table_of_[i] = table.table;
    }
    return std::nullopt;
  }

  std::optional<Refusal> insert(std::span<const FlowRule> rules, std::span<rte_flow*> flows,
                                const std::atomic<bool>& stop) override {
    return run(
        flows, stop,
        [&](std::size_t i, void* user, rte_flow_error& error) {
          const FlowRule& rule = rules[i];
          flows[i] = rte_flow_async_create(port_, 0, &kPostponed, table_of_[i], rule.pattern(), 0, rule.actions(), 0,
                                           user, &error);
          return flows[i] != nullptr;
        },
        /*gone=*/RTE_FLOW_OP_ERROR);
  }

  std::optional<Refusal> remove(std::span<rte_flow*> flows, const std::atomic<bool>& stop) override {
    return run(
        flows, stop,
        [&](std::size_t i, void* user, rte_flow_error& error) {
          return rte_flow_async_destroy(port_, 0, &kPostponed, flows[i], user, &error) == 0;
        },
        /*gone=*/RTE_FLOW_OP_SUCCESS);
  }

  std::string description() const override { return "a queue of " + std::to_string(size_) + " operations"; }

 private:
  struct Table {
    rte_flow_pattern_template* pattern = nullptr;
    rte_flow_actions_template* actions = nullptr;
    rte_flow_template_table* table = nullptr;
  };
  static constexpr rte_flow_op_attr kPostponed{.postpone = 1};
  static constexpr std::size_t kPulled = 64;

  bool make(Table& table, const FlowRule& rule, rte_flow_error& error) const {
    const rte_flow_attr& of = rule.attributes();
    rte_flow_pattern_template_attr for_pattern{};
    rte_flow_actions_template_attr for_actions{};
    for_pattern.ingress = for_actions.ingress = of.ingress;
    for_pattern.egress = for_actions.egress = of.egress;
    for_pattern.transfer = for_actions.transfer = of.transfer;
    // Each rule has its own arguments.
    std::vector<rte_flow_action> masks;
    for (const rte_flow_action* action = rule.actions(); action->type != RTE_FLOW_ACTION_TYPE_END; ++action) {
      masks.push_back({action->type, nullptr});
    }
    masks.push_back({RTE_FLOW_ACTION_TYPE_END, nullptr});
    const rte_flow_template_table_attr for_table{.flow_attr = of, .nb_flows = most_};
    if (table.pattern == nullptr) {
      table.pattern = rte_flow_pattern_template_create(port_, &for_pattern, rule.pattern(), &error);
    }
    if (table.pattern == nullptr) return false;
    if (table.actions == nullptr) {
      table.actions = rte_flow_actions_template_create(port_, &for_actions, rule.actions(), masks.data(), &error);
    }
    if (table.actions == nullptr) return false;
    table.table = rte_flow_template_table_create(port_, &for_table, &table.pattern, 1, &table.actions, 1, &error);
    return table.table != nullptr;
  }

  // Enqueues an operation for each of the flows, never more than the queue holds, and waits for all results. A flow
  // whose operation ends with the status `gone` is no more.
  template <class Enqueue>
  std::optional<Refusal> run(std::span<rte_flow*> flows, const std::atomic<bool>& stop, const Enqueue& enqueue,
                             rte_flow_op_status gone) {
    std::optional<Refusal> refusal;
    std::size_t under_way = 0;
    const auto collect = [&] {
      std::array<rte_flow_op_result, kPulled> results;
      rte_flow_error error{};
      const int pulled = rte_flow_pull(port_, 0, results.data(), static_cast<std::uint16_t>(results.size()), &error);
      if (pulled < 0) {
        refusal = Refusal{0, "results of the queue: " + told(error)};
        under_way = 0;
        return;
      }
      for (const rte_flow_op_result& result : std::span(results).first(static_cast<std::size_t>(pulled))) {
        auto* const flow = static_cast<rte_flow**>(result.user_data);
        if (result.status == gone) *flow = nullptr;
        if (result.status == RTE_FLOW_OP_ERROR && !refusal) {
          refusal = Refusal{static_cast<std::size_t>(flow - flows.data()), "the operation ended with an error"};
        }
      }
      under_way -= static_cast<std::size_t>(pulled);
    };
    const auto push = [&] {
      rte_flow_error error{};
      if (rte_flow_push(port_, 0, &error) != 0 && !refusal) refusal = Refusal{0, "the queue: " + told(error)};
    };
    for (std::size_t i = 0; i < flows.size() && !refusal; ++i) {
      if (is_set(stop)) {
        refusal = Refusal{i, ""};
        break;
      }
      if (under_way == size_) push();
      while (under_way == size_) collect();
      rte_flow_error error{};
      if (!refusal && !enqueue(i, &flows[i], error)) refusal = Refusal{i, told(error)};
      if (!refusal) ++under_way;
    }
    push();
    while (under_way > 0) collect();
    return refusal;
  }

  const std::uint16_t port_;
  const std::uint32_t size_, most_;
  std::map<std::string, Table> tables_;             // by shape
  std::vector<rte_flow_template_table*> table_of_;  // the rules that were prepared last
};

}  // namespace

std::unique_ptr<FlowCalls> single_flow_calls(std::uint16_t port) { return std::make_unique<SingleCalls>(port); }

std::unique_ptr<FlowCalls> flow_queue(std::uint16_t port, const std::string& device, std::uint32_t most) {
  constexpr std::uint32_t kSize = 1024;  // operations, where the port holds as many
  rte_flow_port_info info{};
  rte_flow_queue_info queue{};
  rte_flow_error error{};
  std::string why;
  if (rte_flow_info_get(port, &info, &queue, &error) != 0) why = told(error);
  else if (info.max_nb_queues == 0) why = "it has no queue for operations";
  rte_flow_port_attr attributes{};
  attributes.nb_counters = std::min(most, info.max_nb_counters);
  rte_flow_queue_attr of_queue{queue.max_size == 0 ? kSize : std::min(kSize, queue.max_size)};
  const rte_flow_queue_attr* queues[] = {&of_queue};
  if (why.empty() && rte_flow_configure(port, &attributes, 1, queues, &error) != 0) why = told(error);
  if (why.empty()) return std::make_unique<FlowQueue>(port, of_queue.size, most);
  throw UserError("RTE_FLOW_ASYNC", "The device '" + device + "' has no asynchronous API of rte_flow: " + why + ".",
                  "Use rte_flow_api: sync. ConnectX from 6 Dx on has it with the argument dv_flow_en=2 of its device.");
}

}  // namespace nicbench
