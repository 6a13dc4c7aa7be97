// Which queue of AF_PACKET a frame comes to.
#include <algorithm>

#include "io/tests/wire_fixture.h"
#include "packet/headers.h"
#include "packet/toeplitz.h"

namespace nicbench {
namespace {

constexpr std::size_t kQueues = 5;
constexpr std::uint32_t kFlows = 20;  // of each kind
constexpr std::uint8_t kHopByHop = 0;

// What the frames of a kind have in common.
struct Kind {
  const char* name;
  std::vector<std::uint8_t> tags;  // between the MAC addresses and the type
  bool ipv6 = false;
  std::uint8_t protocol = kProtocolUdp;
  std::size_t options = 0;     // bytes of the IPv4 header's
  std::uint16_t fragment = 0;  // field of the IPv4 header
  bool ports = true;           // a NIC looks at them
};

const std::vector<Kind> kKinds = {
    {.name = "UDP", .tags = {}},
    {.name = "TCP", .tags = {}, .protocol = kProtocolTcp},
    {.name = "SCTP behind options", .tags = {}, .protocol = kProtocolSctp, .options = 8},
    {.name = "first fragment", .tags = {}, .fragment = 0x2000},
    {.name = "later fragment", .tags = {}, .fragment = 0x2010, .ports = false},
    {.name = "ICMP", .tags = {}, .protocol = kProtocolIcmp, .ports = false},
    {.name = "802.1Q", .tags = {0x81, 0x00, 0x00, 0x07}},
    {.name = "802.1ad", .tags = {0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x00, 0x08}},
    {.name = "IPv6 TCP", .tags = {}, .ipv6 = true, .protocol = kProtocolTcp},
    {.name = "IPv6 UDP in 802.1ad", .tags = {0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x00, 0x08}, .ipv6 = true},
    {.name = "IPv6 options", .tags = {}, .ipv6 = true, .protocol = kHopByHop, .ports = false},
};

// Returns the queue that a NIC would choose.
std::size_t set_headers(const Kind& kind, std::uint32_t flow, std::vector<std::uint8_t>& bytes) {
  static const Toeplitz hash(symmetric_rss_key());
  static const IndirectionTable table(512, kQueues);
  std::copy(kind.tags.begin(), kind.tags.end(), bytes.begin() + 12);
  std::uint8_t* const type = bytes.data() + 12 + kind.tags.size();
  store(type, to_be16(kind.ipv6 ? kTypeIpv6 : kTypeIpv4));
  std::uint8_t* const ip = type + 2;
  std::uint8_t* const ports = ip + (kind.ipv6 ? kIpv6Header : kIpv4Header + kind.options);
  const std::uint32_t both_ports = kind.ports ? flow * 0x9e3779b9u : 0;
  std::memcpy(ports, &both_ports, sizeof both_ports);
  if (kind.ipv6) {
    FiveTuple6 key;
    for (std::size_t i = 0; i < 16; ++i) key.source[i] = static_cast<std::uint8_t>(flow * i + 3);
    for (std::size_t i = 0; i < 16; ++i) key.destination[i] = static_cast<std::uint8_t>(200 - i);
    std::memcpy(&key.source_port, ports, sizeof both_ports);
    ip[0] = 0x60;
    ip[kIpv6NextHeader] = kind.protocol;
    std::copy(key.source.begin(), key.source.end(), ip + kIpv6Source);
    std::copy(key.destination.begin(), key.destination.end(), ip + kIpv6Destination);
    return table.queue(hash(key));
  }
  FiveTuple4 key{.source = 0x0a000000 + flow * 77, .destination = 0xc0a80000};
  std::memcpy(&key.source_port, ports, sizeof both_ports);
  ip[0] = static_cast<std::uint8_t>(0x45 + kind.options / 4);
  store(ip + kIpv4Fragment, to_be16(kind.fragment));
  ip[kIpv4Protocol] = kind.protocol;
  std::memcpy(ip + kIpv4Source, &key, 8);
  return table.queue(hash(key));
}

using PacketFanout = WireTest;
INSTANTIATE_TEST_SUITE_P(Socket, PacketFanout, ::testing::Values("socket", "af_packet-v2"), test_name);

TEST_P(PacketFanout, ChoosesTheQueueThatANicWithSymmetricRssWould) {
  inside([&] {
    QueuesPair ends = open_queues_of_both(kQueues);
    for (const Kind& kind : kKinds) {
      TestFrames frames(std::vector<std::size_t>(kFlows, 120));
      std::vector<std::size_t> wanted;
      for (std::uint32_t flow = 0; flow < kFlows; ++flow) wanted.push_back(set_headers(kind, flow, frames.bytes(flow)));
      EXPECT_NE(*std::min_element(wanted.begin(), wanted.end()), *std::max_element(wanted.begin(), wanted.end()));
      for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
        send_all(*ends.near[0], frames.all().subspan(flow, 1));
        const std::vector<Frame> came = receive(*ends.far[wanted[flow]], 1);
        ASSERT_EQ(came.size(), 1u) << kind.name << ", flow " << flow;
        ASSERT_TRUE(frames.equal(flow, came[0])) << kind.name << ", flow " << flow;
        ends.far[wanted[flow]]->release(came);
      }
    }
  });
}

TEST_P(PacketFanout, TakesWhatIsNotIpToTheFirstQueue) {
  inside([&] {
    QueuesPair ends = open_queues_of_both(kQueues);
    const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
    send_all(*ends.near[1], frames.all());
    const std::vector<Frame> came = receive(*ends.far[0], kBurst);
    EXPECT_EQ(came.size(), kBurst);
    ends.far[0]->release(came);
  });
}

// Each has a group of its own, and a frame comes to one queue of each.
TEST_P(PacketFanout, KeepsPortsOnOneInterfaceApart) {
  inside([&] {
    QueuesPair ends = open_queues_of_both(kQueues), others = open_queues_of_both(kQueues);
    TestFrames frames(std::vector<std::size_t>(1, 60));
    const std::size_t queue = set_headers(kKinds[0], 3, frames.bytes(0));
    send_all(*ends.near[0], frames.all());
    for (const QueuesPair* const pair : {&ends, &others}) {
      const std::vector<Frame> came = receive(*pair->far[queue], 1);
      EXPECT_EQ(came.size(), 1u);
      pair->far[queue]->release(came);
    }
  });
}

}  // namespace
}  // namespace nicbench
