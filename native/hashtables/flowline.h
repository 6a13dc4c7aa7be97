// `flowline`: nicbench's own table for connection tracking. One cache line a lookup.
//
// Layout. Buckets of one cache line hold whole keys with their values (flowline_bucket.h): a lookup that has read the
// line has its answer. A key has two buckets, home and away, and is at home unless home was full. What makes the two
// choices cheap is a side map of one byte a bucket, 1/64 of the table and therefore mostly in the second-level cache:
//
//   home = reduce(hash)        away = another bucket, from the other half of the hash        group = hash & 7
//   spilled[home], bit group   set if some key of that home and group is away
//
// A clear bit proves that a key which is not at home is nowhere: nearly all misses read one line. A set bit sends a
// lookup to both buckets at once, not to one after the other. The bucket counts its absent keys by group, so that the
// bit is cleared with the last of them, exactly, for any sequence of inserts and erases.
//
// Costs at 80 % load (90 %), cache lines besides the side map. hit: 1.2 (1.3) fetched, all of them before the first is
// needed. miss: 1.06 (1.1). insert: that of a miss, plus one or two in the fifth of cases where home is full. erase:
// one; of a key that is away, two. IPv6: each line is two adjacent ones. The first insert is refused at
// about 94 % load.
//
// insert, home full: first it looks for a guest in its home, a key that is away there and whose own home has room by
// now, and sends it back: otherwise churn would drive more and more keys away (to 38 % instead of 27 % of them at 80 %
// load). Else the key goes to its away bucket; and if that is full too, the shortest chain of moves is searched
// breadth-first over at most kMaxNodes buckets, all prefetched as they are queued. When the search fails nothing has
// moved.
//
// Correct because of two invariants, which hold between any two calls: every key is in its home or its away bucket;
// and if it is away, the count of its group at home is at least 1 and the bit is set. find looks at home, and at away
// if the bit is set. Moves go from the free end of a chain backwards and update counts with every step.
//
// Sized once, no rehash: growing stops the data path, or (incrementally) costs every lookup a second table; a tracker
// knows its limit anyway, because the states it points to are allocated too. Nothing is allocated after construction.
//
// Ideas from others: cuckoo hashing with buckets (Dietzfelbinger, Weidling: TCS 2007), primary-first placement and a
// summary of keys that moved out (Le Scouarnec: Cuckoo++, ANCS 2018; Breslow et al.: Horton tables, ATC 2016). Here the
// summary is exact under erase and lies outside the bucket, where it is known before the line is fetched.
//
// Threads: one writer, no concurrent reader.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/flow_table.h"
#include "hashtables/flowline_bucket.h"
#include "packet/hash.h"

namespace nicbench {

template <class K, class V>
class FlowlineTable {
 public:
  using Key = K;
  using Value = V;
  using Bucket = FlowlineBucket<Key, Value>;
  using Tenant = typename Bucket::Tenant;

  static constexpr std::size_t kSlots = Bucket::kSlots;
  static constexpr std::size_t kMaxNodes = 512;  // buckets looked at by one insert before it gives up

  // Keys between start() and finish(): for each, the bucket to look into first, and its home.
  struct Pending {
    std::uint32_t first[kMaxBurst];
    std::uint32_t home[kMaxBurst];
    std::uint64_t spills;  // of the table before start(): keys may have left their homes since
  };

  explicit FlowlineTable(const TableOptions& options)
      : bucket_count_(buckets_for(options)),
        hash_(options.seed),
        buckets_(bucket_count_, options.huge_pages),
        spilled_(bucket_count_, options.huge_pages) {}

  InsertResult insert(const Key& key, const Value& value) noexcept { return insert_hashed(key, hash_(key), value); }

  // No branch waits for a bucket, so that the core overlaps the lookups of a loop by itself: the one there is waits for
  // the side map, which is near.
  bool find(const Key& key, Value& value) const noexcept {
    const std::uint64_t hash = hash_(key);
    const Bucket& home = buckets_[home_of(hash)];
    const unsigned at_home = home.match(key);
    if (!may_be_away(hash)) [[likely]] {
      value = home.value_of(at_home);
      return at_home != 0;
    }
    const Bucket& away = buckets_[away_of(hash)];
    const unsigned match = at_home | away.match(key);
    // As arithmetic, since compilers make a branch of `at_home != 0 ? home : away`.
    const std::ptrdiff_t step = (&away - &home) & -static_cast<std::ptrdiff_t>(at_home == 0);
    value = (&home + step)->value_of(match);
    return match != 0;
  }

