// What memif promises beyond what every wire does: ours and DPDK's, at either end of it.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <functional>
#include <numeric>
#include <thread>
#include <tuple>

#include "io/memif/channel.h"
#include "io/memif/region.h"
#include "io/tests/wire_fixture.h"

namespace nicbench {
namespace {

constexpr const char* kWire = "NICBENCH_TEST_WIRE";
constexpr const char* kDevice = "NICBENCH_TEST_DEVICE";

// This program again, as the client at the other end.
class OtherProcess {
 public:
  OtherProcess(const std::string& wire, const std::string& device) {
    setenv(kWire, wire.c_str(), 1);
    setenv(kDevice, device.c_str(), 1);
    std::string name = "io_test", filter = "--gtest_filter=MemifPeer.*", also = "--gtest_also_run_disabled_tests";
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

TEST(MemifPeer, DISABLED_SendsAndReceivesUntilItIsKilled) {
  const auto port = open_port(std::getenv(kWire), {std::getenv(kDevice), kTestSlots, 1514, SIZE_MAX, 5});
  const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
  for (Patience patience; patience.left();) send_and_receive(*port, frames);
}

// With whose end as the server, and whose as the client.
class MemifEnds : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    for (const std::string& wire : {server_wire(), client_wire()}) {
      if (const WireInfo& info = wire_info(wire); !info.missing.empty()) GTEST_SKIP() << info.missing;
    }
  }

