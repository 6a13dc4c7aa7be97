// Frames made from the flow model.

#include <algorithm>
#include <array>

#include "io/frame_pool.h"
#include "packet/flow_set.h"
#include "trafficgen/flow_churn.h"
#include "trafficgen/frame_source.h"
#include "trafficgen/frame_template.h"

namespace nicbench {
namespace {

class GeneratedSource final : public FrameSource {
 public:
  GeneratedSource(std::shared_ptr<const FlowModel> model, std::size_t in_flight)
      : model_(std::move(model)),
        mask_(model_->schedule().size() - 1),
        pool_(in_flight),
        templates_{FrameTemplate(false), FrameTemplate(true)},
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
      for (std::size_t i = 0; i < count; ++i) build(out[i], schedule[(position_ + i) & mask_]);
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
      build(out[i], frame);
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
      for (std::size_t i = 0; i < wanted; ++i) build(room[i], frames[i]);
      count += wanted;
      ++learnt_;
    }
    return count;
  }

  bool stamp(Frame& frame, const ProbeSignature& signature) noexcept override {
    return templates_[FrameTemplate::is_tcp(frame)].stamp(frame, signature);
  }

  void release(std::span<const Frame> frames) noexcept override {
    for (const Frame& frame : frames) FrameTemplate::unstamp(frame);
    pool_.give(frames);
  }

  std::size_t buffers() const noexcept override { return pool_.size(); }
  std::size_t buffers_home() const noexcept override { return pool_.available(); }
  std::size_t ipv4_flows() const noexcept override { return model_->flows(); }
  std::size_t ipv6_flows() const noexcept override { return 0; }
  bool verifiable() const noexcept override { return true; }

 private:
  void build(Frame& frame, const ScheduledFrame& scheduled) noexcept {
    FiveTuple4 key = model_->tuple(scheduled.flow, scheduled.tcp);
    if (scheduled.reply) key = reversed(key);
    const std::uint8_t flags = scheduled.tcp_flags != 0 ? scheduled.tcp_flags : tcp_flag::kAck;
    templates_[scheduled.tcp ? 1 : 0].build(frame, key, scheduled.length, flags);
  }

  const std::shared_ptr<const FlowModel> model_;
  const std::size_t mask_;
  FramePool pool_;
  const std::array<FrameTemplate, 2> templates_;
  FlowChurn churn_;
  std::uint64_t births_due_ = 0;
  std::size_t position_ = 0;
  std::uint32_t learnt_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> make_generated_source(std::shared_ptr<const FlowModel> model, std::size_t in_flight) {
  return std::make_unique<GeneratedSource>(std::move(model), in_flight);
}

}  // namespace nicbench
