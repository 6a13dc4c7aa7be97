#include "trafficgen/frame_sizes.h"

#include <algorithm>
#include <map>
#include <string>

#include "common/user_error.h"
#include "io/frame_pool.h"
#include "io/pcap_file.h"
#include "packet/headers.h"
#include "trafficgen/pcap_traffic.h"

namespace nicbench {
namespace {

constexpr std::size_t kMinFrame = 64;  // RFC 2544 §9.1, with FCS
constexpr std::size_t kMaxFrame = FramePool::kMaxFrame + kFcsBytes;

std::uint16_t checked_length(std::uint16_t frame_size, std::size_t shortest) {
  const std::size_t least = std::max(kMinFrame, shortest);
  if (frame_size < least || frame_size > kMaxFrame) {
    const std::string why = least > kMinFrame ? " with the headers of this traffic" : "";
    throw UserError(
        "FRAME_SIZE", "A frame of " + std::to_string(frame_size) + " bytes cannot be sent" + why + ".",
        "Frame sizes include the FCS and lie in " + std::to_string(least) + ".." + std::to_string(kMaxFrame) + ".");
  }
  return static_cast<std::uint16_t>(frame_size - kFcsBytes);
}

// The sizes of a capture's frames, those beyond what the traffic can send cut or raised to what it can.
std::vector<SizeWeight> sizes_in(const std::string& path, std::size_t shortest) {
  std::map<std::uint16_t, double> counts;
  PcapFile file(path);
  check_ethernet(file);
  while (const auto record = file.next()) {
    const std::size_t size = std::size_t{record->original_length} + kFcsBytes;
    ++counts[static_cast<std::uint16_t>(std::clamp(size, std::max(kMinFrame, shortest), kMaxFrame))];
  }
  if (counts.empty())
    throw UserError("PCAP_EMPTY", path + ": the capture has no frames.", "Capture some traffic first.");
  std::vector<SizeWeight> sizes;
  for (const auto& [size, count] : counts) sizes.push_back({size, count});
  return sizes;
}

AliasTable weights_of(const std::vector<SizeWeight>& sizes) {
  std::vector<double> weights;
  for (const SizeWeight& size : sizes) weights.push_back(size.weight);
  if (!std::all_of(weights.begin(), weights.end(), [](double weight) { return weight > 0 && weight <= 1e9; })) {
    throw UserError("FRAME_SIZE", "A frame size has a weight that is not above 0.", "Leave sizes out that never come.");
  }
  return AliasTable(weights);
}

}  // namespace

FrameSizes::FrameSizes(const TrafficConfig& config, std::size_t shortest) {
  for (const std::uint16_t size : config.sizes_in_turn) lengths_.push_back(checked_length(size, shortest));
  const auto& drawn = config.sizes_from.empty() ? config.sizes_drawn : sizes_in(config.sizes_from, shortest);
  for (const SizeWeight& size : drawn) lengths_.push_back(checked_length(size.frame_size, shortest));
  if (lengths_.empty()) lengths_.push_back(checked_length(config.frame_size, shortest));
  if (!drawn.empty()) table_ = weights_of(drawn);
}

std::uint16_t FrameSizes::shortest_length() const noexcept {
  return *std::min_element(lengths_.begin(), lengths_.end());
}

}  // namespace nicbench
