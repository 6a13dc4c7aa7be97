#include "softnic/flow_cache.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "common/random.h"
#include "softnic/classifier.h"

namespace nicbench {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::size_t kLongEnough = 20'000;  // bursts, after which the cache rests no more

Rule rule_for(std::uint16_t group, std::uint64_t addresses, std::uint64_t mask, const Actions& actions) {
  Rule rule;
  rule.group = group;
  rule.mask.words[kOuterIpv4] = mask;
  rule.spec.words[kOuterIpv4] = addresses;
  rule.actions = actions;
  return rule;
}

Actions to(Fate fate, std::uint16_t target) {
  Actions actions;
  actions.fate = fate;
  actions.target = target;
  actions.count = true;
  return actions;
}

Fields fields_of(std::uint64_t addresses) {
  Fields fields;
  fields.words[kOuterIpv4] = addresses;
  return fields;
}

// A classifier and a worker with a cache, and how many of its frames the cache knew.
class Nic {
 public:
  explicit Nic(const ClassifierOptions& options) : classifier(options) {}

  RuleId install(const Rule& rule) {
    RuleId id = kNoRule;
    EXPECT_EQ(classifier.install(rule, id), InstallResult::kInstalled);
    return id;
  }
  Verdict ask(const Fields& asked) {
    Fields fields = asked;
    Verdict verdict;
    classifier.classify(std::span<Fields>(&fields, 1), std::span<Verdict>(&verdict, 1), &cache);
    return verdict;
  }
  Verdict ask(std::uint64_t addresses) { return ask(fields_of(addresses)); }
  void let_it_rest(std::uint64_t addresses) {
    for (std::size_t i = 0; i < kLongEnough; ++i) ask(addresses);
  }

