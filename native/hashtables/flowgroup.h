// `flowgroup`: nicbench's own table for flows that come and go. Groups of 15 slots, one byte of tag a slot in an array
// small enough to stay in the cache, whole entries in whole lines elsewhere.
//
// Layout (flowgroup_lines.h). A key has two groups, home and other, and is at home unless home was full:
//
//   home  = reduce(hash)      other = (mix(tag) - group) mod groups      tag = low byte of the hash, never 0
//
// The second formula is its own inverse, so that everything but comparing keys works on tags alone: choosing a slot,
// searching for room, knowing where an entry could go. A home remembers which classes of its keys (8, by tag) are
// elsewhere, and forgets it with the last of them: exactly, for any sequence of inserts and erases.
//
// Costs at 80 % load (90 %). hit: the tags, 1.07 bytes a slot, 4 groups a line; 1.04 (1.06) lines of entries. miss: the
// tags, 1.03 (1.1) groups of them; a line of entries in one of 20 lookups, for a tag that happens to be the same.
// insert: the tags and the line it writes; in one of 6 (4) cases home is full, and another group's too. erase: as a
// hit. The first insert is refused at about 98.8 % load. IPv6: entries cross lines, which are adjacent.
//
// insert, home full: first it looks for a guest in its home, a key whose own home has room by now, and sends it there:
// otherwise churn at 80 % load would keep 14 % of the keys away from home instead of 8 %. Else the key becomes a guest
// of its other group; and if that is full too, the shortest chain of moves is searched breadth-first over at most
// kMaxNodes groups, reading tags only. When the search fails nothing has moved.
//
// Correct because of two invariants, which hold between any two calls: every key is in its home or its other group;
// and if it is in the other, its guest bit is set there, and its class is counted and its bit in `spilled` set at home.
// find looks at home, and at the other group if the bit is set. Moves go from the free end of a chain backwards, and a
// shortest chain visits no group twice: cutting out the part between two visits would leave a shorter one.
//
// Bursts are looked up in passes: hash and fetch tags, match tags and fetch entries, compare keys; no branch depends on
// an answer before the last pass is over. Where the first keys are not in the table, the rest is expected not to be
// either, and entries are only looked for where a tag matches. Inserts take their slots by tags alone, key by key, and
// then write all entries; the few whose tag is there already, or whose home has no room, go the long way after that, as
// do keys of the burst that may be equal to one of them.
//
// Sized once, no rehash: growing stops the data path, or (incrementally) costs every lookup a second table; a tracker
// knows its limit anyway, because the states it points to are allocated too. Nothing is allocated after construction.
//
// Ideas from others: tags compared all at once (Abseil's flat_hash_map; Facebook's F14), partial-key cuckoo hashing
// (Fan, Andersen, Kaminsky: MemC3, NSDI 2013), primary-first placement and a summary of keys that moved out (Le
// Scouarnec: Cuckoo++, ANCS 2018; Breslow et al.: Horton tables, ATC 2016). Here the summary is exact under erase, and
// guests return.
//
// Threads: one writer, no concurrent reader.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "common/bits.h"
#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/flow_table.h"
#include "hashtables/flowgroup_lines.h"
#include "hashtables/two_groups.h"
#include "packet/hash.h"

namespace nicbench {

template <class K, class V>
class FlowgroupTable {
 public:
  using Key = K;
  using Value = V;
  using Lines = GroupLines<Key, Value>;

  static constexpr std::size_t kSlots = GroupTags::kSlots;
  static constexpr std::size_t kMaxNodes = 512;  // groups looked at by one insert before it gives up

  struct Place {
    std::uint32_t home;
    std::uint8_t tag;
  };

  // Keys between start() and finish().
  struct Pending {
    const std::uint8_t* entries[kMaxBurst];  // if hits are expected: in the first slot of the home whose tag matches
    Place places[kMaxBurst];
    std::uint64_t found;    // bit i: there is such a slot
    std::uint64_t away;     // bit i: there is none, but the key may be in its other group
    std::uint64_t changes;  // of the table before start(): entries point to slots that others may have now
    bool expect_hits;
  };

  explicit FlowgroupTable(const TableOptions& options)
      : groups_(groups_for(options)),
        hash_(options.seed),
        tags_(groups_, options.huge_pages),
        lines_(groups_, options.huge_pages),
        guests_(groups_, options.huge_pages) {}

