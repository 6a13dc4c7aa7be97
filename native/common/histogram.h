// Latency histogram with a bounded relative error, as HdrHistogram: exponents split into linear parts.
//
// 128 parts an octave: a value is known to within 0.8 %. Values below 128 are exact; values of 2^40 ns
// (18 minutes) and more count in the last bucket. record() is a few instructions and touches one line.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nicbench {

class Histogram {
 public:
  void record(std::uint64_t value) noexcept {
    ++counts_[index_of(value)];
    ++total_;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  // As if its values had been recorded here.
  void add(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
  }

  void clear() noexcept { *this = Histogram(); }

  std::uint64_t total() const noexcept { return total_; }
  std::uint64_t min() const noexcept { return total_ == 0 ? 0 : min_; }
  std::uint64_t max() const noexcept { return max_; }

  // Every non-empty bucket as (lowest value, count), ascending.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets() const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> result;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] != 0) result.emplace_back(lowest_of(i), counts_[i]);
    }
    return result;
  }

 private:
  static constexpr unsigned kPartBits = 7;
  static constexpr std::uint64_t kParts = 1u << kPartBits;
  static constexpr unsigned kMaxBits = 40;

  static std::size_t index_of(std::uint64_t value) noexcept {
    value = std::min(value, (std::uint64_t{1} << kMaxBits) - 1);
    if (value < kParts) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kPartBits;
    return (static_cast<std::size_t>(shift + 1) << kPartBits) + static_cast<std::size_t>((value >> shift) - kParts);
  }

  static std::uint64_t lowest_of(std::size_t index) noexcept {
    if (index < kParts) return index;
    const std::size_t shift = (index >> kPartBits) - 1;
    return (kParts + (index & (kParts - 1))) << shift;
  }

  std::array<std::uint64_t, (kMaxBits - kPartBits + 1) << kPartBits> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
};

}  // namespace nicbench
