// Tests with trials on every wire that a trial can make by itself.
#pragma once

#include "io/tests/wire_names.h"

namespace nicbench {

inline std::vector<std::string> trial_wires() {
  std::vector<std::string> names = wires_where([](const WireInfo& info) { return info.ends != WireEnds::kDevices; });
  names.insert(names.begin(), "ring");
  return names;
}

// Skipped where the wire needs a network namespace and there is none to be had.
class TrialOnWire : public ::testing::TestWithParam<std::string> {
 protected:
  static bool has_interfaces() { return is_on_interfaces(GetParam()); }

  void SetUp() override {
    if (!has_interfaces()) return;
    if (const auto missing = missing_namespace()) GTEST_SKIP() << *missing;
  }
};

}  // namespace nicbench
