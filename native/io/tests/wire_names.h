// The wires of this machine as parameters of tests, and what a test of them may lack.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/user_error.h"
#include "io/network_namespace.h"
#include "io/wires.h"

namespace nicbench {

inline std::vector<std::string> wires_where(const std::function<bool(const WireInfo&)>& wanted) {
  std::vector<std::string> names;
  for (const WireInfo& info : wire_infos()) {
    if (info.missing.empty() && wanted(info)) names.emplace_back(info.name);
  }
  return names;
}

// On an interface of the kernel, and not a ring or a wire that brings both of its ends.
inline bool is_on_interfaces(const std::string& wire) {
  return wire != "ring" && wire_info(wire).ends == WireEnds::kInterfaces;
}

// Why there is no network namespace to be had, if so.
inline std::optional<std::string> missing_namespace() {
  try {
    NetworkNamespace();
    return std::nullopt;
  } catch (const UserError& error) {
    return std::string(error.what()) + " " + error.hint();
  }
}

inline std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

}  // namespace nicbench
