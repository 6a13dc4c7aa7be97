// The exact-match fast path of a worker: which rules took the frames of a flow, in the order of their groups.
//
// (As Open vSwitch's exact-match cache: Pfaff et al., "The Design and Implementation of Open vSwitch", NSDI 2015.)
// A flow is what any rule can tell apart: a frame's fields under all masks together. A frame of a flow that is here
// needs one lookup, however many tuples and groups there are; actions are read from the rules, so that an update in
// place shows at once, and hits are counted.
//
// What else changes makes those flows old that it may be about (change_map.h), or all. An entry says at which number of
// changes it was right; the first frame of the flow after others asks the map, and what still holds has a new number.
//
// So that changes and flows that do not come back cost little, the cache rests: after a change that is about all flows,
// longer each time that it did not pay in between; and while most frames push out another flow, or find theirs old.
//
// Of one worker, who alone touches it. Four entries may hold a flow, side by side; an entry is a cache line, or two
// where flows are told apart by more than four words.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "io/frame.h"
#include "packet/hash.h"
#include "softnic/change_map.h"
#include "softnic/fields.h"
#include "softnic/rule.h"

namespace nicbench {

// The fields that tell flows apart. Immutable, and each has a number of its own.
struct FlowLayout {
  static constexpr std::size_t kMaxWords = 12;

  std::uint32_t number = 0;
  std::uint32_t words = 0;  // 4, 8 or 12; 0: without a cache a frame takes no longer, or they do not fit
  std::array<std::uint8_t, kMaxWords> from{};
  std::array<std::uint64_t, kMaxWords> mask{};  // 0: padding
  // What changes are about. nullptr: each is about all flows.
  const ChangeMap* changes = nullptr;
  std::array<FlowRegion, ChangeMap::kWatched> watched{};

  // Of all masks together; a frame's class always counts.
  static FlowLayout of(const Fields& masks) noexcept {
    FlowLayout layout;
    std::size_t used = 0;
    for (std::size_t word = 0; word < kFieldWords; ++word) {
      std::uint64_t mask = masks.words[word];
      if (word == kClassTag) mask |= ~std::uint32_t{0};
      if (mask == 0) continue;
      if (used == kMaxWords) return {};
      layout.from[used] = static_cast<std::uint8_t>(word);
      layout.mask[used++] = mask;
    }
    layout.words = static_cast<std::uint32_t>((used + 3) / 4 * 4);
    return layout;
  }
};

class FlowCache {
 public:
  static constexpr std::size_t kLongestPath = 6;
  static constexpr std::size_t kBytes = 4 * kHugePageBytes;

  // Throws std::bad_alloc.
  explicit FlowCache(std::uint64_t seed) : hash_(seed), memory_(kBytes, true) {}

  // Before each burst: the number of changes so far, read before anything that they change. False: it rests.
  bool begin(std::uint64_t changes, const FlowLayout* layout) noexcept {
    if (layout == nullptr || layout->words == 0) return false;
    if (changes != changes_ || layout->number != layout_number_) see_changes(changes, *layout);
    if (rest_ != 0) {
      --rest_;
      return false;
    }
    layout_ = layout;
    return true;
  }

  // paths[i] for each frame whose bit is set in what this returns; they hold until keep(). After begin().
  std::uint64_t find(std::span<const Fields> fields, std::span<const RuleId>* paths) noexcept {
    switch (layout_->words) {
      case 4: return find_in<4>(fields, paths);
      case 8: return find_in<8>(fields, paths);
      default: return find_in<12>(fields, paths);
    }
  }

  // What the rules said of frame i of the last find(): of kLongestPath rules at most.
  void keep(std::size_t i, std::span<const RuleId> path) noexcept {
    switch (layout_->words) {
      case 4: return keep_in<4>(i, path);
      case 8: return keep_in<8>(i, path);
      default: return keep_in<12>(i, path);
    }
  }

 private:
  static constexpr std::uint32_t kWays = 4;  // entries that may hold a flow: they are neighbours
  static constexpr std::uint32_t kShortRest = 16, kLongRest = 16'384;  // bursts
  static constexpr std::uint32_t kWindow = 4096;  // frames, after which it is asked what they gained
  static constexpr std::uint32_t kEpochs = 1u << 28, kMostChanges = ~0u;

  template <std::size_t kWords>
  struct alignas(kCacheLine) Entry {
    std::uint64_t flow[kWords];
    std::uint32_t epoch : 28;  // 0: never used
    std::uint32_t length : 4;
    std::uint32_t right_at;  // number of changes, from first_
    RuleId path[kLongestPath];
  };
  static_assert(sizeof(Entry<4>) == kCacheLine && sizeof(Entry<12>) == 2 * kCacheLine);

  template <std::size_t kWords>
  Entry<kWords>* entries() const noexcept {
    return reinterpret_cast<Entry<kWords>*>(memory_.data());
  }

