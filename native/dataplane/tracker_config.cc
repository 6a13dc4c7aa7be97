#include "dataplane/tracker_config.h"

#include <algorithm>
#include <string>

#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr double kLoadFactor = 0.8;

std::uint64_t to_ticks(double seconds, double per_second) {
  return std::min(static_cast<std::uint64_t>(std::min(seconds * per_second, 0x1p62)), Timeouts::kNever);
}

Timeouts timeouts(const TrackerConfig& config, double per_second) {
  Timeouts result = Timeouts::defaults(per_second);
  if (config.timeout > 0) result = Timeouts::all(to_ticks(config.timeout, per_second));
  for (const auto& [name, seconds] : config.timeouts) result.set(name, to_ticks(seconds, per_second));
  return result;
}

}  // namespace

void check(const TrackerConfig& config) {
  if (config.backends == 0 || config.backends > kMaxBackends) {
    throw UserError("BACKENDS", std::to_string(config.backends) + " backends are not possible.", "Use 1 to 65536.");
  }
  if (config.nat_addresses == 0 || config.nat_addresses > kMaxNatAddresses) {
    throw UserError("NAT_ADDRESSES", std::to_string(config.nat_addresses) + " external addresses are not possible.",
                    "Use 1 to 4096; each has 64512 ports for TCP, for UDP and for ICMP.");
  }
  if (config.replies == Replies::kRewritten && config.use != Use::kLoadBalance) {
    throw UserError("REPLIES", "Replies can be rewritten by a load balancer only.",
                    "Use `here` or `elsewhere`; nat rewrites its replies in any case.");
  }
  if (config.check_windows && config.replies == Replies::kElsewhere) {
    throw UserError("CHECK_WINDOWS", "TCP windows cannot be checked where replies go elsewhere.",
                    "Set replies to `here` (or `rewritten`), with traffic in both directions.");
  }
  const bool periodic = config.expiry == Expiry::kScan || config.expiry == Expiry::kTimerWheel;
  if (periodic && !(config.expiry_interval >= 1e-6 && config.expiry_interval <= 3600)) {
    throw UserError("EXPIRY_INTERVAL",
                    "An expiry interval of " + std::to_string(config.expiry_interval) + " s is not possible.",
                    "Use 1 us to 1 h; 1 ms to 1 s are usual.");
  }
  const bool negative =
      std::any_of(config.timeouts.begin(), config.timeouts.end(), [](auto& t) { return !(t.second > 0); });
  if (!(config.timeout >= 0) || negative) {
    throw UserError("TIMEOUT", "A flow cannot have a timeout of 0 or less.",
                    "Use expiry: none for flows that never expire.");
  }
}

TrackerOptions tracker_options(const TrackerConfig& config, std::uint64_t seed, double ticks_per_second,
                               std::uint64_t start) {
  TrackerOptions options;
  options.use = config.use;
  options.replies = config.replies;
  options.balancing = config.balancing;
  options.backends = config.backends;
  options.nat.addresses = config.nat_addresses;
  options.loose = config.loose;
  options.check_windows = config.check_windows;
  options.drop_invalid = config.drop_invalid;
  options.expiry = {config.expiry, to_ticks(config.expiry_interval, ticks_per_second), config.scan_incremental,
                    config.expiry_limit, to_ticks(config.expiry_recheck, ticks_per_second)};
  options.timeouts = timeouts(config, ticks_per_second);
  options.start = start;
  options.seed = seed;
  options.sample_every = config.sample_every;
  return options;
}

void serve_generated(TrackerOptions& options) {
  options.service = to_be32(0xc0a80000u);
  options.service_mask = to_be32(0xffff0000u);
}

std::size_t entries_per_flow(const TrackerConfig& config) {
  const bool translated = config.use == Use::kNat || config.replies == Replies::kRewritten;
  return translated ? 2 : 1;
}

std::size_t flows_to_hold(const TrackerConfig& config, std::size_t live, double born, double seconds) {
  const double linger =
      config.expiry == Expiry::kNone || config.timeout == 0 ? seconds : std::min(config.timeout, seconds);
  return static_cast<std::size_t>((static_cast<double>(live) + born * linger) / kLoadFactor);
}

}  // namespace nicbench