  static std::string server_wire() { return std::get<0>(GetParam()); }
  static std::string client_wire() { return std::get<1>(GetParam()); }
  static PortQueues open_server(std::size_t queues = 1, const std::string& more = "") {
    PortOptions options = memif_end("server", queues);
    options.interface += more;
    return open_queues(server_wire(), options);
  }
  static PortQueues open_client(std::size_t queues = 1, const std::string& more = "") {
    PortOptions options = memif_end("client", queues);
    options.interface += more;
    return open_queues(client_wire(), options);
  }
};

INSTANTIATE_TEST_SUITE_P(All, MemifEnds,
                         ::testing::Combine(::testing::Values("memif", "dpdk"), ::testing::Values("memif", "dpdk")),
                         [](const auto& ends) { return std::get<1>(ends.param) + "_to_" + std::get<0>(ends.param); });

void expect_carried(Port& from, Port& to, const TestFrames& frames) {
  for (std::size_t first = 0; first < frames.all().size(); first += kBurst) {
    const auto burst = frames.all().subspan(first, std::min(kBurst, frames.all().size() - first));
    send_all(from, burst);
    const std::vector<Frame> came = receive(to, burst.size());
    ASSERT_EQ(came.size(), burst.size()) << "from frame " << first;
    for (std::size_t i = 0; i < came.size(); ++i) ASSERT_TRUE(frames.equal(first + i, came[i])) << first + i;
    to.release(came);
  }
}

TEST_P(MemifEnds, CarryFramesOfEverySizeBothWaysManyTimesAroundTheRings) {
  const auto server = open_server(), client = open_client();
  std::vector<std::size_t> sizes(1514 - 60 + 1);
  std::iota(sizes.begin(), sizes.end(), 60);
  const TestFrames frames(sizes);
  for (int round = 0; round < 2; ++round) {
    expect_carried(*client[0], *server[0], frames);
    expect_carried(*server[0], *client[0], frames);
  }
}

// The counters of the rings have 16 bits.
TEST_P(MemifEnds, GoOnWhenTheirCountersStartAgain) {
  const auto server = open_server(), client = open_client();
  const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
  for (int sent = 0; sent < 70'000; sent += kBurst) {
    ASSERT_NO_FATAL_FAILURE(expect_carried(*client[0], *server[0], frames));
    ASSERT_NO_FATAL_FAILURE(expect_carried(*server[0], *client[0], frames));
  }
}

TEST_P(MemifEnds, KeepQueuesApart) {
  const auto server = open_server(3), client = open_client(3);
  const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
  for (std::size_t queue = 0; queue < 3; ++queue) {
    ASSERT_NO_FATAL_FAILURE(expect_carried(*client[queue], *server[queue], frames));
    ASSERT_NO_FATAL_FAILURE(expect_carried(*server[queue], *client[queue], frames));
  }
}

TEST_P(MemifEnds, AServerIsOpenBeforeItsClientAndReportsThatTheClientsProcessDied) {
  const auto server = open_server();
  OtherProcess client(client_wire(), memif_end("client").interface);
  std::vector<Frame> frames;
  for (int i = 0; i < 10 && frames.empty(); ++i) frames = receive(*server[0], kBurst);  // slow on a busy machine
  ASSERT_EQ(frames.size(), kBurst);
  server[0]->release(frames);
  EXPECT_EQ(server[0]->fault(), WireFault::kNone);
  client.end();
  for (Patience patience; server[0]->fault() == WireFault::kNone && patience.left();) {
    std::array<Frame, kBurst> burst;
    server[0]->release(std::span(burst).first(server[0]->receive(burst)));
  }
  ASSERT_NE(server[0]->fault(), WireFault::kNone);
  EXPECT_EQ(server[0]->fault_error().code(), "LINK_DOWN");
}

// Pieces of memory of memif that this process has in its address space.
std::size_t mapped_regions() {
  std::ifstream maps("/proc/self/maps");
  std::size_t regions = 0;
  for (std::string line; std::getline(maps, line);) {
    regions += line.find("memif_region") != std::string::npos || line.find("nicbench-memif") != std::string::npos;
  }
  return regions;
}

// DPDK's driver would unmap that memory at the other end's death, in the middle of a burst of ours: which would crash
// about once in fifty deaths.
TEST_P(MemifEnds, KeepTheMemoryOfAConnectionWhoseOtherEndDiesUnderTrafficUntilItIsClosed) {
  const TestFrames frames(std::vector<std::size_t>(kBurst, 1514));
  for (int death = 0; death < 10; ++death) {
    const auto server = open_server();
    OtherProcess client(client_wire(), memif_end("client").interface);
    const std::vector<Frame> first = receive(*server[0], kBurst);
    ASSERT_EQ(first.size(), kBurst) << "before death " << death;
    server[0]->release(first);
    std::thread killer([&] { client.end(); });
    for (Patience patience; server[0]->fault() == WireFault::kNone && patience.left();) {
      send_and_receive(*server[0], frames);
    }
    killer.join();
    ASSERT_NE(server[0]->fault(), WireFault::kNone) << "after death " << death;
    EXPECT_EQ(server[0]->fault_error().code(), "LINK_DOWN");
    EXPECT_EQ(mapped_regions(), 1u);
  }
  EXPECT_EQ(mapped_regions(), 0u);
}

TEST_P(MemifEnds, OpenAgainUnderTheSameName) {
  const std::string server = memif_end("server").interface, client = memif_end("client").interface;
  for (int i = 0; i < 3; ++i) {
    const auto far = open_port(server_wire(), {server, kTestSlots, 1514});
    const auto near = open_port(client_wire(), {client, kTestSlots, 1514, SIZE_MAX, 5});
    const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
    send_all(*near, frames.all());
    EXPECT_EQ(receive(*far, kBurst).size(), kBurst);
  }
}

TEST_P(MemifEnds, SendZerosBehindTheBytesThatTheyWereToldToCopyWhateverTheirBuffersHeldBefore) {
  constexpr std::size_t kWritten = 100;
  const auto far = open_server();
  PortOptions client = memif_end("client");
  client.zero_behind = kWritten;
  const auto near = open_port(client_wire(), client);
  TestFrames frames(std::vector<std::size_t>{60, 100, 101, 800, 1514, 64, 192, 1514});
  for (std::size_t i = 0; i < frames.all().size(); ++i) {
    std::vector<std::uint8_t>& bytes = frames.bytes(i);
    std::fill(bytes.begin() + std::min(bytes.size(), kWritten), bytes.end(), 0);
  }
  // Comes to `near`, and must not end up in buffers that it sends from.
  const TestFrames noise(std::vector<std::size_t>(8, 1514));
  for (std::size_t round = 0; round < 4 * kTestSlots; ++round) {
    ASSERT_NO_FATAL_FAILURE(expect_carried(*near, *far[0], frames)) << "round " << round;
    ASSERT_NO_FATAL_FAILURE(expect_carried(*far[0], *near, noise)) << "round " << round;
  }
}

// Our own end.
class Memif : public ::testing::Test {
 protected:
  static std::string new_socket() {
    static int number = 0;
    return "nicbench-memif-test-" + std::to_string(getpid()) + "-" + std::to_string(number++);
  }
  static PortOptions end(const std::string& arguments, double link_wait_seconds = 0) {
    return {.interface = arguments, .slots = kTestSlots, .link_wait_seconds = link_wait_seconds};
  }
  static std::unique_ptr<Port> open(const std::string& arguments, double link_wait_seconds = 0) {
    return open_port("memif", end(arguments, link_wait_seconds));
  }

