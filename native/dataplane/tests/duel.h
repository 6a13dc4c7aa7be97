// The tracker, or several over one memory, against the oracle (model_tracker.h), frame by frame.
//
// After each burst every frame must have the oracle's cause and translation and right checksums; at intervals all flows
// must agree in everything that is kept of them, none may be split over two servers or two ports, no dead one may be
// held for longer than its scheme says, and the counts must add up.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/connection_tracker.h"
#include "dataplane/tests/model_packet.h"
#include "dataplane/tests/model_tracker.h"
#include "dataplane/tests/packet_script.h"
#include "dataplane/tracker_totals.h"
#include "trafficgen/tester.h"

namespace nicbench::testing {

inline constexpr double kTicksPerSecond = 10;
inline constexpr std::uint64_t kInterval = 7;  // ticks
inline constexpr std::uint64_t kRecheck = 50;

inline Tuple to_model(const FiveTuple4& key) {
  Tuple t;
  t.protocol = key.protocol;
  t.source = ipv4(to_be32(key.source));
  t.destination = ipv4(to_be32(key.destination));
  t.source_port = to_be16(key.source_port);
  t.destination_port = to_be16(key.destination_port);
  return t;
}

inline Tuple to_model(const FiveTuple6& key) {
  Tuple t;
  t.six = true;
  t.protocol = key.protocol;
  t.source = key.source;
  t.destination = key.destination;
  t.source_port = to_be16(key.source_port);
  t.destination_port = to_be16(key.destination_port);
  return t;
}

inline const char* state_name(TcpState s) {
  static const char* const names[] = {"", "ss", "sr", "es", "fw", "cw", "la", "tw", "cl", "s2"};
  return names[static_cast<std::size_t>(s)];
}

struct Case {
  std::string name;
  TrackerOptions options;
  ScriptOptions script;
  std::size_t longest_burst = kBurst;
  bool right_checksums = true;  // in captures they may have been left to the NIC
};

// How long after its time a flow may still be held.
inline std::uint64_t patience(const ExpiryOptions& expiry) {
  switch (expiry.scheme) {
    case Expiry::kTimerWheel: return expiry.interval + expiry.recheck;
    case Expiry::kScan: return 2 * expiry.interval;
    default: return Timeouts::kNever;
  }
}

// The oracle against one tracker, or against several over one memory, between which frames are spread as a NIC would
// spread them. They take turns on one thread, so that the oracle knows the order.
template <class Tracker>
class Duel {
 public:
  Duel(std::vector<Tracker*> trackers, const Case& c, std::uint64_t seed)
      : trackers_(std::move(trackers)),
        lanes_(trackers_.size(), RssConfig{}),
        case_(c),
        model_(c.options),
        script_(seed, c.script),
        random_(~seed) {}

  void run(int bursts) {
    for (int b = 0; b < bursts; ++b) {
      std::vector<Packet> packets(1 + random_.below(case_.longest_burst));
      for (Packet& packet : packets) packet = script_.next(model_);
      burst(packets);
      if (::testing::Test::HasFatalFailure()) return;
      maintain(now_);
      if (b % 16 == 0) compare_flows();
      if (::testing::Test::HasFatalFailure()) return;
      now_ += random_.below(4) == 0 ? random_.below(40) : random_.below(2);
      if (random_.below(400) == 0) now_ += random_.below(5000);
    }
    settle();
  }

  void burst(const std::vector<Packet>& packets) {
    std::vector<Bytes> bytes;
    for (const Packet& packet : packets) bytes.push_back(to_frame(packet));
    burst(packets, bytes);
  }

  // Captured frames, at the times of their capture.
  void replay(const std::vector<std::pair<std::uint64_t, Bytes>>& capture) {
    std::vector<Packet> packets;
    std::vector<Bytes> bytes;
    for (const auto& [when, frame] : capture) {
      const auto packet = from_frame(frame);
      if (!packet) continue;
      if (packets.size() == case_.longest_burst || (now_ != when && !packets.empty())) {
        burst(packets, bytes);
        if (::testing::Test::HasFatalFailure()) return;
        maintain(now_);
        packets.clear();
        bytes.clear();
      }
      now_ = std::max(now_, when);
      packets.push_back(*packet);
      bytes.push_back(frame);
    }
    burst(packets, bytes);
    compare_flows();
  }

  void burst(const std::vector<Packet>& packets, std::vector<Bytes>& bytes) {
    std::vector<std::vector<Frame>> frames(trackers_.size());
    for (std::size_t i = 0; i < packets.size(); ++i) {
      Frame frame;
      frame.data = bytes[i].data();
      frame.length = static_cast<std::uint16_t>(bytes[i].size());
      frame.buffer = static_cast<std::uint32_t>(i);
      frames[lanes_.lane_of(frame)].push_back(frame);
    }
    for (std::size_t t = 0; t < trackers_.size(); ++t) {
      if (frames[t].empty()) continue;
      burst(*trackers_[t], frames[t], packets, bytes);
      if (::testing::Test::HasFatalFailure()) return;
    }
    frames_ += packets.size();
  }