  template <std::size_t kWords>
  std::uint64_t find_in(std::span<const Fields> fields, std::span<const RuleId>* paths) noexcept {
    const FlowLayout& layout = *layout_;
    Entry<kWords>* const all = entries<kWords>();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      std::array<std::uint64_t, kWords> flow;
      for (std::size_t w = 0; w < kWords; ++w) flow[w] = fields[i].words[layout.from[w]] & layout.mask[w];
      slots_[i] = static_cast<std::uint32_t>(reduce(hash_(flow), kBytes / sizeof *all));
      prefetch_to_read(all + slots_[i]);
      if constexpr (sizeof *all > kCacheLine) prefetch_to_read(&all[slots_[i]].path);
      std::copy_n(flow.data(), kWords, flows_[i].data());
    }
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      for (std::uint32_t way = 0; way < kWays; ++way) {
        Entry<kWords>& entry = all[slots_[i] ^ way];
        if (!holds(entry, i)) continue;
        if (entry.right_at != now_ && !still_right(entry, fields[i])) [[unlikely]] {
          entry.epoch = 0;
          ++lost_;
          break;
        }
        found |= std::uint64_t{1} << i;
        paths[i] = {entry.path, entry.length};
        break;
      }
    }
    count(fields.size(), static_cast<std::size_t>(std::popcount(found)));
    return found;
  }

  template <std::size_t kWords>
  bool holds(const Entry<kWords>& entry, std::size_t i) const noexcept {
    std::uint64_t different = entry.epoch ^ epoch_;
    for (std::size_t w = 0; w < kWords; ++w) different |= entry.flow[w] ^ flows_[i][w];
    return different == 0;
  }

  // No change since then was about its flow.
  template <std::size_t kWords>
  bool still_right(Entry<kWords>& entry, const Fields& fields) const noexcept {
    const std::uint64_t number = first_ + entry.right_at;
    for (std::size_t i = 0; i < ChangeMap::kWatched; ++i) {
      if (last_[i] <= number) continue;
      const std::uint32_t cell = ChangeMap::cell_of(layout_->watched[i], fields);
      if (layout_->changes->of_cell(cell) > number) return false;
    }
    entry.right_at = now_;
    return true;
  }

  template <std::size_t kWords>
  void keep_in(std::size_t i, std::span<const RuleId> path) noexcept {
    Entry<kWords>* const all = entries<kWords>();
    std::uint32_t way = 0;
    while (way < kWays && all[slots_[i] ^ way].epoch == epoch_) ++way;
    if (way == kWays) {
      way = ++victim_ % kWays;
      ++lost_;
    }
    Entry<kWords>* const entry = all + (slots_[i] ^ way);
    std::copy_n(flows_[i].data(), kWords, entry->flow);
    entry->epoch = epoch_;
    entry->length = static_cast<std::uint32_t>(path.size()) & 0xf;
    entry->right_at = now_;
    std::copy(path.begin(), path.end(), entry->path);
  }

  void count(std::size_t asked, std::size_t found) noexcept {
    found_ += found;
    asked_ += asked;
    if (asked_ - window_from_ < kWindow) return;
    if (lost_ > kWindow / 2) rest_ = kLongRest;
    lost_ = 0;
    window_from_ = asked_;
  }

  void see_changes(std::uint64_t changes, const FlowLayout& layout) noexcept {
    const std::uint64_t before = std::exchange(changes_, changes);
    const bool of_all = layout.changes == nullptr || layout.changes->of_all() > before;
    if (of_all || layout.number != layout_number_ || changes - first_ > kMostChanges) {
      layout_number_ = layout.number;
      first_ = changes;
      make_all_old(layout.words);
    }
    now_ = static_cast<std::uint32_t>(changes - first_);
    if (layout.changes == nullptr) return;
    for (std::size_t i = 0; i < ChangeMap::kWatched; ++i) last_[i] = layout.changes->of_watched(i);
  }

  void make_all_old(std::uint32_t words) noexcept {
    // What was no epoch must not be taken for one.
    if (++epoch_ == kEpochs || words != words_) {
      std::memset(memory_.data(), 0, kBytes);
      epoch_ = 1;
      words_ = words;
    }
    const bool paid = found_ > asked_ / 2;
    longer_ = paid ? kShortRest : std::min(2 * longer_, kLongRest);
    rest_ = longer_;
    asked_ = found_ = window_from_ = 0;
    lost_ = 0;
  }

  const TupleHash hash_;
  PageBuffer memory_;  // of Entry<words_>
  const FlowLayout* layout_ = nullptr;
  std::uint64_t changes_ = ~std::uint64_t{0};  // so many the cache has seen
  std::uint64_t first_ = 0;                    // of them, when all was made old
  std::uint32_t now_ = 0;                      // changes_ - first_
  std::array<std::uint64_t, ChangeMap::kWatched> last_{};
  std::uint32_t layout_number_ = 0, words_ = 0;
  std::uint32_t epoch_ = 0;
  std::uint32_t rest_ = 0, longer_ = kShortRest;
  std::uint64_t asked_ = 0, found_ = 0, window_from_ = 0;  // frames since the last change
  std::uint32_t lost_ = 0;                                 // flows pushed out or old, since the window's begin
  std::uint32_t victim_ = 0;
  // Of the last find().
  std::array<std::uint32_t, kBurst> slots_{};
  std::array<std::array<std::uint64_t, FlowLayout::kMaxWords>, kBurst> flows_{};
};

}  // namespace nicbench
