// What wires promise whose ports have several queues, each in the hands of a thread of its own.
#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "io/tests/wire_fixture.h"
#include "packet/headers.h"
#include "packet/toeplitz.h"

namespace nicbench {
namespace {

constexpr std::size_t kQueues = 3;

std::vector<std::string> wires_with_queues() {
  std::vector<std::string> names = wires_where([](const WireInfo& info) { return info.most_queues >= kQueues; });
  names.emplace_back("ring");
  return names;
}

std::vector<std::string> wires_with_one_queue() {
  return wires_where([](const WireInfo& info) { return info.most_queues == 1; });
}

using WireQueues = WireTest;
INSTANTIATE_TEST_SUITE_P(All, WireQueues, ::testing::ValuesIn(wires_with_queues()), test_name);

using WireWithOneQueue = WireTest;
INSTANTIATE_TEST_SUITE_P(All, WireWithOneQueue, ::testing::ValuesIn(wires_with_one_queue()), test_name);

using QueuesOfTheInterface = WireTest;
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(QueuesOfTheInterface);
INSTANTIATE_TEST_SUITE_P(All, QueuesOfTheInterface,
                         ::testing::ValuesIn(wires_where([](const WireInfo& wire) { return wire.name == "af_xdp"; })),
                         test_name);

// Frames of these tests are IPv4 and UDP, without options; the number of a frame is its identification.
constexpr std::size_t kSourceAt = 26, kDestinationAt = 30, kPortsAt = 34, kQueueAt = 44;

constexpr std::uint32_t kFlows = 50;

FiveTuple4 tuple_of(std::uint32_t flow) { return {0x0a000000 + flow, 0x0b000000, 1000, 80, kProtocolUdp}; }

void set_flow(std::vector<std::uint8_t>& bytes, std::uint32_t flow) {
  const FiveTuple4 tuple = tuple_of(flow);
  constexpr std::uint8_t kEthertypeAndVersion[] = {0x08, 0x00, 0x45};
  std::copy_n(kEthertypeAndVersion, sizeof kEthertypeAndVersion, bytes.data() + 12);
  bytes[23] = tuple.protocol;
  std::memcpy(bytes.data() + kSourceAt, &tuple, 12);
}

// Of one that came back, and so goes the other way.
std::uint32_t flow_of(const Frame& frame) noexcept {
  return load<std::uint32_t>(frame.data + kDestinationAt) - tuple_of(0).source;
}

// The queue of a flow, as a NIC with so many would have it.
std::size_t queue_of(std::uint32_t flow) {
  static const Toeplitz hash(symmetric_rss_key());
  static const IndirectionTable table(512, kQueues);
  return table.queue(hash(tuple_of(flow)));
}

// Frames that go to one queue.
TestFrames frames_of_queue(std::size_t queue, std::size_t count) {
  TestFrames frames(std::vector<std::size_t>(count, 60));
  std::uint32_t flow = 0;
  while (queue_of(flow) != queue) ++flow;
  for (std::size_t i = 0; i < count; ++i) set_flow(frames.bytes(i), flow);
  return frames;
}

// The other direction of its connection.
void turn_round(Frame& frame) noexcept {
  std::swap_ranges(frame.data + kSourceAt, frame.data + kDestinationAt, frame.data + kDestinationAt);
  std::swap_ranges(frame.data + kPortsAt, frame.data + kPortsAt + 2, frame.data + kPortsAt + 2);
}

// A DUT's worker: answers what comes, with the number of its queue in it.
void forward_until(Port& port, std::size_t queue, const std::atomic<bool>& stop) {
  std::array<Frame, kBurst> burst;
  while (!stop.load()) {
    const auto came = std::span(burst).first(port.receive(burst));
    if (came.empty()) std::this_thread::yield();
    for (Frame& frame : came) {
      turn_round(frame);
      frame.data[kQueueAt] = static_cast<std::uint8_t>(queue);
    }
    std::span<const Frame> frames = came;
    while (!frames.empty() && !stop.load()) frames = frames.subspan(port.forward(frames));
  }
}

class Workers {
 public:
  explicit Workers(const PortQueues& queues) {
    for (std::size_t i = 0; i < queues.size(); ++i) {
      threads_.emplace_back([this, i, &port = *queues[i]] { forward_until(port, i, stop_); });
    }
  }
  ~Workers() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

// What came back, of frames that were numbered.
struct Returned {
  std::vector<unsigned> times;                                     // by number
  std::map<std::uint32_t, std::set<std::size_t>> there, and_back;  // queues by flow, at the far and at the near end

  void take(Port& port, std::size_t queue) {
    std::array<Frame, kBurst> burst;
    const auto frames = std::span(burst).first(port.receive(burst));
    for (const Frame& frame : frames) {
      if (!TestFrames::is_ours(frame)) continue;
      ++times.at(TestFrames::number_of(frame));
      there[flow_of(frame)].insert(frame.data[kQueueAt]);
      and_back[flow_of(frame)].insert(queue);
      ++count;
    }
    port.release(frames);
  }

