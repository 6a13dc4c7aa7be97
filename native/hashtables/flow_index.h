// FlowIndex: where entries are, by hash, for whoever keeps the entries himself: an array of them, whose numbers this
// holds. A connection tracker keeps one line a flow anyway; with the key in it, a frame of a known flow reads one line
// here and that one.
//
// Layout. Groups of one cache line: 10 tags of 16 bits, all compared at once, and 10 numbers of 32. A key has two
// groups, home and other, and is at home unless home was full:
//
//   home  = reduce(hash)      other = (mix(tag) - group) mod groups      tag = low 16 bits of the hash, never 0
//
// The second formula is its own inverse, so that entries move without their keys. A home counts which classes of its
// keys (4, by tag) are elsewhere, in 4 bits each, and each group knows its guests: a guest goes home when its room
// there is free and its own is wanted (flowgroup.h, whose scheme this is).
//
// What it does not know are keys: a number found is a candidate, wrong for one in 8000 keys at 80 % load, and whoever
// asks compares. insert() takes the caller's word that the key is not here. A number may be here twice, at places of
// two keys: whether a slot holds a guest tells them apart where they meet in one group under one tag.
//
// Costs at 80 % load. A lookup: 1.06 lines. An insert or erase: that line; in one of 6 inserts home is full, and the
// other group's too. Bytes a slot: 6.4. The first insert is refused at about 97 % load; when an insert is refused
// nothing has moved. Nothing is allocated after construction.
//
// Threads: one writer, no concurrent reader.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "common/bits.h"
#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/flow_table.h"
#include "hashtables/signatures.h"
#include "hashtables/two_groups.h"
#include "packet/hash.h"

namespace nicbench {

class FlowIndex {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = ~Number{0};
  static constexpr unsigned kSlots = 10;
  static constexpr std::size_t kMaxNodes = 256;  // groups looked at by one insert before it gives up

  // Where the entry of a hash may be.
  struct Place {
    std::uint32_t home;
    std::uint16_t tag;
  };

  explicit FlowIndex(const TableOptions& options) : count_(groups_for(options)), groups_(count_, options.huge_pages) {}

  Place place_of(std::uint64_t hash) const noexcept {
    return {static_cast<std::uint32_t>(reduce(hash, count_)), signature_of(hash)};
  }

  template <Access kAccess>
  void prefetch(const Place& place) const noexcept {
    nicbench::prefetch<kAccess>(&groups_[place.home]);
  }

  // The first number at each place, or kNone: the entry's, if it is here, or rarely another's. kMaxBurst places at
  // most, whose lines are on their way.
  void candidates(std::span<const Place> places, Number* numbers) const noexcept {
    std::uint64_t away = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Group& home = groups_[places[i].home];
      const unsigned mask = home.match(places[i].tag);
      numbers[i] = mask != 0 ? home.numbers[lowest_bit(mask)] : kNone;
      away |= std::uint64_t{mask == 0 && home.may_be_away(places[i].tag)} << i;
    }
    if (away == 0) return;
    for_each_bit(away, [&](std::size_t i) { prefetch_to_write(&groups_[other_of(places[i])]); });
    for_each_bit(away, [&](std::size_t i) {
      const Group& other = groups_[other_of(places[i])];
      const unsigned mask = other.match(places[i].tag);
      if (mask != 0) numbers[i] = other.numbers[lowest_bit(mask)];
    });
  }

  // The number at this place for which same(number) holds; kNone if there is none.
  template <class Same>
  Number find(const Place& place, Same&& same) const noexcept {
    for (std::uint32_t group = place.home;; group = other_of(place)) {
      for (unsigned mask = groups_[group].match(place.tag); mask != 0; mask &= mask - 1) {
        const Number number = groups_[group].numbers[lowest_bit(mask)];
        if (same(number)) return number;
      }
      if (group != place.home || !groups_[group].may_be_away(place.tag)) return kNone;
      if (other_of(place) == group) return kNone;
    }
  }

