// What tables share whose entries have two groups of slots, each known from the other and the entry's tag: flowgroup.h,
// flow_index.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "packet/hash.h"

namespace nicbench::two_groups {

inline constexpr std::uint32_t kNowhere = ~0u;

// The other group of an entry with this tag in this one of `groups`; its own inverse.
inline std::uint32_t other(std::uint32_t group, std::uint64_t tag, std::size_t groups) noexcept {
  const auto difference = static_cast<std::int64_t>(reduce(tag * 0x9e3779b97f4a7c15u, groups)) - std::int64_t{group};
  return static_cast<std::uint32_t>(difference + (static_cast<std::int64_t>(groups) & difference >> 63));
}

// Both groups of a new entry are full: frees a slot in one of them, by the shortest chain of moves that starts in any
// of kMaxNodes groups, and returns that group; or changes nothing and returns kNowhere.
//
//   table.expand(group)            its entries are about to be looked at
//   table.neighbour(group, slot)   the other group of the entry there
//   table.has_room(group)
//   table.move(from, slot, to)     `to` has room
template <unsigned kSlots, std::size_t kMaxNodes, class Table>
std::uint32_t make_room(Table& table, std::uint32_t home, std::uint32_t away) noexcept {
  constexpr std::uint16_t kRoot = 0xffff;
  static_assert(kMaxNodes <= kRoot);
  // A group reached by the search, and the slot of the parent's group whose entry would move here.
  struct Node {
    std::uint32_t group;
    std::uint16_t parent;
    std::uint16_t parent_slot;
  };
  Node nodes[kMaxNodes];
  nodes[0] = {home, kRoot, 0};
  nodes[1] = {away, kRoot, 0};
  std::size_t count = 2;
  for (std::size_t i = 0; count < kMaxNodes; ++i) {
    table.expand(nodes[i].group);
    for (unsigned slot = 0; slot < kSlots && count < kMaxNodes; ++slot) {
      const std::uint32_t next = table.neighbour(nodes[i].group, slot);
      nodes[count] = {next, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(slot)};
      if (!table.has_room(next)) {
        ++count;
        continue;
      }
      // From the free end backwards.
      Node node = nodes[count];
      for (; node.parent != kRoot; node = nodes[node.parent]) {
        table.move(nodes[node.parent].group, node.parent_slot, node.group);
      }
      return node.group;
    }
  }
  return kNowhere;
}

}  // namespace nicbench::two_groups
