// What every source of frames promises, generated and replayed.
#include "trafficgen/frame_source.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/user_error.h"
#include "io/pcap_file.h"
#include "packet/flow_set.h"
#include "packet/hash.h"
#include "packet/tests/frame_builder.h"
#include "packet/tunnel.h"
#include "trafficgen/flow_churn.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

bool header_right(const Frame& frame, const ParsedFrame& parsed) {
  if (parsed.network_end != frame.length) return false;
  return parsed.kind == FrameKind::kIpv6 || checksum(frame.data + parsed.network, kIpv4Header) == 0;
}

// Of all headers, and every length to the frame's end.
bool checksums_right(const Frame& frame) {
  ParsedFrame parsed;
  parse_frame(frame.data, frame.length, parsed);
  const bool outer = header_right(frame, parsed);
  if (!outer || (enter_tunnel(frame.data, frame.length, parsed) && !header_right(frame, parsed))) return false;
  const bool ipv6 = parsed.kind == FrameKind::kIpv6;
  const std::uint8_t* addresses = frame.data + parsed.network + (ipv6 ? kIpv6Source : kIpv4Source);
  const auto length = static_cast<std::uint16_t>(frame.length - parsed.transport);
  return fold16(pseudo_header_sum(addresses, ipv6 ? 32 : 8, parsed.protocol, length) +
                sum_bytes(frame.data + parsed.transport, length)) == 0xffff;
}

std::unique_ptr<FrameSource> generated(Profile profile, std::uint32_t flows, std::uint16_t frame_size = 64) {
  TrafficConfig config;
  config.profile = profile;
  config.flows = flows;
  config.frame_size = frame_size;
  return make_generated_source(std::make_shared<const FlowModel>(config), 256);
}

TEST(GeneratedSource, MakesFramesWithRightChecksumsProbesIncluded) {
  for (const auto& source : {generated(Profile::kCampus, 500), generated(Profile::kUniform, 500, 1518)}) {
    std::array<Frame, kBurst> burst;
    int probes = 0;
    for (int round = 0; round < 200; ++round) {
      ASSERT_EQ(source->next(burst), kBurst);
      for (Frame& frame : burst) {
        ProbeSignature signature;
        signature.sequence = static_cast<std::uint32_t>(round);
        signature.intended = 0x0123456789abcdef + static_cast<std::uint64_t>(round);
        if (round % 3 == 0) probes += source->stamp(frame, signature);
        ASSERT_TRUE(checksums_right(frame)) << "round " << round;
      }
      source->release(burst);  // and their buffers are clean when they are used again
    }
    EXPECT_GT(probes, 500);
  }
}

TEST(GeneratedSource, SendsFramesOfTheAskedSizeWithRoomForAProbe) {
  const auto source = generated(Profile::kUniform, 10, 64);
  std::array<Frame, 1> burst;
  ASSERT_EQ(source->next(burst), 1u);
  EXPECT_EQ(burst[0].length, 60);
  EXPECT_TRUE(source->stamp(burst[0], {}));
}

TEST(GeneratedSource, ShowsEveryFlowOnceWhileLearning) {
  const auto source = generated(Profile::kCampus, 1000);
  FlowSet flows;
  std::array<Frame, kBurst> burst;
  std::size_t frames = 0;
  while (const std::size_t count = source->next_learning(burst)) {
    for (const Frame& frame : std::span(burst).first(count)) {
      ParsedFrame parsed;
      parse_frame(frame.data, frame.length, parsed);
      flows.add(parsed);
    }
    frames += count;
    source->release(std::span(burst).first(count));
  }
  EXPECT_EQ(frames, 1000u);
  EXPECT_EQ(flows.ipv4(), source->ipv4_flows());
}

TEST(GeneratedSource, NeverHandsOutMoreBuffersThanItHas) {
  const auto source = generated(Profile::kUniform, 10);
  std::array<Frame, 512> frames;
  EXPECT_EQ(source->next(frames), 256u);
  EXPECT_EQ(source->next(frames), 0u);
  source->release(std::span(frames).first(10));
  EXPECT_EQ(source->buffers_home(), 10u);
}

