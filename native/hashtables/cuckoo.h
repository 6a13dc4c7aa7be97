// `cuckoo`: bucketised cuckoo hashing with partial-key alternate buckets, as DPDK's rte_hash does it
// (Fan, Andersen, Kaminsky: "MemC3", NSDI 2013; Pagh, Rodler: "Cuckoo Hashing", J. Algorithms 2004).
//
// Layout. Two arrays indexed by bucket: 8 signatures of 16 bits (0: free slot), four buckets a cache line; and
// 8 entries (key and value) at the same places. An entry lives in one of two buckets:
//
//   primary   = reduce(hash)                      alternate = (mix(signature) - bucket) mod buckets
//
// The second formula is its own inverse, so an entry can be moved knowing only its signature and where it is, and the
// table need not be a power of two in size.
//
// Costs, in cache lines: find reads one line of signatures and one or two of the entry for a key in its primary bucket,
// one line of signatures more for other keys and for misses; each false signature match (8 slots / 65535) reads one
// entry. insert costs a miss plus a slot; when both buckets are full it searches breadth-first, over signatures only,
// for the shortest chain of moves to a free slot (at most kMaxNodes buckets). No allocation after construction.
//
// Correct because: find always looks at both buckets, and moves happen from the free end of the chain backwards, so
// every key is in the table at every step. A shortest chain visits no bucket twice: cutting out the part between two
// visits would leave a shorter chain, which breadth-first search would have found first. When the search fails nothing
// has moved.
//
// Fills to about 99 % of its slots with random keys; the constructor adds 5 % to the capacity asked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/flow_table.h"
#include "hashtables/signatures.h"
#include "packet/hash.h"

namespace nicbench {

// What a bucket keeps of its keys is a parameter: plain signatures here, or signatures with a summary of the keys that
// moved out (cuckoo_plus_plus.h).
template <class K, class V, class Bucket>
class BasicCuckooTable {
 public:
  using Key = K;
  using Value = V;

  static constexpr std::size_t kSlots = Bucket::kSlots;
  static constexpr std::size_t kMaxNodes = 1024;  // buckets looked at by one insert before it gives up

  explicit BasicCuckooTable(const TableOptions& options)
      : buckets_(buckets_for(options)),
        hash_(options.seed),
        signatures_(buckets_, options.huge_pages),
        entries_(buckets_ * kSlots, options.huge_pages) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    const Place place = place_of(key);
    if (locate(key, place) != kNowhere) return InsertResult::kExists;
    std::size_t slot = free_slot(place.primary);
    if (slot == kNowhere) slot = free_slot(alternate_of(place));
    if (slot == kNowhere) slot = make_room(place);
    if (slot == kNowhere) return InsertResult::kFull;
    enter(slot, place.signature, slot / kSlots != place.primary);
    entries_[slot] = {key, value};
    ++size_;
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept {
    const std::size_t slot = locate(key, place_of(key));
    if (slot == kNowhere) return false;
    value = entries_[slot].value;
    return true;
  }

  struct Place {
    std::uint32_t primary;
    std::uint16_t signature;
  };
  // Keys between start() and finish().
  struct Pending {
    Place places[kMaxBurst];
  };

