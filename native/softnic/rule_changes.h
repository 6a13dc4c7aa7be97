// The control plane of an experiment: a rule set in a classifier, and changes of its specific rules one by one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/user_error.h"
#include "softnic/classifier.h"
#include "softnic/rule_set.h"

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

class RuleChanges {
 public:
  static constexpr std::size_t kMaxBatch = 64;

  // most: specific rules that there will be at once. Throws UserError as RuleSet does, and std::bad_alloc.
  RuleChanges(const RuleSetConfig& config, std::vector<FiveTuple4> matching, std::uint64_t most, std::size_t workers)
      : listed_(config.listed),
        set_(config, std::move(matching)),
        group_limit_(config.capacity),
        classifier_({.capacity = most + set_.defaults().size(),
                     .group_limit = config.capacity,
                     .expected = std::max<std::size_t>(set_.rules_in_a_group(most), 16),
                     .workers = workers,
                     .tunnels = set_.tunnels(),
                     .seed = config.seed}) {
    ids_.reserve(most);
    for (const Rule& rule : set_.defaults()) install_or_throw(rule);
    while (ids_.size() < config.rules) {
      const std::size_t count = std::min<std::uint64_t>(config.rules - ids_.size(), kMaxBatch);
      if (change(RuleOperation::kInsert, count, config.rules - ids_.size() - count) < count) throw full();
    }
  }

  Classifier& classifier() noexcept { return classifier_; }
  const RuleSet& set() const noexcept { return set_; }
  std::size_t size() const noexcept { return ids_.size(); }

  // A new specific rule; false if its group is full, or there are no more.
  bool insert() { return ids_.size() < set_.limit() && insert(take_specific(ids_.size())); }

  // The newest specific rule; false if there is none.
  bool erase() {
    if (ids_.empty()) return false;
    if (ids_.back().id != kNoRule) classifier_.remove(ids_.back().id);
    ids_.pop_back();
    return true;
  }

  // The next specific rule in turn; false if there is none.
  bool update() {
    Installed* rule = next();
    if (rule == nullptr) return false;
    if (rule->id != kNoRule) classifier_.update(rule->id, set_.actions(turn_, ++rule->version));
    return true;
  }
  bool replace() {
    Installed* installed = next();
    if (installed == nullptr) return false;
    if (installed->id == kNoRule) return true;
    classifier_.remove(installed->id);
    Rule& rule = take_specific(turn_);
    rule.actions = set_.actions(turn_, ++installed->version);
    if (classifier_.install(rule, installed->id) != InstallResult::kInstalled) throw full();
    return true;
  }

