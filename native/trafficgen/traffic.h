// Traffic ready to be sent: the flow model or capture behind a configuration, shared by trials.
//
// Preparing 1M flows takes as long as a short trial, and the trials of a run alternate between few
// configurations: the last ones are kept.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trafficgen/frame_source.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

class Traffic {
 public:
  // Thread-safe. Throws UserError.
  static std::shared_ptr<const Traffic> get(const TrafficConfig& config);

  std::unique_ptr<FrameSource> source(std::size_t in_flight) const;

  // Which flows there are; none for a capture.
  const FlowModel* model() const noexcept { return model_.get(); }

  // Behind so many bytes all frames are zero. SIZE_MAX for a capture, of which that is not known.
  std::size_t zero_behind() const noexcept;

  // Of a capture, or of frames that have their sizes from one, without FCS; 0 for all others.
  std::size_t longest_captured_frame() const noexcept { return longest_captured_frame_; }

  // 64-bit digest of the first million frames: equal for equal traffic, on any machine.
  std::uint64_t digest() const noexcept { return digest_; }

 private:
  explicit Traffic(const TrafficConfig& config);

  std::shared_ptr<const FlowModel> model_;
  std::shared_ptr<const PcapTraffic> capture_;
  std::size_t longest_captured_frame_ = 0;
  std::uint64_t digest_ = 0;
};

struct TrafficSummary {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;  // with FCS
  std::uint64_t flows = 0;  // distinct five-tuples among them; of tunnels, the outer ones
  std::uint64_t digest = 0;
};

// Makes the first `frames` frames, without a wire, and counts them. Throws UserError.
TrafficSummary summarise_traffic(const TrafficConfig& config, std::uint64_t frames);

// The same into a capture, each frame at its intended time from 0 on; config.rate > 0. A file that is there is kept
// unless `replace`. One that could not be written whole is removed. Throws UserError.
TrafficSummary write_traffic(const TrafficConfig& config, const Pacing& pacing, std::uint64_t frames,
                             const std::string& path, bool replace);

}  // namespace nicbench
