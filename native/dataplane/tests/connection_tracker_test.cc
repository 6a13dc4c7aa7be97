// The tracker at its limits: full, flooded, attacked, out of ports, and how long each expiry scheme takes.
#include "dataplane/connection_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "common/random.h"
#include "dataplane/tests/tracker_fixture.h"
#include "hashtables/cuckoo.h"

namespace nicbench {
namespace {

using testing::for_every_table;
using testing::Packet;
using testing::small_options;
using testing::tcp;
using testing::Tuple;
using testing::udp;
using testing::udp_tuple;

constexpr std::uint64_t kTimeout = 1000;

TrackerOptions expiring(Expiry scheme, std::uint64_t interval = 10) {
  TrackerOptions options = small_options();
  options.timeouts = Timeouts::all(kTimeout);
  options.expiry.scheme = scheme;
  options.expiry.interval = interval;
  return options;
}

TEST(ConnectionTracker, DoesNotCheckTcpWindowsWhereThereIsNoRoomForThem) {
  using Tracker = testing::TrackerOf<CuckooTag>;
  TrackerOptions options = small_options();
  for (const bool windows : {false, true}) {
    Tracker::Memory memory({64, 1, false}, {64, 1, false}, windows);
    options.check_windows = windows;
    EXPECT_NO_THROW(Tracker(memory, options));
    options.check_windows = true;
    if (windows) continue;
    EXPECT_THROW(Tracker(memory, options), std::logic_error);
  }
}

TEST(ConnectionTracker, KeepsForwardingKnownFlowsThroughASynFlood) {
  for_every_table([]<class Tag>(Tag) {
    testing::Bench<Tag> bench(1000, small_options(), 1);
    for (std::uint32_t client = 0; client < 500; ++client) {
      ASSERT_EQ(bench.send(udp(udp_tuple(client, 1000)), 0), FrameCause::kTracked);
    }
    std::size_t refused = 0;
    for (std::uint32_t client = 0; client < 20'000; ++client) {
      const FrameCause cause = bench.send(tcp(udp_tuple(1'000'000 + client, 4000), "S"), 1);
      refused += cause == FrameCause::kTableFull;
      if (client % 100 == 0) {
        ASSERT_EQ(bench.send(udp(udp_tuple(client / 100, 1000)), 1), FrameCause::kTracked);
      }
    }
    const TrackerCounters& counters = bench.tracker->counters();
    EXPECT_EQ(counters.live() + refused, 20'500u);
    EXPECT_LE(counters.live(), 1000u);
    EXPECT_GT(counters.live(), 900u) << "refused while there was room";
    EXPECT_EQ(counters.refused(), refused);
    for (std::uint32_t client = 0; client < 500; ++client) {
      ASSERT_EQ(bench.send(udp(udp_tuple(client, 1000)), 2), FrameCause::kTracked);
    }
  });
}

TEST(ConnectionTracker, TakesNewFlowsAgainWhenAFloodHasExpired) {
  for (const Expiry scheme : {Expiry::kScan, Expiry::kTimerWheel, Expiry::kLazy}) {
    SCOPED_TRACE(kExpiryNames[static_cast<std::size_t>(scheme)]);
    for_every_table([scheme]<class Tag>(Tag) {
      testing::Bench<Tag> bench(1000, expiring(scheme), 1);
      for (std::uint32_t client = 0; client < 3000; ++client) bench.send(tcp(udp_tuple(client, 4000), "S"), 1);
      for (std::uint64_t now = 1; now < 2 * kTimeout; now += 20) bench.tracker->maintain(now);
      std::size_t accepted = 0;
      for (std::uint32_t client = 0; client < 900; ++client) {
        accepted += bench.send(udp(udp_tuple(client, 1000)), 2 * kTimeout) == FrameCause::kTracked;
        bench.tracker->maintain(2 * kTimeout);
      }
      EXPECT_GT(accepted, 890u);
    });
  }
}

// Tuples that all fall into two buckets of the table, made by someone who knows the seed: the worst that can happen.
TEST(ConnectionTracker, RefusesTuplesThatCollideButServesAllOthers) {
  const TupleHash hash(1);
  constexpr std::size_t kCapacity = 4096;
  std::vector<Tuple> colliding;
  for (std::uint32_t client = 0; colliding.size() < 200; ++client) {
    Tuple t = udp_tuple(client, 1000);
    FiveTuple4 key;
    std::memcpy(&key.source, t.source.data(), 4);
    std::memcpy(&key.destination, t.destination.data(), 4);
    key.source_port = to_be16(t.source_port);
    key.destination_port = to_be16(t.destination_port);
    key.protocol = 17;
    canonicalise(key);
    if (hash(key) >> 54 == 0x155) colliding.push_back(t);
  }
  for_every_table([&]<class Tag>(Tag) {
    testing::Bench<Tag> bench(kCapacity, small_options(), 1);
    std::vector<Tuple> known;
    for (std::uint32_t client = 0; client < 1000; ++client) {
      known.push_back(udp_tuple(0x100000 + client, 2000));
      ASSERT_EQ(bench.send(udp(known.back()), 0), FrameCause::kTracked);
    }
    std::size_t refused = 0;
    for (const Tuple& tuple : colliding) {
      const FrameCause cause = bench.send(udp(tuple), 1);
      if (cause == FrameCause::kTracked) known.push_back(tuple);
      refused += cause == FrameCause::kTableFull;
    }
    EXPECT_EQ(bench.tracker->counters().refused(), refused);
    EXPECT_EQ(known.size(), 1200 - refused);
    for (const Tuple& tuple : known) ASSERT_EQ(bench.send(udp(tuple), 2), FrameCause::kTracked);
    EXPECT_EQ(bench.tracker->counters().live(), known.size());
  });
}

TEST(ConnectionTracker, NeverReturnsAFlowAfterItsTimeNorEndsOneBefore) {
  for (const Expiry scheme : {Expiry::kScan, Expiry::kTimerWheel, Expiry::kLazy}) {
    SCOPED_TRACE(kExpiryNames[static_cast<std::size_t>(scheme)]);
    testing::Bench<CuckooTag> bench(100, expiring(scheme));
    TrackerCounters const& counters = bench.tracker->counters();
    bench.send(udp(udp_tuple(1, 1)), 0);
    for (std::uint64_t now = 0; now < kTimeout; ++now) bench.tracker->maintain(now);
    EXPECT_EQ(counters.live(), 1u);
    bench.send(udp(udp_tuple(1, 1)), kTimeout - 1);
    EXPECT_EQ(counters.created.get(), 1u) << "it was ended before its time";
    // No maintenance in between: the lookup itself must see that the time is over.
    bench.send(udp(udp_tuple(1, 1)), 2 * kTimeout - 1);
    EXPECT_EQ(counters.created.get(), 2u) << "it was found after its time";
    EXPECT_EQ(counters.expired.get(), 1u);
    EXPECT_EQ(counters.live(), 1u);
  }
}

TEST(ConnectionTracker, LooksAtNoMoreFlowsBetweenTwoBurstsThanAllowed) {
  for (const Expiry scheme : {Expiry::kScan, Expiry::kTimerWheel}) {
    TrackerOptions options = expiring(scheme);
    options.expiry.limit = 100;
    testing::Bench<CuckooTag> bench(20'000, options, 1);
    for (std::uint32_t client = 0; client < 10'000; ++client) bench.send(udp(udp_tuple(client, 1)), 0);
    const TrackerCounters& counters = bench.tracker->counters();
    std::uint64_t before = counters.examined.get();
    std::size_t calls = 0;
    for (; counters.live() > 0 && calls < 10'000; ++calls) {
      bench.tracker->maintain(kTimeout + 50 + calls);
      ASSERT_LE(counters.examined.get() - before, 100 + TimerWheel::kBatch);
      before = counters.examined.get();
    }
    EXPECT_EQ(counters.live(), 0u);
    EXPECT_EQ(counters.expired.get(), 10'000u);
    EXPECT_GE(calls, 85u);
  }
}

TEST(ConnectionTracker, LooksAtABusyFlowOnceOrTwiceATimeoutAndNotForEveryFrame) {
  testing::Bench<CuckooTag> bench(100, expiring(Expiry::kTimerWheel));
  for (std::uint64_t now = 0; now < 100 * kTimeout; now += 5) {
    bench.send(udp(udp_tuple(1, 1)), now);
    bench.tracker->maintain(now);
  }
  EXPECT_LE(bench.tracker->counters().examined.get(), 200u);  // of 20,000 frames
  EXPECT_EQ(bench.tracker->counters().created.get(), 1u);
}

TEST(ConnectionTracker, FindsAFlowWhoseTimeoutBecameShorterWithinTheRecheck) {
  TrackerOptions options = expiring(Expiry::kTimerWheel);
  options.timeouts.set(TimeoutClass::kEstablished, 1'000'000);
  options.timeouts.set(TimeoutClass::kClose, 30);
  options.expiry.recheck = 200;
  testing::Bench<CuckooTag> bench(100, options);
  const Tuple t = udp_tuple(1, 1);
  bench.send(tcp(t, "S"), 0);
  bench.send(tcp(t.reversed(), "SA"), 0);
  bench.send(tcp(t, "A"), 0);
  for (std::uint64_t now = 0; now < 5000; ++now) bench.tracker->maintain(now);
  bench.send(tcp(t, "RA"), 5000);
  for (std::uint64_t now = 5000; now < 5030; ++now) bench.tracker->maintain(now);
  EXPECT_EQ(bench.tracker->counters().live(), 1u);
  for (std::uint64_t now = 5030; now <= 5030 + 200 + 10; ++now) bench.tracker->maintain(now);
  EXPECT_EQ(bench.tracker->counters().live(), 0u);
  EXPECT_EQ(bench.tracker->counters().closed.get(), 1u);
}

TEST(ConnectionTracker, CountsExhaustedPortsAndHasThemBackWhenFlowsExpire) {
  for (const Expiry scheme : {Expiry::kScan, Expiry::kTimerWheel, Expiry::kLazy}) {
    SCOPED_TRACE(kExpiryNames[static_cast<std::size_t>(scheme)]);
    TrackerOptions options = expiring(scheme);
    options.use = Use::kNat;
    options.nat = {.first = 0, .addresses = 1, .first_port = 2000, .last_port = 2049};
    testing::Bench<CuckooTag> bench(1000, options);
    const auto fill = [&](std::uint64_t now) {
      std::set<std::uint16_t> ports;
      for (std::uint32_t client = 0; client < 80; ++client) {
        const FrameCause cause = bench.send(udp(udp_tuple(client, 7)), now);
        EXPECT_TRUE(cause == FrameCause::kTracked || cause == FrameCause::kPortsExhausted);
        if (cause == FrameCause::kTracked) ports.insert(testing::read_back(bench.frame).tuple.source_port);
      }
      return ports.size();
    };
    EXPECT_EQ(fill(0), 50u);
    EXPECT_EQ(bench.tracker->counters().frames_of(FrameCause::kPortsExhausted), 30u);
    EXPECT_EQ(bench.tracker->counters().live(), 50u);
    for (std::uint64_t now = 0; now < 3 * kTimeout; now += 20) bench.tracker->maintain(now);
    EXPECT_EQ(fill(3 * kTimeout), 50u);
  }
}

TEST(ConnectionTracker, KeepsEveryMappingApartUnderManyHosts) {
  TrackerOptions options = small_options(Use::kNat);
  options.nat.addresses = 2;
  testing::Bench<CuckooTag> bench(100'000, options);
  std::set<Tuple> outside;
  for (std::uint32_t client = 0; client < 30'000; ++client) {
    ASSERT_EQ(bench.send(udp(udp_tuple(client, 5000)), 0), FrameCause::kTracked);
    const Tuple out = testing::read_back(bench.frame).tuple;
    ASSERT_TRUE(outside.insert(out).second) << "two flows look alike from outside";
    ASSERT_EQ(bench.send(udp(out.reversed()), 0), FrameCause::kTracked);
    ASSERT_EQ(testing::read_back(bench.frame).tuple.destination, udp_tuple(client, 5000).source);
  }
}

TEST(ConnectionTracker, SplitsItsTimeIntoStages) {
  TrackerOptions options = small_options(Use::kLoadBalance);
  options.sample_every = 4;
  testing::Bench<CuckooTag> bench(5000, options);
  for (std::uint32_t i = 0; i < 4000; ++i) {
    bench.send(udp(udp_tuple(i, 1)), i);
    bench.tracker->maintain(i);
  }
  const CycleSplit& cycles = bench.tracker->counters().cycles;
  EXPECT_EQ(cycles.bursts.get(), 1000u);
  EXPECT_EQ(cycles.frames.get(), 1000u);
  EXPECT_EQ(cycles.inserts.get(), 1000u);
  EXPECT_EQ(cycles.reads.get(), 1000u * 11);  // 9 a burst, and 2 an insert
  for (const Counter* stage : {&cycles.parse, &cycles.lookup, &cycles.insert, &cycles.rest, &cycles.expiry}) {
    EXPECT_GT(stage->get(), 0u);
  }
}

}  // namespace
}  // namespace nicbench