  // The error that opening gives: its code and text; empty if there is none.
  static std::string error_of(const PortOptions& options) {
    try {
      open_queues("memif", options);
    } catch (const UserError& error) {
      EXPECT_FALSE(error.hint().empty()) << error.what();
      return error.code() + ": " + error.what();
    }
    return "";
  }
  static std::string error_of(const std::string& arguments, double link_wait_seconds = 0) {
    return error_of(end(arguments, link_wait_seconds));
  }

  static void expect_they_meet(Port& server, const std::string& client_arguments) {
    const auto client = open(client_arguments, 5);
    const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
    expect_carried(*client, server, frames);
  }
};

TEST_F(Memif, SaysWhatIsWrongWithAnAddress) {
  for (const char* wrong : {"role=boss", "role=", "socket=", "id=x", "id=4294967296", "rsize=4", "rsize=15", "rsize=",
                            "bsize=63", "bsize=1500", "rx-queues=0", "rx-queues=65", "secret=1234567890123456789012345",
                            "zero-copy=yes", "role=server,extra", "socket-abstract=maybe"}) {
    EXPECT_EQ(error_of(wrong).substr(0, 14), "MEMIF_ADDRESS:") << wrong << ": " << error_of(wrong);
  }
  EXPECT_NE(error_of("socket=" + std::string(108, 'a')).find("MEMIF_ADDRESS"), std::string::npos);
  PortOptions more_queues = end("rx-queues=2,role=server,socket=" + new_socket());
  more_queues.queues = 3;
  EXPECT_NE(error_of(more_queues).find("rx-queues=2"), std::string::npos);
}

TEST_F(Memif, SaysThatNobodyIsAtTheOtherEnd) {
  EXPECT_NE(error_of("role=server,socket=" + new_socket(), 0.05).find("LINK_DOWN"), std::string::npos);
  EXPECT_NE(error_of("role=client,socket=" + new_socket(), 0.05).find("LINK_DOWN"), std::string::npos);
}

TEST_F(Memif, SaysWhyTheServerTurnedItAway) {
  const std::string socket = ",socket=" + new_socket();
  const auto server = open("role=server,id=7,secret=sesame" + socket);
  EXPECT_NE(error_of("role=client,secret=sesame" + socket, 0.2).find("ID not found"), std::string::npos);
  EXPECT_NE(error_of("role=client,id=7" + socket, 0.2).find("Incorrect secret"), std::string::npos);
  PortOptions queues = end("role=client,id=7,secret=sesame" + socket, 0.2);
  queues.queues = 2;
  EXPECT_NE(error_of(queues).find("There are 1 queues, and 2 are wanted"), std::string::npos) << error_of(queues);
  expect_they_meet(*server, "role=client,id=7,secret=sesame" + socket);
}

TEST_F(Memif, WaitsForAServerThatComesLater) {
  const std::string socket = ",socket=" + new_socket();
  const auto client = open("role=client" + socket);
  const auto server = open("role=server" + socket, 5);
  expect_carried(*client, *server, TestFrames({60, 61, 62}));
}

TEST_F(Memif, TellsTheOtherEndThatItWasClosed) {
  for (const char* closing : {"client", "server"}) {
    const std::string socket = ",socket=" + new_socket();
    auto server = open("role=server" + socket);
    auto client = open("role=client" + socket, 5);
    expect_carried(*client, *server, TestFrames({60}));
    const bool client_stays = std::string(closing) == "server";
    (client_stays ? server : client).reset();
    Port& left = client_stays ? *client : *server;
    const TestFrames frames({60});
    for (Patience patience; left.fault() == WireFault::kNone && patience.left();) send_and_receive(left, frames);
    EXPECT_EQ(left.fault(), WireFault::kLinkDown);
  }
}

// As Open vSwitch sends, on a queue for each of its threads.
TEST_F(Memif, ReceivesFromTheQueuesOfItsServerThatItDoesNotSendOn) {
  if (const WireInfo& info = wire_info("dpdk"); !info.missing.empty()) GTEST_SKIP() << info.missing;
  const PortQueues server = open_queues("dpdk", memif_end("server", 3));
  PortOptions client = memif_end("client");
  client.interface += ",rx-queues=3";
  const auto port = open_port("memif", client);
  const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
  for (int round = 0; round < 20; ++round) {
    for (const auto& queue : server) ASSERT_NO_FATAL_FAILURE(expect_carried(*queue, *port, frames));
  }
  for (const auto& queue : server) send_all(*queue, frames.all());
  const std::vector<Frame> came = receive(*port, 3 * kBurst);
  ASSERT_EQ(came.size(), 3 * kBurst);
  port->release(came);
  expect_carried(*port, *server[0], frames);
}

TEST_F(Memif, RefusesASocketThatAnotherServerHas) {
  const std::string server = "role=server,socket=" + new_socket();
  const auto first = open(server);
  EXPECT_NE(error_of(server).find("MEMIF_SOCKET"), std::string::npos);
}

TEST_F(Memif, TakesOverASocketFileThatAKilledServerLeftAndRemovesItsOwn) {
  const std::string path = ::testing::TempDir() + new_socket();
  const std::string socket = ",socket-abstract=no,socket=" + path;
  std::ofstream(path) << "";  // nobody listens there
  const auto server = open("role=server" + socket);
  EXPECT_NE(error_of("role=server" + socket).find("MEMIF_SOCKET"), std::string::npos);
  expect_they_meet(*server, "role=client" + socket);
  struct stat status {};
  EXPECT_NE(stat(path.c_str(), &status), 0);
  EXPECT_NE(error_of("role=server,socket-abstract=no,socket=/nonexistent/memif").find("MEMIF_SOCKET"),
            std::string::npos);
}

// A client by hand, which says what it likes.
class OddClient {
 public:
  explicit OddClient(const std::string& socket) {
    memif::Address address;
    address.socket = socket;
    for (Patience patience; patience.left();) {
      if (UniqueFd connection = memif::connect_to(address); connection) {
        channel_.emplace(std::move(connection), stop_);
        break;
      }
    }
    channel_->receive(memif::MessageType::kHello);
  }

