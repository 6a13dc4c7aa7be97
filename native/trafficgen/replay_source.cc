// Frames of a capture, sent from where they lie: only the header lines, which the DUT rewrote on the frame's
// last journey, are restored from the pristine copy.
//
// A frame may be sent again only once it is home. Wires keep order, so it is enough that there are more
// buffers than frames can be on their way: a small capture is laid out several times.

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
    for (std::size_t i = 0; i < copies_; ++i) std::memcpy(memory() + i * bytes.size(), bytes.data(), bytes.size());
  }

  void rewind() noexcept override { position_ = learnt_ = 0; }

  void advance(double) noexcept override {}
  std::uint64_t born_flows() const noexcept override { return 0; }

  std::size_t next(std::span<Frame> out) noexcept override {
    const std::size_t count = std::min(out.size(), buffers_home());
    for (std::size_t i = 0; i < count; ++i) take(out[i]);
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

  void release(std::span<const Frame> frames) noexcept override { away_ -= frames.size(); }

  std::size_t buffers() const noexcept override { return buffers_; }
  std::size_t buffers_home() const noexcept override { return buffers_ - away_; }
  std::size_t ipv4_flows() const noexcept override { return capture_->ipv4_flows(); }
  std::size_t ipv6_flows() const noexcept override { return capture_->ipv6_flows(); }
  bool verifiable() const noexcept override { return false; }

 private:
  struct alignas(64) Line {
    std::uint8_t bytes[64];
  };

  std::uint8_t* memory() noexcept { return lines_.data()->bytes; }

  void take(Frame& frame) noexcept {
    const std::size_t number = position_ % buffers_;
    const std::size_t index = number % capture_->entries().size();
    const std::size_t copy = number / capture_->entries().size();
    const PcapTraffic::Entry& entry = capture_->entries()[index];
    frame.buffer = static_cast<std::uint32_t>(number);
    frame.data = memory() + copy * capture_->bytes().size() + entry.offset;
    frame.length = entry.length;
    frame.source = 0;
    std::memcpy(frame.data, capture_->bytes().data() + entry.offset, entry.dirty);
    ++position_;
    ++away_;
  }

  const std::shared_ptr<const PcapTraffic> capture_;
  const std::size_t copies_;
  const std::size_t buffers_;
  std::vector<Line> lines_;
  std::size_t position_ = 0;
  std::size_t learnt_ = 0;
  std::size_t away_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> make_replay_source(std::shared_ptr<const PcapTraffic> capture, std::size_t in_flight) {
  return std::make_unique<ReplaySource>(std::move(capture), in_flight);
}

}  // namespace nicbench
