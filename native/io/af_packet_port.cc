#include "io/af_packet_port.h"

#include <algorithm>
#include <atomic>

#include "io/packet_fanout.h"
#include "io/packet_rings.h"
#include "io/packet_sender.h"

namespace nicbench {
namespace {

template <class Ring>
class AfPacketPort final : public Port {
 public:
  AfPacketPort(const PortOptions& options, PacketFanout& fanout)
      : queues_(options.queues),
        timestamps_(options.timestamps),
        link_(options.interface, options.max_frame),
        watch_(link_),
        sender_(link_, SocketCalls::kBurstwise),
        socket_(open_packet_socket(Direction::kReceive)),
        ring_(socket_, options.slots) {
    if (timestamps_ == Timestamps::kSoftware) stamp_received(socket_);
    fanout.bind(socket_, link_);
  }

  std::size_t send(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = sender_.send(frames, fault_);
    if (sent < frames.size()) watch_.look(fault_);
    return sent;
  }

  // The kernel copies while it sends: the frame's place in the ring is free again when the call returns.
  std::size_t forward(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = send(frames);
    release(frames.first(sent));
    return sent;
  }

  std::size_t receive(std::span<Frame> frames) noexcept override {
    std::size_t count = 0;
    while (count < frames.size()) {
      bool cut = false;
      const auto frame = ring_.next(cut);
      if (!frame) break;
      if (cut) {
        ring_.give(*frame);
        lost_.fetch_add(1, std::memory_order_relaxed);
      } else {
        frames[count++] = *frame;
      }
    }
    if (count == 0) watch_.look(fault_);
    return count;
  }

  void release(std::span<const Frame> frames) noexcept override {
    for (const Frame& frame : frames) ring_.give(frame);
  }

  std::uint64_t lost() noexcept override {
    lost_.fetch_add(take_packet_drops(socket_), std::memory_order_relaxed);
    return lost_.load(std::memory_order_relaxed);
  }

  std::uint64_t arrival_ns(const Frame& frame) const noexcept override { return ring_.arrival_ns(frame); }

  std::string description() const override {
    return std::string(Ring::kName) + " on " + link_.name() + and_timestamps(timestamps_) + and_queues(queues_);
  }

 private:
  const std::size_t queues_;
  const Timestamps timestamps_;
  const Link link_;
  LinkWatch watch_;
  PacketSender sender_;
  const UniqueFd socket_;
  Ring ring_;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace

PortQueues open_af_packet_queues(const PortOptions& options, TpacketVersion version) {
  if (version == TpacketVersion::kV2) return open_fanout<AfPacketPort<SlotRing>>(options);
  return open_fanout<AfPacketPort<BlockRing>>(options);
}

}  // namespace nicbench
