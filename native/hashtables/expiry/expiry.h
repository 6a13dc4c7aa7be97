// How expired flows are found and removed. In every scheme a flow that is past its time is never returned by a lookup,
// since whoever finds it reads its deadline first; the schemes differ in when its memory is free again, and in what
// finding it costs.
//
//   none          flows have no timeout: the baseline of the others
//   scan          sweep.h: all flows, once in every interval
//   timer-wheel   timer_wheel.h: each flow when it may have expired; the interval is the wheel's tick
//   lazy          sweep.h: a few flows with every insert
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/names.h"

namespace nicbench {

enum class Expiry : std::uint8_t { kNone, kScan, kTimerWheel, kLazy };

inline constexpr std::array<std::string_view, 4> kExpiryNames{"none", "scan", "timer-wheel", "lazy"};

constexpr std::optional<Expiry> expiry_of(std::string_view name) noexcept {
  return enumerator_of<Expiry>(kExpiryNames, name);
}

struct ExpiryOptions {
  Expiry scheme = Expiry::kNone;
  std::uint64_t interval = 0;  // ticks: the wheel's tick, or the scan's period
  bool incremental = true;     // scan: a few after every burst, not all at once
  // Flows looked at between two bursts at the most, so that no frame waits long for maintenance: 256 take about 10 us.
  // Those left over are looked at after the next burst. 0: all that are due, as the systems of the HPSR 2021 paper do.
  std::size_t limit = 256;
  // timer-wheel: ticks after which a flow is looked at again though its time has not come, so that one whose timeout
  // became shorter (an RST on an idle connection) is found at most so much late. 0: only when its time has come.
  std::uint64_t recheck = 0;
};

}  // namespace nicbench
