#include "softnic/listed_rules.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "common/random.h"
#include "common/user_error.h"
#include "softnic/rule_changes.h"

namespace nicbench {
namespace {

// As the agent writes them.
class Encoder {
 public:
  Encoder& rule(std::uint16_t group, Fate fate, std::uint16_t target, std::uint32_t priority, std::uint16_t matches) {
    number(group, 2);
    number(static_cast<std::uint8_t>(fate), 1);
    number(0x2, 1);  // mark
    number(target, 2);
    number(matches, 2);
    for (const std::uint32_t value : {priority, 7u, 0u, 0u}) number(value, 4);
    return *this;
  }
  Encoder& match(std::uint8_t name, std::uint32_t value, std::uint32_t mask) {
    bytes.push_back(name);
    for (const std::uint32_t half : {value, mask}) {
      bytes.insert(bytes.end(), 12, 0);
      for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(half >> shift));
    }
    return *this;
  }

  std::vector<std::uint8_t> bytes;

 private:
  void number(std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  }
};

const std::vector<std::string> kNames{"ipv4", "ipv4.src", "udp", "udp.dst", "inner ipv4", "no.field"};

std::string code_of(std::span<const std::uint8_t> bytes) {
  try {
    decode_rules(bytes, kNames);
  } catch (const UserError& error) {
    return error.code();
  }
  return "";
}

TEST(ListedRules, AreReadWithTheirMatchesAndActions) {
  Encoder encoder;
  encoder.rule(3, Fate::kQueue, 5, 9, 3).match(0, 0, 0).match(1, 0x0a010203, 0xffff0000).match(3, 0x1234, 0xff00);
  encoder.rule(0, Fate::kJump, 3, 0, 1).match(4, 0, 0);
  const std::vector<Rule> rules = decode_rules(encoder.bytes, kNames);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].group, 3);
  EXPECT_EQ(rules[0].priority, 9u);
  EXPECT_EQ(rules[0].actions.target, 5);
  EXPECT_TRUE(rules[0].actions.mark);
  EXPECT_FALSE(rules[0].actions.count);
  EXPECT_EQ(rules[0].actions.mark_id, 7u);
  Rule expected;
  const std::uint8_t address[] = {10, 1}, port[] = {0x12};
  std::memcpy(expected.spec.bytes(kOuterIpv4), address, 2);
  std::memset(expected.mask.bytes(kOuterIpv4), 0xff, 2);
  std::memcpy(expected.spec.bytes(kOuterPorts) + 2, port, 1);
  std::memset(expected.mask.bytes(kOuterPorts) + 2, 0xff, 1);
  expected.mask.words[kClassTag] = FrameClass::kL3;
  expected.spec.words[kClassTag] = FrameClass::kIpv4;
  EXPECT_EQ(rules[0].mask, expected.mask);
  EXPECT_EQ(rules[0].spec, expected.spec);
  EXPECT_EQ(rules[1].actions.purpose, Purpose::kJump);
  EXPECT_EQ(rules[1].spec.frame_class(), FrameClass::kIpv4 << FrameClass::kInnerShift);
}

TEST(ListedRules, AreRefusedWhereTheyAreCutOrUnknown) {
  Encoder encoder;
  encoder.rule(0, Fate::kDrop, 0, 0, 1).match(1, 1, 1);
  EXPECT_EQ(code_of(encoder.bytes), "");
  for (std::size_t length = 1; length < encoder.bytes.size(); ++length) {
    EXPECT_EQ(code_of(std::span(encoder.bytes).first(length)), "RULES_ENCODING") << length;
  }
  for (const std::uint8_t name : {5, 6}) {
    EXPECT_EQ(code_of(Encoder().rule(0, Fate::kDrop, 0, 0, 1).match(name, 1, 1).bytes), "RULES_ENCODING");
  }
  EXPECT_EQ(code_of(Encoder().rule(0, static_cast<Fate>(3), 0, 0, 0).bytes), "RULES_ENCODING");
}

// Rules with prefixes of all lengths, each weaker than the one before.
ListedRules overlapping(std::uint32_t count) {
  Encoder encoder;
  std::uint64_t seed = 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto length = static_cast<unsigned>(8 + splitmix64(seed) % 25);
    const auto mask = static_cast<std::uint32_t>(~std::uint64_t{0} << (32 - length));
    // The low bits of the number keep rules of one length apart.
    const auto bits = static_cast<std::uint32_t>(splitmix64(seed));
    encoder.rule(0, i % 3 == 0 ? Fate::kDrop : Fate::kQueue, static_cast<std::uint16_t>(i % 5), i, 2)
        .match(0, 0, 0)
        .match(1, 0x0a000000 | (bits >> 8), mask);
  }
  return std::make_shared<const std::vector<Rule>>(decode_rules(encoder.bytes, kNames));
}

RuleSetConfig listed(ListedRules rules, std::uint64_t installed) {
  RuleSetConfig config;
  config.rules = installed;
  config.listed = std::move(rules);
  return config;
}

TEST(ListedRules, DoWhatTheStrongestThatMatchesSays) {
  RuleChanges changes(listed(overlapping(2000), 2000), {}, 2000, 1);
  EXPECT_EQ(changes.wrong(2000), 0u);
  EXPECT_EQ(changes.set().queues(), 6);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(changes.update());
    ASSERT_TRUE(changes.replace());
  }
  EXPECT_EQ(changes.wrong(2000), 0u);
}

TEST(ListedRules, AreInstalledUpToTheirEnd) {
  RuleChanges changes(listed(overlapping(100), 60), {}, 100, 1);
  EXPECT_EQ(changes.size(), 60u);
  EXPECT_EQ(changes.change(RuleOperation::kInsert, 64), 40u);
  EXPECT_FALSE(changes.insert());
  EXPECT_EQ(changes.wrong(100), 0u);
  EXPECT_TRUE(changes.erase());
  EXPECT_EQ(changes.wrong(100), 0u);
}

TEST(ListedRules, EndInARuleThatTakesTheRest) {
  Encoder encoder;
  encoder.rule(0, Fate::kJump, 2, 0, 1).match(2, 0, 0);
  encoder.rule(2, Fate::kDrop, 0, 0, 1).match(3, 53, 0xffff);
  const auto rules = std::make_shared<const std::vector<Rule>>(decode_rules(encoder.bytes, kNames));
  EXPECT_EQ(RuleSet(listed(rules, 2), {}).defaults().size(), 2u);
  encoder.rule(2, Fate::kDrop, 0, 9, 0);  // takes every frame itself
  const auto all = std::make_shared<const std::vector<Rule>>(decode_rules(encoder.bytes, kNames));
  EXPECT_EQ(RuleSet(listed(all, 3), {}).defaults().size(), 1u);
}

TEST(ListedRules, DoNotGoWithMatchingFlowsOrMoreRulesThanThereAre) {
  EXPECT_THROW(RuleSet(listed(overlapping(10), 11), {}), UserError);
  EXPECT_THROW(RuleSet(listed(overlapping(10), 10), std::vector<FiveTuple4>(1)), UserError);
}

}  // namespace
}  // namespace nicbench
