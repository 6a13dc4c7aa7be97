// Frames made from the flow model.

#include <algorithm>
#include <array>

#include "io/frame_pool.h"
#include "packet/flow_set.h"
#include "trafficgen/flow_churn.h"
#include "trafficgen/frame_source.h"
#include "trafficgen/frame_template.h"
#include "trafficgen/layered_template.h"

namespace nicbench {
namespace {

std::uint8_t flags_of(const ScheduledFrame& scheduled) noexcept {
  return scheduled.tcp_flags != 0 ? scheduled.tcp_flags : tcp_flag::kAck;
}

// Plain IPv4 frames: one header line a frame.
class PlainFrames {
 public:
  explicit PlainFrames(const FlowModel& model)
      : tuples_(model.tuples()), templates_{FrameTemplate(false), FrameTemplate(true)} {}

  void build(Frame& frame, const ScheduledFrame& scheduled) const noexcept {
    FiveTuple4 key = tuples_.tuple(scheduled.flow, scheduled.tcp);
    if (scheduled.reply) key = reversed(key);
    templates_[scheduled.tcp ? 1 : 0].build(frame, key, scheduled.length, flags_of(scheduled));
  }
  bool stamp(Frame& frame, const ProbeSignature& signature) const noexcept {
    return templates_[FrameTemplate::is_tcp(frame)].stamp(frame, signature);
  }
  static void unstamp(const Frame& frame) noexcept { FrameTemplate::unstamp(frame); }

 private:
  const FlowTuples tuples_;
  const std::array<FrameTemplate, 2> templates_;
};

// All others. Frame::source is the number of the template.
class LayeredFrames {
 public:
  explicit LayeredFrames(const FlowModel& model)
      : tuples_(model.tuples()),
        templates_{
            LayeredTemplate(model.encapsulation(), false, false), LayeredTemplate(model.encapsulation(), false, true),
            LayeredTemplate(model.encapsulation(), true, false), LayeredTemplate(model.encapsulation(), true, true)} {}

  void build(Frame& frame, const ScheduledFrame& scheduled) const noexcept {
    frame.source = static_cast<std::uint16_t>(2 * scheduled.ipv6 + scheduled.tcp);
    const auto build_for = [&](const auto& key) {
      const auto directed = scheduled.reply ? reversed(key) : key;
      templates_[frame.source].build(frame, directed, scheduled.length, flags_of(scheduled), scheduled.reply);
    };
    if (scheduled.ipv6) {
      build_for(tuples_.tuple6(scheduled.flow, scheduled.tcp));
    } else {
      build_for(tuples_.tuple(scheduled.flow, scheduled.tcp));
    }
  }
  bool stamp(Frame& frame, const ProbeSignature& signature) const noexcept {
    return templates_[frame.source].stamp(frame, signature);
  }
  static void unstamp(const Frame&) noexcept {}  // building wipes the signature

 private:
  const FlowTuples tuples_;
  const std::array<LayeredTemplate, 4> templates_;
};

template <class Frames>
class GeneratedSource final : public FrameSource {
 public:
  GeneratedSource(std::shared_ptr<const FlowModel> model, std::size_t in_flight)
      : model_(std::move(model)),
        mask_(model_->schedule().size() - 1),
        pool_(in_flight),
        frames_(*model_),
        churn_(*model_, model_->both_directions()) {}

  void rewind() noexcept override {
    position_ = learnt_ = 0;
    births_due_ = 0;
    churn_.rewind();
  }

  void advance(double seconds) noexcept override {
    births_due_ = static_cast<std::uint64_t>(seconds * model_->new_flows());
  }

  std::uint64_t born_flows() const noexcept override { return churn_.born(); }

  std::size_t next(std::span<Frame> out) noexcept override {
    const std::size_t count = pool_.take(out);
    const ScheduledFrame* schedule = model_->schedule().data();
    if (model_->new_flows() == 0) {
      for (std::size_t i = 0; i < count; ++i) frames_.build(out[i], schedule[(position_ + i) & mask_]);
      position_ += count;
      return count;
    }
    for (std::size_t i = 0; i < count; ++i) {
      __builtin_prefetch(&schedule[(position_ + kBurst) & mask_]);
      ScheduledFrame frame;
      if (!churn_.next(births_due_, frame)) {
        frame = schedule[position_++ & mask_];
        frame.flow = churn_.flow_of(frame.flow);
      }
      frames_.build(out[i], frame);
    }
    return count;
  }

  std::size_t next_learning(std::span<Frame> out) noexcept override {
    std::size_t count = 0;
    while (learnt_ < model_->flows()) {
      std::array<ScheduledFrame, FlowChurn::kHandshake> frames;
      const std::size_t wanted = churn_.introduce(learnt_, frames);
      const auto room = out.subspan(count).first(std::min(wanted, out.size() - count));
      if (room.size() < wanted || pool_.available() < wanted) break;
      pool_.take(room);
      for (std::size_t i = 0; i < wanted; ++i) frames_.build(room[i], frames[i]);
      count += wanted;
      ++learnt_;
    }
    return count;
  }

  bool stamp(Frame& frame, const ProbeSignature& signature) noexcept override {
    return frames_.stamp(frame, signature);
  }

  void release(std::span<const Frame> frames) noexcept override {
    for (const Frame& frame : frames) Frames::unstamp(frame);
    pool_.give(frames);
  }

  std::size_t buffers() const noexcept override { return pool_.size(); }
  std::size_t buffers_home() const noexcept override { return pool_.available(); }
  std::size_t ipv4_flows() const noexcept override { return model_->flows() - model_->ipv6_flows(); }
  std::size_t ipv6_flows() const noexcept override { return model_->ipv6_flows(); }
  bool verifiable() const noexcept override { return true; }

 private:
  const std::shared_ptr<const FlowModel> model_;
  const std::size_t mask_;
  FramePool pool_;
  const Frames frames_;
  FlowChurn churn_;
  std::uint64_t births_due_ = 0;
  std::size_t position_ = 0;
  std::uint32_t learnt_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> make_generated_source(std::shared_ptr<const FlowModel> model, std::size_t in_flight) {
  if (model->plain()) return std::make_unique<GeneratedSource<PlainFrames>>(std::move(model), in_flight);
  return std::make_unique<GeneratedSource<LayeredFrames>>(std::move(model), in_flight);
}

}  // namespace nicbench
