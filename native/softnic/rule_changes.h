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
      if (!insert()) throw full();
    }
  }

  Classifier& classifier() noexcept { return classifier_; }
  const RuleSet& set() const noexcept { return set_; }
  std::size_t size() const noexcept { return ids_.size(); }

  // A new specific rule; false if its group is full, or there are no more.
  bool insert() { return ids_.size() < set_.limit() && insert(set_.specific(ids_.size())); }

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
    Rule rule = set_.specific(turn_);
    rule.actions = set_.actions(turn_, ++installed->version);
    if (classifier_.install(rule, installed->id) != InstallResult::kInstalled) throw full();
    return true;
  }

  // Makes up to kMaxBatch changes and returns how many were made; new rules' lines are fetched together.
  std::size_t change(RuleOperation operation, std::size_t count) {
    std::size_t changed = 0;
    if (operation == RuleOperation::kInsert) {
      count = static_cast<std::size_t>(std::min<std::uint64_t>(count, set_.limit() - ids_.size()));
      for (std::size_t i = 0; i < count; ++i) {
        batch_[i] = set_.specific(ids_.size() + i);
        classifier_.prepare(batch_[i]);
      }
      while (changed < count && insert(batch_[changed])) ++changed;
      return changed;
    }
    for (; changed < count; ++changed) {
      const bool made = operation == RuleOperation::kDelete   ? erase()
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
    turn_ = turn_ + 1 < ids_.size() ? turn_ + 1 : 0;
    return &ids_[turn_];
  }

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

  const ListedRules listed_;
  const RuleSet set_;
  const std::uint64_t group_limit_;
  Classifier classifier_;
  std::vector<Installed> ids_;
  std::size_t turn_ = 0;
  std::array<Rule, kMaxBatch> batch_;  // being inserted: 20 KB, which are not to be cleared for each change
};

}  // namespace nicbench