std::unique_ptr<FrameSource> churning(Profile profile, bool both_directions) {
  TrafficConfig config;
  config.profile = profile;
  config.flows = 100;
  config.new_flows = 1000;
  config.both_directions = both_directions;
  return make_generated_source(std::make_shared<const FlowModel>(config), 256);
}

TEST(GeneratedSource, ReplacesFlowsAtTheAskedRateWithWholeHandshakesAndCloses) {
  const auto source = churning(Profile::kCampus, true);
  std::unordered_map<FiveTuple4, std::string, TupleHash> lives;  // TCP flags seen, by the client's tuple
  std::array<Frame, 1> frame;
  const auto see = [&] {
    ParsedFrame parsed;
    ASSERT_TRUE(checksums_right(frame[0]));
    parse_frame(frame[0].data, frame[0].length, parsed);
    if (parsed.protocol == kProtocolTcp) {
      const bool reply = (to_be32(parsed.key4.source) >> 24) != 10;
      const std::uint8_t flags = frame[0].data[parsed.transport + kTcpFlags];
      if (flags != tcp_flag::kAck) {
        lives[reply ? reversed(parsed.key4) : parsed.key4] +=
            (flags & tcp_flag::kSyn) != 0 ? (reply ? 'S' : 's') : (reply ? 'F' : 'f');
      }
    }
    source->release(frame);
  };
  source->rewind();
  source->advance(0.25);  // 250 births in 100 slots
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(source->next(frame), 1u);
    see();
  }
  EXPECT_EQ(source->born_flows(), 250u);
  int whole = 0;
  for (const auto& [key, life] : lives) {
    EXPECT_TRUE(life == "fF" || life == "sS" || life == "sSfF") << life;  // learnt before, alive, dead
    whole += life == "sSfF";
  }
  EXPECT_GT(whole, 50);
}

TEST(GeneratedSource, ShowsHandshakesWhileLearningWhenBothDirectionsAreSent) {
  const auto source = churning(Profile::kCampus, true);
  std::array<Frame, kBurst> burst;
  std::size_t frames = 0;
  while (const std::size_t count = source->next_learning(burst)) {
    frames += count;
    source->release(std::span(burst).first(count));
  }
  EXPECT_GT(frames, 200u);
  EXPECT_LE(frames, 300u);
}

TEST(GeneratedSource, StartsTheSameLivesAgainAfterARewind) {
  const auto source = churning(Profile::kUniform, false);
  const auto digest = [&] {
    source->rewind();
    source->advance(0.05);
    std::vector<std::uint8_t> bytes;
    std::array<Frame, kBurst> burst;
    for (int round = 0; round < 20; ++round) {
      source->next(burst);
      for (const Frame& frame : burst) bytes.insert(bytes.end(), frame.data, frame.data + frame.length);
      source->release(burst);
    }
    return bytes;
  };
  EXPECT_EQ(digest(), digest());
}

// Runs on different hosts, and by different compilers, must see the same frames. Changing these values changes what all
// published digests mean: say so in the changelog.
TEST(GeneratedSource, MakesTheFramesThatItAlwaysMade) {
  const auto digest = [](Profile profile, bool both) {
    TrafficConfig config;
    config.profile = profile;
    config.flows = 5000;
    config.seed = 42;
    config.both_directions = both;
    return summarise_traffic(config, 20000).digest;
  };
  EXPECT_EQ(digest(Profile::kUniform, false), 0x50d5a1fc3f48dd2cu);
  EXPECT_EQ(digest(Profile::kZipf, false), 0x8149953bbdc33a1du);
  EXPECT_EQ(digest(Profile::kCampus, false), 0x148a653667351be2u);
  EXPECT_EQ(digest(Profile::kCampus, true), 0xbb383036bdbf2099u);
}

