// A capture prepared for replay: complete frames in memory, ready to be sent without copying a payload.
//
// Frames get the tester's MAC addresses, as every replay tool that sends through a device does. A frame cut
// by the snap length is padded with zeros to its length on the wire, so that sizes and rates are right.
// With several windows all of them play the whole capture at the same time, each from a time of its own and with
// addresses of its own: that keeps the traffic's shape at many times its flows and rate. Frames are in the order of
// their times, taken from the capture's earliest frame on; one that lies before the frame ahead of it takes that one's.
// Frames longer than a buffer (jumbo frames, segmentation offload on the capturing host) are cut to the
// longest that fits, and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/pcap_file.h"
#include "trafficgen/recorded_times.h"

namespace nicbench {

// Throws UserError PCAP_LINK_TYPE unless its records are Ethernet frames.
void check_ethernet(const PcapFile& file);

class PcapTraffic {
 public:
  struct Entry {
    std::size_t offset = 0;         // of the frame in bytes()
    std::uint16_t length = 0;       // on the wire, without FCS
    std::uint16_t payload = 0;      // offset of the innermost TCP or UDP payload with room for a probe, else 0
    std::uint16_t checksum_at = 0;  // offset of the TCP or UDP checksum
    std::uint16_t dirty = 0;        // bytes from the start that a journey may change: headers and signature
    bool udp = false;
  };

  // Throws UserError: the reader's, PCAP_LINK_TYPE, PCAP_EMPTY, PCAP_TRUNCATED, PCAP_TOO_LARGE.
  explicit PcapTraffic(const std::string& path, std::uint32_t windows = 1);

  const std::vector<Entry>& entries() const noexcept { return entries_; }
  const std::vector<std::uint8_t>& bytes() const noexcept { return bytes_; }
  // Of a capture whose frames have all the same time, they are one nanosecond apart.
  const RecordedTimes& times() const noexcept { return times_; }
  std::size_t longest_frame() const noexcept { return longest_frame_; }  // without FCS
  std::size_t ipv4_flows() const noexcept { return ipv4_flows_; }
  std::size_t ipv6_flows() const noexcept { return ipv6_flows_; }

 private:
  void add(const PcapRecord& record);
  void settle_times();
  void spread(std::uint32_t windows);
  void count_flows();

  std::vector<Entry> entries_;
  std::vector<std::uint8_t> bytes_;
  RecordedTimes times_;
  std::size_t longest_frame_ = 0;
  std::size_t ipv4_flows_ = 0;
  std::size_t ipv6_flows_ = 0;
};

}  // namespace nicbench
