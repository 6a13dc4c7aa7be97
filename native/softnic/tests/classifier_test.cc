#include "softnic/classifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "common/random.h"

namespace nicbench {
namespace {

Actions to_queue(std::uint16_t queue) {
  Actions actions;
  actions.fate = Fate::kQueue;
  actions.target = queue;
  return actions;
}

Actions jump_to(std::uint16_t group) {
  Actions actions;
  actions.fate = Fate::kJump;
  actions.target = group;
  return actions;
}

// Matches the first bytes of the outer IPv4 addresses.
Rule rule_for(std::uint64_t addresses, std::uint64_t mask, std::uint32_t priority, const Actions& actions,
              std::uint16_t group = 0) {
  Rule rule;
  rule.group = group;
  rule.priority = priority;
  rule.mask.words[kOuterIpv4] = mask;
  rule.spec.words[kOuterIpv4] = addresses;
  rule.actions = actions;
  return rule;
}

Verdict ask(Classifier& classifier, std::uint64_t addresses, FlowCache* cache = nullptr) {
  Fields fields;
  fields.words[kOuterIpv4] = addresses;
  Verdict verdict;
  classifier.classify(std::span<Fields>(&fields, 1), std::span<Verdict>(&verdict, 1), cache);
  return verdict;
}

RuleId installed(Classifier& classifier, const Rule& rule) {
  RuleId id = kNoRule;
  EXPECT_EQ(classifier.install(rule, id), InstallResult::kInstalled);
  return id;
}

constexpr std::uint64_t kAll = ~std::uint64_t{0};

TEST(Classifier, DropsWhatNoRuleTakes) {
  Classifier classifier({.capacity = 4});
  EXPECT_FALSE(ask(classifier, 1).matched);
  const RuleId id = installed(classifier, rule_for(1, kAll, 0, to_queue(3)));
  EXPECT_EQ(ask(classifier, 1).queue, 3);
  EXPECT_FALSE(ask(classifier, 2).matched);
  classifier.remove(id);
  EXPECT_FALSE(ask(classifier, 1).matched);
  EXPECT_EQ(classifier.size(), 0u);
}

TEST(Classifier, PrefersTheLowerPriority) {
  Classifier classifier({.capacity = 8});
  installed(classifier, rule_for(0x11, 0xf0, 5, to_queue(5)));
  installed(classifier, rule_for(0x12, 0xff, 7, to_queue(7)));
  EXPECT_EQ(ask(classifier, 0x12).queue, 5);
  // A weaker and a stronger rule in the tuple that had one priority.
  installed(classifier, rule_for(0x13, 0xff, 2, to_queue(2)));
  const RuleId weak = installed(classifier, rule_for(0x14, 0xff, 9, to_queue(9)));
  EXPECT_EQ(ask(classifier, 0x13).queue, 2);
  EXPECT_EQ(ask(classifier, 0x14).queue, 5);
  EXPECT_EQ(ask(classifier, 0x12).queue, 5);
  classifier.remove(weak);
  EXPECT_EQ(ask(classifier, 0x12).queue, 5);
}

TEST(Classifier, JumpsUpwardsOnly) {
  Classifier classifier({.capacity = 8});
  installed(classifier, rule_for(0, 0, 0, jump_to(2)));
  Actions tagged = jump_to(5);
  tagged.set_meta = tagged.set_tag = true;
  tagged.meta = 77;
  tagged.tag = 78;
  installed(classifier, rule_for(1, kAll, 0, tagged, 2));
  Rule by_meta = rule_for(0, 0, 0, to_queue(4), 5);
  by_meta.mask.set_meta(~0u);
  by_meta.spec.set_meta(77);
  by_meta.mask.set_tag(~0u);
  by_meta.spec.set_tag(78);
  installed(classifier, by_meta);
  EXPECT_EQ(ask(classifier, 1).queue, 4);
  EXPECT_FALSE(ask(classifier, 2).matched);
  RuleId id = kNoRule;
  EXPECT_EQ(classifier.install(rule_for(9, kAll, 0, jump_to(2), 2), id), InstallResult::kUnsupported);
  EXPECT_EQ(classifier.install(rule_for(9, kAll, 0, jump_to(1), 2), id), InstallResult::kUnsupported);
  EXPECT_EQ(id, kNoRule);
}

TEST(Classifier, RefusesDuplicatesAndWhatIsTooMuch) {
  Classifier classifier({.capacity = 3, .group_limit = 2});
  installed(classifier, rule_for(1, kAll, 0, to_queue(1)));
  RuleId id = kNoRule;
  EXPECT_EQ(classifier.install(rule_for(1, kAll, 4, to_queue(2)), id), InstallResult::kExists);
  EXPECT_EQ(ask(classifier, 1).queue, 1);
  installed(classifier, rule_for(2, kAll, 0, to_queue(1)));
  EXPECT_EQ(classifier.install(rule_for(3, kAll, 0, to_queue(1)), id), InstallResult::kFull);
  installed(classifier, rule_for(3, kAll, 0, to_queue(1), 1));
  EXPECT_EQ(classifier.install(rule_for(3, kAll, 0, to_queue(1), 2), id), InstallResult::kFull);
  EXPECT_EQ(classifier.size(), 3u);
}

TEST(Classifier, PreparesForWhatItRefuses) {
  Classifier classifier({.capacity = 4});
  installed(classifier, rule_for(1, kAll, 0, to_queue(1)));
  const Rule rule = rule_for(1, kAll, 0, to_queue(1), 0xffff);
  classifier.prepare(rule);
  classifier.prepare_more(rule);
  RuleId id = kNoRule;
  EXPECT_EQ(classifier.install(rule, id), InstallResult::kUnsupported);
}

TEST(Classifier, SkipsRulesForHeadersThatAFrameLacks) {
  Classifier classifier({.capacity = 4});
  Rule ipv6 = rule_for(0, 0, 0, to_queue(6));
  ipv6.mask.words[kClassTag] = FrameClass::kL3;
  ipv6.spec.words[kClassTag] = FrameClass::kIpv6;
  installed(classifier, ipv6);
  Rule ipv4 = ipv6;
  ipv4.spec.words[kClassTag] = FrameClass::kIpv4;
  ipv4.actions = to_queue(4);
  installed(classifier, ipv4);
  Fields fields;
  fields.words[kClassTag] = FrameClass::kIpv4 | FrameClass::kUdp;
  Verdict verdict;
  classifier.classify(std::span<Fields>(&fields, 1), std::span<Verdict>(&verdict, 1));
  EXPECT_EQ(verdict.queue, 4);
}

TEST(Classifier, CountsHitsWhereAsked) {
  Classifier classifier({.capacity = 4});
  Actions counting = to_queue(1);
  counting.count = counting.mark = true;
  counting.mark_id = 5;
  const RuleId id = installed(classifier, rule_for(1, kAll, 0, counting));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(classifier, 1).mark, 5u);
  EXPECT_EQ(classifier.hits(id), 3u);
  counting.mark_id = 6;
  classifier.update(id, counting);
  EXPECT_EQ(ask(classifier, 1).mark, 6u);
}

// Patterns of every width that a key can have.
TEST(Classifier, MatchesByAnyNumberOfWords) {
  Classifier classifier({.capacity = 32});
  for (std::size_t words = 1; words < kFieldWords; ++words) {
    Rule rule;
    rule.actions = to_queue(static_cast<std::uint16_t>(words));
    for (std::size_t i = 0; i < words; ++i) {
      rule.mask.words[i] = kAll;
      rule.spec.words[i] = words;
    }
    installed(classifier, rule);
    Fields fields = rule.spec;
    Verdict verdict;
    classifier.classify(std::span<Fields>(&fields, 1), std::span<Verdict>(&verdict, 1));
    EXPECT_EQ(verdict.queue, words);
  }
}

// All fields there are fit: of ports and protocol, 40 bits. Bits that no field has do not.
TEST(Classifier, RefusesPatternsOfMoreThanAllFields) {
  Classifier classifier({.capacity = 4});
  Rule rule;
  rule.mask.words.fill(kAll);
  RuleId id = kNoRule;
  EXPECT_EQ(classifier.install(rule, id), InstallResult::kUnsupported);
  rule.mask.words[kOuterPorts] >>= 24;
  EXPECT_EQ(classifier.install(rule, id), InstallResult::kInstalled);
}

struct Model {
  struct Entry {
    Rule rule;
    RuleId id;
  };
  std::vector<Entry> entries;

