// The XDP program that looks a frame up in maps of rules: written for these maps, whose words it reads and no others.
//
//   parse    r6 = headers of the frame, r7 = frame, r8 = network header, r9 = transport header
//   group g  for each of its maps, by priority: skip it unless the frame has its headers; put the words of its key on
//            the stack, masked; look up. On a hit count it, and go on as its value says: taken, dropped, or group h >
//            g. Without a hit in any map: to the next group, or to `rest`
//   taken    count; send back or pass, or drop
//   rest     count; send back or pass, or drop
//
// There are no loops: the kernel's verifier walks every path, and a map more is a few instructions more.
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "xdprules/rule_map.h"

namespace nicbench {

using XdpMac = std::array<std::uint8_t, 6>;

struct XdpProgramOptions {
  bool joins = false;       // frames that no rule of a group takes go on to the next
  bool drops_rest = false;  // frames that no rule of any group takes are dropped
  std::optional<XdpMac>
      sends{};  // frames that are not dropped go back, from this address; else they pass to the kernel
};

// Places in the map of counters.
inline constexpr std::uint32_t kXdpTaken = 0;
inline constexpr std::uint32_t kXdpRest = 1;

// maps: in the order in which they are asked. counters: a per-CPU array of two 64-bit counts.
std::vector<bpf_insn> make_xdp_program(std::span<const RuleMap* const> maps, int counters,
                                       const XdpProgramOptions& options);

}  // namespace nicbench