  Classifier classifier;
  FlowCache cache{3};
};

FlowLayout layout_of(std::size_t words, std::uint32_t number = 1) {
  Fields masks;
  for (std::size_t i = 0; i + 1 < words; ++i) masks.words[i] = kAll;
  FlowLayout layout = FlowLayout::of(masks);
  layout.number = number;
  return layout;
}

bool ready(FlowCache& cache, const FlowLayout& layout, std::uint64_t changes = 0) {
  for (std::size_t i = 0; i < kLongEnough; ++i) {
    if (cache.begin(changes, &layout)) return true;
  }
  return false;
}

std::span<const RuleId> found(FlowCache& cache, const Fields& fields) {
  std::span<const RuleId> path;
  return cache.find(std::span<const Fields>(&fields, 1), &path) != 0 ? path : std::span<const RuleId>{};
}

TEST(FlowLayout, HasTheWordsOfAllMasksAndTheClass) {
  Fields masks;
  masks.words[kOuterIpv4] = 0xff;
  FlowLayout layout = FlowLayout::of(masks);
  EXPECT_EQ(layout.words, 4u);
  EXPECT_EQ(layout.mask[0], 0xffu);
  EXPECT_EQ(layout.from[1], kClassTag);
  EXPECT_EQ(layout.mask[1], 0xffff'ffffu);
  EXPECT_EQ(layout.mask[2], 0u);
  EXPECT_EQ(layout_of(5).words, 8u);
  EXPECT_EQ(layout_of(12).words, 12u);
  EXPECT_EQ(layout_of(13).words, 0u);
}

TEST(FlowCache, KnowsFlowsByEveryWordThatCounts) {
  for (const std::size_t words : {2u, 4u, 6u, 8u, 10u, 12u}) {
    SCOPED_TRACE(words);
    FlowCache cache(1);
    const FlowLayout layout = layout_of(words);
    ASSERT_TRUE(ready(cache, layout));
    Fields fields;
    for (std::size_t i = 0; i < kFieldWords; ++i) fields.words[i] = 100 + i;
    EXPECT_TRUE(found(cache, fields).empty());
    const std::vector<RuleId> path{7, 8, 9, 10, 11, kNoRule};
    cache.keep(0, path);
    EXPECT_TRUE(std::ranges::equal(found(cache, fields), path));
    for (std::size_t i = 0; i < kFieldWords; ++i) {
      Fields other = fields;
      other.words[i] ^= 1;
      EXPECT_EQ(found(cache, other).empty(), i + 1 < words || i == kClassTag) << i;
    }
  }
}

TEST(FlowCache, ForgetsAllWithAChangeAndRests) {
  FlowCache cache(1);
  const FlowLayout layout = layout_of(4), other = layout_of(4, 2), wider = layout_of(8, 3);
  ASSERT_TRUE(ready(cache, layout));
  const Fields fields;
  const RuleId rule = 5;
  const auto keep = [&] {
    EXPECT_TRUE(found(cache, fields).empty());
    cache.keep(0, {&rule, 1});
    EXPECT_FALSE(found(cache, fields).empty());
  };
  keep();
  EXPECT_FALSE(cache.begin(1, &layout));
  ASSERT_TRUE(ready(cache, layout, 1));
  keep();
  EXPECT_FALSE(cache.begin(1, &other));
  ASSERT_TRUE(ready(cache, other, 1));
  keep();
  EXPECT_FALSE(cache.begin(1, &wider));
  ASSERT_TRUE(ready(cache, wider, 1));
  keep();
  EXPECT_FALSE(cache.begin(1, nullptr));
}

TEST(FlowCache, ForgetsOnlyTheFlowsThatAChangeIsAbout) {
  FlowCache cache(1);
  ChangeMap changes;
  Fields mask, some, others;
  mask.words[0] = some.words[0] = kAll;
  FlowLayout layout = layout_of(4);
  layout.changes = &changes;
  layout.watched[2] = FlowRegion(mask);
  const std::uint32_t cell = ChangeMap::cell_of(layout.watched[2], some);
  ASSERT_NE(cell, ChangeMap::cell_of(layout.watched[2], others));
  ASSERT_TRUE(ready(cache, layout));
  const RuleId rule = 5;
  const auto keep = [&](const Fields& fields) {
    EXPECT_TRUE(found(cache, fields).empty());
    cache.keep(0, {&rule, 1});
  };
  keep(some);
  keep(others);
  // Made, and not told yet: what is kept meanwhile may be from before or after it.
  changes.note(2, cell, 1);
  EXPECT_TRUE(cache.begin(0, &layout));
  EXPECT_FALSE(found(cache, some).empty());
  EXPECT_TRUE(cache.begin(1, &layout));
  EXPECT_FALSE(found(cache, others).empty());
  keep(some);
  // What was right at some number of changes is not asked about older ones.
  for (std::uint64_t number = 2; number < 10; ++number) {
    changes.note(2, cell ^ 1, number);
    EXPECT_TRUE(cache.begin(number, &layout));
    EXPECT_FALSE(found(cache, some).empty());
  }
  changes.note_all(10);
  EXPECT_FALSE(cache.begin(10, &layout));
  ASSERT_TRUE(ready(cache, layout, 10));
  keep(some);
  keep(others);
}

// A change of all flows that is told later than it is seen, and another with the same number.
TEST(FlowCache, ForgetsAllAgainWhenAChangeThatItSawIsTold) {
  FlowCache cache(1);
  ChangeMap changes;
  FlowLayout layout = layout_of(4);
  layout.changes = &changes;
  ASSERT_TRUE(ready(cache, layout));
  changes.note_all(2);
  ASSERT_TRUE(ready(cache, layout, 1));
  EXPECT_TRUE(found(cache, Fields{}).empty());
  const RuleId rule = 5;
  cache.keep(0, {&rule, 1});
  changes.note_all(2);
  ASSERT_TRUE(ready(cache, layout, 2));
  EXPECT_TRUE(found(cache, Fields{}).empty());
}

// By rules of flows that come and go; a cache for which each change were about all would only rest.
TEST(FlowCache, RestsWhileMostFlowsAreOld) {
  FlowCache cache(1);
  ChangeMap changes;
  Fields mask;
  mask.words[0] = kAll;
  FlowLayout layout = layout_of(4);
  layout.changes = &changes;
  layout.watched[0] = FlowRegion(mask);
  ASSERT_TRUE(ready(cache, layout));
  const RuleId rule = 5;
  const Fields fields;
  std::uint64_t number = 0;
  for (; number < 100'000 && cache.begin(number, &layout); ++number) {
    if (found(cache, fields).empty()) cache.keep(0, {&rule, 1});
    changes.note(0, ChangeMap::cell_of(layout.watched[0], fields), number + 1);
  }
  EXPECT_LT(number, 100'000u);
}

TEST(FlowRegion, LeavesOutWhatRulesSetOnTheWay) {
  Fields mask, fields;
  mask.set_meta(~0u);
  mask.set_tag(~0u);
  mask.words[kClassTag] |= FrameClass::kL3;
  EXPECT_TRUE(FlowRegion(mask).all());
  mask.words[kTunnelMeta] |= 0xff;
  mask.words[kInnerPorts] = 0xf0;
  const FlowRegion region(mask);
  EXPECT_FALSE(region.all());
  const std::uint64_t hash = region.hash(fields);
  fields.set_meta(7);
  fields.set_tag(8);
  fields.words[kClassTag] |= FrameClass::kIpv4;
  fields.words[kInnerPorts] = 0xf0f;
  EXPECT_EQ(region.hash(fields), hash);
  fields.words[kTunnelMeta] ^= 1;
  EXPECT_NE(region.hash(fields), hash);
}

// A cache that is asked for flows that do not come back would only cost.
TEST(FlowCache, RestsWhileFlowsPushEachOtherOut) {
  FlowCache cache(1);
  const FlowLayout layout = layout_of(4);
  ASSERT_TRUE(ready(cache, layout));
  const RuleId rule = 5;
  std::uint64_t asked = 0;
  for (; asked < 1'000'000 && cache.begin(0, &layout); ++asked) {
    ASSERT_TRUE(found(cache, fields_of(asked)).empty());
    cache.keep(0, {&rule, 1});
  }
  EXPECT_GT(asked, FlowCache::kBytes / 64 / 2);  // it was filled before
  EXPECT_LT(asked, 400'000u);
  EXPECT_TRUE(ready(cache, layout));
}

TEST(FlowCache, KeepsMostOfTheFlowsThatItHasRoomFor) {
  FlowCache cache(1);
  const FlowLayout layout = layout_of(4);
  ASSERT_TRUE(ready(cache, layout));
  const RuleId rule = 5;
  std::size_t known = 0;
  constexpr std::size_t kFlows = 10'000;
  for (int round = 0; round < 2; ++round) {
    known = 0;
    for (std::size_t flow = 0; flow < kFlows; ++flow) {
      if (found(cache, fields_of(flow)).empty()) cache.keep(0, {&rule, 1});
      else ++known;
    }
  }
  EXPECT_GT(known, kFlows * 9 / 10);
}

TEST(CachedClassifier, CountsHitsOfAllRulesOnTheWay) {
  Nic nic({.capacity = 8});
  const RuleId jump = nic.install(rule_for(0, 0, 0, to(Fate::kJump, 1)));
  const RuleId end = nic.install(rule_for(1, 5, kAll, to(Fate::kQueue, 9)));
  nic.let_it_rest(5);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(nic.ask(5).queue, 9);
  EXPECT_FALSE(nic.ask(6).matched);
  EXPECT_FALSE(nic.ask(6).matched);
  EXPECT_EQ(nic.classifier.hits(jump), kLongEnough + 12);
  EXPECT_EQ(nic.classifier.hits(end), kLongEnough + 10);
}

TEST(CachedClassifier, SeesUpdatesInPlaceAtOnce) {
  Nic nic({.capacity = 8});
  Actions silent_jump = to(Fate::kJump, 1);
  silent_jump.count = false;
  const RuleId first = nic.install(rule_for(0, 0, 0, silent_jump));
  const RuleId end = nic.install(rule_for(1, 5, kAll, to(Fate::kQueue, 9)));
  nic.install(rule_for(2, 5, kAll, to(Fate::kQueue, 22)));
  nic.let_it_rest(5);
  nic.classifier.update(end, to(Fate::kQueue, 10));
  EXPECT_EQ(nic.ask(5).queue, 10);
  nic.classifier.update(first, to(Fate::kJump, 2));
  EXPECT_EQ(nic.ask(5).queue, 22);
  nic.let_it_rest(5);
  EXPECT_EQ(nic.ask(5).queue, 22);
  nic.classifier.update(first, to(Fate::kDrop, 0));
  EXPECT_EQ(nic.ask(5).fate, Fate::kDrop);
  nic.let_it_rest(5);
  nic.classifier.update(first, to(Fate::kJump, 1));
  EXPECT_EQ(nic.ask(5).queue, 10);
  nic.let_it_rest(5);
  // Other metadata leads to another rule.
  Rule by_meta = rule_for(1, 0, 0, to(Fate::kQueue, 33));
  by_meta.mask.set_meta(~0u);
  by_meta.spec.set_meta(7);
  by_meta.priority = 0;
  nic.install(by_meta);
  nic.classifier.remove(end);
  nic.let_it_rest(5);
  EXPECT_FALSE(nic.ask(5).matched);
  Actions with_meta = silent_jump;
  with_meta.set_meta = true;
  with_meta.meta = 7;
  nic.classifier.update(first, with_meta);
  EXPECT_EQ(nic.ask(5).queue, 33);
  nic.let_it_rest(5);
  with_meta.meta = 8;
  nic.classifier.update(first, with_meta);
  EXPECT_FALSE(nic.ask(5).matched);
}

TEST(CachedClassifier, PassesOnWhatPathsSetOnTheWay) {
  Nic nic({.capacity = 8});
  Actions set = to(Fate::kJump, 1);
  set.set_meta = set.set_tag = true;
  set.meta = 70;
  set.tag = 80;
  nic.install(rule_for(0, 0, 0, set));
  nic.install(rule_for(1, 5, kAll, to(Fate::kQueue, 1)));
  nic.let_it_rest(5);
  Fields fields = fields_of(5), expected = fields_of(5);
  expected.set_meta(70);
  expected.set_tag(80);
  Verdict verdict;
  nic.classifier.classify(std::span<Fields>(&fields, 1), std::span<Verdict>(&verdict, 1), &nic.cache);
  EXPECT_EQ(fields, expected);
}

// More masks than are watched, whose rules come and go: each must show at once.
TEST(CachedClassifier, SeesRulesOfAnyMaskComeAndGo) {
  constexpr std::uint16_t kMasks = 12;
  Nic nic({.capacity = 100});
  Rule rest = rule_for(0, 0, 1u << kMasks, to(Fate::kQueue, 100));
  rest.priority = 1000;
  nic.install(rest);
  const std::uint64_t flow = 0xffff & ~(1u << kMasks);
  for (std::uint16_t round = 0; round < 3; ++round) {
    std::vector<RuleId> ids;
    for (std::uint16_t i = 0; i < kMasks; ++i) {
      nic.let_it_rest(flow);
      Rule rule = rule_for(0, flow, (2u << (i + round) % kMasks) - 1, to(Fate::kQueue, i));
      rule.priority = 100u - i;  // stronger than those before it
      ids.push_back(nic.install(rule));
      EXPECT_EQ(nic.ask(flow).queue, i);
    }
    for (std::uint16_t i = kMasks; i-- > 0;) {
      nic.let_it_rest(flow);
      nic.classifier.remove(ids[i]);
      EXPECT_EQ(nic.ask(flow).queue, i == 0 ? 100 : i - 1);
    }
  }
}

// What was watched for one mask is watched for another before the cache has looked.
TEST(CachedClassifier, SeesThatTheLastRuleOfAMaskWent) {
  Nic nic({.capacity = 8});
  Rule rest = rule_for(0, 0, 0, to(Fate::kQueue, 100));
  rest.priority = 1;
  nic.install(rest);
  nic.install(rule_for(0, 9, kAll, to(Fate::kQueue, 9)));
  const RuleId last = nic.install(rule_for(0, 5, 0xff, to(Fate::kQueue, 5)));
  nic.let_it_rest(5);
  EXPECT_EQ(nic.ask(5).queue, 5);
  nic.classifier.remove(last);
  nic.install(rule_for(0, 0x600, 0xff00, to(Fate::kQueue, 6)));
  EXPECT_EQ(nic.ask(5).queue, 100);
}

// Longer paths than an entry holds are walked each time.
TEST(CachedClassifier, WalksPathsThatAreTooLong) {
  Nic nic({.capacity = 32});
  std::vector<RuleId> ids;
  for (std::uint16_t group = 0; group < 12; ++group) {
    ids.push_back(nic.install(rule_for(group, 0, 0, to(Fate::kJump, static_cast<std::uint16_t>(group + 1)))));
  }
  ids.push_back(nic.install(rule_for(12, 5, kAll, to(Fate::kQueue, 1))));
  nic.let_it_rest(5);
  EXPECT_EQ(nic.ask(5).queue, 1);
  for (const RuleId id : ids) EXPECT_EQ(nic.classifier.hits(id), kLongEnough + 1);
}

}  // namespace
}  // namespace nicbench