  InsertResult insert(const Key& key, const Value& value) noexcept { return insert_at(place_of(key), key, value); }

  bool find(const Key& key, Value& value) const noexcept { return find_at(place_of(key), key, value); }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    Pending pending;
    start(keys, pending);
    return compare(keys, pending, values);
  }

  void start(std::span<const Key> keys, Pending& pending) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      pending.places[i] = place_of(keys[i]);
      prefetch_to_read(&tags_[pending.places[i].home]);
    }
    aim(keys.size(), pending);
    std::uint64_t away = 0;
    for_each_bit(pending.away, [&](std::size_t i) {
      const std::uint32_t group = other_of(pending.places[i]);
      const unsigned mask = tags_[group].match(pending.places[i].tag);
      if (mask == 0) return;
      prefetch_entry<Access::kRead>(lines_[group].entry(lowest_bit(mask)));
      away |= std::uint64_t{1} << i;
    });
    pending.away = away;
  }

  std::uint64_t finish(std::span<const Key> keys, Pending& pending, std::span<Value> values) const noexcept {
    if (pending.changes != changes_) aim(keys.size(), pending);
    return compare(keys, pending, values);
  }

  void insert_burst(std::span<const Key> keys, std::span<const Value> values,
                    std::span<InsertResult> results) noexcept {
    Place places[kMaxBurst];
    std::uint8_t* entries[kMaxBurst];
    hash_and_prefetch(keys, places);
    const std::uint64_t slow = take_slots(places, keys.size(), entries);
    const std::uint64_t fast = first_bits(keys.size()) & ~slow;
    for_each_bit(slow, [&](std::size_t i) { prefetch_to_insert(places[i]); });
    for_each_bit(fast, [&](std::size_t i) {
      Lines::put_at(entries[i], keys[i], values[i]);
      results[i] = InsertResult::kInserted;
    });
    size_ += static_cast<std::size_t>(std::popcount(fast));
    ++changes_;
    for_each_bit(slow, [&](std::size_t i) { prefetch_slot_to_use(other_of(places[i]), places[i].tag); });
    for_each_bit(slow, [&](std::size_t i) { results[i] = insert_at(places[i], keys[i], values[i]); });
  }

  bool erase(const Key& key) noexcept { return erase_at(place_of(key), key); }

  std::uint64_t erase_burst(std::span<const Key> keys) noexcept {
    std::uint64_t erased = 0, slow = 0;
    Place places[kMaxBurst];
    std::uint8_t slots[kMaxBurst];
    hash_and_prefetch(keys, places);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const unsigned slot = lowest_or_none(tags_[places[i].home].match(places[i].tag));
      prefetch_entry<Access::kWrite>(lines_[places[i].home].entry(slot));
      slots[i] = static_cast<std::uint8_t>(slot);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Place place = places[i];
      GroupTags& home = tags_[place.home];
      const unsigned slot = slots[i];
      // The tag is gone if the burst has the key twice.
      if (slot < kSlots && home.tags[slot] == place.tag && Lines::holds(lines_[place.home].entry(slot), keys[i])) {
        home.tags[slot] = 0;
        erased |= std::uint64_t{1} << i;
      } else {
        slow |= std::uint64_t{1} << i;
        if (home.may_be_away(place.tag)) prefetch_to_write(&tags_[other_of(place)]);
      }
    }
    size_ -= static_cast<std::size_t>(std::popcount(erased));
    ++changes_;
    for_each_bit(slow, [&](std::size_t i) { erased |= std::uint64_t{erase_at(places[i], keys[i])} << i; });
    return erased;
  }

  void clear() noexcept {
    for (GroupTags& tags : tags_) tags = {};
    for (Lines& lines : lines_) lines.clear_counts();
    std::fill(guests_.begin(), guests_.end(), std::uint16_t{0});
    size_ = 0;
    ++changes_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return groups_ * kSlots; }
  [[nodiscard]] std::size_t memory() const noexcept { return tags_.bytes() + lines_.bytes() + guests_.bytes(); }
  [[nodiscard]] PageKind pages() const noexcept { return lines_.kind(); }
  [[nodiscard]] std::uint64_t displacements() const noexcept { return displacements_; }
  // Groups whose tags a find of `key` reads.
  [[nodiscard]] std::size_t probe_length(const Key& key) const noexcept {
    const Place place = place_of(key);
    if (slot_in(place.home, place.tag, key) != kNowhere) return 1;
    return tags_[place.home].may_be_away(place.tag) ? 2 : 1;
  }

  template <class F>
  void for_each(F&& f) const {
    for (std::size_t group = 0; group < groups_; ++group) {
      for (unsigned used = ~tags_[group].free() & GroupTags::kAll; used != 0; used &= used - 1) {
        const std::uint8_t* entry = lines_[group].entry(lowest_bit(used));
        f(Lines::key_at(entry), Lines::value_at(entry));
      }
    }
  }

 private:
  static constexpr unsigned kNowhere = two_groups::kNowhere;

  static std::size_t groups_for(const TableOptions& options) {
    if (std::max(options.capacity, options.slots) > (std::size_t{1} << 35)) {
      throw std::length_error("flowgroup: capacity above 2^35 entries");
    }
    if (options.slots != 0) return (options.slots + kSlots - 1) / kSlots;
    return (options.capacity + options.capacity / 25) / kSlots + 2;
  }

  // kSlots, which is no slot, for an empty mask.
  static unsigned lowest_or_none(unsigned mask) noexcept { return lowest_bit(mask | 1u << kSlots); }

  static std::uint64_t first_bits(std::size_t count) noexcept {
    return count == 0 ? 0 : ~std::uint64_t{0} >> (64 - count);
  }

  Place place_of(const Key& key) const noexcept {
    const std::uint64_t hash = hash_(key);
    return {static_cast<std::uint32_t>(reduce(hash, groups_)), GroupTags::tag_of(hash)};
  }

  std::uint32_t other(std::uint32_t group, std::uint8_t tag) const noexcept {
    return two_groups::other(group, tag, groups_);
  }

  std::uint32_t other_of(const Place& place) const noexcept { return other(place.home, place.tag); }

  template <Access kAccess>
  void prefetch_entry(const std::uint8_t* entry) const noexcept {
    prefetch<kAccess>(entry);
    if constexpr (Lines::kGeometry.lines > 1) prefetch<kAccess>(entry + Lines::kEntry - 1);
  }

  // The entry that may be the key's, or else the free slot that it would get.
  void prefetch_slot_to_use(std::uint32_t group, std::uint8_t tag) const noexcept {
    const unsigned mask = tags_[group].match(tag);
    prefetch_entry<Access::kWrite>(lines_[group].entry(lowest_or_none(mask != 0 ? mask : tags_[group].free())));
  }

  void hash_and_prefetch(std::span<const Key> keys, Place* places) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      places[i] = place_of(keys[i]);
      prefetch_to_write(&tags_[places[i].home]);
    }
  }

  // Gives keys whose tag is not there yet a slot at home with their tag, where the entry is to be written. Returns the
  // others, and those that may be equal to one of them: bit i for place i.
  std::uint64_t take_slots(const Place* places, std::size_t count, std::uint8_t** entries) noexcept {
    std::uint64_t slow = 0, slow_tags = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Place place = places[i];
      const std::uint64_t tag_bit = std::uint64_t{1} << place.tag % 64;
      GroupTags& home = tags_[place.home];
      const unsigned free = home.free();
      const unsigned slot = lowest_or_none(free);
      entries[i] = lines_[place.home].entry(slot);
      prefetch_entry<Access::kWrite>(entries[i]);
      const bool there = home.match(place.tag) != 0 || home.may_be_away(place.tag) || (slow_tags & tag_bit) != 0;
      if (free != 0 && !there) [[likely]] {
        home.tags[slot] = place.tag;
      } else {
        slow |= std::uint64_t{1} << i;
        slow_tags |= tag_bit;
      }
    }
    return slow;
  }

  // What insert_at() reads and writes but the slot in the other group.
  void prefetch_to_insert(const Place& place) const noexcept {
    prefetch_slot_to_use(place.home, place.tag);
    const GroupTags& home = tags_[place.home];
    if (home.free() != 0 && !home.may_be_away(place.tag)) return;
    prefetch_to_write(&tags_[other_of(place)]);
    if (home.free() != 0) return;
    prefetch_to_write(&guests_[place.home]);
    prefetch_to_write(lines_[place.home].address_of_count(GroupTags::spill_class(place.tag)));
  }

  unsigned slot_in(std::uint32_t group, std::uint8_t tag, const Key& key) const noexcept {
    for (unsigned mask = tags_[group].match(tag); mask != 0; mask &= mask - 1) {
      if (Lines::holds(lines_[group].entry(lowest_bit(mask)), key)) return lowest_bit(mask);
    }
    return kNowhere;
  }

  // Matches tags, and fetches what is needed next: the entry that a tag points to, or the tags of the other group.
  void aim(std::size_t count, Pending& pending) const noexcept {
    std::uint64_t found = 0, away = 0;
    pending.expect_hits = expect_hits(pending.places, count);
    if (pending.expect_hits) {
      for (std::size_t i = 0; i < count; ++i) {
        const Place place = pending.places[i];
        const unsigned mask = tags_[place.home].match(place.tag);
        // Without a match some bytes of the group, fetched in vain: cheaper than a branch.
        const std::uint8_t* entry = lines_[place.home].entry(lowest_or_none(mask));
        prefetch_entry<Access::kRead>(entry);
        pending.entries[i] = entry;
        found |= std::uint64_t{mask != 0} << i;
      }
      for_each_bit(first_bits(count) & ~found, [&](std::size_t i) {
        const Place place = pending.places[i];
        away |= std::uint64_t{tags_[place.home].may_be_away(place.tag)} << i;
      });
    } else {
      alignas(16) std::uint16_t masks[kMaxBurst], spilled[kMaxBurst];
      for (std::size_t i = 0; i < count; ++i) {
        const Place place = pending.places[i];
        const GroupTags& home = tags_[place.home];
        masks[i] = static_cast<std::uint16_t>(home.match(place.tag));
        spilled[i] = home.spilled & GroupTags::kSpillBits[place.tag];
      }
      found = nonzero(masks, count);
      away = nonzero(spilled, count) & ~found;
      for_each_bit(found, [&](std::size_t i) {
        prefetch_entry<Access::kRead>(lines_[pending.places[i].home].entry(lowest_bit(masks[i])));
      });
    }
    for_each_bit(away, [&](std::size_t i) { prefetch_to_read(&tags_[other_of(pending.places[i])]); });
    pending.found = found;
    pending.away = away;
    pending.changes = changes_;
  }

  // Whether most keys of a burst are in the table, by its first three.
  bool expect_hits(const Place* places, std::size_t count) const noexcept {
    if (count < 3) return true;
    unsigned found = 0;
    for (std::size_t i = 0; i < 3; ++i) found += tags_[places[i].home].match(places[i].tag) != 0;
    return found > 1;
  }

  std::uint64_t compare(std::span<const Key> keys, const Pending& pending, std::span<Value> values) const noexcept {
    std::uint64_t hits = 0;
    if (pending.expect_hits) {
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::uint8_t* entry = pending.entries[i];
        values[i] = Lines::value_at(entry);
        hits |= std::uint64_t{Lines::holds(entry, keys[i])} << i;
      }
      hits &= pending.found;
    }
    for_each_bit(pending.found & ~hits,
                 [&](std::size_t i) { hits |= std::uint64_t{find_at(pending.places[i], keys[i], values[i])} << i; });
    for_each_bit(pending.away, [&](std::size_t i) {
      const Place place = pending.places[i];
      hits |= std::uint64_t{find_in(other_of(place), place.tag, keys[i], values[i])} << i;
    });
    return hits;
  }

  bool find_at(const Place& place, const Key& key, Value& value) const noexcept {
    if (find_in(place.home, place.tag, key, value)) return true;
    return tags_[place.home].may_be_away(place.tag) && find_in(other_of(place), place.tag, key, value);
  }

  bool find_in(std::uint32_t group, std::uint8_t tag, const Key& key, Value& value) const noexcept {
    for (unsigned mask = tags_[group].match(tag); mask != 0; mask &= mask - 1) {
      const std::uint8_t* entry = lines_[group].entry(lowest_bit(mask));
      if (!Lines::holds(entry, key)) continue;
      value = Lines::value_at(entry);
      return true;
    }
    return false;
  }

  InsertResult insert_at(const Place& place, const Key& key, const Value& value) noexcept {
    if (slot_in(place.home, place.tag, key) != kNowhere) return InsertResult::kExists;
    const GroupTags& home = tags_[place.home];
    if (home.may_be_away(place.tag) && slot_in(other_of(place), place.tag, key) != kNowhere) {
      return InsertResult::kExists;
    }
    unsigned free = home.free();
    std::uint32_t group = place.home;
    if (free == 0) {
      group = send_a_guest_home(place.home) ? place.home : other_of(place);
      free = tags_[group].free();
      if (free == 0) {
        group = make_room(place);
        if (group == kNowhere) return InsertResult::kFull;
        free = tags_[group].free();
      }
      if (group != place.home) take_in(group, lowest_bit(free), place.home, place.tag);
    }
    tags_[group].tags[lowest_bit(free)] = place.tag;
    lines_[group].put(lowest_bit(free), key, value);
    ++size_;
    ++changes_;
    return InsertResult::kInserted;
  }

  bool erase_at(const Place& place, const Key& key) noexcept {
    std::uint32_t group = place.home;
    unsigned slot = slot_in(group, place.tag, key);
    if (slot == kNowhere) {
      if (!tags_[group].may_be_away(place.tag)) return false;
      group = other_of(place);
      slot = slot_in(group, place.tag, key);
      if (slot == kNowhere) return false;
    }
    if (group != place.home) send_off(group, slot, place.home, place.tag);
    tags_[group].tags[slot] = 0;
    --size_;
    ++changes_;
    return true;
  }

  // The slot holds a key of this home and tag from now on, as a guest; until it is sent off.
  void take_in(std::uint32_t group, unsigned slot, std::uint32_t home, std::uint8_t tag) noexcept {
    const unsigned spill_class = GroupTags::spill_class(tag);
    guests_[group] = static_cast<std::uint16_t>(guests_[group] | 1u << slot);
    if (lines_[home].count_up(spill_class))
      tags_[home].spilled = static_cast<std::uint8_t>(tags_[home].spilled | 1u << spill_class);
  }
  void send_off(std::uint32_t group, unsigned slot, std::uint32_t home, std::uint8_t tag) noexcept {
    const unsigned spill_class = GroupTags::spill_class(tag);
    guests_[group] = static_cast<std::uint16_t>(guests_[group] & ~(1u << slot));
    if (lines_[home].count_down(spill_class))
      tags_[home].spilled = static_cast<std::uint8_t>(tags_[home].spilled & ~(1u << spill_class));
  }

  // True if a slot of the full group was freed.
  bool send_a_guest_home(std::uint32_t group) noexcept {
    for (unsigned guests = guests_[group]; guests != 0; guests &= guests - 1) {
      const unsigned slot = lowest_bit(guests);
      const std::uint32_t home = other(group, tags_[group].tags[slot]);
      if (tags_[home].free() == 0) continue;
      move(group, slot, home);
      return true;
    }
    return false;
  }

  struct Moves {
    FlowgroupTable& table;

    void expand(std::uint32_t /*group*/) const noexcept {}
    std::uint32_t neighbour(std::uint32_t group, unsigned slot) const noexcept {
      return table.other(group, table.tags_[group].tags[slot]);
    }
    bool has_room(std::uint32_t group) const noexcept { return table.tags_[group].free() != 0; }
    void move(std::uint32_t from, unsigned slot, std::uint32_t to) const noexcept { table.move(from, slot, to); }
  };

  // Both groups are full: frees a slot in one of them and returns it, or changes nothing and returns kNowhere.
  std::uint32_t make_room(const Place& place) noexcept {
    Moves moves{*this};
    return two_groups::make_room<kSlots, kMaxNodes>(moves, place.home, other_of(place));
  }

  // Moves an entry to its other group, which has room.
  void move(std::uint32_t from, unsigned slot, std::uint32_t to) noexcept {
    const std::uint8_t tag = tags_[from].tags[slot];
    const unsigned free = lowest_bit(tags_[to].free());
    const std::uint8_t* entry = lines_[from].entry(slot);
    lines_[to].put(free, Lines::key_at(entry), Lines::value_at(entry));
    if ((guests_[from] >> slot & 1) != 0) {
      send_off(from, slot, to, tag);
    } else {
      take_in(to, free, from, tag);
    }
    tags_[to].tags[free] = tag;
    tags_[from].tags[slot] = 0;
    ++displacements_;
  }

  std::size_t groups_;
  TupleHash hash_;
  PageArray<GroupTags> tags_;
  PageArray<Lines> lines_;
  PageArray<std::uint16_t> guests_;
  std::size_t size_ = 0;
  std::uint64_t displacements_ = 0;
  std::uint64_t changes_ = 0;
};

}  // namespace nicbench
