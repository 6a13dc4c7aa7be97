// How many entries a table of another library is made for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "hashtables/flow_table.h"

namespace nicbench {

// Throws std::length_error, with the table's name, for absurd ones.
inline std::size_t peer_limit(const TableOptions& options, const char* name) {
  const std::size_t limit = std::max<std::size_t>({options.capacity, options.slots, 1});
  if (limit > (std::size_t{1} << 34)) throw std::length_error(std::string(name) + ": capacity above 2^34 entries");
  return limit;
}

}  // namespace nicbench
