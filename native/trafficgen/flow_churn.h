// Lives of flows: which ones end, which ones take their place, and the frames that say so.
//
// The model's flows are slots. When a flow ends, its slot goes to a new flow with another five-tuple and the
// same share of the traffic, so that the number of live flows and the shape of the traffic stay while flows
// come and go at the rate asked for. Slots are taken in turn: a flow lives for flows / rate.
//
//   flow number   slot + generation * flows
//   TCP           FIN of the old flow, SYN of the new; with both directions the whole close and handshake
//                 (RFC 9293 §3.5, §3.6)
//   UDP           ends silently, as UDP does
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "trafficgen/flow_model.h"
#include "trafficgen/frame_template.h"

namespace nicbench {

class FlowChurn {
 public:
  FlowChurn(const FlowModel& model, bool both_directions)
      : model_(model), both_directions_(both_directions), generations_(model.flows()) {}

  void rewind() noexcept {
    generations_.assign(generations_.size(), 0);
    born_ = next_slot_ = 0;
    script_at_ = script_end_ = 0;
  }

  // Flows that were born up to now, beside the first ones.
  std::uint64_t born() const noexcept { return born_; }

  // Who owns a slot now.
  std::uint32_t flow_of(std::uint32_t slot) const noexcept { return slot + generations_[slot] * model_.flows(); }

  // The next frame of a birth or death, if one is due: `due` births since the start.
  bool next(std::uint64_t due, ScheduledFrame& frame) noexcept {
    if (script_at_ == script_end_) {
      if (born_ >= due) return false;
      replace(next_slot_);
      next_slot_ = next_slot_ + 1 == model_.flows() ? 0 : next_slot_ + 1;
      ++born_;
    }
    frame = script_[script_at_++];
    return true;
  }

  // The frames that make a flow known, while learning. At most kHandshake frames; returns how many.
  static constexpr std::size_t kHandshake = 3;
  std::size_t introduce(std::uint32_t slot, std::array<ScheduledFrame, kHandshake>& frames) const noexcept {
    const ScheduledFrame first = model_.first_frame(slot);
    if (!both_directions_) {
      frames[0] = first;
      return 1;
    }
    if (!first.tcp) {
      frames[0] = frames[1] = first;
      frames[1].reply = true;
      return 2;
    }
    frames = {with(first, tcp_flag::kSyn, false), with(first, tcp_flag::kSyn | tcp_flag::kAck, true),
              with(first, tcp_flag::kAck, false)};
    return 3;
  }

 private:
  static ScheduledFrame with(ScheduledFrame frame, std::uint8_t flags, bool reply) noexcept {
    frame.tcp_flags = flags;
    frame.reply = reply;
    return frame;
  }

  void add(const ScheduledFrame& frame) noexcept { script_[script_end_++] = frame; }

  void replace(std::uint32_t slot) noexcept {
    script_at_ = script_end_ = 0;
    ScheduledFrame frame = model_.first_frame(slot);
    frame.flow = flow_of(slot);
    if (frame.tcp) {
      add(with(frame, tcp_flag::kFin | tcp_flag::kAck, false));
      if (both_directions_) {
        add(with(frame, tcp_flag::kFin | tcp_flag::kAck, true));
        add(with(frame, tcp_flag::kAck, false));
      }
    }
    ++generations_[slot];
    frame.flow = flow_of(slot);
    add(frame.tcp ? with(frame, tcp_flag::kSyn, false) : frame);
    if (!both_directions_) return;
    add(with(frame, frame.tcp ? tcp_flag::kSyn | tcp_flag::kAck : 0, true));
    if (frame.tcp) add(with(frame, tcp_flag::kAck, false));
  }

  const FlowModel& model_;
  const bool both_directions_;
  std::vector<std::uint32_t> generations_;
  std::uint64_t born_ = 0;
  std::uint32_t next_slot_ = 0;
  std::array<ScheduledFrame, 8> script_{};
  std::size_t script_at_ = 0;
  std::size_t script_end_ = 0;
};

}  // namespace nicbench
