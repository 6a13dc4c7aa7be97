// The wire `pcap`: what goes into a file comes out of it.
#include "io/pcap_port.h"

#include <cstdio>

#include "io/tests/wire_fixture.h"

namespace nicbench {
namespace {

class PcapWire : public ::testing::Test {
 protected:
  void TearDown() override {
    std::remove(one_.c_str());
    std::remove(other_.c_str());
  }

  const std::string one_ = ::testing::TempDir() + "nicbench_pcap_port_one.pcap";
  const std::string other_ = ::testing::TempDir() + "nicbench_pcap_port_other.pcap";
};

TEST_F(PcapWire, CarriesFramesOfEverySizeFromFileToFile) {
  std::vector<std::size_t> sizes;
  for (std::size_t size = 60; size <= 1514; ++size) sizes.push_back(size);
  const TestFrames frames(sizes);
  send_all(*open_pcap_port("", one_), frames.all());
  {
    const auto dut = open_pcap_port(one_, other_);
    for (std::size_t left = sizes.size(); left > 0;) {
      const std::vector<Frame> burst = receive(*dut, std::min(left, kBurst));
      ASSERT_EQ(dut->forward(burst), burst.size());
      left -= burst.size();
    }
  }
  const auto reader = open_pcap_port(other_, "");
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::vector<Frame> frame = receive(*reader, 1);
    ASSERT_EQ(frame.size(), 1u);
    EXPECT_TRUE(frames.equal(i, frame[0])) << i;
    reader->release(frame);
  }
  Frame none;
  EXPECT_EQ(reader->receive({&none, 1}), 0u);
}

TEST_F(PcapWire, SaysWhichFileItCannotWrite) {
  try {
    open_pcap_port("", "/nosuchfolder/out.pcap");
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "PCAP_UNWRITABLE");
    EXPECT_FALSE(error.hint().empty());
  }
}

// As on a full disk.
TEST_F(PcapWire, ReportsADeviceThatTakesNoMore) {
  const auto port = open_pcap_port("", "/dev/full");
  const TestFrames frames(std::vector<std::size_t>(kBurst, 1514));
  for (int i = 0; i < 100 && port->fault() == WireFault::kNone; ++i) port->send(frames.all());
  ASSERT_EQ(port->fault(), WireFault::kSystem);
  EXPECT_EQ(port->fault_error().code(), "WIRE_FAILED");
}

}  // namespace
}  // namespace nicbench
