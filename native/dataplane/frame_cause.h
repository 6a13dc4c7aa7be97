// What became of a frame: every frame that a tracker is given counts under exactly one cause.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nicbench {

enum class FrameCause : std::uint8_t {
  kTracked,  // of a flow, and accepted
  kIgnored,  // of a flow that may be out of step with it: passes, does not renew the flow
  kInvalid,  // no frame that the flow, or a new flow, can have: passes
  kRelated,  // an ICMP error about a flow
  kNotIp,    // from here on: passes without a flow
  kFragment,
  kMalformed,
  kIcmpOther,
  kUnrelated,  // an ICMP error about no flow that we know
  kNoService,  // load-balance: of no flow, and not for a service
  kTableFull,  // from here on: dropped
  kPortsExhausted,
  kTupleInUse,      // the tuple that its replies would carry belongs to another flow
  kUntranslatable,  // nothing says how to translate it
  kInvalidDropped,
};
inline constexpr std::size_t kFrameCauses = 15;

constexpr bool is_dropped(FrameCause cause) noexcept { return cause >= FrameCause::kTableFull; }

inline constexpr std::array<std::string_view, kFrameCauses> kFrameCauseNames{
    "tracked",    "ignored",         "invalid",      "related",        "not ip",
    "fragment",   "malformed",       "icmp, other",  "unrelated",      "no service",
    "table full", "ports exhausted", "tuple in use", "untranslatable", "invalid, dropped"};

}  // namespace nicbench
