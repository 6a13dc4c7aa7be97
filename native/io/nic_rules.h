// The rules of a NIC in the words of DPDK's rte_flow: what a classifier of rules.* is told, and what a port makes of
// it. Items, fields and actions have the names that testpmd gives them (src/rules/vocabulary.ts).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/port.h"

namespace nicbench {

struct Bits128 {
  std::uint64_t high = 0, low = 0;
};

struct NicRule {
  struct Field {
    std::string name;
    Bits128 spec;
    Bits128 mask{UINT64_MAX, UINT64_MAX};  // as many of its last bits as the field has
    std::optional<Bits128> last{};         // end of a range
  };
  struct Item {
    std::string name;
    std::vector<Field> fields;  // none: such a header is there
  };
  struct Action {
    std::string name;
    std::map<std::string, Bits128> values;
    std::vector<std::uint16_t> queues;  // of rss; none: all
    std::vector<std::string> types;     // likewise; none: the driver's own
  };

  std::uint32_t id = 0;
  std::string text;  // for messages
  std::uint32_t group = 0, priority = 0;
  bool ingress = true, egress = false, transfer = false;
  std::vector<Item> pattern;  // from the outside in
  std::vector<Action> actions;
};

// First some go, then others come.
struct NicRuleChange {
  std::vector<std::uint32_t> remove;
  std::vector<NicRule> insert;
};

struct NicRuleCount {
  std::uint32_t id = 0;
  std::optional<std::uint64_t> frames;  // that it took, where it has a counter that can be read
};

struct NicRulesOptions {
  std::string device;         // with its arguments, as the wire `dpdk` takes it
  bool asynchronous = false;  // by templates and a queue of operations, and not by single calls
  std::uint32_t most = 0;     // rules at once
  std::size_t slots = 512;    // frames that each queue holds, at least
};

// A port that has been started, and its rules. When it ends, the rules are removed and the device is plugged out.
// Threads: one at a time, and one that has the port.
class NicRules {
 public:
  NicRules() = default;
  virtual ~NicRules() = default;
  NicRules(const NicRules&) = delete;
  NicRules& operator=(const NicRules&) = delete;

  // Returns the seconds that the driver took. What came before a rule that is refused stays done, and so does all that
  // was done when `stop` was set. Throws UserError RULE_UNSUPPORTED, before anything is changed; RTE_FLOW_REFUSED;
  // STOPPED.
  virtual double change(std::span<const NicRuleChange> changes, const std::atomic<bool>& stop) = 0;

  // Those that the driver took and has not been told to remove: rte_flow lists none.
  virtual std::vector<NicRuleCount> list() = 0;

  // Through which the frames come that the rules are for, from all receive queues.
  virtual Port& port() noexcept = 0;

  // Frames that were taken through the port, by receive queue. Any thread may ask.
  virtual std::vector<std::uint64_t> received() const = 0;

  // The driver, the kind of its calls, and its queues.
  virtual std::string description() const = 0;
};

// Throws UserError: DPDK_MISSING, RTE_FLOW_MISSING, RTE_FLOW_ASYNC, and what opening the device throws.
std::unique_ptr<NicRules> open_nic_rules(const NicRulesOptions& options);

// "DPDK 22.11.11". Throws UserError DPDK_MISSING.
std::string dpdk_version();

}  // namespace nicbench
