// Rules that are not made from their numbers (rule_set.h) but listed one by one, such as those of a file.
//
// They come as bytes, little-endian, one rule after the other:
//
//   group u16, fate u8 (0 queue, 1 drop, 2 jump), actions u8 (bit 0 count, 1 mark, 2 set_meta, 3 set_tag),
//   queue or group u16, matches u16, priority u32, mark u32, metadata u32, tag u32,
//   then the matches: name u8, value and mask of 16 bytes each, big-endian, aligned to the right
//
// A name is an index into a list of names, so that neither side knows the other's numbers: `ipv4.src`, `inner udp.dst`
// for what a tunnel carries, or, without a field, `ipv4`: there is such a header.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "softnic/rule.h"

namespace nicbench {

using ListedRules = std::shared_ptr<const std::vector<Rule>>;

// Throws UserError RULES_ENCODING: the agent is of another version.
std::vector<Rule> decode_rules(std::span<const std::uint8_t> bytes, const std::vector<std::string>& names);

}  // namespace nicbench
