// What the wire `dpdk` promises beyond what every wire does: how its ends find each other, and what DPDK may not do to
// the process.
#include <sched.h>

#include <cstdio>

#include "io/pcap_writer.h"
#include "io/tests/wire_fixture.h"

namespace nicbench {
namespace {

class Dpdk : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const WireInfo& info = wire_info("dpdk"); !info.missing.empty()) GTEST_SKIP() << info.missing;
  }

  static std::string code_of_opening(const PortOptions& options) {
    try {
      open_queues("dpdk", options);
    } catch (const UserError& error) {
      EXPECT_FALSE(error.hint().empty()) << error.what();
      return error.code();
    }
    return "";
  }
};

TEST_F(Dpdk, SaysThatNobodyIsAtTheOtherEndWhereItIsToWaitForThem) {
  PortOptions server = memif_end("server");
  server.link_wait_seconds = 0.1;
  EXPECT_EQ(code_of_opening(server), "LINK_DOWN");
  PortOptions client = memif_end("client");  // of a server that is gone
  client.link_wait_seconds = 0.1;
  EXPECT_EQ(code_of_opening(client), "DEVICE_UNUSABLE");
}

TEST_F(Dpdk, SaysThatThereIsNoSuchDevice) {
  EXPECT_EQ(code_of_opening({"net_nosuch0", kTestSlots, 1514}), "DEVICE_MISSING");
  EXPECT_EQ(code_of_opening({"", kTestSlots, 1514}), "DEVICE_MISSING");
}

TEST_F(Dpdk, ReceivesFromAsManyQueuesAsItIsTold) {
  const TestFrames frames({60, 61, 62, 63});
  const std::string file = ::testing::TempDir() + "nicbench_dpdk_queue_" + std::to_string(getpid());
  for (const std::size_t queue : {0, 1}) {
    PcapWriter writer(file + std::to_string(queue), PcapWriter::Existing::kReplace);
    for (const Frame& frame : frames.all().subspan(2 * queue, 2)) ASSERT_EQ(writer.write(frame, 0), 0);
  }
  const std::string device = "net_pcap_queues,rx_pcap=" + file + "0,rx_pcap=" + file + "1,rx-queues=2";
  const auto port = open_port("dpdk", {device, kTestSlots, 1514});
  const std::vector<Frame> came = receive(*port, frames.all().size());
  ASSERT_EQ(came.size(), frames.all().size());
  for (std::size_t i = 0; i < came.size(); ++i) EXPECT_TRUE(frames.equal(i, came[i]));
  port->release(came);
  for (const char* queue : {"0", "1"}) std::remove((file + queue).c_str());
}

TEST_F(Dpdk, RefusesWhatIsNoNumberOfQueues) {
  for (const char* queues : {"0", "65", "x", "", "2,more=1"}) {
    EXPECT_EQ(code_of_opening({std::string("net_null_queues,rx-queues=") + queues, kTestSlots, 1514}), "DEVICE_QUEUES");
  }
}

TEST_F(Dpdk, SendsAndReceivesOnTheQueuesOfARingDeviceByThemselves) {
  const PortQueues queues =
      open_queues("dpdk", {.interface = "net_ring_test", .slots = kTestSlots, .max_frame = 1514, .queues = 3});
  const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
  for (std::size_t queue = 0; queue < queues.size(); ++queue) {
    send_all(*queues[queue], frames.all());
    const std::vector<Frame> came = receive(*queues[queue], kBurst);  // each of its rings is a loop
    ASSERT_EQ(came.size(), kBurst) << "queue " << queue;
    queues[queue]->release(came);
  }
}

// net_null takes the key and the kinds of flows, and refuses what it cannot.
TEST_F(Dpdk, ConfiguresRssWhereTheDriverHasIt) {
  const PortQueues queues = open_queues("dpdk", {.interface = "net_null_rss", .slots = kTestSlots, .queues = 4});
  for (const auto& queue : queues) {
    std::array<Frame, kBurst> burst;
    ASSERT_EQ(queue->receive(burst), kBurst);
    queue->release(burst);
  }
}

TEST_F(Dpdk, SaysThatADeviceHasFewerQueues) {
  const std::string capture = ::testing::TempDir() + "nicbench_dpdk_few_" + std::to_string(getpid());
  ASSERT_EQ(PcapWriter(capture, PcapWriter::Existing::kReplace).write(TestFrames({60}).all()[0], 0), 0);
  const std::string device = "net_pcap_few,rx_pcap=" + capture;
  EXPECT_EQ(code_of_opening({.interface = device, .slots = kTestSlots, .queues = 2}), "DEVICE_QUEUES");
  std::remove(capture.c_str());
}

TEST_F(Dpdk, OpensADeviceOnce) {
  const auto port = open_port("dpdk", {"net_null_test", kTestSlots, 1514});
  EXPECT_EQ(code_of_opening({"net_null_test", kTestSlots, 1514}), "DEVICE_IN_USE");
}

TEST_F(Dpdk, LeavesTheCallersCpusAsTheyWere) {
  cpu_set_t before, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  const auto port = open_port("dpdk", {"net_null_affinity", kTestSlots, 1514});
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

}  // namespace
}  // namespace nicbench