TEST(GeneratedSource, MakesTheSizesAndHeadersThatItAlwaysMade) {
  const auto digest = [](Profile profile, auto&& change) {
    TrafficConfig config;
    config.profile = profile;
    config.flows = 5000;
    config.seed = 42;
    change(config);
    return summarise_traffic(config, 20000).digest;
  };
  EXPECT_EQ(digest(Profile::kUniform,
                   [](TrafficConfig& c) {
                     c.sizes_in_turn = {64, 64, 594, 1518};
                   }),
            0x5df8634270a5a201u);
  EXPECT_EQ(digest(Profile::kZipf, [](TrafficConfig& c) { c.sizes_drawn = {{64, 7}, {594, 4}}; }), 0x7e1e48b64cf1e37fu);
  EXPECT_EQ(digest(Profile::kCampus, [](TrafficConfig& c) { c.ipv6_share = 0.5; }), 0xeab880d7c1d0bb20u);
  EXPECT_EQ(digest(Profile::kCampus,
                   [](TrafficConfig& c) {
                     c.encapsulation = {{{7, 5}, {100, 0}}, Tunnel::kVxlan, 42};
                     c.both_directions = true;
                   }),
            0xe6532e670731984cu);
  EXPECT_EQ(digest(Profile::kCampus,
                   [](TrafficConfig& c) {
                     c.encapsulation = {{}, Tunnel::kGeneve, 42};
                     c.ipv6_share = 1;
                   }),
            0xd7103e0a99daf4d7u);
}

Endpoints several_prefixes() {
  Endpoints endpoints;
  endpoints.clients = {{0xc0000200, 24}, {0x0a000000, 8}, {0xc6336401, 32}};
  endpoints.servers = {{0xcb007100, 25}, {0xac100000, 26}};
  endpoints.clients6 = {{0x20010db800000000, 0, 32}, {0xfd00000000000000, 0, 120}};
  return endpoints;
}

TEST(GeneratedSource, MakesTheAddressesThatItAlwaysMade) {
  TrafficConfig config;
  config.flows = 5000;
  config.seed = 42;
  config.frame_size = 128;
  config.endpoints = several_prefixes();
  EXPECT_EQ(summarise_traffic(config, 20000).digest, 0xfa54e2f622533050u);
  config.ipv6_share = 0.5;
  EXPECT_EQ(summarise_traffic(config, 20000).digest, 0xc3a32feb30478711u);
  config.endpoints.servers6 = {{0x20010db9ffff0000, 0, 64}};
  EXPECT_EQ(summarise_traffic(config, 20000).digest, 0x22f3c2a158e62454u);
}

// Headers beside plain IPv4, with what each must add to a frame.
struct Headers {
  Encapsulation encapsulation;
  double ipv6_share = 0;
  Endpoints endpoints{};
};

std::vector<Headers> all_headers() {
  std::vector<Headers> all;
  const std::vector<std::vector<VlanTag>> tags{{}, {{4094, 0}, {7, 5}}};
  for (const auto& vlans : tags) {
    for (const Tunnel tunnel : {Tunnel::kNone, Tunnel::kVxlan, Tunnel::kGre, Tunnel::kGeneve}) {
      for (const double ipv6_share : {0.0, 0.5}) all.push_back({{vlans, tunnel, 0x123456}, ipv6_share});
    }
  }
  for (const double ipv6_share : {0.0, 0.5}) all.push_back({{}, ipv6_share, several_prefixes()});
  return all;
}

std::unique_ptr<FrameSource> generated(const Headers& headers, Profile profile, std::uint16_t frame_size = 256) {
  TrafficConfig config;
  config.profile = profile;
  config.flows = 200;
  config.frame_size = frame_size;
  config.both_directions = true;
  config.encapsulation = headers.encapsulation;
  config.ipv6_share = headers.ipv6_share;
  config.endpoints = headers.endpoints;
  return make_generated_source(std::make_shared<const FlowModel>(config), 64);
}

