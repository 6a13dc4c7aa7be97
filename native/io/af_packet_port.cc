#include "io/af_packet_port.h"

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "io/packet_rings.h"

namespace nicbench {
namespace {

// A forwarded frame is copied once, from one ring to the other, and its place in the first is free again at once.
template <class ReceiveRing>
class AfPacketPort final : public Port {
 public:
  explicit AfPacketPort(const PortOptions& options)
      : link_(options.interface, options.max_frame),
        watch_(link_),
        out_(open_packet_socket(Direction::kSend)),
        in_(open_packet_socket(Direction::kReceive)),
        sending_(out_, options.slots),
        receiving_(in_, options.slots) {
    bind_packet_socket(out_, link_, Direction::kSend);
    bind_packet_socket(in_, link_, Direction::kReceive);
  }

  std::size_t send(std::span<const Frame> frames) noexcept override {
    std::size_t put = 0;
    while (put < frames.size() && sending_.put(frames[put])) ++put;
    kick();
    if (put < frames.size()) {
      if (frames[put].length > kLongest) fault_.set(WireFault::kSystem, EMSGSIZE);
      watch_.look(fault_);
    }
    return put;
  }

  std::size_t forward(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = send(frames);
    release(frames.first(sent));
    return sent;
  }

  std::size_t receive(std::span<Frame> frames) noexcept override {
    if (sending_.waiting()) kick();
    std::size_t count = 0;
    while (count < frames.size()) {
      bool cut = false;
      const auto frame = receiving_.next(cut);
      if (!frame) break;
      if (cut) {
        receiving_.give(*frame);
        lost_.fetch_add(1, std::memory_order_relaxed);
      } else {
        frames[count++] = *frame;
      }
    }
    if (count == 0) watch_.look(fault_);
    return count;
  }

  void release(std::span<const Frame> frames) noexcept override {
    for (const Frame& frame : frames) receiving_.give(frame);
  }

  std::uint64_t lost() noexcept override {
    lost_.fetch_add(take_packet_drops(in_), std::memory_order_relaxed);
    return lost_.load(std::memory_order_relaxed);
  }

  std::string description() const override { return std::string(ReceiveRing::kName) + " on " + link_.name(); }

 private:
  static constexpr std::size_t kLongest = 1966;  // what a slot of either ring holds

  void kick() noexcept {
    if (!sending_.waiting()) return;
    const int error = sending_.kick();
    if (error == 0) return;
    if (!is_passing(error)) fault_.set(WireFault::kSystem, error);
    watch_.look(fault_);
  }

  const Link link_;
  LinkWatch watch_;
  const UniqueFd out_;
  const UniqueFd in_;
  SendRing sending_;
  ReceiveRing receiving_;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace

std::unique_ptr<Port> open_af_packet_port(const PortOptions& options, TpacketVersion version) {
  if (version == TpacketVersion::kV2) return std::make_unique<AfPacketPort<SlotRing>>(options);
  return std::make_unique<AfPacketPort<BlockRing>>(options);
}

}  // namespace nicbench
