// `flowline` shared by its buckets: readers store nothing, writers lock one or two lines.
//
// Layout and placement are those of flowline.h: home, away, groups. Lock, version and counts are in the bucket's own
// line (shared_flowline_bucket.h), so that a lookup that has the line has all it needs to believe it: there is no other
// line to read, as the stripes of the shared cuckoo. The side map of one byte a bucket is a hint here, which says what
// to prefetch; the counts in the line say the truth.
//
//   hit     the key is in its home, or away, and that line did not change while it was read
//   miss    not in home, and the counts there say that no key of its group is away; or away was read between two looks
//           at the same version of home, and did not have it either. A key moves only while both lines are locked: at
//           the moment when away was read, it was nowhere
//
// Writers. insert and erase lock home, and away if it matters; of two lines the lower one first, or the other is tried
// and both are begun again. Whoever inserts a key holds its home: no two cores can. A guest is sent home, and a key is
// moved, as in flowline.h, but the chain of moves is searched without locks, and each move is made under the locks of
// both of its buckets and only if it is still the one that was planned. After kMaxTries plans that others spoiled the
// insert is refused.
//
// Costs at 80 % load, cache lines: as flowline.h, and the lines that a writer changes are his alone until another core
// reads them. Memory order and versions: version_lock.h. Nothing is allocated after construction.
//
// Where only one thread ever writes (Writers::kOne), its locks and its count are plain stores: readers see the same.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/shared/shared_flow_table.h"
#include "hashtables/shared/shared_flowline_bucket.h"
#include "hashtables/shared/thread_count.h"
#include "packet/hash.h"

namespace nicbench {

template <class K, class V, Writers kWriters = Writers::kMany>
class SharedFlowlineTable {
 public:
  using Key = K;
  using Value = V;
  using Bucket = SharedFlowlineBucket<Key, Value, kWriters>;
  static constexpr bool kThreadSafe = true;

  static constexpr std::size_t kSlots = Bucket::kSlots;
  static constexpr std::size_t kMaxNodes = 512;  // buckets looked at by one insert before it gives up
  static constexpr unsigned kMaxTries = 64;      // chains of moves

  // Keys between start() and finish(): for each, its hash and the bucket to look into first.
  struct Pending {
    std::uint64_t hashes[kMaxBurst];
    std::uint32_t first[kMaxBurst];
  };

  explicit SharedFlowlineTable(const TableOptions& options)
      : bucket_count_(buckets_for(options)),
        hash_(options.seed),
        buckets_(bucket_count_, options.huge_pages),
        spilled_(bucket_count_, options.huge_pages) {}

  InsertResult insert(const Key& key, Value value) noexcept { return insert_hashed(key, hash_(key), value); }
  InsertResult insert_or_get(const Key& key, Value& value) noexcept { return insert_hashed(key, hash_(key), value); }

  bool find(const Key& key, Value& value) const noexcept {
    const std::uint64_t hash = hash_(key);
    const auto view = buckets_[home_of(hash)].look(key, group_of(hash));
    if (view.whole && (view.match != 0 || view.none_away)) {
      value = view.value;
      return view.match != 0;
    }
    return find_slowly(key, hash, value);
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    Pending pending;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      pending.hashes[i] = hash_(keys[i]);
      const std::uint64_t home = home_of(pending.hashes[i]);
      prefetch_to_read(&spilled_[home]);
      prefetch<Access::kRead>(home);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      aim(pending, i);
      prefetch<Access::kRead>(pending.first[i]);
    }
    return finish(keys, pending, values);
  }

