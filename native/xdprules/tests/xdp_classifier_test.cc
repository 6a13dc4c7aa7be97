// Real maps and programs of the kernel, on a veth pair of a network namespace that only the test sees.
#include "xdprules/xdp_classifier.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <initializer_list>
#include <numeric>
#include <random>
#include <thread>

#include "common/user_error.h"
#include "io/netlink.h"
#include "io/wires.h"

namespace nicbench {
namespace {

using Frame64 = std::array<std::uint8_t, 64>;

constexpr XdpMac kOurs{2, 0, 0, 0, 0, 9};
constexpr std::uint32_t kMost = 20'000;

// UDP over IPv4, with the addresses of the Ethernet header 2:...:1 to 2:...:2.
Frame64 udp_frame(std::uint32_t src, std::uint32_t dst, std::uint16_t port) {
  Frame64 frame{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45};
  frame[14 + 9] = 17;
  const auto put = [&](std::size_t at, auto value) { std::memcpy(frame.data() + at, &value, sizeof value); };
  put(14 + 12, htonl(src));
  put(14 + 16, htonl(dst));
  put(34 + 2, htons(port));
  return frame;
}

std::vector<std::uint8_t> key_of(std::initializer_list<std::uint32_t> words) {
  std::vector<std::uint8_t> key;
  for (const std::uint32_t word : words) {
    for (const int shift : {24, 16, 8, 0}) key.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  return key;
}

XdpRules one_rule(std::vector<std::uint8_t> key, XdpFate fate = XdpFate::kForward, std::uint16_t argument = 0) {
  XdpRules rules{std::move(key), std::vector<std::uint8_t>(sizeof(XdpValue))};
  const XdpValue value{7, argument, fate, 1, 0};
  std::memcpy(rules.values.data(), &value, sizeof value);
  return rules;
}

// Of source and destination, and the destination port of UDP.
XdpMatch match_of_flows(std::uint32_t group = 0, std::uint32_t priority = 0) {
  const XdpWord src{XdpBase::kNetwork, 12, 0xffff'ffff}, dst{XdpBase::kNetwork, 16, 0xffff'ffff},
      port{XdpBase::kTransport, 0, 0x0000'ffff};
  return {group, priority, kXdpIpv4 | kXdpUdp, false, {src, dst, port}};
}

XdpMatch match_of_prefixes() { return {0, 0, kXdpIpv4, true, {{XdpBase::kNetwork, 12, 0xffff'ffff}}}; }

std::vector<std::uint8_t> prefix_key(std::uint32_t length, std::uint32_t address) {
  std::vector<std::uint8_t> key(sizeof length);
  std::memcpy(key.data(), &length, sizeof length);
  for (const std::uint8_t byte : key_of({address})) key.push_back(byte);
  return key;
}

class XdpTest : public testing::Test {
 protected:
  void SetUp() override {
    try {
      xdp_version();
      space_.emplace();
    } catch (const UserError& error) {
      GTEST_SKIP() << error.what();
    }
    space_->run([&] {
      add_veth_pair("dut", "tester", 1500);
      set_link_up("dut", true);
      set_link_up("tester", true);
      wire_ = open_port("socket", {"tester", 64, 1514});
    });
  }

  std::unique_ptr<XdpClassifier> open(const XdpProgramOptions& program = {}) {
    std::unique_ptr<XdpClassifier> classifier;
    space_->run([&] { classifier = std::make_unique<XdpClassifier>(XdpConfig{gettid(), "dut", kMost, program}); });
    return classifier;
  }

  void send(const XdpClassifier& classifier, Frame64 bytes) {
    const auto all = [&] { return classifier.taken().specific + classifier.taken().rest; };
    const std::uint64_t before = all();
    const Frame frame{bytes.data(), 0, bytes.size(), 0};
    while (wire_->send({&frame, 1}) == 0) std::this_thread::yield();
    // What the program did is seen once it has counted.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (all() == before && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    ASSERT_EQ(all(), before + 1);
  }

  static std::size_t add_map(XdpClassifier& classifier, const XdpMatch& match) {
    return classifier.add_maps({&match, 1});
  }

  static void insert(const XdpClassifier& classifier, std::size_t map, const XdpRules& rules) {
    classifier.change(std::array{XdpChange{map, XdpOperation::kPut, rules}}, -1);
  }

  static std::uint64_t frames_of(const XdpClassifier& classifier, std::size_t map, std::vector<std::uint8_t> key) {
    const XdpRules rules = classifier.list(map);
    for (std::size_t i = 0; i * key.size() < rules.keys.size(); ++i) {
      if (!std::equal(key.begin(), key.end(), rules.keys.begin() + static_cast<std::ptrdiff_t>(i * key.size())))
        continue;
      XdpValue value;
      std::memcpy(&value, rules.values.data() + i * sizeof value, sizeof value);
      return value.frames;
    }
    ADD_FAILURE() << "the rule is not there";
    return 0;
  }

  template <class F>
  static void expect_refused(F&& change, const char* code, const std::string& words) {
    try {
      change();
      FAIL() << "nothing was refused";
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), code);
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  }

  std::optional<NetworkNamespace> space_;
  std::unique_ptr<Port> wire_;
};

TEST_F(XdpTest, CountsTheFramesOfARuleAndTheRest) {
  const auto classifier = open();
  send(*classifier, udp_frame(1, 2, 3));
  EXPECT_EQ(classifier->taken().rest, 1u);
  const std::size_t map = add_map(*classifier, match_of_flows());
  insert(*classifier, map, one_rule(key_of({1, 2, 3})));
  for (const std::uint16_t port : {3, 4, 3}) send(*classifier, udp_frame(1, 2, port));
  EXPECT_EQ(classifier->taken().specific, 2u);
  EXPECT_EQ(classifier->taken().rest, 2u);
  EXPECT_EQ(frames_of(*classifier, map, key_of({1, 2, 3})), 2u);
}

TEST_F(XdpTest, TakesTheLongestPrefixAndExactRulesBeforeIt) {
  const auto classifier = open();
  const std::size_t trie = add_map(*classifier, match_of_prefixes());
  const std::size_t exact = add_map(*classifier, match_of_flows());
  const auto wide = prefix_key(8, 0x0a00'0000), narrow = prefix_key(24, 0x0a01'0200);
  insert(*classifier, trie, one_rule(wide));
  insert(*classifier, trie, one_rule(narrow));
  insert(*classifier, exact, one_rule(key_of({0x0a01'0203, 2, 3})));
  for (const std::uint32_t src : {0x0a02'0000u, 0x0a01'0204u, 0x0a01'0203u, 0x0b00'0000u}) {
    send(*classifier, udp_frame(src, 2, 3));
  }
  EXPECT_EQ(frames_of(*classifier, trie, wide), 1u);
  EXPECT_EQ(frames_of(*classifier, trie, narrow), 1u);
  EXPECT_EQ(frames_of(*classifier, exact, key_of({0x0a01'0203, 2, 3})), 1u);
  EXPECT_EQ(classifier->taken().rest, 1u);
}

TEST_F(XdpTest, AsksLowerPrioritiesFirstWhicheverMapCameFirst) {
  const auto classifier = open();
  const std::size_t late = add_map(*classifier, {0, 5, 0, false, {}});
  const std::size_t early = add_map(*classifier, match_of_flows(0, 4));
  insert(*classifier, late, one_rule(key_of({0})));
  insert(*classifier, early, one_rule(key_of({1, 2, 3})));
  send(*classifier, udp_frame(1, 2, 3));
  EXPECT_EQ(frames_of(*classifier, early, key_of({1, 2, 3})), 1u);
  send(*classifier, udp_frame(1, 2, 4));
  EXPECT_EQ(frames_of(*classifier, late, key_of({0})), 1u);
}

TEST_F(XdpTest, GoesOnToTheNextGroupOnlyWhereGroupsAreJoined) {
  for (const bool joins : {false, true}) {
    const auto classifier = open({.joins = joins});
    insert(*classifier, add_map(*classifier, match_of_flows(2)), one_rule(key_of({1, 2, 3})));
    insert(*classifier, add_map(*classifier, match_of_flows(0)), one_rule(key_of({1, 2, 4})));
    send(*classifier, udp_frame(1, 2, 3));
    EXPECT_EQ(classifier->taken().specific, joins ? 1u : 0u);
  }
}

TEST_F(XdpTest, JumpsToTheGroupThatARuleNames) {
  const auto classifier = open();
  for (const std::uint32_t group : {3, 1}) {
    insert(*classifier, add_map(*classifier, match_of_flows(group)), one_rule(key_of({1, 2, 3}), XdpFate::kDrop));
  }
  const std::size_t first = add_map(*classifier, match_of_flows(0));
  insert(*classifier, first, one_rule(key_of({1, 2, 3}), XdpFate::kJump, 3));
  insert(*classifier, first, one_rule(key_of({1, 2, 4}), XdpFate::kJump, 2));
  send(*classifier, udp_frame(1, 2, 3));
  send(*classifier, udp_frame(1, 2, 4));
  EXPECT_EQ(frames_of(*classifier, 0, key_of({1, 2, 3})), 1u);
  EXPECT_EQ(frames_of(*classifier, 1, key_of({1, 2, 3})), 0u);
  EXPECT_EQ(classifier->taken().rest, 1u);  // There is no group 2.
}

TEST_F(XdpTest, ChangesAndListsBatchesOfThousands) {
  for (const bool trie : {false, true}) {
    const auto classifier = open();
    const XdpMatch match = trie ? match_of_prefixes() : match_of_flows();
    const std::size_t map = add_map(*classifier, match);
    XdpRules many;
    constexpr std::uint32_t kRules = 10'000;
    for (std::uint32_t i = 0; i < kRules; ++i) {
      const auto rule = one_rule(trie ? prefix_key(32, i) : key_of({i, 2, 3}));
      many.keys.insert(many.keys.end(), rule.keys.begin(), rule.keys.end());
      many.values.insert(many.values.end(), rule.values.begin(), rule.values.end());
    }
    for (int again = 0; again < 2; ++again) {
      EXPECT_GT(classifier->change(std::array{XdpChange{map, XdpOperation::kPut, many}}, 0), 0);
      EXPECT_EQ(classifier->list(map).keys.size(), kRules * match.key_bytes());
      EXPECT_EQ(classifier->list(map).values.size(), kRules * sizeof(XdpValue));
    }
    classifier->change(std::array{XdpChange{map, XdpOperation::kRemove, many}}, -1);
    EXPECT_TRUE(classifier->list(map).keys.empty());
  }
}

TEST_F(XdpTest, ChangesFromSeveralThreadsAtTheSameTime) {
  const auto classifier = open();
  const std::size_t map = add_map(*classifier, match_of_flows());
  constexpr std::uint32_t kThreads = 3, kBatches = 200;
  std::vector<XdpBatches> threads(kThreads);
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    for (std::uint32_t i = 0; i < kBatches; ++i) {
      const XdpRules rule = one_rule(key_of({i, thread, 3}));
      threads[thread].push_back({{map, XdpOperation::kPut, rule}});
    }
  }
  const std::vector<int> cpus(kThreads, -1);
  const XdpTimes times = classifier->change_together(threads, cpus);
  EXPECT_EQ(classifier->list(map).values.size(), kThreads * kBatches * sizeof(XdpValue));
  ASSERT_EQ(times.each.size(), kThreads);
  for (const auto& each : times.each) {
    EXPECT_EQ(each.size(), kBatches);
    EXPECT_LE(std::accumulate(each.begin(), each.end(), 0.0), times.seconds);
  }
  threads[1] = {{{map, XdpOperation::kRemove, one_rule(key_of({1, 1, 1}))}}};
  expect_refused([&] { classifier->change_together(threads, cpus); }, "XDP_REFUSED", "no such rule");
}

TEST_F(XdpTest, PutsARuleInThePlaceOfAnotherAndRefusesWhatIsNotThereAndWhatHasNoRoom) {
  const auto classifier = open();
  const std::size_t map = add_map(*classifier, match_of_flows());
  insert(*classifier, map, one_rule(key_of({1, 2, 3})));
  send(*classifier, udp_frame(1, 2, 3));
  insert(*classifier, map, one_rule(key_of({1, 2, 3}), XdpFate::kDrop));
  EXPECT_EQ(frames_of(*classifier, map, key_of({1, 2, 3})), 0u);  // It counts anew.
  const auto absent = one_rule(key_of({1, 2, 4}));
  expect_refused(
      [&] {
        classifier->change(std::array{XdpChange{map, XdpOperation::kRemove, absent}}, -1);
      },
      "XDP_REFUSED", "rule 1 of 1 handed over: there is no such rule");
  expect_refused(
      [&] {
        for (std::uint32_t i = 0; i <= kMost; ++i) insert(*classifier, map, one_rule(key_of({i, 3, 3})));
      },
      "XDP_REFUSED", "is full");
  expect_refused([&] { classifier->change({}, 4096); }, "CPU_UNAVAILABLE", "4096");
}

TEST_F(XdpTest, SendsBackWhatNoRuleDropsWithTheAddressesExchanged) {
  const auto classifier = open({.sends = kOurs});
  insert(*classifier, add_map(*classifier, match_of_flows()), one_rule(key_of({1, 2, 3}), XdpFate::kDrop));
  send(*classifier, udp_frame(1, 2, 3));
  send(*classifier, udp_frame(1, 2, 4));
  Frame frame{};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (wire_->receive({&frame, 1}) == 0) ASSERT_LT(std::chrono::steady_clock::now(), end);
  EXPECT_EQ(std::vector(frame.data, frame.data + 12), (std::vector<std::uint8_t>{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9}));
  EXPECT_EQ(frame.data[37], 4);  // the port of the frame that is not dropped
  wire_->release({&frame, 1});
}

TEST_F(XdpTest, DropsWhatNoRuleTakesWhereItIsTold) {
  const auto classifier = open({.drops_rest = true, .sends = kOurs});
  send(*classifier, udp_frame(1, 2, 5));  // There are no maps yet.
  insert(*classifier, add_map(*classifier, match_of_flows()), one_rule(key_of({1, 2, 3})));
  send(*classifier, udp_frame(1, 2, 4));
  send(*classifier, udp_frame(1, 2, 3));
  Frame frame{};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (wire_->receive({&frame, 1}) == 0) ASSERT_LT(std::chrono::steady_clock::now(), end);
  EXPECT_EQ(frame.data[37], 3);  // the port of the first that came back
  wire_->release({&frame, 1});
  EXPECT_EQ(classifier->taken().rest, 2u);
}

TEST_F(XdpTest, HasRoomForAsManyMapsAsItSaysAndSurvivesNoise) {
  const auto classifier = open({.joins = true});
  std::vector<XdpMatch> matches;
  for (std::uint32_t i = 0; i < XdpClassifier::kMostMaps; ++i) matches.push_back(match_of_flows(i / 2, i % 2));
  classifier->add_maps(matches);
  expect_refused([&] { add_map(*classifier, match_of_flows()); }, "XDP_REFUSED", "more than the 63 maps");
  insert(*classifier, XdpClassifier::kMostMaps - 1, one_rule(key_of({1, 2, 3})));
  send(*classifier, udp_frame(1, 2, 3));
  EXPECT_EQ(classifier->taken().specific, 1u);
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    Frame64 frame = udp_frame(1, 2, 3);
    for (std::size_t at = 12; at < frame.size(); at += 1 + random() % 8)
      frame[at] = static_cast<std::uint8_t>(random());
    send(*classifier, frame);
  }
}

TEST_F(XdpTest, LeavesTheInterfaceAsItWas) {
  auto classifier = open();
  expect_refused([&] { open(); }, "XDP_IN_USE", "dut");
  classifier.reset();
  EXPECT_NE(open(), nullptr);
}

TEST_F(XdpTest, SaysThatAnInterfaceIsMissing) {
  const XdpConfig config{gettid(), "nosuchif", 1, {}};
  expect_refused([&] { XdpClassifier classifier(config); }, "INTERFACE_MISSING", "nosuchif");
}

}  // namespace
}  // namespace nicbench
