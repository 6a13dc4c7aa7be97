// `cuckoo` shared by its buckets, in two ways that differ in their readers alone:
//
//   bucket-lock   readers lock the stripes of both buckets, as libcuckoo does (Li, Andersen, Kaminsky, Freedman:
//                 "Algorithmic Improvements for Fast Concurrent Cuckoo Hashing", EuroSys 2014)
//   lock-free     readers store nothing: they read, and read again if a writer was there meanwhile (Fan, Andersen,
//                 Kaminsky: "MemC3", NSDI 2013; the versions are those of version_lock.h, which says why it is right)
//
// Layout as in cuckoo.h, in atomic words: 8 signatures a bucket in two, key and value in a few; and one VersionLock for
// each stripe of buckets.
//
// Writers of different stripes work at the same time. An insert, or erase, holds the stripes of the key's two buckets:
// so two cores cannot insert one key twice. When both are full the chain of moves is searched without a lock, over
// signatures that may change meanwhile; then each move, from the free end of the chain backwards, locks its two buckets
// and is made only if it is still the one that was planned. A key that moves is thus in one of its buckets whenever
// their stripes are free. After kMaxTries plans that others spoiled the insert is refused.
//
// Why a miss is a miss (lock-free): the version of the primary bucket is read first and compared last, and in between
// those of the alternate: when that one was read, the key was in neither.
//
// Costs, in cache lines: those of cuckoo.h, and the stripes of both buckets, 256 KiB of them at the most. A writer
// takes two of them for itself. Nothing is allocated after construction.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/shared/shared_flow_table.h"
#include "hashtables/shared/thread_count.h"
#include "hashtables/shared/version_lock.h"
#include "hashtables/signatures.h"
#include "packet/hash.h"

namespace nicbench {

enum class Readers : std::uint8_t { kLock, kValidate };

template <class K, class V, Readers kReaders>
class ConcurrentCuckooTable {
 public:
  using Key = K;
  using Value = V;
  static constexpr bool kThreadSafe = true;

  static constexpr std::size_t kSlots = Signatures8::kSlots;
  static constexpr std::size_t kMaxNodes = 1024;  // buckets looked at by one insert before it gives up
  static constexpr unsigned kMaxTries = 64;       // chains of moves

  explicit ConcurrentCuckooTable(const TableOptions& options)
      : buckets_(buckets_for(options)),
        hash_(options.seed),
        order_(buckets_),
        stripes_(order_.count(), options.huge_pages),
        signatures_(buckets_, options.huge_pages),
        entries_(buckets_ * kSlots, options.huge_pages) {}

  InsertResult insert(const Key& key, Value value) noexcept { return insert_or_get(key, value); }

  InsertResult insert_or_get(const Key& key, Value& value) noexcept {
    const Place place = place_of(key);
    for (unsigned tries = 0; tries < kMaxTries; ++tries) {
      {
        StripePair hold = lock(place.primary, place.alternate);
        if (search(place, key, value)) return InsertResult::kExists;
        std::size_t slot = free_slot(place.primary);
        if (slot == kNowhere) slot = free_slot(place.alternate);
        if (slot != kNowhere) {
          hold.changed();
          write(slot, place.signature, to_words(Entry{key, value}));
          size_.add(1);
          return InsertResult::kInserted;
        }
      }
      if (!make_room(place)) return InsertResult::kFull;
    }
    return InsertResult::kFull;
  }

  bool find(const Key& key, Value& value) const noexcept { return find_at(place_of(key), key, value); }

