// When the frames of a capture came: so that replay can leave the same gaps, or gaps in proportion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nicbench {

struct RecordedTimes {
  std::vector<std::uint64_t> due;  // ns since the first frame; never less than that of the frame before
  std::uint64_t period = 0;        // ns until the first frame comes again: the last follows it by a mean gap

  // Frames/s.
  double rate() const noexcept { return static_cast<double>(due.size()) * 1e9 / static_cast<double>(period); }

  // Frames that come less than `span` ns after frame `first`, itself among them.
  std::uint64_t within(double span, std::size_t first) const noexcept;
};

// Frames/s of a capture of which so many windows play at once, from its frames' times.
// Throws UserError: the reader's, or PCAP_NO_TIMES if all frames have the same.
double recorded_rate(const std::string& path, std::uint32_t windows);

}  // namespace nicbench
