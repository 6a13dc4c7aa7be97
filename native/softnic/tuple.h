// One tuple of tuple space search: all rules of a group that have the same mask, in one exact-match table.
//
// (Srinivasan, Suri, Varghese: "Packet Classification using Tuple Space Search", SIGCOMM 1999; as in Open vSwitch.)
// Rules that want different headers are in different tuples even where their masks are equal, so that a frame skips
// the tables of headers that it does not have.
//
// A key is what the mask leaves of the words that it touches. The table is the shared flowline: readers store nothing
// and see an entry or do not. It is made for `expected` rules, and replaced by one of twice the size when it is full:
// the new one is filled and then published as a whole, so that a frame is looked up in the one or in the other.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/huge_pages.h"
#include "hashtables/shared/shared_flowline.h"
#include "io/frame.h"
#include "softnic/grace.h"
#include "softnic/rule.h"

namespace nicbench {

class Tuple {
 public:
  // The low half of word 15, the class, is compared apart from the keys.
  Tuple(const Fields& mask, std::uint32_t frame_class) : mask_(mask), class_(frame_class & mask.frame_class()) {}
  virtual ~Tuple() = default;
  Tuple(const Tuple&) = delete;
  Tuple& operator=(const Tuple&) = delete;

  bool is_of(const Fields& mask, std::uint32_t frame_class) const noexcept {
    return class_ == (frame_class & mask.frame_class()) && mask_ == mask;
  }
  const Fields& mask() const noexcept { return mask_; }
  bool may_match(std::uint32_t frame_class) const noexcept { return (frame_class & mask_.frame_class()) == class_; }

  // Of the data path: rules[i] is that of fields[which[i]], or kNoRule. At most kBurst; each of them may_match.
  virtual void find(const Fields* fields, std::span<const std::uint8_t> which, RuleId* rules) const noexcept = 0;

  // Of the control plane. `place`: what erase() wants to know. Throws std::bad_alloc, and then nothing has changed.
  virtual InsertResult insert(const Fields& spec, RuleId rule, std::uint32_t& place) = 0;
  virtual void erase(std::uint32_t place) noexcept = 0;
  // Fetches what insert() will need first; and, once that is there, what it may need then.
  virtual void prefetch(const Fields& /*spec*/) const noexcept {}
  virtual void prefetch_rest(const Fields& /*spec*/) const noexcept {}
  virtual bool keyed() const noexcept { return true; }  // looks into a table
  virtual std::size_t size() const noexcept = 0;
  virtual std::size_t memory() const noexcept = 0;

 private:
  const Fields mask_;
  const std::uint32_t class_;
};

// Of rules that look at no word: every frame of the class. There can be one.
class EveryFrame final : public Tuple {
 public:
  using Tuple::Tuple;

  void find(const Fields*, std::span<const std::uint8_t> which, RuleId* rules) const noexcept override {
    const RuleId rule = rule_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < which.size(); ++i) rules[i] = rule;
  }
  InsertResult insert(const Fields&, RuleId rule, std::uint32_t&) override {
    if (rule_.load(std::memory_order_relaxed) != kNoRule) return InsertResult::kExists;
    rule_.store(rule, std::memory_order_release);
    return InsertResult::kInserted;
  }
  bool keyed() const noexcept override { return false; }
  void erase(std::uint32_t) noexcept override { rule_.store(kNoRule, std::memory_order_release); }
  std::size_t size() const noexcept override { return rule_.load(std::memory_order_relaxed) == kNoRule ? 0 : 1; }
  std::size_t memory() const noexcept override { return sizeof *this; }

 private:
  std::atomic<RuleId> rule_{kNoRule};
};

// Which words a mask touches, in the order of a key. The last word of a key has 40 bits only, which the table wants.
struct KeyLayout {
  std::size_t words = 0;  // 0, 2, 4, 8 or 16
  std::array<std::uint8_t, kFieldWords> from{};
  std::array<std::uint64_t, kFieldWords> mask{};  // 0: padding

  // Nothing if the mask touches all sixteen words to the last bit.
  static std::optional<KeyLayout> of(const Fields& fields) {
    constexpr std::uint64_t kLastWord = (std::uint64_t{1} << 40) - 1;
    KeyLayout layout;
    std::size_t used = 0;
    for (std::size_t word = 0; word < kFieldWords; ++word) {
      const std::uint64_t mask = word == kClassTag ? fields.words[word] >> 32 << 32 : fields.words[word];
      if (mask == 0) continue;
      layout.from[used] = static_cast<std::uint8_t>(word);
      layout.mask[used++] = mask;
    }
    if (used == 0) return layout;
    layout.words = used <= 2 ? 2 : std::bit_ceil(used);
    if (used < layout.words) return layout;
    for (std::size_t i = 0; i < used; ++i) {
      if (layout.mask[i] > kLastWord) continue;
      std::swap(layout.from[i], layout.from[used - 1]);
      std::swap(layout.mask[i], layout.mask[used - 1]);
      return layout;
    }
    if (layout.words == kFieldWords) return std::nullopt;
    layout.words *= 2;
    return layout;
  }
};