  void start(std::span<const Key> keys, Pending& pending) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      pending.hashes[i] = hash_(keys[i]);
      prefetch_to_read(&spilled_[home_of(pending.hashes[i])]);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      aim(pending, i);
      prefetch<Access::kRead>(pending.first[i]);
      prefetch<Access::kRead>(home_of(pending.hashes[i]));
    }
  }

  // Most keys are settled by one look at one line. The others, which are elsewhere than the hint said or were changed
  // meanwhile, are looked for again.
  std::uint64_t finish(std::span<const Key> keys, const Pending& pending, std::span<Value> values) const noexcept {
    std::uint64_t hits = 0;
    std::uint8_t again[kMaxBurst];
    std::size_t again_count = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint64_t hash = pending.hashes[i];
      const auto view = buckets_[pending.first[i]].look(keys[i], group_of(hash));
      const bool hit = view.whole & (view.match != 0);
      const bool miss = view.whole & (view.match == 0) & view.none_away & (pending.first[i] == home_of(hash));
      values[i] = view.value;
      hits |= std::uint64_t{hit} << i;
      again[again_count] = static_cast<std::uint8_t>(i);
      again_count += !(hit | miss);
    }
    for (std::size_t j = 0; j < again_count; ++j) {
      const std::size_t i = again[j];
      hits |= std::uint64_t{find_slowly(keys[i], pending.hashes[i], values[i])} << i;
    }
    return hits;
  }

  void insert_burst(std::span<const Key> keys, std::span<const Value> values,
                    std::span<InsertResult> results) noexcept {
    std::uint64_t hashes[kMaxBurst];
    fetch_for_writing(keys, hashes);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Value value = values[i];
      results[i] = insert_hashed(keys[i], hashes[i], value);
    }
  }

  bool erase(const Key& key) noexcept { return erase_hashed(key, hash_(key)); }

  std::uint64_t erase_burst(std::span<const Key> keys) noexcept {
    std::uint64_t hashes[kMaxBurst];
    fetch_for_writing(keys, hashes);
    std::uint64_t erased = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) erased |= std::uint64_t{erase_hashed(keys[i], hashes[i])} << i;
    return erased;
  }

  // Fetches what an insert or erase of the key will need first; and, once that is there, what it may need then.
  void prefetch_for_writing(const Key& key) const noexcept {
    const std::uint64_t home = home_of(hash_(key));
    prefetch_to_read(&spilled_[home]);
    prefetch<Access::kWrite>(home);
  }
  void prefetch_rest_for_writing(const Key& key) const noexcept { prefetch_rest(hash_(key)); }

  void clear() noexcept {
    for (Bucket& bucket : buckets_) bucket.clear();
    for (auto& hint : spilled_) hint.store(0, std::memory_order_relaxed);
    size_.reset();
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_.sum(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return bucket_count_ * kSlots; }
  [[nodiscard]] std::size_t memory() const noexcept { return buckets_.bytes() + spilled_.bytes() + sizeof size_; }
  [[nodiscard]] PageKind pages() const noexcept { return buckets_.kind(); }

  template <class F>
  void for_each(F&& f) const {
    for (const Bucket& bucket : buckets_) {
      for (unsigned used = bucket.used(); used != 0; used &= used - 1) {
        const unsigned slot = Bucket::lowest(used);
        f(bucket.key_at(slot), bucket.value_at(slot));
      }
    }
  }

 private:
  static constexpr std::uint16_t kRoot = 0xffff;

  // A bucket reached by the search for room, and the slot of the parent's bucket whose entry would move here.
  struct Node {
    std::uint32_t bucket;
    std::uint16_t parent;
    std::uint16_t parent_slot;
  };

  // The locks that a writer holds: home, and away once it asked for it.
  class Hold {
   public:
    Hold(Bucket& home, Bucket& away) noexcept : home_(home), away_(away) { home_.lock(); }
    ~Hold() {
      if (both_) away_.unlock(away_changed_);
      home_.unlock(home_changed_);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    // False if home had to be let go for a moment: what was read of it is old. Nothing may have been changed yet.
    bool extend() noexcept {
      if (both_ || &home_ == &away_) return true;
      both_ = true;
      if (&away_ > &home_) {
        away_.lock();
        return true;
      }
      if (away_.try_lock()) return true;
      home_.unlock(false);
      away_.lock();
      home_.lock();
      return false;
    }
    void home_changed() noexcept { home_changed_ = true; }
    void away_changed() noexcept { away_changed_ = true; }

   private:
    Bucket& home_;
    Bucket& away_;
    bool both_ = false, home_changed_ = false, away_changed_ = false;
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

  template <Access kAccess>
  void prefetch(std::uint64_t bucket) const noexcept {
    for (std::size_t line = 0; line < Bucket::kGeometry.lines; ++line) {
      nicbench::prefetch<kAccess>(reinterpret_cast<const std::uint8_t*>(&buckets_[bucket]) + line * kCacheLine);
    }
  }

  bool seems_away(std::uint64_t hash) const noexcept {
    return (spilled_[home_of(hash)].load(std::memory_order_relaxed) >> group_of(hash) & 1) != 0;
  }

  // first = away if the hint says so, else home; without a branch, which would be mispredicted for every fifth key.
  void aim(Pending& pending, std::size_t i) const noexcept {
    const std::uint64_t hash = pending.hashes[i], home = home_of(hash);
    const std::uint64_t bit = seems_away(hash);
    pending.first[i] = static_cast<std::uint32_t>(home ^ ((home ^ away_of(hash)) & (0 - bit)));
  }

  void fetch_for_writing(std::span<const Key> keys, std::uint64_t* hashes) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashes[i] = hash_(keys[i]);
      const std::uint64_t home = home_of(hashes[i]);
      prefetch_to_read(&spilled_[home]);
      prefetch<Access::kWrite>(home);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) prefetch_rest(hashes[i]);
  }

  void prefetch_rest(std::uint64_t hash) const noexcept {
    const Bucket& home = buckets_[home_of(hash)];
    if (!home.full() && !seems_away(hash)) return;
    prefetch<Access::kWrite>(away_of(hash));
    if (home.full()) prefetch_homes_of_guests(home);
  }

  void prefetch_homes_of_guests(const Bucket& bucket) const noexcept {
    for (unsigned slot = 0; slot < kSlots; ++slot) prefetch<Access::kWrite>(home_of(hash_(bucket.key_at(slot))));
  }

  bool find_slowly(const Key& key, std::uint64_t hash, Value& value) const noexcept {
    const Bucket& home = buckets_[home_of(hash)];
    const Bucket& away = buckets_[away_of(hash)];
    const unsigned group = group_of(hash);
    for (Wait wait;; wait()) {
      const auto at_home = home.look(key, group);
      if (!at_home.whole) continue;
      if (at_home.match != 0 || at_home.none_away) {
        value = at_home.value;
        return at_home.match != 0;
      }
      const auto elsewhere = away.look(key, group);
      if (!elsewhere.whole || (elsewhere.match == 0 && !home.unchanged(at_home.state))) continue;
      value = elsewhere.value;
      return elsewhere.match != 0;
    }
  }

  InsertResult insert_hashed(const Key& key, std::uint64_t hash, Value& value) noexcept {
    for (unsigned tries = 0; tries < kMaxTries; ++tries) {
      bool room = true;
      const InsertResult result = try_insert(key, hash, value, room);
      if (room) return result;
      if (!make_room(hash)) return InsertResult::kFull;
    }
    return InsertResult::kFull;
  }

  // `room` is false if both buckets are full: nothing was done then.
  InsertResult try_insert(const Key& key, std::uint64_t hash, Value& value, bool& room) noexcept {
    Bucket& home = buckets_[home_of(hash)];
    Bucket& away = buckets_[away_of(hash)];
    Hold hold(home, away);
    const auto exists = [&](const Bucket& bucket) {
      const unsigned match = bucket.match(key);
      if (match != 0) value = bucket.value_at(Bucket::lowest(match));
      return match != 0;
    };
    if (exists(home)) return InsertResult::kExists;
    if (!home.none_away(group_of(hash))) {
      if (!hold.extend() && exists(home)) return InsertResult::kExists;
      if (exists(away)) return InsertResult::kExists;
    }
    if (home.full() && send_a_guest_home(home_of(hash), away)) hold.home_changed();
    if (!home.full()) {
      hold.home_changed();
      home.put(key, value);
    } else {
      if (!hold.extend() && (exists(home) || exists(away))) return InsertResult::kExists;
      if (away.full()) {
        room = false;
        return InsertResult::kFull;
      }
      hold.home_changed();
      hold.away_changed();
      away.put(key, value);
      note_away(hash);
    }
    count(1);
    return InsertResult::kInserted;
  }

  bool erase_hashed(const Key& key, std::uint64_t hash) noexcept {
    Bucket& home = buckets_[home_of(hash)];
    Bucket& away = buckets_[away_of(hash)];
    Hold hold(home, away);
    unsigned match = home.match(key);
    if (match == 0) {
      if (home.none_away(group_of(hash))) return false;
      if (!hold.extend()) match = home.match(key);
    }
    if (match != 0) {
      hold.home_changed();
      home.remove(Bucket::lowest(match));
    } else {
      match = away.match(key);
      if (match == 0) return false;
      hold.home_changed();
      hold.away_changed();
      away.remove(Bucket::lowest(match));
      note_back(hash);
    }
    count(-1);
    return true;
  }

  void count(std::int64_t n) noexcept {
    if constexpr (kWriters == Writers::kOne) {
      size_.add_alone(n);
    } else {
      size_.add(n);
    }
  }

  // A key of this hash was put into its away bucket, or taken out of it. Its home is locked.
  void note_away(std::uint64_t hash) noexcept {
    if (buckets_[home_of(hash)].count_up(group_of(hash))) set_hint(hash, 1);
  }
  void note_back(std::uint64_t hash) noexcept {
    if (buckets_[home_of(hash)].count_down(group_of(hash))) set_hint(hash, 0);
  }
  void set_hint(std::uint64_t hash, unsigned bit) noexcept {
    auto& hint = spilled_[home_of(hash)];
    const unsigned others = hint.load(std::memory_order_relaxed) & ~(1u << group_of(hash));
    hint.store(static_cast<std::uint8_t>(others | bit << group_of(hash)), std::memory_order_relaxed);
  }

  // True if a slot of the full bucket, whose lock the caller holds, was freed. `held`: the other bucket that he may
  // hold. Other homes are tried, not waited for: he holds a lock.
  bool send_a_guest_home(std::uint64_t bucket, const Bucket& held) noexcept {
    std::uint64_t hashes[kSlots];
    for (unsigned slot = 0; slot < kSlots; ++slot) {
      hashes[slot] = hash_(buckets_[bucket].key_at(slot));
      prefetch<Access::kWrite>(home_of(hashes[slot]));
    }
    for (unsigned slot = 0; slot < kSlots; ++slot) {
      Bucket& home = buckets_[home_of(hashes[slot])];
      if (&home == &buckets_[bucket] || &home == &held || home.full() || !home.try_lock()) continue;
      const bool moved = !home.full();
      if (moved) move(bucket, slot, home_of(hashes[slot]));
      home.unlock(moved);
      if (moved) return true;
    }
    return false;
  }

  // Both buckets of the hash were full: frees a slot in one of them, or finds that others did. False if there is no
  // room.
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
      for (unsigned slot = 0; slot < kSlots && count < kMaxNodes; ++slot) {
        const std::uint32_t next = other_bucket(hash_(buckets_[at].key_at(slot)), at);
        prefetch<Access::kWrite>(next);
        nodes[count++] = {next, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(slot)};
      }
    }
    return false;
  }

  // Of a key that is in `bucket`; of one that others took away meanwhile, some bucket.
  std::uint32_t other_bucket(std::uint64_t hash, std::uint64_t bucket) const noexcept {
    const std::uint64_t home = home_of(hash);
    return static_cast<std::uint32_t>(home == bucket ? away_of(hash) : home);
  }

  // Stops where another core has changed what was planned.
  void move_along(const Node* nodes, Node node) noexcept {
    for (; node.parent != kRoot; node = nodes[node.parent]) {
      const std::uint32_t from = nodes[node.parent].bucket, to = node.bucket;
      const unsigned slot = node.parent_slot;
      if (from == to) return;
      Hold hold(buckets_[std::min(from, to)], buckets_[std::max(from, to)]);
      hold.extend();
      const bool planned = (buckets_[from].used() >> slot & 1) != 0 && !buckets_[to].full() &&
                           is_bucket_of(buckets_[from].key_at(slot), to);
      if (!planned) return;
      hold.home_changed();
      hold.away_changed();
      move(from, slot, to);
    }
  }

  bool is_bucket_of(const Key& key, std::uint64_t bucket) const noexcept {
    const std::uint64_t hash = hash_(key);
    return home_of(hash) == bucket || away_of(hash) == bucket;
  }

  // Moves an entry to its other bucket, which has room. Both are locked: one of them is its home.
  void move(std::uint64_t from, unsigned slot, std::uint64_t to) noexcept {
    const Key key = buckets_[from].key_at(slot);
    const std::uint64_t hash = hash_(key);
    buckets_[to].put(key, buckets_[from].value_at(slot));
    buckets_[from].remove(slot);
    if (home_of(hash) == from) {
      note_away(hash);
    } else {
      note_back(hash);
    }
  }

  std::size_t bucket_count_;
  TupleHash hash_;
  PageArray<Bucket> buckets_;
  PageArray<std::atomic<std::uint8_t>> spilled_;
  ThreadCount size_;
};

}  // namespace nicbench