TEST(GeneratedSource, MakesAllHeadersWithRightLengthsAndChecksumsProbesIncluded) {
  for (const Headers& headers : all_headers()) {
    for (const Profile profile : {Profile::kUniform, Profile::kCampus}) {
      const auto source = generated(headers, profile);
      FlowSet flows;
      std::array<Frame, kBurst> burst;
      for (int round = 0; round < 100; ++round) {
        ASSERT_EQ(source->next(burst), kBurst);
        for (Frame& frame : burst) {
          ASSERT_TRUE(profile == Profile::kCampus || frame.length == 252);
          if (round % 3 == 0) source->stamp(frame, {});
          ASSERT_TRUE(checksums_right(frame));
          ParsedFrame parsed;
          parse_innermost(frame.data, frame.length, parsed);
          flows.add(parsed);
        }
        source->release(burst);
      }
      // Both directions of every flow, none of them twice.
      EXPECT_EQ(source->ipv4_flows() + source->ipv6_flows(), 200u);
      if (profile != Profile::kUniform) continue;
      EXPECT_EQ(flows.connections(), 200u);
      EXPECT_EQ(flows.ipv6(), 2 * source->ipv6_flows());
      EXPECT_EQ(flows.ipv6() > 0, headers.ipv6_share > 0);
    }
  }
}

TEST(GeneratedSource, PutsProbesIntoTheInnermostPayloadWhereTheyAreFoundAgain) {
  for (const Headers& headers : all_headers()) {
    const auto source = generated(headers, Profile::kUniform);
    std::array<Frame, 1> frame;
    ASSERT_EQ(source->next(frame), 1u);
    ProbeSignature sent, found;
    sent.sequence = 77;
    ASSERT_TRUE(source->stamp(frame[0], sent));
    ParsedFrame parsed;
    parse_innermost(frame[0].data, frame[0].length, parsed);
    std::memcpy(&found, frame[0].data + parsed.payload, sizeof found);
    EXPECT_EQ(found.sequence, 77u);
  }
}

TEST(GeneratedSource, NamesTheShortestFrameThatItsHeadersFit) {
  const Headers vxlan{{{{1, 0}}, Tunnel::kVxlan, 1}, 0};
  EXPECT_NO_THROW(generated(vxlan, Profile::kUniform, 14 + 4 + 50 + 28 + 4));
  try {
    generated(vxlan, Profile::kUniform, 99);
    FAIL() << "99 bytes were enough";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "FRAME_SIZE");
    EXPECT_NE(error.hint().find("100.."), std::string::npos);
  }
}

TEST(GeneratedSource, VariesTheOuterPortOfTunnelsWithTheFlow) {
  const auto source = generated({{{}, Tunnel::kGeneve, 1}, 0.5}, Profile::kUniform);
  FlowSet outer;
  std::array<Frame, kBurst> burst;
  for (int round = 0; round < 50; ++round) {
    source->next(burst);
    for (const Frame& frame : burst) {
      ParsedFrame parsed;
      parse_frame(frame.data, frame.length, parsed);
      EXPECT_GE(to_be16(parsed.key4.source_port), 0xc000);
      outer.add(parsed);
    }
    source->release(burst);
  }
  EXPECT_GT(outer.ipv4(), 300u);  // of 400 directions
}

TEST(GeneratedSource, RefusesTagsAndNetworksThatDoNotFitTheirFields) {
  for (const Encapsulation& wrong :
       {Encapsulation{{{4095, 0}}, Tunnel::kNone, 1}, Encapsulation{{{1, 8}}, Tunnel::kNone, 1},
        Encapsulation{{{1, 0}, {2, 0}, {3, 0}}, Tunnel::kNone, 1}, Encapsulation{{}, Tunnel::kVxlan, 1u << 24}}) {
    EXPECT_THROW(generated({wrong, 0}, Profile::kUniform), UserError);
  }
  EXPECT_THROW(generated({{}, 1.5}, Profile::kUniform), UserError);
}

