// Sets of five-tuples for set-up and inspection, where the data path's tables would be overkill.
#pragma once

#include <cstddef>
#include <unordered_set>
#include <utility>

#include "packet/five_tuple.h"
#include "packet/hash.h"
#include "packet/parser.h"

namespace nicbench {

// The tuple of the other direction of the same connection.
template <class Key>
Key reversed(Key key) noexcept {
  std::swap(key.source, key.destination);
  std::swap(key.source_port, key.destination_port);
  return key;
}

class FlowSet {
  template <class Key>
  using Set = std::unordered_set<Key, TupleHash>;

 public:
  // Adds the flow of a parsed frame, if it has one.
  void add(const ParsedFrame& frame) {
    if (frame.kind == FrameKind::kIpv4) add(ipv4_, frame.key4);
    if (frame.kind == FrameKind::kIpv6) add(ipv6_, frame.key6);
  }

  std::size_t ipv4() const noexcept { return ipv4_.size(); }
  std::size_t ipv6() const noexcept { return ipv6_.size(); }
  const Set<FiveTuple4>& ipv4_flows() const noexcept { return ipv4_; }
  const Set<FiveTuple6>& ipv6_flows() const noexcept { return ipv6_; }
  // Flows whose other direction was seen before count as the same connection.
  std::size_t connections() const noexcept { return connections_; }

 private:
  template <class Key>
  void add(Set<Key>& set, const Key& key) {
    if (!set.insert(key).second) return;
    const Key other = reversed(key);
    connections_ += other == key || !set.contains(other);
  }

  Set<FiveTuple4> ipv4_;
  Set<FiveTuple6> ipv6_;
  std::size_t connections_ = 0;
};

}  // namespace nicbench
