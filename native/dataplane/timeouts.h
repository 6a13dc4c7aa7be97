// How long a flow may be silent before it is forgotten, by what its protocol said last.
//
// Defaults are those of Linux 6.1: net/netfilter/nf_conntrack_proto_{tcp,udp,icmp,generic}.c and
// Documentation/networking/nf_conntrack-sysctl.rst. A flow last renewed at t with a timeout of T is alive before
// t + T and dead from t + T on. Times are ticks of whatever clock the tracker is given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nicbench {

enum class TimeoutClass : std::uint8_t {
  kSynSent,
  kSynReceived,
  kEstablished,
  kUnanswered,  // TCP picked up in mid-stream of which only one direction was seen
  kFinWait,
  kCloseWait,
  kLastAck,
  kTimeWait,
  kClose,
  kUdpNew,
  kUdpAssured,  // seen in both directions
  kIcmp,
  kGeneric,  // other protocols
};
inline constexpr std::size_t kTimeoutClasses = 13;

struct TimeoutDefault {
  std::string_view name;  // as in a suite file
  double seconds;
};

inline constexpr std::array<TimeoutDefault, kTimeoutClasses> kTimeoutDefaults{{
    {"syn-sent", 120},
    {"syn-received", 60},
    {"established", 432000},
    {"unanswered", 300},
    {"fin-wait", 120},
    {"close-wait", 60},
    {"last-ack", 30},
    {"time-wait", 120},
    {"close", 10},
    {"udp-new", 30},
    {"udp-assured", 120},
    {"icmp", 30},
    {"generic", 600},
}};

constexpr std::optional<TimeoutClass> timeout_class(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kTimeoutClasses; ++i) {
    if (kTimeoutDefaults[i].name == name) return static_cast<TimeoutClass>(i);
  }
  return std::nullopt;
}

class Timeouts {
 public:
  // Far enough never to come, near enough that adding it to a time does not overflow.
  static constexpr std::uint64_t kNever = std::uint64_t{1} << 62;

  // The defaults, for a clock of this many ticks a second.
  static constexpr Timeouts defaults(double ticks_per_second) noexcept {
    Timeouts result;
    for (std::size_t i = 0; i < kTimeoutClasses; ++i) {
      result.ticks_[i] = static_cast<std::uint64_t>(kTimeoutDefaults[i].seconds * ticks_per_second);
    }
    return result;
  }

  // One timeout for all flows, as in papers.
  static constexpr Timeouts all(std::uint64_t ticks) noexcept {
    Timeouts result;
    result.ticks_.fill(ticks);
    return result;
  }

  static constexpr Timeouts never() noexcept { return all(kNever); }

  constexpr std::uint64_t operator[](TimeoutClass c) const noexcept { return ticks_[static_cast<std::size_t>(c)]; }
  constexpr void set(TimeoutClass c, std::uint64_t ticks) noexcept { ticks_[static_cast<std::size_t>(c)] = ticks; }

 private:
  std::array<std::uint64_t, kTimeoutClasses> ticks_{};
};

}  // namespace nicbench
