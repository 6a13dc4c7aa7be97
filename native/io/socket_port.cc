#include "io/socket_port.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "io/frame_pool.h"
#include "io/packet_fanout.h"

namespace nicbench {
namespace {

// Before a frame in its buffer, so that the buffer's line is the frame's: the time when it came, if that is wanted, and
// room for a VLAN tag.
constexpr std::size_t kHeadroom = 16;
static_assert(sizeof(std::uint64_t) + kVlanTag <= kHeadroom);
constexpr std::size_t kRoom = FramePool::kMaxFrame - kHeadroom;
// Of a frame in a socket's queue, as the kernel accounts for it.
constexpr int kAccountedBytes = 4096;

class SocketPort final : public Port {
 public:
  SocketPort(const PortOptions& options, PacketFanout& fanout, SocketCalls calls)
      : queues_(options.queues),
        timestamps_(options.timestamps),
        calls_(calls),
        link_(options.interface, options.max_frame),
        watch_(link_),
        sender_(link_, calls),
        in_(open_packet_socket(Direction::kReceive)),
        // All may be lent at once, and a burst more is being received.
        pool_(options.slots + kMaxPortBurst) {
    const int queue = static_cast<int>(options.slots) * kAccountedBytes;
    if (setsockopt(in_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof queue) != 0) {
      setsockopt(in_.get(), SOL_SOCKET, SO_RCVBUF, &queue, sizeof queue);
    }
    for (std::size_t i = 0; i < kMaxPortBurst; ++i) prepare(i);
    if (timestamps_ == Timestamps::kSoftware) stamp_received(in_);
    fanout.bind(in_, link_);
  }

  std::size_t send(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = sender_.send(frames, fault_);
    if (sent < frames.size()) watch_.look(fault_);
    return sent;
  }

  std::size_t forward(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = send(frames);
    pool_.give(frames.first(sent));
    return sent;
  }

  std::size_t receive(std::span<Frame> frames) noexcept override {
    const auto taken = frames.first(pool_.take(frames.first(std::min(frames.size(), kMaxPortBurst))));
    for (std::size_t i = 0; i < taken.size(); ++i) {
      taken[i].data += kHeadroom;
      incoming_[i].iov_base = taken[i].data;
      messages_[i].msg_hdr.msg_controllen = sizeof(Control);
    }
    const std::size_t came = calls_ == SocketCalls::kEach ? receive_each(taken.size()) : receive_burst(taken.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < came; ++i) {
      if (finish(messages_[i], taken[i])) std::swap(taken[kept++], taken[i]);
    }
    pool_.give(taken.subspan(kept));
    if (came == 0) watch_.look(fault_);
    return kept;
  }

  void release(std::span<const Frame> frames) noexcept override { pool_.give(frames); }

  std::uint64_t lost() noexcept override {
    lost_.fetch_add(take_packet_drops(in_), std::memory_order_relaxed);
    return lost_.load(std::memory_order_relaxed);
  }

  std::uint64_t arrival_ns(const Frame& frame) const noexcept override {
    return load<std::uint64_t>(pool_.at(frame.buffer));
  }

  std::string description() const override {
    return (calls_ == SocketCalls::kEach ? "socket on " : "socket-mmsg on ") + link_.name() +
           and_timestamps(timestamps_) + and_queues(queues_);
  }

 private:
  struct Control {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(tpacket_auxdata)) + CMSG_SPACE(sizeof(timespec))> bytes;
  };

  void prepare(std::size_t i) noexcept {
    incoming_[i].iov_len = kRoom;
    messages_[i].msg_hdr = {};
    messages_[i].msg_hdr.msg_iov = &incoming_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_control = controls_[i].bytes.data();
  }

  std::size_t receive_each(std::size_t most) noexcept {
    for (std::size_t i = 0; i < most; ++i) {
      const ssize_t length = recvmsg(in_.get(), &messages_[i].msg_hdr, MSG_DONTWAIT);
      if (length < 0) {
        note(errno);
        return i;
      }
      messages_[i].msg_len = static_cast<unsigned>(length);
    }
    return most;
  }

  std::size_t receive_burst(std::size_t most) noexcept {
    if (most == 0) return 0;
    const int came = recvmmsg(in_.get(), messages_.data(), static_cast<unsigned>(most), MSG_DONTWAIT, nullptr);
    if (came < 0) note(errno);
    return came < 0 ? 0 : static_cast<std::size_t>(came);
  }

  // False for a frame that is longer than a buffer, which counts as lost.
  bool finish(mmsghdr& message, Frame& frame) noexcept {
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    frame.length = static_cast<std::uint16_t>(message.msg_len);
    frame.source = 0;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message.msg_hdr); header != nullptr;
         header = CMSG_NXTHDR(&message.msg_hdr, header)) {
      if (header->cmsg_level == SOL_PACKET && header->cmsg_type == PACKET_AUXDATA) {
        tpacket_auxdata aux;
        std::memcpy(&aux, CMSG_DATA(header), sizeof aux);
        if ((aux.tp_status & TP_STATUS_VLAN_VALID) != 0) restore_vlan_tag(frame, aux.tp_vlan_tpid, aux.tp_vlan_tci);
      } else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS) {
        timespec came;
        std::memcpy(&came, CMSG_DATA(header), sizeof came);
        store(pool_.at(frame.buffer), to_ns(came.tv_sec, came.tv_nsec));
      }
    }
    return true;
  }

  void note(int error) noexcept {
    if (!is_passing(error)) fault_.set(WireFault::kSystem, error);
  }

  const std::size_t queues_;
  const Timestamps timestamps_;
  const SocketCalls calls_;
  const Link link_;
  LinkWatch watch_;
  PacketSender sender_;
  const UniqueFd in_;
  FramePool pool_;
  std::atomic<std::uint64_t> lost_{0};
  std::array<iovec, kMaxPortBurst> incoming_;
  std::array<Control, kMaxPortBurst> controls_;
  std::array<mmsghdr, kMaxPortBurst> messages_;
};

}  // namespace

PortQueues open_socket_queues(const PortOptions& options, SocketCalls calls) {
  return open_fanout<SocketPort>(options, calls);
}

}  // namespace nicbench