  memif::Channel& channel() { return *channel_; }
  void say(const memif::Message& message, int file = -1) {
    channel_->send(message, file);
    channel_->receive(memif::MessageType::kAck);
  }
  void introduce() {
    memif::Message init = memif::message_of(memif::MessageType::kInit);
    init.init.version = memif::kVersion;
    say(init);
  }
  void add(const memif::Region& memory, std::uint64_t bytes, std::uint16_t index = 0) {
    memif::Message message = memif::message_of(memif::MessageType::kAddRegion);
    message.add_region = {index, bytes};
    say(message, memory.file());
  }
  void add(const memif::AddRing& ring) {
    memif::Message message = memif::message_of(memif::MessageType::kAddRing);
    message.add_ring = ring;
    say(message, event.get());
  }
  // Two rings of 32 frames in one region. Returns that to the server.
  memif::Ring* connect() {
    introduce();
    add(region, region.bytes().size());
    for (const std::size_t at : {std::size_t{0}, kRingBytes}) {
      ring(at)->cookie = memif::kCookie;
      add({at == 0 ? memif::AddRing::kToServer : std::uint16_t{0}, 0, 0, static_cast<std::uint32_t>(at), 5, 0});
    }
    channel_->send(memif::message_of(memif::MessageType::kConnect));
    channel_->receive(memif::MessageType::kConnected);
    return ring(0);
  }
  memif::Ring* ring(std::size_t at) { return reinterpret_cast<memif::Ring*>(region.bytes().data() + at); }

