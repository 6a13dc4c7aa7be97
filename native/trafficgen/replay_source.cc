// Frames of a capture, sent from where they lie: only the header lines, which the DUT rewrote on the frame's
// last journey, are restored from the pristine copy.
//
// A frame may be sent again only once it is home. A small capture is laid out several times, so that more
// buffers exist than frames can be on their way, and every buffer knows whether it is.

#include <algorithm>
#include <cstring>

#include "trafficgen/frame_source.h"

namespace nicbench {
namespace {

class ReplaySource final : public FrameSource {
 public:
  ReplaySource(std::shared_ptr<const PcapTraffic> capture, std::size_t in_flight)
      : capture_(std::move(capture)),
        copies_((in_flight + capture_->entries().size()) / capture_->entries().size()),
        buffers_(capture_->entries().size() * copies_) {
    const auto& bytes = capture_->bytes();
    lines_.resize(bytes.size() * copies_ / 64);
    away_.resize(buffers_);
    for (std::size_t i = 0; i < copies_; ++i) std::memcpy(memory() + i * bytes.size(), bytes.data(), bytes.size());
  }

  void rewind() noexcept override { position_ = learnt_ = 0; }

  void advance(double) noexcept override {}
  std::uint64_t born_flows() const noexcept override { return 0; }

  std::size_t next(std::span<Frame> out) noexcept override {
    std::size_t count = 0;
    while (count < out.size() && take(out[count])) ++count;
    return count;
  }

  std::size_t next_learning(std::span<Frame> out) noexcept override {
    const std::size_t left = capture_->entries().size() - learnt_;
    const std::size_t count = next(out.first(std::min(out.size(), left)));
    learnt_ += count;
    return count;
  }

  bool stamp(Frame& frame, const ProbeSignature& signature) noexcept override {
    const PcapTraffic::Entry& entry = capture_->entries()[frame.buffer % capture_->entries().size()];
    if (entry.payload == 0) return false;
    stamp_probe(frame.data, entry.payload, entry.checksum_at, entry.udp, signature);
    return true;
  }

  void release(std::span<const Frame> frames) noexcept override {
    for (const Frame& frame : frames) away_[frame.buffer] = false;
    on_their_way_ -= frames.size();
  }

  Recording recording() const noexcept override { return {&capture_->times(), position_ % capture_->entries().size()}; }

  std::size_t buffers() const noexcept override { return buffers_; }
  std::size_t buffers_home() const noexcept override { return buffers_ - on_their_way_; }
  std::size_t ipv4_flows() const noexcept override { return capture_->ipv4_flows(); }
  std::size_t ipv6_flows() const noexcept override { return capture_->ipv6_flows(); }
  bool verifiable() const noexcept override { return false; }

 private:
  struct alignas(64) Line {
    std::uint8_t bytes[64];
  };

  std::uint8_t* memory() noexcept { return lines_.data()->bytes; }

  // The next frame of the capture, in a copy of it that is home; false if none is.
  bool take(Frame& frame) noexcept {
    const std::size_t entries = capture_->entries().size();
    const std::size_t index = position_ % entries;
    std::size_t copy = position_ / entries % copies_;
    for (std::size_t tries = 0; away_[copy * entries + index]; copy = copy + 1 == copies_ ? 0 : copy + 1) {
      if (++tries == copies_) return false;
    }
    const PcapTraffic::Entry& entry = capture_->entries()[index];
    frame.buffer = static_cast<std::uint32_t>(copy * entries + index);
    frame.data = memory() + copy * capture_->bytes().size() + entry.offset;
    frame.length = entry.length;
    frame.source = 0;
    std::memcpy(frame.data, capture_->bytes().data() + entry.offset, entry.dirty);
    away_[frame.buffer] = true;
    ++on_their_way_;
    ++position_;
    return true;
  }

  const std::shared_ptr<const PcapTraffic> capture_;
  const std::size_t copies_;
  const std::size_t buffers_;
  std::vector<Line> lines_;
  std::size_t position_ = 0;
  std::size_t learnt_ = 0;
  std::vector<char> away_;
  std::size_t on_their_way_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> make_replay_source(std::shared_ptr<const PcapTraffic> capture, std::size_t in_flight) {
  return std::make_unique<ReplaySource>(std::move(capture), in_flight);
}

}  // namespace nicbench
