// What the wire `dpdk` promises beyond what every wire does: how its ends find each other, and what DPDK may not do to
// the process.
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>

#include "io/pcap_writer.h"
#include "io/tests/wire_fixture.h"

namespace nicbench {
namespace {

constexpr const char* kDevice = "NICBENCH_TEST_DEVICE";

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

// This program again, as the process at the other end.
class OtherProcess {
 public:
  explicit OtherProcess(const std::string& device) {
    setenv(kDevice, device.c_str(), 1);
    std::string name = "io_test", filter = "--gtest_filter=DpdkPeer.*", also = "--gtest_also_run_disabled_tests";
    char* const argv[] = {name.data(), filter.data(), also.data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr, argv, environ), 0);
  }
  ~OtherProcess() { end(); }

  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

// Sends a burst, and releases one that came.
void send_and_receive(Port& port, const TestFrames& frames) {
  port.send(frames.all());
  std::array<Frame, kBurst> burst;
  port.release(std::span(burst).first(port.receive(burst)));
}

TEST(DpdkPeer, DISABLED_SendsAndReceivesUntilItIsKilled) {
  const auto port = open_port("dpdk", {std::getenv(kDevice), kTestSlots, 1514, SIZE_MAX, 5});
  const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
  for (Patience patience; patience.left();) send_and_receive(*port, frames);
}

TEST_F(Dpdk, OpensAServerBeforeItsClientAndReportsThatTheClientsProcessDied) {
  const auto server = open_port("dpdk", memif_end("server"));
  OtherProcess client(memif_end("client").interface);
  std::vector<Frame> frames;
  for (int i = 0; i < 10 && frames.empty(); ++i)
    frames = receive(*server, kBurst);  // it starts slowly on a busy machine
  ASSERT_EQ(frames.size(), kBurst);
  server->release(frames);
  EXPECT_EQ(server->fault(), WireFault::kNone);
  client.end();
  for (Patience patience; server->fault() == WireFault::kNone && patience.left();) {
    std::array<Frame, kBurst> burst;
    server->release(std::span(burst).first(server->receive(burst)));
  }
  ASSERT_NE(server->fault(), WireFault::kNone);
  EXPECT_EQ(server->fault_error().code(), "LINK_DOWN");
}

// Pieces of memory of memif that this process has in its address space.
std::size_t mapped_regions() {
  std::ifstream maps("/proc/self/maps");
  std::size_t regions = 0;
  for (std::string line; std::getline(maps, line);) regions += line.find("memif_region") != std::string::npos;
  return regions;
}

// The driver would unmap that memory at the other end's death, in the middle of a burst of ours: which would crash
// about once in fifty deaths.
TEST_F(Dpdk, KeepsTheMemoryOfAConnectionWhoseOtherEndDiesUnderTrafficUntilItIsClosed) {
  const TestFrames frames(std::vector<std::size_t>(kBurst, 1514));
  for (int death = 0; death < 10; ++death) {
    const auto server = open_port("dpdk", memif_end("server"));
    OtherProcess client(memif_end("client").interface);
    const std::vector<Frame> first = receive(*server, kBurst);
    ASSERT_EQ(first.size(), kBurst) << "before death " << death;
    server->release(first);
    std::thread killer([&] { client.end(); });
    for (Patience patience; server->fault() == WireFault::kNone && patience.left();) send_and_receive(*server, frames);
    killer.join();
    ASSERT_NE(server->fault(), WireFault::kNone) << "after death " << death;
    EXPECT_EQ(server->fault_error().code(), "LINK_DOWN");
    EXPECT_EQ(mapped_regions(), 1u);
  }
  EXPECT_EQ(mapped_regions(), 0u);
}

TEST_F(Dpdk, SaysThatNobodyIsAtTheOtherEndWhereItIsToWaitForThem) {
  PortOptions server = memif_end("server");
  server.link_wait_seconds = 0.1;
  EXPECT_EQ(code_of_opening(server), "LINK_DOWN");
  PortOptions client = memif_end("client");  // of a server that is gone
  client.link_wait_seconds = 0.1;
  EXPECT_EQ(code_of_opening(client), "DEVICE_UNUSABLE");
}

TEST_F(Dpdk, OpensAServerAgainUnderTheSameName) {
  const std::string server = memif_end("server").interface, client = memif_end("client").interface;
  for (int i = 0; i < 3; ++i) {
    const auto far = open_port("dpdk", {server, kTestSlots, 1514});
    const auto near = open_port("dpdk", {client, kTestSlots, 1514, SIZE_MAX, 5});
    const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
    send_all(*near, frames.all());
    EXPECT_EQ(receive(*far, kBurst).size(), kBurst);
  }
}

TEST_F(Dpdk, SendsZerosBehindTheBytesThatItWasToldToCopyWhateverItsBuffersHeldBefore) {
  constexpr std::size_t kWritten = 100;
  const auto far = open_port("dpdk", memif_end("server"));
  PortOptions client = memif_end("client");
  client.zero_behind = kWritten;
  const auto near = open_port("dpdk", client);
  TestFrames frames(std::vector<std::size_t>{60, 100, 101, 800, 1514, 64, 192, 1514});
  for (std::size_t i = 0; i < frames.all().size(); ++i) {
    std::vector<std::uint8_t>& bytes = frames.bytes(i);
    std::fill(bytes.begin() + std::min(bytes.size(), kWritten), bytes.end(), 0);
  }
  // Comes to `near`, and must not end up in buffers that it sends from.
  const TestFrames noise(std::vector<std::size_t>(8, 1514));
  for (std::size_t round = 0; round < 4 * kTestSlots; ++round) {
    send_all(*near, frames.all());
    const std::vector<Frame> there = receive(*far, frames.all().size());
    ASSERT_EQ(there.size(), frames.all().size()) << "round " << round;
    for (std::size_t i = 0; i < there.size(); ++i) ASSERT_TRUE(frames.equal(i, there[i])) << round << ", frame " << i;
    far->release(there);
    send_all(*far, noise.all());
    const std::vector<Frame> back = receive(*near, noise.all().size());
    ASSERT_EQ(back.size(), noise.all().size());
    for (std::size_t i = 0; i < back.size(); ++i) ASSERT_TRUE(noise.equal(i, back[i]));
    near->release(back);
  }
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