  // Signatures and stripes of the whole burst are fetched, then the entries that most likely hold the keys, as they
  // look at that moment; then each key is looked up.
  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    Place places[kMaxBurst];
    fetch<Access::kRead>(keys, places);
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hits |= std::uint64_t{find_at(places[i], keys[i], values[i])} << i;
    }
    return hits;
  }

  void insert_burst(std::span<const Key> keys, std::span<const Value> values,
                    std::span<InsertResult> results) noexcept {
    Place places[kMaxBurst];
    fetch<Access::kWrite>(keys, places);
    for (std::size_t i = 0; i < keys.size(); ++i) results[i] = insert(keys[i], values[i]);
  }

  bool erase(const Key& key) noexcept {
    const Place place = place_of(key);
    StripePair hold = lock(place.primary, place.alternate);
    const std::size_t slot = locate(place, key);
    if (slot == kNowhere) return false;
    hold.changed();
    set_tag(slot, 0);
    size_.add(-1);
    return true;
  }

  std::uint64_t erase_burst(std::span<const Key> keys) noexcept {
    Place places[kMaxBurst];
    fetch<Access::kWrite>(keys, places);
    std::uint64_t erased = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) erased |= std::uint64_t{erase(keys[i])} << i;
    return erased;
  }

  void clear() noexcept {
    for (Tags& tags : signatures_) {
      for (SharedWord& word : tags) word.store(0, std::memory_order_relaxed);
    }
    size_.reset();
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_.sum(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return buckets_ * kSlots; }
  [[nodiscard]] std::size_t memory() const noexcept {
    return signatures_.bytes() + entries_.bytes() + stripes_.bytes() + sizeof size_;
  }
  [[nodiscard]] PageKind pages() const noexcept { return entries_.kind(); }

  template <class F>
  void for_each(F&& f) const {
    for (std::size_t slot = 0; slot < capacity(); ++slot) {
      if (tag_at(slot) == 0) continue;
      const Entry entry = entry_at(slot);
      f(entry.key, entry.value);
    }
  }

 private:
  struct Entry {
    Key key;
    Value value;
  };
  using Words = std::array<std::uint64_t, kWordsOf<Entry>>;
  using Tags = std::array<SharedWord, 2>;  // signature i of a bucket is the i-th from the low end; 0: free slot
  static_assert(std::endian::native == std::endian::little && sizeof(Key) % 8 == 0);

  struct Place {
    std::uint32_t primary;
    std::uint32_t alternate;
    std::uint16_t signature;
  };
  // A bucket reached by the search, the slot of the parent's bucket whose entry would move here, and its signature.
  struct Node {
    std::uint32_t bucket;
    std::uint16_t parent;
    std::uint16_t parent_slot;
    std::uint16_t signature;
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
    const auto primary = static_cast<std::uint32_t>(reduce(hash, buckets_));
    const std::uint16_t signature = signature_of(hash);
    return {primary, alternate_of(primary, signature), signature};
  }

  std::uint32_t alternate_of(std::uint32_t bucket, std::uint16_t signature) const noexcept {
    const auto difference =
        static_cast<std::int64_t>(reduce(signature * 0x9e3779b97f4a7c15u, buckets_)) - std::int64_t{bucket};
    return static_cast<std::uint32_t>(difference + (static_cast<std::int64_t>(buckets_) & difference >> 63));
  }

  StripePair lock(std::size_t a, std::size_t b) const noexcept {
    return StripePair(stripes_.data(), order_.of(a), order_.of(b));
  }
  const VersionLock& stripe(std::size_t bucket) const noexcept { return stripes_[order_.of(bucket)]; }

  std::uint32_t match(std::size_t bucket, std::uint16_t signature) const noexcept {
    const Tags& tags = signatures_[bucket];
    return Signatures8::match(tags[0].load(std::memory_order_acquire), tags[1].load(std::memory_order_acquire),
                              signature);
  }

  std::uint16_t tag_at(std::size_t slot) const noexcept {
    const std::size_t i = slot % kSlots;
    return static_cast<std::uint16_t>(signatures_[slot / kSlots][i / 4].load(std::memory_order_acquire) >> i % 4 * 16);
  }
  void set_tag(std::size_t slot, std::uint16_t tag) noexcept {
    const std::size_t i = slot % kSlots;
    SharedWord& word = signatures_[slot / kSlots][i / 4];
    const unsigned shift = static_cast<unsigned>(i % 4) * 16;
    const std::uint64_t others = word.load(std::memory_order_relaxed) & ~(std::uint64_t{0xffff} << shift);
    word.store(others | std::uint64_t{tag} << shift, std::memory_order_release);
  }

  Entry entry_at(std::size_t slot) const noexcept {
    return from_words<Entry>(load_words<kWordsOf<Entry>>(entries_[slot].data()));
  }
  void write(std::size_t slot, std::uint16_t tag, const Words& words) noexcept {
    store_words(entries_[slot].data(), words);
    set_tag(slot, tag);
  }

  bool find_at(const Place& place, const Key& key, Value& value) const noexcept {
    if constexpr (kReaders == Readers::kLock) {
      const StripePair hold = lock(place.primary, place.alternate);
      return search(place, key, value);
    } else {
      for (Wait wait;; wait()) {
        const VersionLock& primary = stripe(place.primary);
        const std::uint32_t first = primary.begin();
        if (search_in(place.primary, place.signature, key, value)) {
          if (primary.unchanged(first)) return true;
          continue;
        }
        const VersionLock& alternate = stripe(place.alternate);
        const std::uint32_t second = alternate.begin();
        const bool found = search_in(place.alternate, place.signature, key, value);
        if (alternate.unchanged(second) && (found || primary.unchanged(first))) return found;
      }
    }
  }

  bool search(const Place& place, const Key& key, Value& value) const noexcept {
    return search_in(place.primary, place.signature, key, value) ||
           search_in(place.alternate, place.signature, key, value);
  }

  bool search_in(std::uint32_t bucket, std::uint16_t signature, const Key& key, Value& value) const noexcept {
    const std::size_t slot = locate_in(bucket, signature, key);
    if (slot == kNowhere) return false;
    value = entry_at(slot).value;
    return true;
  }

  std::size_t locate(const Place& place, const Key& key) const noexcept {
    const std::size_t slot = locate_in(place.primary, place.signature, key);
    return slot != kNowhere ? slot : locate_in(place.alternate, place.signature, key);
  }

  std::size_t locate_in(std::uint32_t bucket, std::uint16_t signature, const Key& key) const noexcept {
    for (std::uint32_t mask = match(bucket, signature); mask != 0; mask &= mask - 1) {
      const std::size_t slot = std::size_t{bucket} * kSlots + static_cast<std::size_t>(__builtin_ctz(mask));
      if (load_words<kWordsOf<Key>>(entries_[slot].data()) == to_words(key)) return slot;
    }
    return kNowhere;
  }

  std::size_t free_slot(std::size_t bucket) const noexcept {
    const std::uint32_t mask = match(bucket, 0);
    return mask == 0 ? kNowhere : bucket * kSlots + static_cast<std::size_t>(__builtin_ctz(mask));
  }

  // Asks for the lines of a burst. What it sees of the table it uses as hints only.
  template <Access kAccess>
  void fetch(std::span<const Key> keys, Place* places) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Place& place = places[i] = place_of(keys[i]);
      prefetch<kAccess>(&signatures_[place.primary]);
      prefetch<kAccess>(&signatures_[place.alternate]);
      prefetch<kReaders == Readers::kLock ? Access::kWrite : kAccess>(&stripe(place.primary));
      prefetch<kReaders == Readers::kLock ? Access::kWrite : kAccess>(&stripe(place.alternate));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Place& place = places[i];
      std::uint32_t mask = match(place.primary, place.signature) | match(place.alternate, place.signature) << kSlots;
      if (kAccess == Access::kWrite && mask == 0) mask = match(place.primary, 0) | match(place.alternate, 0) << kSlots;
      if (mask == 0) continue;
      const auto bit = static_cast<std::size_t>(__builtin_ctz(mask));
      const std::size_t bucket = bit < kSlots ? place.primary : place.alternate;
      const SharedWord* entry = entries_[bucket * kSlots + bit % kSlots].data();
      prefetch<kAccess>(entry);
      prefetch<kAccess>(entry + kWordsOf<Entry> - 1);
    }
  }

  // Both buckets were full: frees a slot in one of them, or finds that others did. False if there is no room.
  bool make_room(const Place& place) noexcept {
    Node nodes[kMaxNodes];
    nodes[0] = {place.primary, kRoot, 0, 0};
    nodes[1] = {place.alternate, kRoot, 0, 0};
    if (free_slot(place.primary) != kNowhere || free_slot(place.alternate) != kNowhere) return true;
    std::size_t count = 2;
    for (std::size_t i = 0; i < count && count + kSlots <= kMaxNodes; ++i) {
      const std::size_t first = std::size_t{nodes[i].bucket} * kSlots;
      for (std::size_t slot = 0; slot < kSlots; ++slot) {
        const std::uint16_t signature = tag_at(first + slot);
        if (signature == 0) continue;
        const std::uint32_t next = alternate_of(nodes[i].bucket, signature);
        nodes[count] = {next, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(slot), signature};
        if (free_slot(next) != kNowhere) {
          move_along(nodes, nodes[count]);
          return true;
        }
        ++count;
      }
    }
    return false;
  }

  // Stops where another core has changed what was planned.
  void move_along(const Node* nodes, Node node) noexcept {
    for (; node.parent != kRoot; node = nodes[node.parent]) {
      const Node& parent = nodes[node.parent];
      const std::size_t from = std::size_t{parent.bucket} * kSlots + node.parent_slot;
      StripePair hold = lock(parent.bucket, node.bucket);
      const std::size_t to = free_slot(node.bucket);
      if (to == kNowhere || tag_at(from) != node.signature) return;
      hold.changed();
      write(to, node.signature, load_words<kWordsOf<Entry>>(entries_[from].data()));
      set_tag(from, 0);
    }
  }

  std::size_t buckets_;
  TupleHash hash_;
  StripeOrder order_;
  PageArray<VersionLock> stripes_;
  PageArray<Tags> signatures_;
  PageArray<std::array<SharedWord, kWordsOf<Entry>>> entries_;
  ThreadCount size_;
};

}  // namespace nicbench
