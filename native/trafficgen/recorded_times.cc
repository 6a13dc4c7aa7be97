#include "trafficgen/recorded_times.h"

#include <algorithm>
#include <cmath>

#include "common/user_error.h"
#include "io/pcap_file.h"

namespace nicbench {

std::uint64_t RecordedTimes::within(double span, std::size_t first) const noexcept {
  const double whole = std::floor(span / static_cast<double>(period));
  const double rest = span - whole * static_cast<double>(period);
  const auto before = [this](double time) {
    return std::partition_point(due.begin(), due.end(), [=](auto at) { return static_cast<double>(at) < time; }) -
           due.begin();
  };
  const auto start = static_cast<double>(due[first]);
  const auto begin = static_cast<std::ptrdiff_t>(first);
  const std::ptrdiff_t until_end = std::max(before(start + rest), begin) - begin;
  const std::ptrdiff_t from_start = std::min(before(start + rest - static_cast<double>(period)), begin);
  return static_cast<std::uint64_t>(whole) * due.size() + static_cast<std::uint64_t>(until_end + from_start);
}

double recorded_rate(const std::string& path, std::uint32_t windows) {
  PcapFile file(path);
  std::uint64_t frames = 0, first = 0, last = 0;
  while (const auto record = file.next()) {
    if (frames++ == 0) first = last = record->timestamp_ns;
    last = std::max(last, record->timestamp_ns);
  }
  if (last > first) return windows * static_cast<double>(frames - 1) * 1e9 / static_cast<double>(last - first);
  throw UserError("PCAP_NO_TIMES", path + ": its frames have no times to be replayed at.",
                  "Give a rate such as 1Mpps, and leave pacing out.");
}

}  // namespace nicbench
