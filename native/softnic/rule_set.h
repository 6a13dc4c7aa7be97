// The rule sets of NICBench ("What you need to know about (Smart) Network Interface Cards", PAM 2021): many specific
// rules over one or more tables, and rules that catch the rest.
//
//   tables 0   group 0: the specific rules (priority 0), and a default rule (priority 1) to queue 0
//   tables k   group 0: a rule that jumps to group 1. Groups 1 to k: the specific rules in equal shares, each group
//              ending in a default rule that jumps to the next; the last one's sends to queue 0
//
// The default rule of group 0 matches what goes to 192.168.0.0/16, where specific rules match plain IPv4, as in the
// paper; all others match every frame. Specific rules send to queue 1, or to queue 2 once they were updated.
//
// Rule i is computed from its number, so that a set of millions takes no memory. All matches differ. Those beyond the
// matching ones hit no frame of the generator (sources in 100.64.0.0/10, RFC 6598).
//
// With several masks, rule i has mask m = i mod masks: of the source address only the first 32 - 2m bits count, so that
// a classifier by tuples has one for each. What counts of both addresses differs between any two of 2^24 rules.
//
// Rules may be listed instead (listed_rules.h), with groups, priorities, matches and actions of their own. Then every
// group that is reached ends in a rule to queue 0 that every frame matches, unless one of the listed does. Those that
// send to a queue send to another, which no other rule names, once they were updated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "packet/five_tuple.h"
#include "softnic/listed_rules.h"
#include "softnic/rule.h"

namespace nicbench {

// What drops frames in rules that are made, beside those whose action says so.
enum class Drops : std::uint8_t {
  kNone,
  kRest,     // the last default rule
  kUpdated,  // a specific rule once it was updated
};

struct RuleSetConfig {
  std::uint64_t rules = 0;  // specific ones
  std::uint16_t tables = 0;
  std::string match = "eth/ipv4";  // pattern items from the outside in
  std::string actions = "queue";
  std::uint64_t capacity = 0;  // rules that a group can hold; 0: as many as come
  std::uint64_t seed = 1;
  std::uint16_t masks = 1;       // that the specific rules have in turn, 1 to kMaxMasks
  std::uint64_t match_from = 0;  // number of the first rule that matches a given flow
  Drops drops = Drops::kNone;
  ListedRules listed;  // instead of match, actions, tables and masks; the first `rules` of them are installed
};

inline constexpr std::uint16_t kMaxMasks = 8;

class RuleSet {
 public:
  // matching: five-tuples of flows that specific rules match, in turn from number match_from on.
  // Throws UserError: RULES_MATCH, RULES_ACTIONS, RULES_TABLES, RULES_MASKS, RULES_LIST.
  RuleSet(const RuleSetConfig& config, std::vector<FiveTuple4> matching);

  // Those that jump and those that catch the rest.
  std::vector<Rule> defaults() const;
  // Of specific rules; those that are made have no end.
  std::uint64_t limit() const noexcept { return config_.listed ? config_.listed->size() : ~std::uint64_t{0}; }
  // Specific rule i, below the limit.
  Rule specific(std::uint64_t i) const noexcept;
  // What a specific rule does, at first and after its update `version`.
  Actions actions(std::uint64_t i, std::uint32_t version) const noexcept;

  // Queues that rules name, at first or once they were updated.
  std::uint16_t queues() const noexcept { return static_cast<std::uint16_t>(other_queue_ + 1); }

  // A rule's pattern looks into tunnels.
  bool tunnels() const noexcept { return tunnels_; }
  // Of the specific rules of one group, so that room can be made for them.
  std::uint64_t rules_in_a_group(std::uint64_t rules) const noexcept {
    if (config_.listed) return 0;  // they may have as many masks as there are rules
    return config_.tables == 0 ? rules : (rules + config_.tables - 1) / config_.tables;
  }

 private:
  enum Item : std::uint8_t { kEth, kVlan, kIpv4, kIpv6, kTcp, kUdp, kVxlan, kGre, kGeneve };

  void read_list();
  std::vector<Rule> listed_defaults() const;
  void read_match();
  void read_actions();
  void check_masks() const;
  std::uint16_t group_of(std::uint64_t i) const noexcept {
    return config_.tables == 0 ? 0 : static_cast<std::uint16_t>(1 + i % config_.tables);
  }
  bool has(Item item) const noexcept { return (items_ >> item & 1) != 0; }
  void set_class(Fields& mask, Fields& spec) const noexcept;

  RuleSetConfig config_;
  std::vector<FiveTuple4> matching_;
  unsigned items_ = 0;
  bool tunnels_ = false, plain_ipv4_ = false;
  Actions kinds_;  // which actions there are
  std::uint16_t other_queue_ = 2;
  std::uint32_t key_;
};

}  // namespace nicbench
