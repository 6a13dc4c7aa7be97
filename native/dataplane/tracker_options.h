// What a tracker does with frames, chosen once, when it is made.
//
//   forward       nothing but the exchange of MAC addresses: the baseline of all others
//   track         keeps the state of every flow and forwards
//   load-balance  and turns the original direction towards the flow's server
//   nat           and gives the inside an address and a port outside, and takes it back in replies
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/names.h"
#include "dataplane/load_balancer.h"
#include "dataplane/nat.h"
#include "dataplane/timeouts.h"
#include "hashtables/expiry/expiry.h"

namespace nicbench {

enum class Use : std::uint8_t { kForward, kTrack, kLoadBalance, kNat };

inline constexpr std::array<std::string_view, 4> kUseNames{"forward", "track", "load-balance", "nat"};

constexpr std::optional<Use> use_of(std::string_view name) noexcept { return enumerator_of<Use>(kUseNames, name); }

// Which way the replies of tracked flows go. nat needs no saying: they come back to the external address.
enum class Replies : std::uint8_t {
  kHere,       // through the tracker, as the reverse of the original tuple
  kElsewhere,  // not through the tracker: direct server return. TCP is then judged by one direction (tcp_state.h)
  kRewritten,  // load-balance: through the tracker, from the server's own address, which is put back
};

inline constexpr std::array<std::string_view, 3> kRepliesNames{"here", "elsewhere", "rewritten"};

constexpr std::optional<Replies> replies_of(std::string_view name) noexcept {
  return enumerator_of<Replies>(kRepliesNames, name);
}

struct TrackerOptions {
  Use use = Use::kTrack;
  Replies replies = Replies::kHere;
  bool loose = true;           // TCP flows may be picked up in mid-stream
  bool check_windows = false;  // tcp_window.h; has no effect where replies go elsewhere
  bool drop_invalid = false;   // invalid frames of known flows: else they pass, translated as the flow is
  Balancing balancing = Balancing::kHash;
  std::uint32_t backends = 16;
  // load-balance: the IPv4 addresses that clients call, as address and mask in network byte order. Frames that are of
  // no flow and for another address pass untouched. Everything, by default; all of IPv6 in any case.
  std::uint32_t service = 0;
  std::uint32_t service_mask = 0;
  NatOptions nat;
  // By ticks of the clock that process() is given. Ignored by Expiry::kNone: nothing expires then.
  Timeouts timeouts = Timeouts::never();
  ExpiryOptions expiry;
  std::uint64_t start = 0;  // the clock's time when the tracker is made
  std::uint64_t seed = 1;   // of backend hashes and port pools
  bool huge_pages = true;
  // The table and the store are used by other cores as well. ICMP errors then count as unrelated: NICs spread them by
  // address only, so that their flow may be another core's.
  bool shared = false;
  std::uint32_t sample_every = 64;  // cycles are split for one burst in this many; 0: never
};

}  // namespace nicbench