  // False if there is no room. The entry must not be here.
  bool insert(const Place& place, Number number) noexcept {
    unsigned free = groups_[place.home].free();
    std::uint32_t group = place.home;
    if (free == 0) [[unlikely]] {
      group = send_a_guest_home(place.home) ? place.home : other_of(place);
      free = groups_[group].free();
      if (free == 0) {
        group = make_room(place);
        if (group == two_groups::kNowhere) return false;
        free = groups_[group].free();
      }
      if (group != place.home) take_in(group, lowest_bit(free), place.home, place.tag);
    }
    groups_[group].put(lowest_bit(free), place.tag, number);
    ++size_;
    return true;
  }

  // False if this number is not at this place.
  bool erase(const Place& place, Number number) noexcept {
    std::uint32_t group = place.home;
    unsigned slot = slot_of(number, place.tag, group, kAll & ~groups_[group].guests);
    if (slot == kSlots) {
      group = other_of(place);
      if (!groups_[place.home].may_be_away(place.tag)) return false;
      slot = slot_of(number, place.tag, group, groups_[group].guests);
      if (slot == kSlots) return false;
      send_off(group, slot, place.home, place.tag);
    }
    groups_[group].tags[slot] = 0;
    --size_;
    return true;
  }

  // f(number) for every entry, in no order.
  template <class F>
  void for_each(F&& f) const {
    for (const Group& group : groups_) {
      for (unsigned used = ~group.free() & kAll; used != 0; used &= used - 1) f(group.numbers[lowest_bit(used)]);
    }
  }

  void clear() noexcept {
    std::fill(groups_.begin(), groups_.end(), Group{});
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return count_ * kSlots; }
  [[nodiscard]] std::size_t memory() const noexcept { return groups_.bytes(); }
  // Groups that a find reads, if home has no other key's equal tag.
  [[nodiscard]] std::size_t probe_length(const Place& place) const noexcept {
    const Group& home = groups_[place.home];
    return home.match(place.tag) == 0 && home.may_be_away(place.tag) ? 2 : 1;
  }
  [[nodiscard]] PageKind pages() const noexcept { return groups_.kind(); }
  [[nodiscard]] std::uint64_t displacements() const noexcept { return displacements_; }

 private:
  static constexpr unsigned kAll = (1u << kSlots) - 1;

  // All zero bytes are an empty group.
  struct alignas(kCacheLine) Group {
    std::uint16_t tags[kSlots];  // 0: free
    std::uint16_t guests;        // bit i: slot i holds a key of another home
    std::uint16_t away;  // 4 bits a class: keys of this home that are elsewhere; 15: that many or more, for good
    Number numbers[kSlots];