  // Hashes, and fetches the signatures: of both buckets, or of the primary alone where it knows which keys moved out.
  void start(std::span<const Key> keys, Pending& pending) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      pending.places[i] = place_of(keys[i]);
      prefetch_to_read(&signatures_[pending.places[i].primary]);
      if constexpr (!Bucket::kKnowsAway) prefetch_to_read(&signatures_[alternate_of(pending.places[i])]);
    }
  }

  // Matches signatures and fetches the entry that most likely holds the key, for the whole burst; then compares keys.
  std::uint64_t finish(std::span<const Key> keys, const Pending& pending, std::span<Value> values) const noexcept {
    std::uint32_t masks[kMaxBurst];  // slots whose signature matches: 8 bits of the primary bucket, 8 of the alternate
    if constexpr (Bucket::kKnowsAway) {
      match_where_needed(keys.size(), pending, masks);
    } else {
      match_both(keys.size(), pending, masks);
    }
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      for (std::uint32_t mask = masks[i]; mask != 0; mask &= mask - 1) {
        const Entry& entry = entries_[slot_of(pending.places[i], mask)];
        if (entry.key == keys[i]) {
          values[i] = entry.value;
          hits |= std::uint64_t{1} << i;
          break;
        }
      }
    }
    return hits;
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    Pending pending;
    start(keys, pending);
    return finish(keys, pending, values);
  }

  bool erase(const Key& key) noexcept {
    const std::size_t slot = locate(key, place_of(key));
    if (slot == kNowhere) return false;
    leave(slot);
    --size_;
    return true;
  }

  void clear() noexcept {
    for (Bucket& bucket : signatures_) bucket = {};
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return buckets_ * kSlots; }
  [[nodiscard]] std::size_t memory() const noexcept { return signatures_.bytes() + entries_.bytes(); }
  [[nodiscard]] PageKind pages() const noexcept { return entries_.kind(); }
  // Entries moved by all inserts so far.
  [[nodiscard]] std::uint64_t displacements() const noexcept { return displacements_; }
  // Buckets that a find of `key` reads.
  [[nodiscard]] std::size_t probe_length(const Key& key) const noexcept {
    const Place place = place_of(key);
    if (locate_in(place.primary, key, place.signature) != kNowhere) return 1;
    if constexpr (Bucket::kKnowsAway) return signatures_[place.primary].may_be_away(place.signature) ? 2 : 1;
    return 2;
  }

  template <class F>
  void for_each(F&& f) const {
    for (std::size_t slot = 0; slot < capacity(); ++slot) {
      if (signatures_[slot / kSlots].tags[slot % kSlots] != 0) f(entries_[slot].key, entries_[slot].value);
    }
  }

 private:
  struct Entry {
    Key key;
    Value value;
  };
  // A bucket reached by the search, and the slot of the parent's bucket whose entry would move here.
  struct Node {
    std::uint32_t bucket;
    std::uint16_t parent;
    std::uint16_t parent_slot;
  };
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  static constexpr std::uint16_t kRoot = 0xffff;

  static std::size_t buckets_for(const TableOptions& options) {
    if (std::max(options.capacity, options.slots) > (std::size_t{1} << 34)) {
      throw std::length_error("cuckoo: capacity above 2^34 entries");
    }
    if (options.slots != 0) return (options.slots + kSlots - 1) / kSlots;
    return (options.capacity + options.capacity / 20) / kSlots + 2;
  }

  Place place_of(const Key& key) const noexcept {
    const std::uint64_t hash = hash_(key);
    return {static_cast<std::uint32_t>(reduce(hash, buckets_)), signature_of(hash)};
  }

  std::uint32_t alternate_of(const Place& place) const noexcept { return alternate_of(place.primary, place.signature); }

  std::uint32_t alternate_of(std::uint32_t bucket, std::uint16_t signature) const noexcept {
    // By a mask: a branch here would be mispredicted for every other key.
    const auto difference =
        static_cast<std::int64_t>(reduce(signature * 0x9e3779b97f4a7c15u, buckets_)) - std::int64_t{bucket};
    return static_cast<std::uint32_t>(difference + (static_cast<std::int64_t>(buckets_) & difference >> 63));
  }

  void prefetch_entry(std::size_t slot) const noexcept {
    const Entry* entry = &entries_[slot];
    prefetch_to_read(entry);
    prefetch_to_read(reinterpret_cast<const std::byte*>(entry + 1) - 1);
  }

  // The slot of the first match in a mask of 8 primary and 8 alternate bits.
  std::size_t slot_of(const Place& place, std::uint32_t mask) const noexcept {
    const auto bit = static_cast<std::size_t>(__builtin_ctz(mask));
    const std::size_t bucket = bit < kSlots ? place.primary : alternate_of(place);
    return bucket * kSlots + bit % kSlots;
  }

  void match_both(std::size_t count, const Pending& pending, std::uint32_t* masks) const noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      const Place& place = pending.places[i];
      masks[i] = signatures_[place.primary].match(place.signature) |
                 signatures_[alternate_of(place)].match(place.signature) << kSlots;
      if (masks[i] != 0) prefetch_entry(slot_of(place, masks[i]));
    }
  }

  // Fetches an alternate bucket only for a key that its primary does not seem to have and that may have moved. A key
  // that has the signature of another one in its primary bucket is looked for in both.
  void match_where_needed(std::size_t count, const Pending& pending, std::uint32_t* masks) const noexcept {
    std::uint8_t away[kMaxBurst];
    std::size_t away_count = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Place& place = pending.places[i];
      masks[i] = signatures_[place.primary].match(place.signature);
      if (masks[i] != 0) prefetch_entry(slot_of(place, masks[i]));
      if (!signatures_[place.primary].may_be_away(place.signature)) continue;
      prefetch_to_read(&signatures_[alternate_of(place)]);
      away[away_count++] = static_cast<std::uint8_t>(i);
    }
    for (std::size_t j = 0; j < away_count; ++j) {
      const Place& place = pending.places[away[j]];
      std::uint32_t& mask = masks[away[j]];
      const std::uint32_t alternate = signatures_[alternate_of(place)].match(place.signature) << kSlots;
      if (mask == 0 && alternate != 0) prefetch_entry(slot_of(place, alternate));
      mask |= alternate;
    }
  }

  std::size_t locate(const Key& key, const Place& place) const noexcept {
    const std::size_t slot = locate_in(place.primary, key, place.signature);
    if (slot != kNowhere) return slot;
    if constexpr (Bucket::kKnowsAway) {
      if (!signatures_[place.primary].may_be_away(place.signature)) return kNowhere;
    }
    return locate_in(alternate_of(place), key, place.signature);
  }

  std::size_t locate_in(std::uint32_t bucket, const Key& key, std::uint16_t signature) const noexcept {
    for (std::uint32_t mask = signatures_[bucket].match(signature); mask != 0; mask &= mask - 1) {
      const std::size_t slot = bucket * kSlots + static_cast<std::size_t>(__builtin_ctz(mask));
      if (entries_[slot].key == key) return slot;
    }
    return kNowhere;
  }

  std::size_t free_slot(std::size_t bucket) const noexcept {
    const std::uint32_t mask = signatures_[bucket].match(0);
    return mask == 0 ? kNowhere : bucket * kSlots + static_cast<std::size_t>(__builtin_ctz(mask));
  }

  // Both buckets are full: moves entries along the shortest chain and returns the freed slot in one of them, or
  // kNowhere, having changed nothing.
  std::size_t make_room(const Place& place) noexcept {
    Node nodes[kMaxNodes];
    nodes[0] = {place.primary, kRoot, 0};
    nodes[1] = {alternate_of(place), kRoot, 0};
    std::size_t count = 2;
    for (std::size_t i = 0; i < count && count + kSlots <= kMaxNodes; ++i) {
      const Bucket& bucket = signatures_[nodes[i].bucket];
      for (std::size_t slot = 0; slot < kSlots; ++slot) {
        const std::uint32_t next = alternate_of(nodes[i].bucket, bucket.tags[slot]);
        nodes[count] = {next, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(slot)};
        const std::size_t free = free_slot(next);
        if (free != kNowhere) return move_along(nodes, nodes[count], free);
        ++count;
      }
    }
    return kNowhere;
  }

  std::size_t move_along(const Node* nodes, Node node, std::size_t free) noexcept {
    while (node.parent != kRoot) {
      const Node& parent = nodes[node.parent];
      const std::size_t from = std::size_t{parent.bucket} * kSlots + node.parent_slot;
      entries_[free] = entries_[from];
      const std::uint16_t tag = signatures_[from / kSlots].tags[from % kSlots];
      const bool was_away = leave(from);
      enter(free, tag, !was_away);
      ++displacements_;
      free = from;
      node = parent;
    }
    return free;
  }

  // Takes a slot for a key with this signature; `away`: this is not its primary bucket.
  void enter(std::size_t slot, std::uint16_t signature, bool away) noexcept {
    const std::size_t bucket = slot / kSlots;
    signatures_[bucket].tags[slot % kSlots] = signature;
    if constexpr (Bucket::kKnowsAway) {
      signatures_[bucket].set_guest(slot % kSlots, away);
      if (away) signatures_[alternate_of(static_cast<std::uint32_t>(bucket), signature)].moved_out(signature);
    }
  }

  // Frees a slot; true if its key was away from its primary bucket (which then knows that it no longer is).
  bool leave(std::size_t slot) noexcept {
    const std::size_t bucket = slot / kSlots;
    std::uint16_t& tag = signatures_[bucket].tags[slot % kSlots];
    bool away = false;
    if constexpr (Bucket::kKnowsAway) {
      away = signatures_[bucket].is_guest(slot % kSlots);
      if (away) signatures_[alternate_of(static_cast<std::uint32_t>(bucket), tag)].came_back();
    }
    tag = 0;
    return away;
  }

  std::size_t buckets_;
  TupleHash hash_;
  PageArray<Bucket> signatures_;
  PageArray<Entry> entries_;
  std::size_t size_ = 0;
  std::uint64_t displacements_ = 0;
};

template <class K, class V>
using CuckooTable = BasicCuckooTable<K, V, Signatures8>;

}  // namespace nicbench
