// An L4 load balancer's servers: their addresses, which of them gets a new flow, and how many each has.
//
//   hash           by the flow's tuple: the same flow gets the same server, also without state
//   round-robin    one after the other
//   least-loaded   the server with the fewest live flows, the first of equals. A tournament tree over the counts: its
//                  root is the server to choose, and a new or ended flow plays log2(servers) matches again
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "common/names.h"
#include "packet/five_tuple.h"
#include "packet/headers.h"

namespace nicbench {

inline constexpr std::size_t kMaxBackends = 1 << 16;

// Servers are numbered; server n is 172.16.0.0 + n, or fd00::n.
inline std::uint32_t backend_address4(std::uint16_t backend) noexcept { return to_be32(0xac100000u | backend); }

inline std::array<std::uint8_t, 16> backend_address6(std::uint16_t backend) noexcept {
  std::array<std::uint8_t, 16> address{0xfd};
  store(address.data() + 14, to_be16(backend));
  return address;
}

// The same by the type of key.
inline auto backend_address(const FiveTuple4& /*family*/, std::uint16_t backend) noexcept {
  return backend_address4(backend);
}
inline auto backend_address(const FiveTuple6& /*family*/, std::uint16_t backend) noexcept {
  return backend_address6(backend);
}

// Spreads flows over the servers by their hash.
inline std::uint16_t choose_backend(std::uint64_t hash, std::uint32_t backends) noexcept {
  return static_cast<std::uint16_t>(((hash >> 32) * backends) >> 32);
}

enum class Balancing : std::uint8_t { kHash, kRoundRobin, kLeastLoaded };

inline constexpr std::array<std::string_view, 3> kBalancingNames{"hash", "round-robin", "least-loaded"};

constexpr std::optional<Balancing> balancing_of(std::string_view name) noexcept {
  return enumerator_of<Balancing>(kBalancingNames, name);
}

// The servers as one worker sees them: it knows the flows that it gave them itself. One thread.
class Backends {
 public:
  // 1 to kMaxBackends servers. Throws std::bad_alloc.
  Backends(Balancing policy, std::uint32_t count)
      : policy_(policy), count_(count), live_(count), leaves_(std::bit_ceil(count)), winner_(leaves_) {
    for (std::uint32_t node = leaves_ - 1; node > 0; --node) winner_[node] = play(node);
  }

  std::uint32_t count() const noexcept { return count_; }
  std::uint32_t live_flows(std::uint16_t backend) const noexcept { return live_[backend]; }

  // The server for a new flow, which now has one flow more.
  std::uint16_t choose(std::uint64_t hash) noexcept {
    std::uint16_t backend = 0;
    if (policy_ == Balancing::kHash) {
      backend = choose_backend(hash, count_);
    } else if (policy_ == Balancing::kRoundRobin) {
      backend = static_cast<std::uint16_t>(next_);
      next_ = next_ + 1 == count_ ? 0 : next_ + 1;
    } else if (count_ > 1) {
      backend = winner_[1];
    }
    ++live_[backend];
    if (policy_ == Balancing::kLeastLoaded) replay(backend);
    return backend;
  }

  // A flow of this server ended.
  void release(std::uint16_t backend) noexcept {
    --live_[backend];
    if (policy_ == Balancing::kLeastLoaded) replay(backend);
  }

 private:
  // The better of a node's children. Leaves are servers; those beyond count_ lose against all.
  std::uint16_t play(std::uint32_t node) const noexcept {
    const std::uint32_t a = child(2 * node), b = child(2 * node + 1);
    return static_cast<std::uint16_t>(b < count_ && live_[b] < live_[a] ? b : a);
  }
  std::uint32_t child(std::uint32_t node) const noexcept { return node >= leaves_ ? node - leaves_ : winner_[node]; }

  void replay(std::uint16_t backend) noexcept {
    for (std::uint32_t node = (leaves_ + backend) / 2; node > 0; node /= 2) winner_[node] = play(node);
  }

  const Balancing policy_;
  const std::uint32_t count_;
  std::vector<std::uint32_t> live_;
  const std::uint32_t leaves_;
  std::vector<std::uint16_t> winner_;  // of each inner node; node 1 is the root
  std::uint32_t next_ = 0;
};

}  // namespace nicbench
