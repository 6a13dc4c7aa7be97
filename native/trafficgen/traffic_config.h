// What traffic to make, in base units. One struct for generated and replayed traffic, because the rest of
// the generator does not care.
#pragma once

#include <cstdint>
#include <string>

namespace nicbench {

enum class Profile : std::uint8_t {
  kUniform,  // every flow equally likely, frames of one size
  kZipf,     // flow k with weight 1/k^skew, frames of one size
  kCampus,   // flow lengths and frame sizes of a campus's Internet link, see campus_model.h
};

struct TrafficConfig {
  std::string pcap;  // path of a capture to replay; empty: generate by profile
  Profile profile = Profile::kUniform;
  std::uint32_t flows = 1;
  std::uint16_t frame_size = 64;  // bytes with FCS; ignored by campus and replay
  double skew = 1.0;              // zipf only
  std::uint64_t seed = 1;
  double rate = 0;  // frames/s; 0: as fast as the wire takes them

  // Churn: so many flows a second end and are replaced by new ones; the number of live flows stays.
  double new_flows = 0;
  // Also sends what the servers answer: handshakes and closes are whole, and data flows both ways.
  bool both_directions = false;
};

}  // namespace nicbench