    // Bit i is set if slot i has the tag.
    [[nodiscard]] unsigned match(std::uint16_t tag) const noexcept {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
      const __m256i all = _mm256_load_si256(reinterpret_cast<const __m256i*>(tags));
      return _mm256_cmpeq_epi16_mask(all, _mm256_set1_epi16(static_cast<short>(tag))) & kAll;
#elif defined(__SSE2__)
      const auto* words = reinterpret_cast<const __m128i*>(tags);
      const __m128i wanted = _mm_set1_epi16(static_cast<short>(tag));
      const __m128i low = _mm_cmpeq_epi16(_mm_load_si128(words), wanted);
      const __m128i high = _mm_cmpeq_epi16(_mm_load_si128(words + 1), wanted);
      return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(low, high))) & kAll;
#else
      unsigned mask = 0;
      for (unsigned i = 0; i < kSlots; ++i) mask |= static_cast<unsigned>(tags[i] == tag) << i;
      return mask;
#endif
    }
    [[nodiscard]] unsigned free() const noexcept { return match(0); }

    static unsigned class_of(std::uint16_t tag) noexcept { return tag % 4; }
    [[nodiscard]] unsigned count(std::uint16_t tag) const noexcept { return away >> 4 * class_of(tag) & 15; }
    [[nodiscard]] bool may_be_away(std::uint16_t tag) const noexcept { return count(tag) != 0; }
    void count_up(std::uint16_t tag) noexcept {
      if (count(tag) != 15) away = static_cast<std::uint16_t>(away + (1u << 4 * class_of(tag)));
    }
    void count_down(std::uint16_t tag) noexcept {
      if (count(tag) != 15) away = static_cast<std::uint16_t>(away - (1u << 4 * class_of(tag)));
    }

    void put(unsigned slot, std::uint16_t tag, Number number) noexcept {
      tags[slot] = tag;
      numbers[slot] = number;
    }
  };
  static_assert(sizeof(Group) == kCacheLine);

  // A quarter more slots than entries: at so few bytes a slot that lookups of one line are worth it.
  static std::size_t groups_for(const TableOptions& options) {
    if (std::max(options.capacity, options.slots) > kNone) {
      throw std::length_error("an index holds at most 2^32 - 1 entries");
    }
    if (options.slots != 0) return (options.slots + kSlots - 1) / kSlots;
    return (options.capacity + options.capacity / 4) / kSlots + 2;
  }

  std::uint32_t other(std::uint32_t group, std::uint16_t tag) const noexcept {
    return two_groups::other(group, tag, count_);
  }
  std::uint32_t other_of(const Place& place) const noexcept { return other(place.home, place.tag); }

  // Among some slots of the group; kSlots if it is in none of them.
  unsigned slot_of(Number number, std::uint16_t tag, std::uint32_t group, unsigned among) const noexcept {
    for (unsigned mask = groups_[group].match(tag) & among; mask != 0; mask &= mask - 1) {
      if (groups_[group].numbers[lowest_bit(mask)] == number) return lowest_bit(mask);
    }
    return kSlots;
  }

  // The slot holds an entry of this home and tag from now on, as a guest; until it is sent off.
  void take_in(std::uint32_t group, unsigned slot, std::uint32_t home, std::uint16_t tag) noexcept {
    groups_[group].guests = static_cast<std::uint16_t>(groups_[group].guests | 1u << slot);
    groups_[home].count_up(tag);
  }
  void send_off(std::uint32_t group, unsigned slot, std::uint32_t home, std::uint16_t tag) noexcept {
    groups_[group].guests = static_cast<std::uint16_t>(groups_[group].guests & ~(1u << slot));
    groups_[home].count_down(tag);
  }

  // True if a slot of the full group was freed.
  bool send_a_guest_home(std::uint32_t group) noexcept {
    for (unsigned guests = groups_[group].guests; guests != 0; guests &= guests - 1) {
      const unsigned slot = lowest_bit(guests);
      const std::uint32_t home = other(group, groups_[group].tags[slot]);
      if (groups_[home].free() == 0) continue;
      move(group, slot, home);
      return true;
    }
    return false;
  }

  struct Moves {
    FlowIndex& index;

    void expand(std::uint32_t group) const noexcept {
      for (unsigned slot = 0; slot < kSlots; ++slot) prefetch_to_write(&index.groups_[neighbour(group, slot)]);
    }
    std::uint32_t neighbour(std::uint32_t group, unsigned slot) const noexcept {
      return index.other(group, index.groups_[group].tags[slot]);
    }
    bool has_room(std::uint32_t group) const noexcept { return index.groups_[group].free() != 0; }
    void move(std::uint32_t from, unsigned slot, std::uint32_t to) const noexcept { index.move(from, slot, to); }
  };

  // Both groups are full: frees a slot in one of them and returns it, or changes nothing and returns kNowhere.
  std::uint32_t make_room(const Place& place) noexcept {
    Moves moves{*this};
    return two_groups::make_room<kSlots, kMaxNodes>(moves, place.home, other_of(place));
  }

  // Moves an entry to its other group, which has room.
  void move(std::uint32_t from, unsigned slot, std::uint32_t to) noexcept {
    const std::uint16_t tag = groups_[from].tags[slot];
    const unsigned free = lowest_bit(groups_[to].free());
    groups_[to].put(free, tag, groups_[from].numbers[slot]);
    if ((groups_[from].guests >> slot & 1) != 0) {
      send_off(from, slot, to, tag);
    } else {
      take_in(to, free, from, tag);
    }
    groups_[from].tags[slot] = 0;
    ++displacements_;
  }

  std::size_t count_;
  PageArray<Group> groups_;
  std::size_t size_ = 0;
  std::uint64_t displacements_ = 0;
};

}  // namespace nicbench