class WrittenTraffic : public ::testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }

  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string code_of_writing(std::uint64_t frames, bool replace) const {
    try {
      write_traffic(config_, {}, frames, path_, replace);
      return "written";
    } catch (const UserError& error) {
      EXPECT_FALSE(error.hint().empty());
      return error.code();
    }
  }

  TrafficConfig config_ = [] {
    TrafficConfig config;
    config.flows = 100;
    config.rate = 4e6;
    return config;
  }();
  const std::string path_ = ::testing::TempDir() + "nicbench-written-" + std::to_string(getpid()) + ".pcap";
};

TEST_F(WrittenTraffic, HasTheFramesThatWouldBeSentAtTheirIntendedTimes) {
  const TrafficSummary written = write_traffic(config_, {}, 1000, path_, false);
  EXPECT_EQ(written.digest, summarise_traffic(config_, 1000).digest);
  PcapFile file(path_);
  for (std::uint64_t k = 0; k < 1000; ++k) {
    const auto record = file.next();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->timestamp_ns, k * 250);
    EXPECT_EQ(record->bytes.size(), 60u);
  }
  EXPECT_FALSE(file.next());
  EXPECT_FALSE(file.truncated());
}

TEST_F(WrittenTraffic, KeepsTheTimesOfItsPacingAndPlaysThemAgain) {
  write_traffic(config_, {.departures = Departures::kBursts, .burst = 4}, 100, path_, false);
  const PcapTraffic capture(path_);
  for (std::size_t k = 0; k < 100; ++k) EXPECT_EQ(capture.times().due[k], k / 4 * 1000);
  EXPECT_NEAR(recorded_rate(path_, 1), 99 / 24e-6, 1);
  EXPECT_NEAR(capture.times().rate(), 99 / 24e-6, 5e3);

  TrafficConfig replay;
  replay.pcap = path_;
  replay.rate = 1e6;
  const std::string again = path_ + ".again";
  write_traffic(replay, {.departures = Departures::kRecorded}, 200, again, true);
  const PcapTraffic slower(again);
  unlink(again.c_str());
  const double stretch = capture.times().rate() / 1e6;
  for (std::size_t k = 0; k < 200; ++k) {
    const std::uint64_t due = capture.times().due[k % 100] + k / 100 * capture.times().period;
    EXPECT_NEAR(static_cast<double>(slower.times().due[k]), static_cast<double>(due) * stretch, 1) << k;
  }
}

TEST_F(WrittenTraffic, GivesItsSizesToOtherTraffic) {
  config_.sizes_drawn = {{64, 3}, {1000, 1}};
  write_traffic(config_, {}, 4000, path_, false);
  std::map<std::uint16_t, double> written;
  const PcapTraffic capture(path_);
  for (const auto& entry : capture.entries()) ++written[entry.length];

  TrafficConfig other;
  other.flows = 10;
  other.sizes_from = path_;
  std::map<std::uint16_t, double> drawn;
  const FlowModel model(other);
  for (const ScheduledFrame& frame : model.schedule()) ++drawn[frame.length];
  ASSERT_EQ(drawn.size(), 2u);
  const auto frames = static_cast<double>(model.schedule().size());
  for (const auto& [length, count] : written) EXPECT_NEAR(drawn[length] / frames, count / 4000, 0.003) << length;
  EXPECT_EQ(model.first_frame(0).length, 60);
  EXPECT_EQ(Traffic::get(other)->longest_captured_frame(), 996u);

  other.encapsulation.tunnel = Tunnel::kVxlan;
  const FlowModel tunnelled(other);
  EXPECT_EQ(tunnelled.first_frame(0).length, 14 + 50 + 20 + 8);
}