  // The queue of the strongest rule; of equal ones any.
  std::vector<std::uint16_t> queues(std::uint64_t addresses) const {
    std::optional<std::uint32_t> strongest;
    for (const Entry& entry : entries) {
      if (((addresses ^ entry.rule.spec.words[0]) & entry.rule.mask.words[0]) != 0) continue;
      if (!strongest || entry.rule.priority < *strongest) strongest = entry.rule.priority;
    }
    std::vector<std::uint16_t> queues;
    for (const Entry& entry : entries) {
      if (((addresses ^ entry.rule.spec.words[0]) & entry.rule.mask.words[0]) != 0) continue;
      if (entry.rule.priority == *strongest) queues.push_back(entry.rule.actions.target);
    }
    return queues;
  }
};

// Against a list that is searched from end to end. Few addresses, so that rules overlap much; more masks than caches
// watch, or fewer. Of a batch, caches are asked when it is over.
TEST(Classifier, AgreesWithALinearSearchWhateverChanges) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Xoshiro256 random(seed);
    FlowCache cache(seed);
    Classifier classifier({.capacity = 400, .expected = 1});
    Model model;
    const std::uint64_t masks = seed % 2 == 0 ? 15 : 3;
    std::unique_ptr<Classifier::Batch> batch;
    for (int step = 0; step < 3000; ++step) {
      if (random.below(10) == 0) {
        if (batch) batch.reset();
        else batch = std::make_unique<Classifier::Batch>(classifier);
      }
      const std::uint64_t what = random.below(10);
      if (what < 5) {
        const std::uint64_t mask = std::uint64_t{1 + random.below(masks)} * 0x1111;
        const Rule rule = rule_for(random.below(0x10000), mask, static_cast<std::uint32_t>(random.below(6)),
                                   to_queue(static_cast<std::uint16_t>(step)));
        RuleId id = kNoRule;
        const bool exists = std::any_of(model.entries.begin(), model.entries.end(), [&](const Model::Entry& entry) {
          return entry.rule.mask == rule.mask && ((entry.rule.spec.words[0] ^ rule.spec.words[0]) & mask) == 0;
        });
        const InstallResult expected = model.entries.size() == 400 ? InstallResult::kFull
                                       : exists                    ? InstallResult::kExists
                                                                   : InstallResult::kInstalled;
        ASSERT_EQ(classifier.install(rule, id), expected);
        if (expected == InstallResult::kInstalled) model.entries.push_back({rule, id});
      } else if (!model.entries.empty()) {
        const std::size_t at = random.below(model.entries.size());
        Model::Entry& entry = model.entries[at];
        if (what < 8) {
          entry.rule.actions = to_queue(static_cast<std::uint16_t>(step));
          classifier.update(entry.id, entry.rule.actions);
        } else {
          classifier.remove(entry.id);
          model.entries.erase(model.entries.begin() + static_cast<std::ptrdiff_t>(at));
        }
      }
      ASSERT_EQ(classifier.size(), model.entries.size());
      // Sometimes often enough in a row for the cache to be asked.
      const std::uint64_t asked = random.below(50) == 0 ? 200 : 1;
      for (std::uint64_t i = 0; i < asked; ++i) {
        const std::uint64_t addresses = random.below(asked == 1 ? 0x10000 : 0x20);
        const auto queues = model.queues(addresses);
        const Verdict verdict = ask(classifier, addresses, i % 2 == 0 && !batch ? &cache : nullptr);
        ASSERT_EQ(verdict.matched, !queues.empty());
        ASSERT_TRUE(queues.empty() || std::count(queues.begin(), queues.end(), verdict.queue) != 0);
      }
    }
  }
}

