// A rule of the software NIC, in the words of DPDK's rte_flow: group, priority, pattern, actions.
#pragma once

#include <cstdint>

#include "softnic/fields.h"

namespace nicbench {

// What becomes of a frame in the end, or the group in which it is looked up next.
enum class Fate : std::uint8_t { kQueue, kDrop, kJump };

// For whoever measures: what a rule is there for. The data path counts frames by it.
enum class Purpose : std::uint8_t { kSpecific, kDefault, kJump };

struct Actions {
  Fate fate = Fate::kDrop;
  std::uint16_t target = 0;  // queue or group
  Purpose purpose = Purpose::kSpecific;
  bool count = false;     // rte_flow's COUNT: hits can be read
  bool mark = false;      // MARK: the frame carries `mark_id` to the application
  bool set_meta = false;  // SET_META: later groups can match `meta`
  bool set_tag = false;   // SET_TAG: later groups can match `tag`
  std::uint32_t mark_id = 0, meta = 0, tag = 0;
};

struct Rule {
  std::uint16_t group = 0;
  std::uint32_t priority = 0;  // lower is stronger. Of overlapping rules with equal priorities, any may win
  Fields mask;                 // all zero: every frame
  Fields spec;                 // bits outside the mask do not matter
  Actions actions;
};

using RuleId = std::uint32_t;
inline constexpr RuleId kNoRule = ~RuleId{0};

enum class InstallResult : std::uint8_t {
  kInstalled,
  kExists,       // the group has a rule with this very match, whatever its priority
  kFull,         // the group has as many rules as it may have
  kUnsupported,  // the pattern takes more words than a key has, or it jumps to its own group or a lower one
};

// What the classifier says of one frame.
struct Verdict {
  Fate fate = Fate::kDrop;
  bool matched = false;  // false: no rule took it, and it is dropped
  Purpose purpose = Purpose::kDefault;
  std::uint16_t queue = 0;
  std::uint32_t mark = 0;
};

}  // namespace nicbench