  // The homes are fetched at once, before the side map has answered which keys need their other bucket too.
  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    std::uint64_t hashes[kMaxBurst];
    Pending pending;
    pending.spills = spills_;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashes[i] = hash_(keys[i]);
      const std::uint64_t home = home_of(hashes[i]);
      prefetch_to_read(&spilled_[home]);
      prefetch<Access::kRead>(home);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      aim(hashes[i], pending, i);
      prefetch<Access::kRead>(pending.first[i]);
    }
    return finish(keys, pending, values);
  }

  // The side map is waited for before any bucket is fetched: other bursts are in flight meanwhile, and less is fetched
  // in vain.
  void start(std::span<const Key> keys, Pending& pending) const noexcept {
    std::uint64_t hashes[kMaxBurst];
    pending.spills = spills_;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashes[i] = hash_(keys[i]);
      prefetch_to_read(&spilled_[home_of(hashes[i])]);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      aim(hashes[i], pending, i);
      prefetch<Access::kRead>(pending.first[i]);
      prefetch<Access::kRead>(pending.home[i]);
    }
  }

  std::uint64_t finish(std::span<const Key> keys, const Pending& pending, std::span<Value> values) const noexcept {
    const unsigned spilled = pending.spills != spills_;
    std::uint64_t hits = 0;
    std::uint8_t again[kMaxBurst];
    std::size_t again_count = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Bucket& bucket = buckets_[pending.first[i]];
      const unsigned match = bucket.match(keys[i]);
      values[i] = bucket.value_of(match);
      hits |= std::uint64_t{match != 0} << i;
      again[again_count] = static_cast<std::uint8_t>(i);
      again_count +=
          static_cast<unsigned>(match == 0) & (spilled | static_cast<unsigned>(pending.first[i] != pending.home[i]));
    }
    for (std::size_t j = 0; j < again_count; ++j) {
      const std::size_t i = again[j];
      if (spilled != 0) {
        hits |= std::uint64_t{find(keys[i], values[i])} << i;
        continue;
      }
      const Bucket& bucket = buckets_[pending.home[i]];
      const unsigned match = bucket.match(keys[i]);
      if (match == 0) continue;
      values[i] = bucket.value_of(match);
      hits |= std::uint64_t{1} << i;
    }
    return hits;
  }

  // Most keys find room at home in the first pass over the burst. The others wait until the lines that they need are
  // on their way, and are then inserted one by one.
  void insert_burst(std::span<const Key> keys, std::span<const Value> values,
                    std::span<InsertResult> results) noexcept {
    std::uint64_t hashes[kMaxBurst];
    std::uint8_t later[kMaxBurst];
    std::size_t later_count = 0;
    hash_and_prefetch(keys, hashes);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Bucket& home = buckets_[home_of(hashes[i])];
      if (home.match(keys[i]) != 0) {
        results[i] = InsertResult::kExists;
      } else if (home.full() || may_be_away(hashes[i])) {
        prefetch<Access::kWrite>(away_of(hashes[i]));
        if (home.full()) prefetch_homes_of_guests(home_of(hashes[i]));
        later[later_count++] = static_cast<std::uint8_t>(i);
      } else {
        home.put(keys[i], values[i], Tenant::kResident);
        ++size_;
        results[i] = InsertResult::kInserted;
      }
    }
    for (std::size_t j = 0; j < later_count; ++j) {
      const std::size_t i = later[j];
      results[i] = insert_hashed(keys[i], hashes[i], values[i]);
    }
  }

  bool erase(const Key& key) noexcept { return erase_hashed(key, hash_(key)); }

  std::uint64_t erase_burst(std::span<const Key> keys) noexcept {
    std::uint64_t hashes[kMaxBurst];
    hash_and_prefetch(keys, hashes);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (may_be_away(hashes[i])) prefetch<Access::kWrite>(away_of(hashes[i]));
    }
    std::uint64_t erased = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) erased |= std::uint64_t{erase_hashed(keys[i], hashes[i])} << i;
    return erased;
  }

  void clear() noexcept {
    std::fill(buckets_.begin(), buckets_.end(), Bucket{});
    std::fill(spilled_.begin(), spilled_.end(), std::uint8_t{0});
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return bucket_count_ * kSlots; }
  [[nodiscard]] std::size_t memory() const noexcept { return buckets_.bytes() + spilled_.bytes(); }
  [[nodiscard]] PageKind pages() const noexcept { return buckets_.kind(); }
  [[nodiscard]] std::uint64_t displacements() const noexcept { return displacements_; }
  // Buckets that a find of `key` reads.
  [[nodiscard]] std::size_t probe_length(const Key& key) const noexcept {
    const std::uint64_t hash = hash_(key);
    return buckets_[home_of(hash)].match(key) == 0 && may_be_away(hash) ? 2 : 1;
  }

  template <class F>
  void for_each(F&& f) const {
    for (const Bucket& bucket : buckets_) {
      for (unsigned used = bucket.used(); used != 0; used &= used - 1) {
        const unsigned position = Bucket::lowest(used);
        f(bucket.key_at(position), bucket.value_at(position));
      }
    }
  }

 private:
  static constexpr std::uint16_t kRoot = 0xffff;

  // A bucket reached by the search for room, and the position in the parent's bucket whose entry would move here.
  struct Node {
    std::uint32_t bucket;
    std::uint16_t parent;
    std::uint16_t parent_position;
  };

  static std::size_t buckets_for(const TableOptions& options) {
    if (std::max(options.capacity, options.slots) > (std::size_t{1} << 33)) {
      throw std::length_error("flowline: capacity above 2^33 entries");
    }
    if (options.slots != 0) return (options.slots + kSlots - 1) / kSlots;
    return (options.capacity + options.capacity / 10) / kSlots + 4;
  }

  std::uint64_t home_of(std::uint64_t hash) const noexcept { return reduce(hash, bucket_count_); }
  // Never home, unless there is only one bucket.
  std::uint64_t away_of(std::uint64_t hash) const noexcept {
    const std::uint64_t other = home_of(hash) + 1 + reduce(hash << 32, bucket_count_ - 1);
    return other >= bucket_count_ ? other - bucket_count_ : other;
  }
  static unsigned group_of(std::uint64_t hash) noexcept { return static_cast<unsigned>(hash) % Bucket::kGroups; }

  bool may_be_away(std::uint64_t hash) const noexcept { return (spilled_[home_of(hash)] >> group_of(hash) & 1) != 0; }

  template <Access kAccess>
  void prefetch(std::uint64_t bucket) const noexcept {
    for (std::size_t line = 0; line < Bucket::kGeometry.lines; ++line) {
      nicbench::prefetch<kAccess>(reinterpret_cast<const std::uint8_t*>(&buckets_[bucket]) + line * kCacheLine);
    }
  }

  // first = away if the bit is set, else home; without a branch, which would be mispredicted for every fifth key.
  void aim(std::uint64_t hash, Pending& pending, std::size_t i) const noexcept {
    const std::uint64_t home = home_of(hash);
    const std::uint64_t bit = spilled_[home] >> group_of(hash) & 1;
    pending.home[i] = static_cast<std::uint32_t>(home);
    pending.first[i] = static_cast<std::uint32_t>(home ^ ((home ^ away_of(hash)) & (0 - bit)));
  }

  void hash_and_prefetch(std::span<const Key> keys, std::uint64_t* hashes) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashes[i] = hash_(keys[i]);
      const std::uint64_t home = home_of(hashes[i]);
      prefetch_to_read(&spilled_[home]);
      prefetch<Access::kWrite>(home);
    }
  }

  InsertResult insert_hashed(const Key& key, std::uint64_t hash, const Value& value) noexcept {
    Bucket& home = buckets_[home_of(hash)];
    if (home.match(key) != 0) return InsertResult::kExists;
    if (may_be_away(hash) && buckets_[away_of(hash)].match(key) != 0) return InsertResult::kExists;
    if (home.full() && !send_a_guest_home(home_of(hash))) {
      Bucket& away = buckets_[away_of(hash)];
      if (away.full() && !make_room(hash)) return InsertResult::kFull;
      if (home.full()) {
        away.put(key, value, Tenant::kGuest);
        note_away(hash);
        ++size_;
        return InsertResult::kInserted;
      }
    }
    home.put(key, value, Tenant::kResident);
    ++size_;
    return InsertResult::kInserted;
  }

  bool erase_hashed(const Key& key, std::uint64_t hash) noexcept {
    Bucket& home = buckets_[home_of(hash)];
    if (const unsigned match = home.match(key); match != 0) {
      home.remove(Bucket::lowest(match));
    } else {
      if (!may_be_away(hash)) return false;
      Bucket& away = buckets_[away_of(hash)];
      const unsigned match_away = away.match(key);
      if (match_away == 0) return false;
      away.remove(Bucket::lowest(match_away));
      note_back(hash);
    }
    --size_;
    return true;
  }

  // A key of this hash was put into its away bucket, or taken out of it.
  void note_away(std::uint64_t hash) noexcept {
    ++spills_;
    const std::uint64_t home = home_of(hash);
    if (buckets_[home].count_up(group_of(hash)))
      spilled_[home] = static_cast<std::uint8_t>(spilled_[home] | 1u << group_of(hash));
  }
  void note_back(std::uint64_t hash) noexcept {
    const std::uint64_t home = home_of(hash);
    if (buckets_[home].count_down(group_of(hash)))
      spilled_[home] = static_cast<std::uint8_t>(spilled_[home] & ~(1u << group_of(hash)));
  }

  void prefetch_homes_of_guests(std::uint64_t bucket) const noexcept {
    for (unsigned guests = buckets_[bucket].guests(); guests != 0; guests &= guests - 1) {
      prefetch<Access::kWrite>(home_of(hash_(buckets_[bucket].key_at(Bucket::lowest(guests)))));
    }
  }

  // True if a slot of the full bucket was freed.
  bool send_a_guest_home(std::uint64_t bucket) noexcept {
    for (unsigned guests = buckets_[bucket].guests(); guests != 0; guests &= guests - 1) {
      const unsigned position = Bucket::lowest(guests);
      const std::uint64_t home = home_of(hash_(buckets_[bucket].key_at(position)));
      if (buckets_[home].full()) continue;
      move(bucket, position, home);
      return true;
    }
    return false;
  }

  // Both buckets of the hash are full: frees a slot in one of them, or changes nothing.
  bool make_room(std::uint64_t hash) noexcept {
    if (bucket_count_ == 1) return false;
    Node nodes[kMaxNodes];
    nodes[0] = {static_cast<std::uint32_t>(home_of(hash)), kRoot, 0};
    nodes[1] = {static_cast<std::uint32_t>(away_of(hash)), kRoot, 0};
    std::size_t count = 2;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t at = nodes[i].bucket;
      if (!buckets_[at].full()) {
        move_along(nodes, nodes[i]);
        return true;
      }
      for (unsigned position = 0; position < 2 * kSlots && count < kMaxNodes; position += 2) {
        const std::uint32_t next = other_bucket(hash_(buckets_[at].key_at(position)), at);
        prefetch<Access::kWrite>(next);
        nodes[count++] = {next, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(position)};
      }
    }
    return false;
  }

  std::uint32_t other_bucket(std::uint64_t hash, std::uint64_t bucket) const noexcept {
    const std::uint64_t home = home_of(hash);
    return static_cast<std::uint32_t>(home == bucket ? away_of(hash) : home);
  }

  void move_along(const Node* nodes, Node node) noexcept {
    for (; node.parent != kRoot; node = nodes[node.parent]) {
      move(nodes[node.parent].bucket, node.parent_position, node.bucket);
    }
  }

  // Moves an entry to its other bucket, which has room.
  void move(std::uint64_t from, unsigned position, std::uint64_t to) noexcept {
    const Key key = buckets_[from].key_at(position);
    const std::uint64_t hash = hash_(key);
    const bool leaves_home = home_of(hash) == from;
    buckets_[to].put(key, buckets_[from].value_at(position), leaves_home ? Tenant::kGuest : Tenant::kResident);
    buckets_[from].remove(position);
    leaves_home ? note_away(hash) : note_back(hash);
    ++displacements_;
  }

  std::size_t bucket_count_;
  TupleHash hash_;
  PageArray<Bucket> buckets_;
  PageArray<std::uint8_t> spilled_;
  std::size_t size_ = 0;
  std::uint64_t displacements_ = 0;
  std::uint64_t spills_ = 0;
};

}  // namespace nicbench