  // All flows that are alive agree; what is dead is gone in time.
  void compare_flows() {
    model_.expire(now_);
    std::size_t seen = 0, held = 0;
    const auto compare = [&](const auto& family) {
      family.for_each([&](const auto& key, const FlowState& state) {
        ++held;
        const std::uint64_t deadline = family.deadline(state);
        const Tuple original = to_model(key);
        if (now_ >= deadline) {
          EXPECT_LT(now_ - deadline, patience(case_.options.expiry)) << original.text();
          return;
        }
        ++seen;
        const auto found = model_.flows().find(original);
        ASSERT_NE(found, model_.flows().end()) << original.text();
        same(found->second, state);
      });
    };
    for (const Tracker* tracker : trackers_) {
      compare(tracker->ipv4());
      compare(tracker->ipv6());
    }
    ASSERT_EQ(seen, model_.flows().size()) << "the tracker lost a flow";
    const TrackerTotals counted = counts();
    ASSERT_EQ(counted.live(), held);
    ASSERT_EQ(counted.created, model_.created);
    ASSERT_EQ(std::accumulate(counted.frames.begin(), counted.frames.end(), std::uint64_t{0}), frames_);
    ASSERT_EQ(entries(), expected_entries());
  }

 private:
  void burst(Tracker& tracker, std::vector<Frame>& frames, const std::vector<Packet>& packets,
             const std::vector<Bytes>& bytes) {
    const std::vector<Bytes> before = bytes;
    std::vector<std::uint32_t> order;
    for (const Frame& frame : frames) order.push_back(frame.buffer);
    const Outcome outcome = process(tracker, frames);
    std::vector<bool> forwarded(packets.size());
    for (const std::uint32_t buffer : outcome.kept) forwarded[buffer] = true;
    ASSERT_TRUE(std::is_sorted(outcome.kept.begin(), outcome.kept.end())) << "frames changed their order";
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::uint32_t p = order[i];
      const bool swapped = std::equal(bytes[p].begin(), bytes[p].begin() + 6, before[p].begin() + 6) &&
                           std::equal(bytes[p].begin() + 6, bytes[p].begin() + 12, before[p].begin());
      ASSERT_TRUE(swapped) << "MAC addresses";
      judge(packets[p], bytes[p], outcome.causes[i], forwarded[p]);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

  // By buffer, and for each frame as they were given.
  struct Outcome {
    std::vector<std::uint32_t> kept;
    std::vector<FrameCause> causes;
  };

  // As one burst, or as two that overlap as a worker's do (burst_pipeline.h).
  Outcome process(Tracker& tracker, std::span<Frame> frames) {
    Outcome outcome;
    const auto finish = [&](std::span<Frame> burst) {
      const std::size_t kept = tracker.finish(burst, now_);
      for (std::size_t i = 0; i < burst.size(); ++i) outcome.causes.push_back(tracker.cause(i));
      for (const Frame& frame : burst.first(kept)) outcome.kept.push_back(frame.buffer);
    };
    const auto first = frames.first(frames.size() - random_.below(frames.size()));
    const auto second = frames.subspan(first.size());
    tracker.start(first);
    tracker.resolve();
    if (!second.empty()) tracker.start(second);
    finish(first);
    if (second.empty()) return outcome;
    maintain(now_);
    tracker.resolve();
    finish(second);
    return outcome;
  }

  void maintain(std::uint64_t now) {
    for (Tracker* tracker : trackers_) tracker->maintain(now);
  }

  // All trackers together. Tables: those of the first, which are everybody's.
  TrackerTotals counts() const {
    TrackerTotals sum;
    for (const Tracker* tracker : trackers_) sum = sum + totals(tracker->counters());
    return sum;
  }
  std::size_t entries() const { return trackers_[0]->ipv4().table().size() + trackers_[0]->ipv6().table().size(); }

  void judge(const Packet& packet, const Bytes& frame, FrameCause cause, bool forwarded) {
    model_.expire(now_);
    Expected e = model_.see(packet, frame.size(), now_);
    const std::string what = packet.tuple.text() + " " + packet.flags + (e.flow ? " in " + e.flow->state : "") +
                             " at " + std::to_string(now_) + ", frame " + std::to_string(frames_);
    if (cause == FrameCause::kTupleInUse && e.created) {
      ASSERT_EQ(model_.refuse(*e.flow), "") << what;
      ASSERT_FALSE(forwarded) << what;
      return;
    }
    ASSERT_EQ(static_cast<int>(cause), static_cast<int>(e.cause)) << what;
    ASSERT_EQ(forwarded, !is_dropped(e.cause)) << what;
    if (!forwarded || packet.kind == Kind::kArp) return;
    const auto out = read_back(frame);
    if (case_.right_checksums) {
      ASSERT_EQ(out.wrong, "") << what;
    }
    if (e.created) {
      ASSERT_EQ(model_.learn(*e.flow, out.tuple), "") << what;
    } else {
      ASSERT_EQ(out.tuple.text(), e.out.text()) << what;
      ASSERT_EQ(out.quoted.has_value(), e.quoted_out.has_value()) << what;
      if (out.quoted) {
        ASSERT_EQ(out.quoted->text(), e.quoted_out->text()) << what;
      }
    }
  }

  static void same(const ModelFlow& model, const FlowState& state) {
    const std::string what = model.original.text();
    EXPECT_EQ(state.packets, model.packets) << what;
    EXPECT_EQ(state.bytes, model.bytes) << what;
    EXPECT_EQ(state.last_seen, model.last_seen) << what;
    EXPECT_EQ(state.backend, model.backend) << what;
    EXPECT_EQ(state_name(state.tcp), model.state) << what;
    EXPECT_EQ(state.has(FlowState::kReplied), model.replied) << what;
    EXPECT_EQ(kTimeoutDefaults[static_cast<std::size_t>(state.timeout)].name, model.timeout) << what;
  }

  // Entries in the tables: one a flow, two where replies carry another tuple.
  std::size_t expected_entries() const {
    std::size_t expected = 0;
    for (const Tracker* tracker : trackers_) {
      const auto count = [&](const auto& family) {
        family.for_each([&](const auto& key, const FlowState& state) {
          expected += tracker->translation().reply_tuple(key, state) ? 2 : 1;
        });
      };
      count(tracker->ipv4());
      count(tracker->ipv6());
    }
    return expected;
  }

  // Long after the last frame all is over, and every flow counted where the oracle counts it.
  void settle() {
    const Expiry scheme = case_.options.expiry.scheme;
    if (scheme == Expiry::kNone || scheme == Expiry::kLazy) return;
    const std::uint64_t end = now_ + 10'000'000;
    for (; now_ < end; now_ += 1 + (end - now_) / 50) maintain(now_);
    for (int i = 0; i < 20; ++i) maintain(end + static_cast<std::uint64_t>(i) * kInterval);
    model_.expire(end);
    const TrackerTotals counted = counts();
    EXPECT_EQ(counted.live(), 0u);
    EXPECT_EQ(counted.closed, model_.closed);
    EXPECT_EQ(counted.expired, model_.expired);
    EXPECT_EQ(entries(), 0u);
  }

  const std::vector<Tracker*> trackers_;
  const LaneChooser lanes_;
  const Case& case_;
  ModelTracker model_;
  PacketScript script_;
  Xoshiro256 random_;
  std::uint64_t now_ = 1000;
  std::uint64_t frames_ = 0;
};

inline ExpiryOptions expiry(Expiry scheme, bool incremental = true) {
  return {scheme, kInterval, incremental, 256, kRecheck};
}

inline std::vector<std::pair<std::string, ExpiryOptions>> expiries() {
  return {{"none", expiry(Expiry::kNone)},
          {"scan", expiry(Expiry::kScan)},
          {"full scan", expiry(Expiry::kScan, false)},
          {"timer-wheel", expiry(Expiry::kTimerWheel)},
          {"lazy", expiry(Expiry::kLazy)}};
}

inline Case base(std::string name, Use use) {
  Case c;
  c.name = std::move(name);
  c.options.use = use;
  c.options.timeouts = Timeouts::defaults(kTicksPerSecond);
  c.options.timeouts.set(TimeoutClass::kEstablished, 2000);
  c.options.start = 1000;
  c.options.huge_pages = false;
  c.options.backends = 5;
  c.options.nat.addresses = 3;
  c.options.sample_every = 3;
  return c;
}

inline std::vector<Case> uses() {
  std::vector<Case> cases{base("track", Use::kTrack),
                          base("track strictly", Use::kTrack),
                          base("track one way", Use::kTrack),
                          base("balance by hash", Use::kLoadBalance),
                          base("balance in turn", Use::kLoadBalance),
                          base("balance to the least loaded", Use::kLoadBalance),
                          base("nat", Use::kNat),
                          base("balance one service", Use::kLoadBalance)};
  cases[1].options.check_windows = true;
  cases[1].options.loose = false;
  cases[1].options.drop_invalid = true;
  cases[2].options.replies = Replies::kElsewhere;
  cases[2].script.replies = false;
  cases[3].options.replies = Replies::kElsewhere;
  cases[4].options.balancing = Balancing::kRoundRobin;
  cases[4].options.replies = Replies::kRewritten;
  cases[4].options.check_windows = true;
  cases[7].options.replies = Replies::kRewritten;
  cases[7].options.service = to_be32(0xc0a80102u);
  cases[7].options.service_mask = ~0u;
  cases[5].options.balancing = Balancing::kLeastLoaded;
  cases[5].options.replies = Replies::kRewritten;
  return cases;
}

}  // namespace nicbench::testing
