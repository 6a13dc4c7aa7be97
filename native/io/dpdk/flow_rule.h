// A rule as rte_flow takes it: arrays of items and actions, and what they point to.
#pragma once

#include <rte_flow.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "io/nic_rules.h"

namespace nicbench {

// May be moved: what its pointers point to stays where it is.
class FlowRule {
 public:
  // Throws UserError RULE_UNSUPPORTED: rte_flow has no such item, field, action or argument.
  explicit FlowRule(const NicRule& rule);
  FlowRule(FlowRule&&) = default;
  FlowRule(const FlowRule&) = delete;
  FlowRule& operator=(const FlowRule&) = delete;

  const rte_flow_attr& attributes() const noexcept { return attributes_; }
  const rte_flow_item* pattern() const noexcept { return pattern_.data(); }
  const rte_flow_action* actions() const noexcept { return actions_.data(); }
  bool counts() const noexcept;

  // What rules have in common that one table of templates can hold: attributes, items with their masks, actions.
  std::string shape() const;

  // The driver's own words, with the item or action that it means: "item 2 (udp): item not supported (Operation not
  // supported)". rte_errno is that of the call.
  std::string told(const rte_flow_error& error) const;

 private:
  // A header, or the argument of an action.
  struct alignas(16) Block {
    std::array<std::byte, 64> bytes{};
  };

  void add_item(const NicRule::Item& item);
  void add_action(const NicRule::Action& action);
  const void* rss(const NicRule::Action& action);
  std::byte* new_block();
  std::string place_of(const void* cause) const;

  rte_flow_attr attributes_{};
  std::vector<rte_flow_item> pattern_;    // with END
  std::vector<rte_flow_action> actions_;  // likewise
  std::vector<std::string> item_names_, action_names_;
  std::deque<Block> blocks_;
  std::deque<rte_flow_action_rss> rss_;
  std::deque<std::vector<std::uint16_t>> queues_;
};

// The same of a call that has no rule.
std::string told(const rte_flow_error& error);

}  // namespace nicbench
