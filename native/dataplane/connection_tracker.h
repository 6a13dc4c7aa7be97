// Per-connection state of an L4 load balancer: five-tuple -> flow number -> state.
//
// The table maps keys to 32-bit flow numbers and the state lives in an array of its own, as in the trackers of
// "High-speed Connection Tracking in Modern Servers" (HPSR 2021): tables may move their entries, states
// never move, and all tables are compared on the same work.
//
//   burst      parse all, look all up (the table prefetches), prefetch the states, then update and rewrite
//   new flow   takes a state from the free end of the array and a backend by hash. A flow that appears more
//              than once in the burst that creates it is found again by the insert
//   full       the flow is refused and its frame dropped: without state its backend could not be kept
//   threads    one
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/huge_pages.h"
#include "dataplane/load_balancer.h"
#include "hashtables/flow_table.h"
#include "io/frame.h"
#include "packet/hash.h"
#include "packet/parser.h"

namespace nicbench {

struct FlowState {
  std::uint64_t last_seen = 0;  // ticks
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // without FCS
  std::uint16_t backend = 0;
  std::array<std::uint8_t, 6> unused{};
};
static_assert(sizeof(FlowState) == 32);

// One address family: a table and its states.
template <class Table>
class FlowTracker {
 public:
  using Key = typename Table::Key;

  FlowTracker(const TableOptions& options, std::uint32_t backends)
      : table_(options), states_(options.capacity, options.huge_pages), hash_(~options.seed), backends_(backends) {}

  // Looks the keys up and gives each its state, creating it where the flow is new; nullptr if there is no room.
  // At most kBurst keys.
  void track(std::span<const Key> keys, std::span<FlowState*> states) noexcept {
    std::array<std::uint32_t, kBurst> flows;
    const std::uint64_t hits = table_.find_burst(keys, std::span(flows).first(keys.size()));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      states[i] = (hits >> i & 1) != 0 ? states_.data() + flows[i] : create(keys[i]);
      __builtin_prefetch(states[i], 1);
    }
  }

  std::size_t size() const noexcept { return table_.size(); }
  std::size_t refused() const noexcept { return refused_; }
  std::size_t memory() const noexcept { return table_.memory() + states_.size() * sizeof(FlowState); }
  std::size_t table_memory() const noexcept { return table_.memory(); }

  template <class F>
  void for_each(F&& f) const {
    table_.for_each([&](const Key& key, std::uint32_t flow) { f(key, states_.data()[flow]); });
  }

 private:
  FlowState* create(const Key& key) noexcept {
    if (used_ < states_.size()) {
      const InsertResult result = table_.insert(key, static_cast<std::uint32_t>(used_));
      if (result == InsertResult::kInserted) {
        FlowState& state = states_.data()[used_++];
        state = FlowState();
        state.backend = choose_backend(hash_(key), backends_);
        return &state;
      }
    }
    std::uint32_t flow;
    if (table_.find(key, flow)) return states_.data() + flow;  // created earlier in this burst
    ++refused_;
    return nullptr;
  }

  Table table_;
  PageArray<FlowState> states_;
  TupleHash hash_;
  std::uint32_t backends_;
  std::size_t used_ = 0;
  std::size_t refused_ = 0;
};

// The DUT's work on one burst, both address families.
template <class Table4, class Table6>
class ConnectionTracker {
 public:
  ConnectionTracker(const TableOptions& ipv4, const TableOptions& ipv6, std::uint32_t backends)
      : ipv4_(ipv4, backends), ipv6_(ipv6, backends) {}

  // Tracks and rewrites the frames. Keeps those to forward at the front, in order, and moves the refused
  // ones behind them; returns how many to forward. At most kBurst frames.
  std::size_t process(std::span<Frame> frames, std::uint64_t now) noexcept {
    for (const Frame& frame : frames) __builtin_prefetch(frame.data, 1);
    std::array<FiveTuple4, kBurst> keys4;
    std::array<FiveTuple6, kBurst> keys6;
    std::array<std::uint8_t, kBurst> at4, at6;
    std::size_t count4 = 0, count6 = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      ParsedFrame& parsed = parsed_[i];
      states_[i] = &untracked_;
      switch (parse_frame(frames[i].data, frames[i].length, parsed)) {
        case FrameKind::kIpv4:
          at4[count4] = static_cast<std::uint8_t>(i);
          keys4[count4++] = parsed.key4;
          break;
        case FrameKind::kIpv6:
          at6[count6] = static_cast<std::uint8_t>(i);
          keys6[count6++] = parsed.key6;
          break;
        default: break;
      }
    }
    std::array<FlowState*, kBurst> states;
    ipv4_.track(std::span(keys4).first(count4), states);
    for (std::size_t k = 0; k < count4; ++k) states_[at4[k]] = states[k];
    if (count6 > 0) {
      ipv6_.track(std::span(keys6).first(count6), states);
      for (std::size_t k = 0; k < count6; ++k) states_[at6[k]] = states[k];
    }
    for (std::size_t i = 0; i < frames.size(); ++i) update(frames[i], parsed_[i], states_[i], now);
    return partition(frames);
  }

  const FlowTracker<Table4>& ipv4() const noexcept { return ipv4_; }
  const FlowTracker<Table6>& ipv6() const noexcept { return ipv6_; }
  std::size_t flows() const noexcept { return ipv4_.size() + ipv6_.size(); }
  std::uint64_t untracked_frames() const noexcept { return untracked_.packets; }

 private:
  void update(const Frame& frame, const ParsedFrame& parsed, FlowState* state, std::uint64_t now) noexcept {
    if (state == nullptr) return;
    state->last_seen = now;
    state->packets += 1;
    state->bytes += frame.length;
    swap_macs(frame.data);
    if (state != &untracked_) send_to_backend(frame.data, parsed, state->backend);
  }

  // Moves frames without state to the end; the order of the others stays.
  std::size_t partition(std::span<Frame> frames) noexcept {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (states_[i] == nullptr) continue;
      if (kept != i) std::swap(frames[kept], frames[i]);
      ++kept;
    }
    return kept;
  }

  FlowTracker<Table4> ipv4_;
  FlowTracker<Table6> ipv6_;
  FlowState untracked_;  // counts frames that have no flow: forwarded, but not balanced
  std::array<ParsedFrame, kBurst> parsed_{};
  std::array<FlowState*, kBurst> states_{};
};

}  // namespace nicbench
