// Frames made from the flow model.

#include <algorithm>
#include <array>

#include "common/prefetch.h"
#include "io/frame_pool.h"
#include "packet/flow_set.h"
#include "trafficgen/burst_template.h"
#include "trafficgen/flow_churn.h"
#include "trafficgen/flow_groups.h"
#include "trafficgen/frame_source.h"
#include "trafficgen/frame_template.h"
#include "trafficgen/layered_template.h"

namespace nicbench {
namespace {

// Plain IPv4 frames: one header line a frame.
class PlainFrames {
 public:
  explicit PlainFrames(const FlowModel& model) : template_(model.tuples()) {}

  void build(std::span<Frame> frames, const std::array<ScheduledFrame, kBurst>& scheduled) const noexcept {
    template_.build(frames, scheduled);
  }
  bool stamp(Frame& frame, const ProbeSignature& signature) const noexcept { return template_.stamp(frame, signature); }
  static void unstamp(const Frame& frame) noexcept { FrameTemplate::unstamp(frame); }

 private:
  const BurstTemplate template_;
};

// All others. Frame::source is the number of the template.
class LayeredFrames {
 public:
  explicit LayeredFrames(const FlowModel& model)
      : model_(model),
        templates_{
            LayeredTemplate(model.encapsulation(), false, false), LayeredTemplate(model.encapsulation(), false, true),
            LayeredTemplate(model.encapsulation(), true, false), LayeredTemplate(model.encapsulation(), true, true)} {}

  void build(std::span<Frame> frames, const std::array<ScheduledFrame, kBurst>& scheduled) const noexcept {
    for (std::size_t i = 0; i < frames.size(); ++i) build(frames[i], scheduled[i]);
  }
  bool stamp(Frame& frame, const ProbeSignature& signature) const noexcept {
    return templates_[frame.source].stamp(frame, signature);
  }
  static void unstamp(const Frame&) noexcept {}  // building wipes the signature

 private:
  void build(Frame& frame, const ScheduledFrame& scheduled) const noexcept {
    frame.source = static_cast<std::uint16_t>(2 * scheduled.ipv6 + scheduled.tcp);
    const auto build_for = [&](const auto& key) {
      const auto directed = scheduled.reply ? reversed(key) : key;
      const std::uint8_t flags = scheduled.tcp_flags != 0 ? scheduled.tcp_flags : tcp_flag::kAck;
      templates_[frame.source].build(frame, directed, scheduled.length, flags, scheduled.reply);
    };
    if (scheduled.ipv6) {
      build_for(model_.tuple6(scheduled.flow, scheduled.tcp));
    } else {
      build_for(model_.tuple(scheduled.flow, scheduled.tcp));
    }
  }

  const FlowModel& model_;
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
        groups_(model_->groups()),
        churn_(*model_, model_->both_directions()) {}

  void rewind() noexcept override {
    position_ = learnt_ = 0;
    births_due_ = 0;
    churn_.rewind();
  }

  void advance(double seconds) noexcept override {
    births_due_ = static_cast<std::uint64_t>(seconds * model_->new_flows());
  }

  std::uint32_t groups() const noexcept override { return groups_.groups(); }
  std::uint64_t born_flows() const noexcept override { return churn_.born(); }

  std::size_t next(std::span<Frame> out) noexcept override {
    const std::size_t count = pool_.take(out);
    for (std::size_t done = 0; done < count; done += kBurst) {
      build_next(out.subspan(done, std::min(count - done, kBurst)));
    }
    return count;
  }

  std::size_t next_learning(std::span<Frame> out) noexcept override {
    std::array<ScheduledFrame, kBurst> frames{};
    std::size_t count = 0;
    const std::size_t most = std::min({out.size(), kBurst, pool_.available()});
    while (learnt_ < model_->flows()) {
      std::array<ScheduledFrame, FlowChurn::kHandshake> handshake;
      const std::size_t wanted = churn_.introduce(learnt_, handshake);
      if (count + wanted > most) break;
      std::copy_n(handshake.begin(), wanted, frames.begin() + static_cast<std::ptrdiff_t>(count));
      count += wanted;
      ++learnt_;
    }
    pool_.take(out.first(count));
    build(out.first(count), frames);
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
  // out: at most a burst.
  void build_next(std::span<Frame> out) noexcept {
    const ScheduledFrame* schedule = model_->schedule().data();
    std::array<ScheduledFrame, kBurst> frames{};
    if (model_->new_flows() == 0) {
      for (std::size_t i = 0; i < out.size(); ++i) frames[i] = schedule[(position_ + i) & mask_];
      position_ += out.size();
    } else {
      for (std::size_t i = 0; i < out.size(); ++i) {
        prefetch_to_read(&schedule[(position_ + kBurst) & mask_]);
        if (churn_.next(births_due_, frames[i])) continue;
        frames[i] = schedule[position_++ & mask_];
        frames[i].flow = churn_.flow_of(frames[i].flow);
      }
    }
    build(out, frames);
  }

  void build(std::span<Frame> out, const std::array<ScheduledFrame, kBurst>& scheduled) const noexcept {
    frames_.build(out, scheduled);
    if (groups_.groups() == 1) return;
    for (std::size_t i = 0; i < out.size(); ++i) mark_group(out[i].data, groups_.group_of(scheduled[i].flow));
  }

  const std::shared_ptr<const FlowModel> model_;
  const std::size_t mask_;
  FramePool pool_;
  const Frames frames_;
  const FlowGroups groups_;
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
