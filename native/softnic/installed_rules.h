// A rule set in a classifier: which of its specific rules are there, and whether they do what they say.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/user_error.h"
#include "softnic/classifier.h"
#include "softnic/rule_set.h"

namespace nicbench {

// Changed by RuleChanges: one thread at a time, as the classifier is.
class InstalledRules {
 public:
  // With the rules that jump and those that catch the rest. most: specific rules have numbers below it, those of the
  // set's limit too. Throws UserError as RuleSet does, RULES_FULL and RULES_MATCH, and std::bad_alloc.
  InstalledRules(const RuleSetConfig& config, std::vector<FiveTuple4> matching, std::uint64_t most, std::size_t workers)
      : listed_(config.listed),
        set_(config, std::move(matching)),
        group_limit_(config.capacity),
        classifier_({.capacity = most + set_.defaults().size(),
                     .group_limit = config.capacity,
                     .expected = std::max<std::size_t>(set_.rules_in_a_group(most), 16),
                     .workers = workers,
                     .tunnels = set_.tunnels(),
                     .seed = config.seed}),
        rules_(std::min(most, set_.limit())) {
    for (const Rule& rule : set_.defaults()) {
      RuleId id = kNoRule;
      if (!install(rule, id) || id == kNoRule) throw full(0);
    }
  }
  InstalledRules(const InstalledRules&) = delete;
  InstalledRules& operator=(const InstalledRules&) = delete;

  Classifier& classifier() noexcept { return classifier_; }
  const RuleSet& set() const noexcept { return set_; }
  std::uint64_t most() const noexcept { return rules_.size(); }

  // Specific rule `number`, below most(). One whose match another has, as two flows between the same addresses do,
  // counts as there. False if its group is full. Throws UserError RULES_MATCH, and std::bad_alloc.
  bool insert(std::uint64_t number, const Rule& rule) {
    Installed installed;
    if (!install(rule, installed.id)) return false;
    rules_[number] = installed;
    return true;
  }
  void erase(std::uint64_t number) {
    if (rules_[number].id != kNoRule) classifier_.remove(rules_[number].id);
    rules_[number] = {};
  }
  void update(std::uint64_t number) {
    Installed& rule = rules_[number];
    if (rule.id != kNoRule) classifier_.update(rule.id, set_.actions(number, ++rule.version));
  }
  // rule: as the set makes it; it gets other actions.
  void replace(std::uint64_t number, Rule& rule) {
    Installed& installed = rules_[number];
    if (installed.id == kNoRule) return;
    classifier_.remove(installed.id);
    rule.actions = set_.actions(number, ++installed.version);
    if (classifier_.install(rule, installed.id) != InstallResult::kInstalled) throw full(number);
  }

  // Of about `sample` of the first `rules` specific ones, how many frames that match them do not do what they say; of
  // rules that overlap, what the strongest says.
  std::uint64_t wrong(std::size_t sample, std::uint64_t rules) {
    if (listed_) sample = std::min<std::size_t>(sample, kMostCompared / std::max<std::size_t>(rules, 1) + 1);
    std::uint64_t wrong = 0;
    const std::size_t step = std::max<std::size_t>(rules / sample, 1);
    for (std::size_t i = 0; i < rules; i += step) {
      if (rules_[i].id == kNoRule) continue;
      const Rule rule = set_.specific(i);
      if (listed_ && (rule.group != 0 || rule.actions.fate == Fate::kJump)) continue;
      Fields fields = rule.spec;
      Verdict verdict;
      classifier_.classify(std::span<Fields>(&fields, 1), std::span<Verdict>(&verdict, 1));
      wrong += !(listed_ ? is_of_strongest(rule.spec, verdict) : does(i, verdict));
    }
    return wrong;
  }

  UserError full(std::uint64_t rules) const {
    return UserError("RULES_FULL",
                     "After " + std::to_string(rules) + " specific rules the classifier took no more: a group holds " +
                         std::to_string(group_limit_) + ".",
                     "Use fewer rules, more tables, or a larger capacity.");
  }

 private:
  struct Installed {
    RuleId id = kNoRule;
    std::uint32_t version = 0;
  };

  // The verdict is what specific rule i says.
  bool does(std::size_t i, const Verdict& verdict) const noexcept {
    const Actions actions = set_.actions(i, rules_[i].version);
    return verdict.matched && verdict.purpose == actions.purpose && verdict.fate == actions.fate &&
           (actions.fate != Fate::kQueue || verdict.queue == actions.target) &&
           (!actions.mark || verdict.mark == actions.mark_id);
  }

  // The verdict is what the strongest of the listed rules of group 0 says that match, all of them asked one by one; of
  // equally strong ones, what any says. Where that one jumps, anything goes.
  bool is_of_strongest(const Fields& fields, const Verdict& verdict) const noexcept {
    std::uint32_t strongest = ~std::uint32_t{0};
    bool right = false;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const Rule& rule = (*listed_)[i];
      if (rules_[i].id == kNoRule || rule.group != 0 || rule.priority > strongest || !matches(rule, fields)) continue;
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

  // False if its group is full; id is kNoRule if there is one of the same match.
  bool install(const Rule& rule, RuleId& id) {
    switch (classifier_.install(rule, id)) {
      case InstallResult::kExists:
      case InstallResult::kInstalled: return true;
      case InstallResult::kFull: return false;
      case InstallResult::kUnsupported: break;
    }
    throw UserError("RULES_MATCH", "The classifier cannot match by all that the pattern names.",
                    "Leave out an item of the match.");
  }

  // Rules that are asked one by one to find what is wrong: a fraction of a second.
  static constexpr std::size_t kMostCompared = 20'000'000;

  const ListedRules listed_;
  const RuleSet set_;
  const std::uint64_t group_limit_;
  Classifier classifier_;
  std::vector<Installed> rules_;  // by number
};

}  // namespace nicbench