  std::size_t count = 0;
};

// Of each queue many more frames than it has buffers.
TEST_P(WireQueues, CarryEveryFrameOnceThereAndBackAndNoFlowOnTwoQueues) {
  inside(
      [&] {
        constexpr std::size_t kRounds = 2 * kTestSlots;
        const QueuesPair ends = open_queues_of_both(kQueues);
        ASSERT_EQ(ends.near.size(), kQueues);
        ASSERT_EQ(ends.far.size(), kQueues);
        TestFrames frames(std::vector<std::size_t>(kFlows, 100));
        for (std::uint32_t flow = 0; flow < kFlows; ++flow) set_flow(frames.bytes(flow), flow);
        Returned returned;
        returned.times.resize(kFlows);
        {
          const Workers workers(ends.far);
          for (std::size_t round = 1; round <= kRounds; ++round) {
            for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
              send_all(*ends.near[queue_of(flow)], frames.all().subspan(flow, 1));
            }
            for (Patience patience; returned.count < round * kFlows && patience.left();) {
              const std::size_t before = returned.count;
              for (std::size_t queue = 0; queue < kQueues; ++queue) returned.take(*ends.near[queue], queue);
              if (returned.count > before) {
                patience.progress();
              } else {
                std::this_thread::yield();
              }
            }
            ASSERT_EQ(returned.times, std::vector<unsigned>(kFlows, static_cast<unsigned>(round)));
          }
        }
        std::set<std::size_t> used;
        for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
          const std::set<std::size_t> only{queue_of(flow)};
          EXPECT_EQ(returned.there[flow], only) << "flow " << flow;
          EXPECT_EQ(returned.and_back[flow], only) << "flow " << flow;
          used.insert(queue_of(flow));
        }
        EXPECT_EQ(used.size(), kQueues);
        for (const PortQueues* const end : {&ends.near, &ends.far}) {
          for (const auto& queue : *end) {
            EXPECT_EQ(queue->lost(), 0u);
            EXPECT_EQ(queue->fault(), WireFault::kNone);
          }
        }
      },
      kQueues);
}

TEST_P(WireQueues, DoNotWaitForOneThatIsFull) {
  inside(
      [&] {
        const QueuesPair ends = open_queues_of_both(kQueues);
        const TestFrames filling = frames_of_queue(1, 16 * kTestSlots);
        for (std::span<const Frame> rest = filling.all(); !rest.empty();) {
          const std::size_t taken = ends.near[1]->send(rest.first(std::min(rest.size(), kBurst)));
          if (taken == 0) break;
          rest = rest.subspan(taken);
        }
        const TestFrames frames = frames_of_queue(2, 4 * kTestSlots);
        for (std::size_t round = 0; round < 4 * kTestSlots / kBurst; ++round) {
          const auto burst = frames.all().subspan(round * kBurst, kBurst);
          send_all(*ends.near[2], burst);
          const std::vector<Frame> came = receive(*ends.far[2], kBurst);
          ASSERT_EQ(came.size(), kBurst) << "round " << round;
          for (std::size_t i = 0; i < kBurst; ++i) ASSERT_TRUE(frames.equal(round * kBurst + i, came[i]));
          ends.far[2]->release(came);
        }
        EXPECT_EQ(ends.far[2]->lost(), 0u);
      },
      kQueues);
}

TEST_P(WireQueues, SayHowManyTheyAre) {
  if (GetParam() == "ring") GTEST_SKIP() << "the ring has lanes";
  inside(
      [&] {
        const QueuesPair ends = open_queues_of_both(kQueues);
        for (const auto& queue : ends.near) EXPECT_TRUE(queue->description().ends_with(", 3 queues"));
      },
      kQueues);
}

TEST_P(WireQueues, AllReportAnInterfaceThatIsRemovedWhileTheyRun) {
  if (!is_on_interfaces(GetParam())) GTEST_SKIP() << "this wire has no interface";
  inside(
      [&] {
        const QueuesPair ends = open_queues_of_both(kQueues);
        delete_link(kNear);
        for (const PortQueues* const end : {&ends.near, &ends.far}) {
          for (const auto& queue : *end) {
            for (Patience patience; queue->fault() == WireFault::kNone && patience.left();) {
              std::array<Frame, kBurst> burst;
              queue->release(std::span(burst).first(queue->receive(burst)));
            }
            ASSERT_NE(queue->fault(), WireFault::kNone);
            EXPECT_EQ(queue->fault_error().code(), "INTERFACE_GONE");
          }
        }
      },
      kQueues);
}

TEST_P(QueuesOfTheInterface, MustBeThere) {
  inside(
      [&] {
        EXPECT_EQ(code_of_opening({.interface = kNear, .slots = kTestSlots, .queues = kQueues}), "");
        EXPECT_EQ(code_of_opening({.interface = kNear, .slots = kTestSlots, .queues = kQueues + 1}), "QUEUES");
      },
      kQueues);
}

TEST_P(WireQueues, AreNotNoneAndNotTooMany) {
  if (GetParam() == "ring") GTEST_SKIP() << "the ring has lanes";
  for (const std::size_t queues : {std::size_t{0}, kMaxQueues + 1}) {
    EXPECT_EQ(code_of_opening({.interface = kNear, .queues = queues}), "QUEUES");
  }
}

TEST_P(WireWithOneQueue, SaysThatItHasNoMoreAndWhichWiresHave) {
  try {
    open_queues(GetParam(), {.interface = kNear, .queues = 2});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "QUEUES");
    EXPECT_NE(error.hint().find("dpdk"), std::string::npos) << error.hint();
  }
}

}  // namespace
}  // namespace nicbench