  static constexpr std::size_t kRingBytes = memif::Ring::bytes(5);
  memif::Region region = memif::Region::make(1 << 20);
  UniqueFd event{eventfd(0, EFD_NONBLOCK)};  // of both rings

 private:
  memif::StopEvent stop_;
  std::optional<memif::Channel> channel_;
};

TEST_F(Memif, TurnsAwayClientsThatBreakTheRulesAndTakesTheNextOne) {
  const std::string socket = new_socket();
  const auto server = open("role=server,socket=" + socket);
  const std::vector<std::function<void(OddClient&)>> offences{
      [](OddClient& client) { client.say(memif::message_of(memif::MessageType::kConnect)); },
      [](OddClient& client) { client.say(memif::message_of(static_cast<memif::MessageType>(77))); },
      [](OddClient& client) {
        memif::Message init = memif::message_of(memif::MessageType::kInit);
        init.init.version = 3 << 8;
        client.say(init);
      },
      [](OddClient& client) {
        memif::Message init = memif::message_of(memif::MessageType::kInit);
        init.init.version = memif::kVersion;
        init.init.mode = 1;
        client.say(init);
      },
      [](OddClient& client) {
        client.introduce();
        client.say(memif::message_of(memif::MessageType::kAddRegion));  // without a file
      },
      [](OddClient& client) {
        client.introduce();
        client.add(client.region, client.region.bytes().size(), 1);
      },
      [](OddClient& client) {
        client.introduce();
        client.add(client.region, std::uint64_t{1} << 40);
      },
      [](OddClient& client) {
        client.introduce();
        client.add({memif::AddRing::kToServer, 0, 0, 0, 5, 0});  // of no region
      },
      [](OddClient& client) {
        client.introduce();
        client.add(client.region, client.region.bytes().size());
        client.add({memif::AddRing::kToServer, 0, 0, static_cast<std::uint32_t>(client.region.bytes().size()), 5, 0});
      },
      [](OddClient& client) {
        client.introduce();
        client.add(client.region, client.region.bytes().size());
        client.add({memif::AddRing::kToServer, 0, 0, 8, 5, 0});
      },
      [](OddClient& client) {
        client.introduce();
        client.add(client.region, client.region.bytes().size());
        client.add({memif::AddRing::kToServer, 0, 0, 0, 15, 0});
      },
      [](OddClient& client) {
        client.introduce();
        client.add(client.region, client.region.bytes().size());
        client.add({memif::AddRing::kToServer, 0, 0, 0, 5, 0});  // no cookie
      },
      [](OddClient& client) {
        client.introduce();
        client.say(memif::message_of(memif::MessageType::kConnect));  // no rings
      },
  };
  for (std::size_t i = 0; i < offences.size(); ++i) {
    OddClient client(socket);
    EXPECT_THROW(offences[i](client), memif::Refused) << "offence " << i;
  }
  { OddClient goes_away(socket); }
  EXPECT_EQ(server->fault(), WireFault::kNone);
  expect_they_meet(*server, "role=client,socket=" + socket);
}

TEST_F(Memif, CountsFramesInPiecesAsLostAndGivesTheirBuffersBack) {
  const std::string socket = new_socket();
  const auto server = open("role=server,socket=" + socket);
  OddClient client(socket);
  memif::Ring* const ring = client.connect();
  const TestFrames frames({60});
  constexpr std::uint32_t kBufferAt = 1 << 16;
  std::copy_n(frames.all()[0].data, 60, client.region.bytes().data() + kBufferAt);
  ring->descriptors()[0] = {memif::Descriptor::kNext, 0, 60, kBufferAt, 0};
  ring->descriptors()[1] = {memif::Descriptor::kNext, 0, 60, kBufferAt, 0};
  ring->descriptors()[2] = {0, 0, 60, kBufferAt, 0};
  ring->descriptors()[3] = {0, 0, 60, kBufferAt, 0};
  ring->head.store(4, std::memory_order_release);
  const std::vector<Frame> came = receive(*server, 1);
  ASSERT_EQ(came.size(), 1u);
  EXPECT_TRUE(frames.equal(0, came[0]));
  EXPECT_EQ(server->lost(), 1u);
  server->release(came);
  EXPECT_EQ(ring->tail.load(), 4);
}

TEST_F(Memif, RousesAClientThatWaitsForEventsAndNotOneThatPolls) {
  const std::string socket = new_socket();
  const auto server = open("role=server,socket=" + socket);
  OddClient client(socket);
  client.connect();
  memif::Ring* const back = client.ring(OddClient::kRingBytes);
  for (std::uint16_t slot = 0; slot < 2; ++slot) back->descriptors()[slot] = {0, 0, 2048, (slot + 1U) << 16, 0};
  back->head.store(2, std::memory_order_release);
  const TestFrames frames({60, 61});
  send_all(*server, frames.all().first(1));
  eventfd_t events = 0;
  EXPECT_EQ(eventfd_read(client.event.get(), &events), 0);
  back->flags.store(memif::Ring::kPolled);
  send_all(*server, frames.all().last(1));
  EXPECT_NE(eventfd_read(client.event.get(), &events), 0);
  EXPECT_EQ(back->tail.load(), 2);
  EXPECT_EQ(back->descriptors()[1].length, 61u);
}

TEST_F(Memif, NotesBuffersThatLieNowhereAsAFaultAndReadsNoneOfThem) {
  for (const memif::Descriptor& wrong : std::vector<memif::Descriptor>{
           {0, 0, 60, (2U << 20) - 30, 0}, {0, 1, 60, 0, 0}, {0, 0, 1U << 30, 0, 0}, {0, 0, 60, UINT32_MAX, 0}}) {
    const std::string socket = new_socket();
    const auto server = open("role=server,socket=" + socket);
    OddClient client(socket);
    memif::Ring* const ring = client.connect();
    ring->descriptors()[0] = wrong;
    ring->head.store(1, std::memory_order_release);
    std::array<Frame, kBurst> burst;
    for (Patience patience; server->fault() == WireFault::kNone && patience.left();) {
      EXPECT_EQ(server->receive(burst), 0u);
    }
    EXPECT_EQ(server->fault_error().code(), "WIRE_FAILED");
    // The same to send into.
    memif::Ring* const back = client.ring(OddClient::kRingBytes);
    back->descriptors()[0] = wrong;
    back->head.store(1, std::memory_order_release);
    EXPECT_EQ(server->send(TestFrames({60}).all()), wrong.length == 1U << 30 ? 1u : 0u);
  }
}

}  // namespace
}  // namespace nicbench
