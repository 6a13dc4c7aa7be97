// The two ways of rte_flow to change rules.
//
//   single calls   rte_flow_create and rte_flow_destroy: each returns when the rule is there, or gone
//   a queue        rules of one shape share a table of templates, which is made before they come; operations are
//                  enqueued, pushed as a batch, and their results pulled (rte_flow_async_create, rte_flow_push,
//                  rte_flow_pull). The port is configured for it before it starts
#pragma once

#include <rte_flow.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "io/dpdk/flow_rule.h"

namespace nicbench {

// Where a batch ended before its end.
struct Refusal {
  std::size_t index;
  std::string told;  // what the driver said; empty: it was stopped
};

class FlowCalls {
 public:
  FlowCalls() = default;
  virtual ~FlowCalls() = default;
  FlowCalls(const FlowCalls&) = delete;
  FlowCalls& operator=(const FlowCalls&) = delete;

  // What rules need before they can be inserted. Gives the first that cannot be.
  virtual std::optional<Refusal> prepare(std::span<const FlowRule> rules) = 0;
  // flows: of the rules, as long as they; nullptr for those that are not there.
  virtual std::optional<Refusal> insert(std::span<const FlowRule> rules, std::span<rte_flow*> flows,
                                        const std::atomic<bool>& stop) = 0;
  // Those that are gone become nullptr.
  virtual std::optional<Refusal> remove(std::span<rte_flow*> flows, const std::atomic<bool>& stop) = 0;
  virtual std::string description() const = 0;
};

std::unique_ptr<FlowCalls> single_flow_calls(std::uint16_t port);

// The port is configured and not started. `most`: rules at once, of each shape.
// Throws UserError RTE_FLOW_ASYNC: it has no such queue.
std::unique_ptr<FlowCalls> flow_queue(std::uint16_t port, const std::string& device, std::uint32_t most);

}  // namespace nicbench