  // Makes up to kMaxBatch changes, in one batch of the classifier's, and returns how many were made. following: how
  // many more of the kind are certain to come next, so that what they need can be fetched meanwhile.
  std::size_t change(RuleOperation operation, std::size_t count, std::uint64_t following = 0) {
    const Classifier::Batch batch(classifier_);
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

  // Of about `sample` specific rules, how many frames that match them do not do what they say; of rules that overlap,
  // what the strongest says.
  std::uint64_t wrong(std::size_t sample) {
    if (listed_) sample = std::min<std::size_t>(sample, kMostCompared / std::max<std::size_t>(ids_.size(), 1) + 1);
    std::uint64_t wrong = 0;
    const std::size_t step = std::max<std::size_t>(ids_.size() / sample, 1);
    for (std::size_t i = 0; i < ids_.size(); i += step) {
      if (ids_[i].id == kNoRule) continue;
      const Rule rule = set_.specific(i);
      if (listed_ && (rule.group != 0 || rule.actions.fate == Fate::kJump)) continue;
      Fields fields = rule.spec;
      Verdict verdict;
      classifier_.classify(std::span<Fields>(&fields, 1), std::span<Verdict>(&verdict, 1));
      wrong += !(listed_ ? is_of_strongest(rule.spec, verdict) : does(i, verdict));
    }
    return wrong;
  }

 private:
  struct Installed {
    RuleId id;
    std::uint32_t version;
  };

  Installed* next() noexcept {
    if (ids_.empty()) return nullptr;
    turn_ = turn_after(turn_);
    return &ids_[turn_];
  }
  std::size_t turn_after(std::size_t turn) const noexcept { return turn + 1 < ids_.size() ? turn + 1 : 0; }

  // Makes the rules of the next changes, of which so many are certain, and fetches what they will need: first of one
  // that is kAhead changes ahead, then more of one that is half as far.
  void look_ahead(RuleOperation operation, std::uint64_t certain) {
    const bool inserts = operation == RuleOperation::kInsert;
    std::uint64_t number = inserts ? ids_.size() : turn_after(turn_);
    if (coming(0).number != number) made_ = fetched_ = 0;
    if (made_ != 0) number = inserts ? number + made_ : turn_after(coming(made_ - 1).number);
    for (; made_ < std::min<std::uint64_t>(kAhead, certain) && number < set_.limit(); ++made_) {
      coming(made_) = {number, set_.specific(number)};
      classifier_.prepare(coming(made_).rule);
      number = inserts ? number + 1 : turn_after(number);
    }
    for (; fetched_ < std::min(made_, kAhead / 2); ++fetched_) classifier_.prepare_more(coming(fetched_).rule);
  }

  // Specific rule `number`, until the next call.
  Rule& take_specific(std::uint64_t number) {
    Coming& first = coming(0);
    if (made_ == 0 || first.number != number) {
      made_ = fetched_ = 0;
      first = {number, set_.specific(number)};
      return first.rule;
    }
    ++first_coming_;
    --made_;
    fetched_ -= fetched_ != 0;
    return first.rule;
  }

  struct Coming {
    std::uint64_t number = 0;
    Rule rule;
  };
  Coming& coming(std::size_t i) noexcept { return coming_[(first_coming_ + i) % kAhead]; }

  // The verdict is what specific rule i says.
  bool does(std::size_t i, const Verdict& verdict) const noexcept {
    const Actions actions = set_.actions(i, ids_[i].version);
    return verdict.matched && verdict.purpose == actions.purpose && verdict.fate == actions.fate &&
           (actions.fate != Fate::kQueue || verdict.queue == actions.target) &&
           (!actions.mark || verdict.mark == actions.mark_id);
  }

  // The verdict is what the strongest of the listed rules of group 0 says that match, all of them asked one by one; of
  // equally strong ones, what any says. Where that one jumps, anything goes.
  bool is_of_strongest(const Fields& fields, const Verdict& verdict) const noexcept {
    std::uint32_t strongest = ~std::uint32_t{0};
    bool right = false;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const Rule& rule = (*listed_)[i];
      if (ids_[i].id == kNoRule || rule.group != 0 || rule.priority > strongest || !matches(rule, fields)) continue;
      right = (right && rule.priority == strongest) || rule.actions.fate == Fate::kJump || does(i, verdict);
      strongest = rule.priority;
    }
    return right;
  }

  static bool matches(const Rule& rule, const Fields& fields) noexcept {
    for (std::size_t word = 0; word < kFieldWords; ++word) {
      if (((fields.words[word] ^ rule.spec.words[word]) & rule.mask.words[word]) != 0) return false;
    }
    return true;
  }

  bool insert(const Rule& rule) {
    RuleId id = kNoRule;
    switch (classifier_.install(rule, id)) {
      case InstallResult::kExists:  // two flows between the same addresses: one rule matches both
      case InstallResult::kInstalled: break;
      case InstallResult::kFull: return false;
      case InstallResult::kUnsupported: throw unsupported();
    }
    ids_.push_back({id, 0});
    return true;
  }

  void install_or_throw(const Rule& rule) {
    RuleId id = kNoRule;
    const InstallResult result = classifier_.install(rule, id);
    if (result == InstallResult::kUnsupported) throw unsupported();
    if (result != InstallResult::kInstalled) throw full();
  }

  UserError full() const {
    return UserError("RULES_FULL",
                     "After " + std::to_string(ids_.size()) +
                         " specific rules the classifier took no more: a group holds " + std::to_string(group_limit_) +
                         ".",
                     "Use fewer rules, more tables, or a larger capacity.");
  }
  UserError unsupported() const {
    return UserError("RULES_MATCH", "The classifier cannot match by all that the pattern names.",
                     "Leave out an item of the match.");
  }

  // Rules that are asked one by one to find what is wrong: a fraction of a second.
  static constexpr std::size_t kMostCompared = 20'000'000;
  static constexpr std::size_t kAhead = 16;

  const ListedRules listed_;
  const RuleSet set_;
  const std::uint64_t group_limit_;
  Classifier classifier_;
  std::vector<Installed> ids_;
  std::size_t turn_ = 0;
  // The next rules to install, the first at first_coming_: made, and of some all that they need is on its way.
  std::array<Coming, kAhead> coming_;
  std::size_t first_coming_ = 0, made_ = 0, fetched_ = 0;
};

}  // namespace nicbench