// Numbers of removed rules come back although the batch is not over: there are none other.
TEST(Classifier, TakesMoreChangesInABatchThanThereAreNumbers) {
  Classifier classifier({.capacity = 4});
  const Classifier::Batch batch(classifier);
  Actions marked = to_queue(1);
  marked.mark = true;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    marked.mark_id = i;
    const RuleId id = installed(classifier, rule_for(i, kAll, 0, marked));
    ASSERT_EQ(ask(classifier, i).mark, i);
    classifier.remove(id);
    ASSERT_FALSE(ask(classifier, i).matched);
  }
}

// While one thread changes rules, no frame sees neither the old nor the new one, and none sees a mixture.
void change_under_the_data_path(FlowCache* cache) {
  Classifier classifier({.capacity = 600, .expected = 1});
  constexpr std::uint32_t kRules = 200;
  std::vector<RuleId> ids;
  const auto marked = [](std::uint32_t value) {
    Actions actions = to_queue(static_cast<std::uint16_t>(value & 0xff));
    actions.mark = true;
    actions.mark_id = value & 0xff;
    return actions;
  };
  for (std::uint32_t i = 0; i < kRules; ++i) ids.push_back(installed(classifier, rule_for(i, kAll, 0, marked(i))));
  std::atomic<bool> stop{false}, running{false};
  std::uint64_t unmatched = 0, torn = 0;
  std::thread worker([&] {
    classifier.join(0);
    running = true;
    Xoshiro256 random(7);
    while (!stop.load(std::memory_order_relaxed)) {
      Fields fields[kBurst];
      Verdict verdicts[kBurst];
      for (Fields& one : fields) one.words[kOuterIpv4] = random.below(kRules);
      classifier.classify(fields, verdicts, cache);
      for (const Verdict& verdict : verdicts) {
        unmatched += !verdict.matched;
        torn += verdict.queue != verdict.mark;
      }
      classifier.quiesce(0);
    }
    classifier.leave(0);
  });
  while (!running) std::this_thread::yield();
  Xoshiro256 random(8);
  std::vector<RuleId> others;
  std::unique_ptr<Classifier::Batch> batch;
  for (std::uint32_t i = 0; i < 30'000; ++i) {
    if (i % 64 == 0) batch.reset();
    if (i % 128 == 0) batch = std::make_unique<Classifier::Batch>(classifier);
    classifier.update(ids[random.below(kRules)], marked(i));
    // Rules come and go beside them, of the same mask and of others; the table grows and numbers are used again.
    if (others.size() < 300) {
      others.push_back(
          installed(classifier, rule_for(1000 + std::uint64_t{i}, i % 2 == 0 ? kAll : 0xffffff, 1 + i % 3, marked(0))));
    } else {
      for (const RuleId id : others) classifier.remove(id);
      others.clear();
    }
  }
  batch.reset();
  stop = true;
  worker.join();
  EXPECT_EQ(unmatched, 0u);
  EXPECT_EQ(torn, 0u);
}

TEST(Classifier, ChangesUnderTheDataPathWithoutAGap) { change_under_the_data_path(nullptr); }

TEST(Classifier, ChangesUnderACacheWithoutAGap) {
  FlowCache cache(1);
  change_under_the_data_path(&cache);
}

}  // namespace
}  // namespace nicbench
