#include "io/packet_sender.h"

#include <algorithm>
#include <cerrno>

namespace nicbench {

PacketSender::PacketSender(const Link& link, SocketCalls calls)
    : calls_(calls), socket_(open_packet_socket(Direction::kSend)) {
  for (std::size_t i = 0; i < kMaxPortBurst; ++i) {
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &bytes_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
  bind_packet_socket(socket_, link, Direction::kSend);
}

std::size_t PacketSender::send(std::span<const Frame> frames, FaultCell& fault) noexcept {
  if (frames.empty()) return 0;
  errno = 0;
  const std::size_t sent = calls_ == SocketCalls::kEach || frames.size() == 1 ? send_each(frames) : send_burst(frames);
  if (sent < frames.size() && !is_passing(errno)) fault.set(WireFault::kSystem, errno);
  return sent;
}

std::size_t PacketSender::send_each(std::span<const Frame> frames) noexcept {
  std::size_t sent = 0;
  while (sent < frames.size() && ::send(socket_.get(), frames[sent].data, frames[sent].length, MSG_DONTWAIT) >= 0)
    ++sent;
  return sent;
}

std::size_t PacketSender::send_burst(std::span<const Frame> frames) noexcept {
  const std::size_t count = std::min(frames.size(), kMaxPortBurst);
  for (std::size_t i = 0; i < count; ++i) bytes_[i] = {frames[i].data, frames[i].length};
  const int sent = sendmmsg(socket_.get(), messages_.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

}  // namespace nicbench
