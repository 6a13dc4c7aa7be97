#include "softnic/rule_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>

#include "common/random.h"
#include "common/user_error.h"
#include "packet/tests/frame_builder.h"
#include "softnic/rule_changes.h"

namespace nicbench {
namespace {

std::string code_of(const RuleSetConfig& config, std::vector<FiveTuple4> matching = {}) {
  try {
    RuleSet(config, std::move(matching));
  } catch (const UserError& error) {
    EXPECT_FALSE(error.hint().empty()) << error.what();
    return error.code();
  }
  return "";
}

Verdict ask(Classifier& classifier, Fields fields) {
  Verdict verdict;
  classifier.classify(std::span<Fields>(&fields, 1), std::span<Verdict>(&verdict, 1));
  return verdict;
}

const char* const kMatches[] = {"eth",          "eth/ipv4",      "eth/ipv6",        "eth/ipv4/tcp",   "eth/ipv4/udp",
                                "eth/ipv6/tcp", "vlan/ipv4/tcp", "vlan/ipv6/udp",   "vxlan/ipv4/udp", "vxlan/ipv6/tcp",
                                "gre/ipv4/tcp", "gre/ipv6/udp",  "geneve/ipv4/udp", "geneve/ipv6/tcp"};

TEST(RuleSet, HasRulesThatAllDiffer) {
  for (const char* match : kMatches) {
    SCOPED_TRACE(match);
    const RuleSet set({.match = match}, {});
    std::set<std::array<std::uint64_t, kFieldWords>> seen;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const Rule rule = set.specific(i);
      EXPECT_EQ(rule.mask, set.specific(0).mask);
      EXPECT_TRUE(seen.insert(rule.spec.words).second) << i;
    }
  }
}

TEST(RuleSet, MatchesTheGivenFlowsFromTheNumberOnThatItIsTold) {
  const FiveTuple4 flow{.source = 0x01020304, .destination = 0x05060708, .source_port = 9, .destination_port = 10};
  const RuleSet from_three({.match = "eth/ipv4/udp", .match_from = 3}, {flow}),
      first({.match = "eth/ipv4/udp"}, {flow});
  EXPECT_EQ(from_three.specific(3).spec, first.specific(0).spec);
  for (const std::uint64_t i : {0, 1, 2, 4, 5}) EXPECT_NE(from_three.specific(i).spec, first.specific(0).spec) << i;
  EXPECT_EQ(from_three.specific(4).spec, first.specific(4).spec);
}

TEST(RuleSet, HasAsManyMasksAsItIsToldAndNoTwoRulesThatMatchTheSame) {
  const RuleSet set({.match = "eth/ipv4", .masks = kMaxMasks}, {});
  std::set<std::array<std::uint64_t, kFieldWords>> masks, seen;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    // Of numbers that are far apart as well.
    for (const std::uint64_t number : {i, (1u << 24) - 1 - i}) {
      const Rule rule = set.specific(number);
      masks.insert(rule.mask.words);
      for (std::size_t word = 0; word < kFieldWords; ++word) {
        EXPECT_EQ(rule.spec.words[word] & ~rule.mask.words[word], 0u);
      }
      EXPECT_TRUE(seen.insert(rule.spec.words).second) << number;
    }
  }
  EXPECT_EQ(masks.size(), kMaxMasks);
  EXPECT_EQ(code_of({.match = "eth/ipv4", .masks = kMaxMasks + 1}), "RULES_MASKS");
  EXPECT_EQ(code_of({.match = "eth/ipv4", .masks = 0}), "RULES_MASKS");
  EXPECT_EQ(code_of({.match = "eth/ipv6", .masks = 2}), "RULES_MASKS");
}

TEST(RuleSet, SendsWhatMatchesToItsQueueAndTheRestToTheDefault) {
  for (const std::uint16_t tables : {0, 1, 4}) {
    for (const char* match : kMatches) {
      SCOPED_TRACE(match);
      RuleChanges changes({.rules = 100, .tables = tables, .match = match}, {}, 100, 1);
      EXPECT_EQ(changes.size(), 100u);
      EXPECT_EQ(changes.wrong(100), 0u);
      Fields other = changes.set().specific(1000).spec;
      const Verdict verdict = ask(changes.classifier(), other);
      EXPECT_TRUE(verdict.matched);
      EXPECT_EQ(verdict.purpose, Purpose::kDefault);
      EXPECT_EQ(verdict.queue, 0);
    }
  }
}

TEST(RuleSet, DropsTheRestWhereItIsTold) {
  for (const std::uint16_t tables : {0, 1, 4}) {
    RuleChanges changes({.rules = 100, .tables = tables, .drops = Drops::kRest}, {}, 100, 1);
    EXPECT_EQ(ask(changes.classifier(), changes.set().specific(99).spec).fate, Fate::kQueue);
    changes.change(RuleOperation::kDelete, 1);
    const Verdict verdict = ask(changes.classifier(), changes.set().specific(99).spec);
    EXPECT_EQ(verdict.purpose, Purpose::kDefault);
    EXPECT_EQ(verdict.fate, Fate::kDrop);
  }
}