TEST_F(WrittenTraffic, KeepsAFileThatIsThereUnlessToldToReplaceIt) {
  EXPECT_EQ(code_of_writing(100, false), "written");
  const std::string before = bytes();
  config_.seed = 2;
  EXPECT_EQ(code_of_writing(100, false), "PCAP_EXISTS");
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(code_of_writing(100, true), "written");
  EXPECT_NE(bytes(), before);
}

// A limit on the size of files stands for a disk that is full.
TEST_F(WrittenTraffic, LeavesNothingBehindWhenTheDiskIsFull) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string code = code_of_writing(1000, false);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(code, "PCAP_UNWRITABLE");
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

class ReplaySourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    using testing::FrameBuilder;
    std::ofstream out(path_, std::ios::binary);
    write(out, {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1});
    add(out, FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolUdp, 108).udp(1, 2).zeros(100).build(), 142);
    add(out, FrameBuilder().ethernet(kTypeIpv6).ipv6(kProtocolTcp, 20).tcp(3, 4).build(), 74);
    add(out, FrameBuilder().ethernet(0x0806).zeros(28).build(), 42);
    add(out, FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolTcp, 1480).tcp(5, 6).zeros(40).build(), 1514);
  }
  void TearDown() override { std::remove(path_.c_str()); }

  static void write(std::ofstream& out, std::initializer_list<std::uint32_t> words) {
    for (const std::uint32_t word : words) out.write(reinterpret_cast<const char*>(&word), 4);
  }
  static void add(std::ofstream& out, const std::vector<std::uint8_t>& bytes, std::uint32_t original) {
    write(out, {0, 0, static_cast<std::uint32_t>(bytes.size()), original});
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  const std::string path_ = ::testing::TempDir() + "nicbench-replay-" + std::to_string(getpid()) + ".pcap";
};

TEST_F(ReplaySourceTest, SendsTheCaptureInOrderAgainAndAgainAtItsLengthsOnTheWire) {
  const auto source = make_replay_source(std::make_shared<const PcapTraffic>(path_), 64);
  EXPECT_GT(source->buffers(), 64u);
  EXPECT_EQ(source->ipv4_flows(), 2u);
  EXPECT_EQ(source->ipv6_flows(), 1u);
  std::array<Frame, 8> burst;
  for (int round = 0; round < 40; ++round) {
    ASSERT_EQ(source->next(burst), 8u);
    EXPECT_EQ(burst[0].length, 142);
    EXPECT_EQ(burst[5].length, 74);
    EXPECT_EQ(burst[2].length, 60);    // padded to the shortest frame
    EXPECT_EQ(burst[3].length, 1514);  // the snap length cut it
    source->release(burst);
  }
}

// A wire that is full refuses frame after frame while older ones wait on it: those must not be written over.
TEST_F(ReplaySourceTest, NeverTouchesAFrameThatIsStillOnItsWay) {
  const auto source = make_replay_source(std::make_shared<const PcapTraffic>(path_), 64);
  std::array<Frame, 40> waiting;
  ASSERT_EQ(source->next(waiting), waiting.size());
  for (Frame& frame : waiting) frame.data[0] = 0xee;
  std::array<Frame, 3> refused;
  for (std::size_t round = 0; round < 10 * source->buffers(); ++round)
    source->release(std::span(refused).first(source->next(refused)));
  for (const Frame& frame : waiting) EXPECT_EQ(frame.data[0], 0xee);
}

TEST_F(ReplaySourceTest, RestoresWhatTheDutAndTheProbeChanged) {
  const auto source = make_replay_source(std::make_shared<const PcapTraffic>(path_), 8);
  std::vector<std::uint8_t> first;
  std::array<Frame, 4> burst;
  for (std::size_t round = 0; round < source->buffers(); ++round) {
    ASSERT_EQ(source->next(burst), 4u);
    const std::vector<std::uint8_t> now(burst[0].data, burst[0].data + burst[0].length);
    if (first.empty()) first = now;
    EXPECT_EQ(now, first);
    EXPECT_TRUE(source->stamp(burst[0], {}));
    EXPECT_FALSE(source->stamp(burst[1], {}));  // TCP without payload
    EXPECT_FALSE(source->stamp(burst[2], {}));  // ARP
    for (const Frame& frame : burst) swap_macs(frame.data);
    source->release(burst);
  }
}

