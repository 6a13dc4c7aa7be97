// What is in a capture: counts that must agree with tshark's and capinfos' for the same file.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nicbench {

struct PcapProblem {
  std::string kind;
  std::uint64_t count = 0;
  std::uint64_t first_frame = 0;  // 1-based, as tshark counts
};

// The sources or the destinations of one IP version's flows.
struct PcapEnds {
  unsigned version = 4;
  std::string side;
  std::uint64_t addresses = 0;                                   // different ones
  std::string prefix;                                            // the longest that all of them begin with
  std::optional<std::pair<std::uint16_t, std::uint16_t>> ports;  // least and greatest; none: no flow has ports
};

struct PcapInspection {
  bool big_endian = false;
  bool nanoseconds = false;
  std::uint32_t link_type = 0;
  std::uint32_t snap_length = 0;
  std::uint64_t frames = 0;
  std::uint64_t captured_bytes = 0;
  std::uint64_t original_bytes = 0;
  double duration_seconds = 0;    // from the earliest to the latest frame
  std::uint64_t flows = 0;        // distinct five-tuples; protocols without ports count by addresses
  std::uint64_t connections = 0;  // the same, both directions together
  std::vector<PcapEnds> ends;
  std::map<std::string, std::uint64_t> protocols;  // frames
  // Frames by size with FCS, classes of RFC 2819 and jumbo frames: (upper edge, count).
  std::vector<std::pair<std::uint32_t, std::uint64_t>> sizes;
  std::vector<PcapProblem> problems;
};

// Throws UserError as PcapFile does; a file cut inside a record is a problem in the result, not an error.
PcapInspection inspect_pcap(const std::string& path);

}  // namespace nicbench
