#include "io/pcap_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "common/random.h"
#include "common/user_error.h"
#include "trafficgen/pcap_inspect.h"

namespace nicbench {
namespace {

class PcapFileTest : public ::testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }

  void write(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }

  static std::string word(std::uint32_t value, bool big) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (big ? 24 - 8 * i : 8 * i));
    return bytes;
  }
  static std::string header(bool big, bool nanoseconds, std::uint32_t link_type = 1) {
    const std::string version = big ? std::string("\0\2\0\4", 4) : std::string("\2\0\4\0", 4);
    return word(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, big) + version + word(0, big) + word(0, big) + word(65535, big) +
           word(link_type, big);
  }
  static std::string record(bool big, std::uint32_t seconds, std::uint32_t fraction, const std::string& bytes,
                            std::uint32_t original) {
    return word(seconds, big) + word(fraction, big) + word(static_cast<std::uint32_t>(bytes.size()), big) +
           word(original, big) + bytes;
  }

  std::string code_of_opening() {
    try {
      PcapFile file(path_);
      return "opened";
    } catch (const UserError& error) {
      EXPECT_FALSE(error.hint().empty());
      return error.code();
    }
  }

  const std::string path_ = ::testing::TempDir() + "nicbench-" + std::to_string(getpid()) + ".pcap";
};

TEST_F(PcapFileTest, ReadsBothByteOrdersAndBothResolutionsAlike) {
  for (const bool big : {false, true}) {
    for (const bool nanoseconds : {false, true}) {
      write(header(big, nanoseconds) + record(big, 7, 5, std::string(60, 'x'), 1500));
      PcapFile file(path_);
      EXPECT_EQ(file.big_endian(), big);
      EXPECT_EQ(file.nanoseconds(), nanoseconds);
      EXPECT_EQ(file.snap_length(), 65535u);
      const auto read = file.next();
      ASSERT_TRUE(read);
      EXPECT_EQ(read->timestamp_ns, 7'000'000'000u + (nanoseconds ? 5 : 5000));
      EXPECT_EQ(read->bytes.size(), 60u);
      EXPECT_EQ(read->original_length, 1500u);
      EXPECT_FALSE(file.next());
      EXPECT_FALSE(file.truncated());
    }
  }
}

TEST_F(PcapFileTest, SaysWhatElseAFileIs) {
  EXPECT_EQ(code_of_opening(), "PCAP_UNREADABLE");
  write("");
  EXPECT_EQ(code_of_opening(), "PCAP_UNREADABLE");
  write("#!/bin/sh\nexit\n");
  EXPECT_EQ(code_of_opening(), "PCAP_FORMAT");
  write(std::string("\x0a\x0d\x0d\x0a", 4) + std::string(60, '\0'));
  EXPECT_EQ(code_of_opening(), "PCAP_FORMAT");
  write(header(false, false).substr(0, 20));
  EXPECT_EQ(code_of_opening(), "PCAP_TRUNCATED");
}

TEST_F(PcapFileTest, StopsAtACutRecordAndKeepsTheFramesBefore) {
  const std::string whole = header(false, false) + record(false, 1, 0, std::string(60, 'a'), 60);
  write(whole + record(false, 2, 0, std::string(60, 'b'), 60).substr(0, 40));
  PcapFile file(path_);
  EXPECT_TRUE(file.next());
  EXPECT_FALSE(file.next());
  EXPECT_TRUE(file.truncated());
  const PcapInspection inspection = inspect_pcap(path_);
  EXPECT_EQ(inspection.frames, 1u);
  ASSERT_FALSE(inspection.problems.empty());
  EXPECT_EQ(inspection.problems.back().first_frame, 2u);
}

TEST_F(PcapFileTest, NeverBelievesALengthBeyondTheFile) {
  Xoshiro256 random(5);
  const std::string good = header(false, false) + record(false, 1, 0, std::string(60, 'a'), 60) +
                           record(false, 1, 0, std::string(90, 'b'), 90);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = good;
    for (int change = 0; change < 3; ++change)
      bytes[24 + random.below(bytes.size() - 24)] = static_cast<char>(random());
    bytes.resize(24 + random.below(bytes.size() - 23));
    write(bytes);
    EXPECT_LE(inspect_pcap(path_).captured_bytes, bytes.size());
  }
}

}  // namespace
}  // namespace nicbench