template <std::size_t kWords>
class ExactTuple final : public Tuple {
 public:
  using Key = std::array<std::uint64_t, kWords>;
  using Table = SharedFlowlineTable<Key, RuleId, Writers::kOne>;

  // expected: rules to make room for at once.
  ExactTuple(const Fields& mask, std::uint32_t frame_class, const KeyLayout& layout, std::size_t expected,
             std::uint64_t seed, Grace& grace)
      : Tuple(mask, frame_class),
        layout_(layout),
        seed_(seed),
        grace_(grace),
        owned_(make_table(expected)),
        entries_(room_for(expected), true) {
    table_.store(owned_.get(), std::memory_order_release);
  }

  void find(const Fields* fields, std::span<const std::uint8_t> which, RuleId* rules) const noexcept override {
    Key keys[kBurst];
    for (std::size_t i = 0; i < which.size(); ++i) keys[i] = key_of(fields[which[i]]);
    const std::size_t count = which.size();
    const std::uint64_t hits = table_.load(std::memory_order_acquire)
                                   ->find_burst(std::span<const Key>(keys, count), std::span<RuleId>(rules, count));
    for (std::size_t i = 0; i < count; ++i) rules[i] = (hits >> i & 1) != 0 ? rules[i] : kNoRule;
  }

  InsertResult insert(const Fields& spec, RuleId rule, std::uint32_t& place) override {
    const Key key = key_of(spec);
    if (size_ == entries_.size()) grow();
    InsertResult result = owned_->insert(key, rule);
    if (result == InsertResult::kFull) {
      grow();
      result = owned_->insert(key, rule);
    }
    if (result != InsertResult::kInserted) return result;
    if (first_free_ == kNone) {
      place = used_++;
    } else {
      place = std::exchange(first_free_, entries_[first_free_].next_free);
    }
    entries_[place] = {key, rule, kNone};
    ++size_;
    return result;
  }

  void erase(std::uint32_t place) noexcept override {
    owned_->erase(entries_[place].key);
    entries_[place].rule = kNoRule;
    entries_[place].next_free = std::exchange(first_free_, place);
    --size_;
  }

  void prefetch(const Fields& spec) const noexcept override { owned_->prefetch_for_writing(key_of(spec)); }
  void prefetch_rest(const Fields& spec) const noexcept override { owned_->prefetch_rest_for_writing(key_of(spec)); }

  std::size_t size() const noexcept override { return size_; }
  std::size_t memory() const noexcept override { return owned_->memory() + entries_.bytes(); }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct Entry {
    Key key;
    RuleId rule;
    std::uint32_t next_free;  // of one without a rule: the place that was left before it
  };
  struct Retired {
    std::uint64_t period;
    std::unique_ptr<Table> table;
  };

  Key key_of(const Fields& fields) const noexcept {
    Key key;
    for (std::size_t i = 0; i < kWords; ++i) key[i] = fields.words[layout_.from[i]] & layout_.mask[i];
    return key;
  }

  // A fifth of the slots stays free: a flowline that is nearly full takes long to insert.
  static std::size_t room_for(std::size_t rules) noexcept { return rules + rules / 5 + 16; }
  std::unique_ptr<Table> make_table(std::size_t rules) const {
    return std::make_unique<Table>(TableOptions{.capacity = room_for(rules), .seed = seed_});
  }

  void grow() {
    std::erase_if(retired_, [&](const Retired& retired) { return grace_.over(retired.period); });
    const std::size_t rules = 2 * (size_ + 8);
    auto larger = make_table(rules);
    PageArray<Entry> entries(std::max(room_for(rules), entries_.size()), true);
    std::copy_n(entries_.begin(), used_, entries.begin());
    for (std::uint32_t place = 0; place < used_; ++place) {
      if (entries[place].rule != kNoRule) larger->insert(entries[place].key, entries[place].rule);
    }
    retired_.reserve(retired_.size() + 1);
    entries_ = std::move(entries);
    table_.store(larger.get(), std::memory_order_release);
    std::swap(owned_, larger);
    retired_.push_back({grace_.retire(), std::move(larger)});
  }

  const KeyLayout layout_;
  const std::uint64_t seed_;
  Grace& grace_;
  std::unique_ptr<Table> owned_;
  std::atomic<const Table*> table_{nullptr};
  // The control plane's: not in lines that the data path reads.
  alignas(kCacheLine) PageArray<Entry> entries_;  // by place
  std::uint32_t used_ = 0;                        // places that ever had a rule: the first ones
  std::uint32_t first_free_ = kNone;              // of those, the one that was left last
  std::size_t size_ = 0;
  std::vector<Retired> retired_;
};

}  // namespace nicbench
