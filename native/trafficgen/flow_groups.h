// Groups of flows, each counted by itself.
//
// The flows of a model, in the order of their numbers, are cut into groups of equal size: of zipf the first group has
// the flows that come most often. The generator marks every frame with its group, in the seven bits of the tester's MAC
// above the probe's; the MAC comes back as the destination. So no header is parsed to know a frame's group, and none
// that a DUT might rewrite is needed.
//
// Cost: a store to the header line for a frame sent, a load from it for one received, a counter each way.
// Threads: the tester's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/histogram.h"
#include "io/frame.h"
#include "packet/headers.h"
#include "trafficgen/probe_order.h"

namespace nicbench {

inline constexpr std::uint32_t kMaxFlowGroups = 128;

// Which group a flow is in.
class FlowGroups {
 public:
  // flows: of the model, at least `groups`.
  FlowGroups(std::uint32_t flows, std::uint32_t groups) noexcept
      : flows_(flows), groups_(groups), share_(static_cast<std::uint64_t>(((Wide{groups} << 63) - 1) / flows + 1)) {}

  std::uint32_t groups() const noexcept { return groups_; }
  // Flows that took another's place have numbers from `flows` on, and its group.
  std::uint32_t group_of(std::uint32_t flow) const noexcept {
    const std::uint32_t slot = flow < flows_ ? flow : flow % flows_;
    return static_cast<std::uint32_t>(Wide{slot} * share_ >> 63);
  }

 private:
  using Wide = unsigned __int128;

  std::uint32_t flows_, groups_;
  std::uint64_t share_;  // of a flow in a group, times 2^63, rounded up: exact below 2^31 flows
};

// Before a frame is made a probe.
inline void mark_group(std::uint8_t* frame_to_send, std::uint32_t group) noexcept {
  frame_to_send[kMacBytes + 5] = static_cast<std::uint8_t>(group << 1);
}

struct GroupCounts {
  std::uint64_t sent = 0;  // with those that the wire had no room for
  std::uint64_t received = 0;
  std::uint64_t probes_received = 0;   // each once
  std::uint64_t probes_reordered = 0;  // came after a later one of their group (RFC 4737 §3.3)
  Histogram latency;                   // of probes, in ns
};

// What a tester counts of groups in a phase. With one group nothing is counted: it would be what is counted anyway.
class GroupCounters {
 public:
  explicit GroupCounters(std::uint32_t groups) : counts_(groups > 1 ? groups : 0), orders_(counts_.size()) {}

  bool counting() const noexcept { return !counts_.empty(); }
  const std::vector<GroupCounts>& counts() const noexcept { return counts_; }

  // first_probe: the number of the phase's first probe.
  void begin(std::uint32_t first_probe) noexcept {
    for (GroupCounts& group : counts_) group = {};
    for (ProbeOrder& order : orders_) order.begin(first_probe);
  }
  void sent(std::span<const Frame> frames) noexcept { add_sent(frames, 1); }
  // Frames that were to be sent and were not.
  void forgotten(std::span<const Frame> frames) noexcept { add_sent(frames, -1); }
  void received(const Frame& returned) noexcept {
    const std::size_t group = group_of(returned);
    if (group < counts_.size()) ++counts_[group].received;
  }
  void received_probe(const Frame& returned, std::uint32_t sequence, std::uint64_t latency_ns) noexcept {
    const std::size_t group = group_of(returned);
    if (group >= counts_.size()) return;
    const Arrival arrival = orders_[group].arrived(sequence);
    if (arrival == Arrival::kDuplicate || arrival == Arrival::kStale) return;
    ++counts_[group].probes_received;
    counts_[group].probes_reordered += arrival == Arrival::kReordered;
    counts_[group].latency.record(latency_ns);
  }

 private:
  void add_sent(std::span<const Frame> frames, int change) noexcept {
    if (!counting()) return;
    for (const Frame& frame : frames) {
      counts_[frame.data[kMacBytes + 5] >> 1].sent += static_cast<std::uint64_t>(change);
    }
  }
  // The tester's MAC, which the DUT made the destination.
  static std::size_t group_of(const Frame& returned) noexcept { return returned.data[5] >> 1; }

  std::vector<GroupCounts> counts_;
  std::vector<ProbeOrder> orders_;
};

}  // namespace nicbench
