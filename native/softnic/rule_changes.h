// The control plane of an experiment: changes of a rule set's specific rules, one by one or in batches.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "softnic/installed_rules.h"

namespace nicbench {

// replace: remove, then install with other actions: all that classifiers without an update can do.
enum class RuleOperation : std::uint8_t { kInsert, kDelete, kUpdate, kReplace };

inline std::optional<RuleOperation> parse_rule_operation(std::string_view name) noexcept {
  constexpr std::pair<std::string_view, RuleOperation> kNames[] = {{"insert", RuleOperation::kInsert},
                                                                   {"delete", RuleOperation::kDelete},
                                                                   {"update", RuleOperation::kUpdate},
                                                                   {"replace", RuleOperation::kReplace}};
  for (const auto& [known, operation] : kNames) {
    if (known == name) return operation;
  }
  return std::nullopt;
}

// All rules of a set, or the share of one of several control threads: every n-th.
class RuleChanges {
 public:
  static constexpr std::size_t kMaxBatch = 64;

  // All, with config.rules of them installed. most: specific rules that there will be at once. Throws UserError as
  // InstalledRules does, and std::bad_alloc.
  RuleChanges(const RuleSetConfig& config, std::vector<FiveTuple4> matching, std::uint64_t most, std::size_t workers)
      : RuleChanges(std::make_unique<InstalledRules>(config, std::move(matching), most, workers), config.rules) {}
  // Those with the numbers first, first + step, ..., of which the ones below `rules` are installed. Throws likewise.
  RuleChanges(InstalledRules& installed, std::uint64_t rules, std::uint64_t first, std::uint64_t step)
      : installed_(installed), first_(first), step_(step), limit_(count_below(installed.most())) {
    const std::uint64_t wanted = count_below(rules);
    while (size_ < wanted) {
      const std::size_t count = std::min<std::uint64_t>(wanted - size_, kMaxBatch);
      if (change(RuleOperation::kInsert, count, wanted - size_ - count) < count) throw installed_.full(size_);
    }
  }

  Classifier& classifier() noexcept { return installed_.classifier(); }
  const RuleSet& set() const noexcept { return installed_.set(); }
  std::size_t size() const noexcept { return size_; }
  // How many numbers of the share are below `number`.
  std::uint64_t count_below(std::uint64_t number) const noexcept {
    return number <= first_ ? 0 : (number - first_ + step_ - 1) / step_;
  }

  // A new specific rule; false if its group is full, or there are no more.
  bool insert() {
    if (size_ == limit_ || !installed_.insert(number_of(size_), take_specific(size_))) return false;
    ++size_;
    return true;
  }

  // The newest specific rule; false if there is none.
  bool erase() {
    if (size_ == 0) return false;
    installed_.erase(number_of(--size_));
    return true;
  }

  // The next specific rule in turn; false if there is none.
  bool update() {
    if (size_ == 0) return false;
    turn_ = turn_after(turn_);
    installed_.update(number_of(turn_));
    return true;
  }
  bool replace() {
    if (size_ == 0) return false;
    turn_ = turn_after(turn_);
    installed_.replace(number_of(turn_), take_specific(turn_));
    return true;
  }

  // Makes up to kMaxBatch changes, in one batch of the classifier's, and returns how many were made. following: how
  // many more of the kind are certain to come next, so that what they need can be fetched meanwhile.
  std::size_t change(RuleOperation operation, std::size_t count, std::uint64_t following = 0) {
    const Classifier::Batch batch(installed_.classifier());
    std::size_t changed = 0;
    for (; changed < count; ++changed) {
      const bool installs = operation == RuleOperation::kInsert || operation == RuleOperation::kReplace;
      if (installs && count - changed + following > 1) look_ahead(operation, count - changed + following);
      const bool made = operation == RuleOperation::kInsert   ? insert()
                        : operation == RuleOperation::kDelete ? erase()
                        : operation == RuleOperation::kUpdate ? update()
                                                              : replace();
      if (!made) break;
    }
    return changed;
  }

  // As InstalledRules has it; where this is not a share.
  std::uint64_t wrong(std::size_t sample) { return installed_.wrong(sample, size_); }

 private:
  RuleChanges(std::unique_ptr<InstalledRules> installed, std::uint64_t rules) : RuleChanges(*installed, rules, 0, 1) {
    owned_ = std::move(installed);
  }

  std::uint64_t number_of(std::size_t place) const noexcept { return first_ + place * step_; }
  std::size_t turn_after(std::size_t turn) const noexcept { return turn + 1 < size_ ? turn + 1 : 0; }

  // Makes the rules of the next changes, of which so many are certain, and fetches what they will need: first of one
  // that is kAhead changes ahead, then more of one that is half as far.
  void look_ahead(RuleOperation operation, std::uint64_t certain) {
    const bool inserts = operation == RuleOperation::kInsert;
    std::size_t place = inserts ? size_ : turn_after(turn_);
    if (coming(0).place != place) made_ = fetched_ = 0;
    if (made_ != 0) place = inserts ? place + made_ : turn_after(coming(made_ - 1).place);
    for (; made_ < std::min<std::uint64_t>(kAhead, certain) && place < limit_; ++made_) {
      coming(made_) = {place, set().specific(number_of(place))};
      classifier().prepare(coming(made_).rule);
      place = inserts ? place + 1 : turn_after(place);
    }
    for (; fetched_ < std::min(made_, kAhead / 2); ++fetched_) classifier().prepare_more(coming(fetched_).rule);
  }

  // The specific rule at a place of the share, until the next call.
  Rule& take_specific(std::size_t place) {
    Coming& first = coming(0);
    if (made_ == 0 || first.place != place) {
      made_ = fetched_ = 0;
      first = {place, set().specific(number_of(place))};
      return first.rule;
    }
    ++first_coming_;
    --made_;
    fetched_ -= fetched_ != 0;
    return first.rule;
  }

  struct Coming {
    std::size_t place = 0;
    Rule rule;
  };
  Coming& coming(std::size_t i) noexcept { return coming_[(first_coming_ + i) % kAhead]; }

  static constexpr std::size_t kAhead = 16;

  std::unique_ptr<InstalledRules> owned_;
  InstalledRules& installed_;
  const std::uint64_t first_, step_, limit_;
  std::size_t size_ = 0;                // the first ones of the share are there
  std::size_t turn_ = ~std::size_t{0};  // of the rule that was updated last; the first one comes first
  // The next rules to install, the first at first_coming_: made, and of some all that they need is on its way.
  std::array<Coming, kAhead> coming_;
  std::size_t first_coming_ = 0, made_ = 0, fetched_ = 0;
};

}  // namespace nicbench
