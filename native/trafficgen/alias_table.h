// Draws from any discrete distribution in O(1) (Vose: "A linear algorithm for generating random numbers
// with a given distribution", IEEE TSE 1991).
#pragma once

#include <cstdint>
#include <vector>

#include "common/random.h"

namespace nicbench {

class AliasTable {
 public:
  // weights: non-negative, not all zero.
  explicit AliasTable(const std::vector<double>& weights) : cells_(weights.size()) {
    double sum = 0;
    for (const double weight : weights) sum += weight;
    std::vector<double> scaled(weights.size());
    std::vector<std::uint32_t> small, large;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
      scaled[i] = weights[i] / sum * static_cast<double>(weights.size());
      (scaled[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const std::uint32_t less = small.back(), more = large.back();
      small.pop_back();
      cells_[less] = {scaled[less], more};
      scaled[more] -= 1 - scaled[less];
      if (scaled[more] < 1) {
        large.pop_back();
        small.push_back(more);
      }
    }
    for (const std::uint32_t i : large) cells_[i] = {1, i};
    for (const std::uint32_t i : small) cells_[i] = {1, i};  // left over by rounding
  }

  std::uint32_t draw(Xoshiro256& random) const noexcept {
    const auto i = static_cast<std::uint32_t>(random.below(cells_.size()));
    return random.uniform() < cells_[i].keep ? i : cells_[i].other;
  }

 private:
  struct Cell {
    double keep = 1;
    std::uint32_t other = 0;
  };
  std::vector<Cell> cells_;
};

}  // namespace nicbench