TEST_F(ReplaySourceTest, PlaysWindowsAtOnceWithFlowsOfTheirOwnAndRightChecksums) {
  TrafficConfig config;
  config.flows = 50;
  config.frame_size = 128;
  config.ipv6_share = 0.5;
  config.rate = 1e6;
  config.both_directions = true;
  write_traffic(config, {}, 800, path_, true);
  const PcapTraffic one(path_), four(path_, 4);
  EXPECT_EQ(four.entries().size(), 3200u);
  EXPECT_EQ(four.ipv4_flows(), 4 * one.ipv4_flows());
  EXPECT_EQ(four.ipv6_flows(), 4 * one.ipv6_flows());
  FlowSet flows;
  for (const PcapTraffic::Entry& entry : four.entries()) {
    std::vector<std::uint8_t> bytes(four.bytes().data() + entry.offset,
                                    four.bytes().data() + entry.offset + entry.length);
    ASSERT_TRUE(checksums_right({bytes.data(), 0, entry.length, 0}));
    ParsedFrame parsed;
    parse_frame(bytes.data(), bytes.size(), parsed);
    flows.add(parsed);
  }
  // Both directions of a connection stay together.
  EXPECT_EQ(flows.connections(), 4 * 50u);
}

TEST_F(ReplaySourceTest, StartsEveryWindowAtAPlaceOfItsOwn) {
  const PcapTraffic four(path_, 4);
  ASSERT_EQ(four.entries().size(), 16u);
  const std::array<int, 4> lengths{142, 74, 60, 1514};
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(four.entries()[i].length, lengths[(i / 4 + i % 4) % 4]) << i;
}

TEST_F(ReplaySourceTest, PlaysEveryWindowAtItsRecordedTimes) {
  TrafficConfig config;
  config.flows = 30;
  config.rate = 1e6;
  write_traffic(config, {.departures = Departures::kPoisson, .seed = 3}, 300, path_, true);
  const RecordedTimes one = PcapTraffic(path_).times();
  const RecordedTimes three = PcapTraffic(path_, 3).times();
  std::vector<std::uint64_t> expected;
  for (const std::uint64_t ahead : {std::uint64_t{0}, one.period / 3, one.period / 3 * 2})
    for (const std::uint64_t due : one.due) expected.push_back((due + one.period - ahead) % one.period);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(three.due, expected);
  EXPECT_EQ(three.period, one.period);
  EXPECT_NEAR(recorded_rate(path_, 3) / recorded_rate(path_, 1), 3, 1e-9);
}

TEST_F(ReplaySourceTest, GoesOnWithTheTimesWhereItIsInTheCapture) {
  const auto source = make_replay_source(std::make_shared<const PcapTraffic>(path_), 8);
  std::array<Frame, 6> burst;
  ASSERT_EQ(source->next(burst), 6u);
  EXPECT_EQ(source->recording().first, 2u);
  EXPECT_EQ(source->recording().times->due.size(), 4u);
  source->rewind();
  EXPECT_EQ(source->recording().first, 0u);
}

TEST_F(ReplaySourceTest, DigestsAndCountsCapturesLikeAnyTraffic) {
  TrafficConfig config;
  config.pcap = path_;
  const TrafficSummary summary = summarise_traffic(config, 4);
  EXPECT_EQ(summary.frames, 4u);
  EXPECT_EQ(summary.bytes, 142u + 74 + 60 + 1514 + 4 * 4);
  EXPECT_EQ(summary.flows, 3u);
  EXPECT_EQ(summarise_traffic(config, 4).digest, summary.digest);
}

}  // namespace
}  // namespace nicbench