TEST(RuleSet, DropsWhatARuleTakesThatWasUpdatedWhereItIsTold) {
  for (const RuleOperation operation : {RuleOperation::kUpdate, RuleOperation::kReplace}) {
    RuleChanges changes({.rules = 10, .drops = Drops::kUpdated}, {}, 10, 1);
    changes.change(operation, 1);
    EXPECT_EQ(ask(changes.classifier(), changes.set().specific(0).spec).fate, Fate::kDrop);
    EXPECT_EQ(ask(changes.classifier(), changes.set().specific(1).spec).fate, Fate::kQueue);
    EXPECT_EQ(changes.wrong(10), 0u);
    changes.change(operation, 10);
    EXPECT_EQ(ask(changes.classifier(), changes.set().specific(0).spec).fate, Fate::kQueue);
  }
}

TEST(RuleSet, MatchesTheFlowsThatItIsGiven) {
  testing::FrameBuilder builder;
  const auto frame = builder.ethernet(kTypeIpv4).ipv4(kProtocolUdp, 12).udp(1000, 2000).zeros(4).build();
  ParsedFrame parsed;
  parse_frame(frame.data(), frame.size(), parsed);
  for (const char* match : {"eth/ipv4", "eth/ipv4/udp"}) {
    RuleChanges changes({.rules = 3, .match = match}, {parsed.key4}, 3, 1);
    Fields fields;
    read_fields(frame.data(), frame.size(), false, fields);
    EXPECT_EQ(ask(changes.classifier(), fields).purpose, Purpose::kSpecific) << match;
  }
  EXPECT_EQ(code_of({.match = "eth/ipv6"}, {parsed.key4}), "RULES_MATCH");
}

TEST(RuleSet, ChangesRulesInPlaceOrByReplacingThem) {
  for (const RuleOperation operation : {RuleOperation::kUpdate, RuleOperation::kReplace}) {
    RuleChanges changes({.rules = 10, .tables = 2, .actions = "queue/mark/set_meta/set_tag"}, {}, 10, 1);
    EXPECT_EQ(changes.change(operation, 5), 5u);
    EXPECT_EQ(changes.wrong(10), 0u);
    EXPECT_EQ(ask(changes.classifier(), changes.set().specific(1).spec).queue, 2);
    EXPECT_EQ(ask(changes.classifier(), changes.set().specific(9).spec).queue, 1);
    EXPECT_EQ(changes.size(), 10u);
  }
}

TEST(RuleSet, GrowsAndShrinks) {
  RuleChanges changes({.rules = 10}, {}, 20, 1);
  EXPECT_EQ(changes.change(RuleOperation::kInsert, 64), 10u);  // no more than it was made for
  EXPECT_EQ(changes.size(), 20u);
  EXPECT_EQ(changes.change(RuleOperation::kDelete, 15), 15u);
  EXPECT_EQ(changes.wrong(100), 0u);
  EXPECT_EQ(changes.change(RuleOperation::kDelete, 15), 5u);
  EXPECT_EQ(changes.change(RuleOperation::kUpdate, 1), 0u);
}

// Rules that are made ahead must be those that are wanted then, whatever comes between.
TEST(RuleSet, ChangesInAnyOrderAndNumber) {
  Xoshiro256 random(5);
  RuleChanges changes({.rules = 100, .tables = 3, .match = "eth/ipv4/udp", .actions = "queue/mark"}, {}, 400, 1);
  std::size_t rules = 100;
  for (int i = 0; i < 1000; ++i) {
    const auto operation = static_cast<RuleOperation>(random.below(4));
    const std::size_t count = 1 + random.below(RuleChanges::kMaxBatch);
    const std::size_t expected = operation == RuleOperation::kInsert   ? std::min(count, 400 - rules)
                                 : operation == RuleOperation::kDelete ? std::min(count, rules)
                                 : rules == 0                          ? 0
                                                                       : count;
    ASSERT_EQ(changes.change(operation, count, random.below(3) * random.below(100)), expected);
    if (operation == RuleOperation::kInsert) rules += expected;
    if (operation == RuleOperation::kDelete) rules -= expected;
    ASSERT_EQ(changes.size(), rules);
    ASSERT_EQ(changes.wrong(1000), 0u);
    ASSERT_EQ(changes.classifier().size(), rules + 4);
  }
}

TEST(RuleSet, RefusesWhatMakesNoSense) {
  for (const char* match : {"", "ipv5", "eth/eth", "ipv4/ipv6", "ipv4/tcp/udp", "tcp/ipv4", "udp", "vxlan/gre/ipv4"}) {
    EXPECT_EQ(code_of({.match = match}), "RULES_MATCH") << match;
  }
  EXPECT_EQ(code_of({.actions = "mark"}), "RULES_ACTIONS");
  EXPECT_EQ(code_of({.actions = "queue/eat"}), "RULES_ACTIONS");
  EXPECT_EQ(code_of({.tables = 64}), "RULES_TABLES");
  EXPECT_THROW(RuleChanges({.rules = 11, .capacity = 10}, {}, 11, 1), UserError);
}

}  // namespace
}  // namespace nicbench
