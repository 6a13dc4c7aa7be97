// Sends frames through an AF_PACKET socket, from wherever they lie.
#pragma once

#include <sys/socket.h>

#include <array>
#include <span>

#include "io/packet_socket.h"
#include "io/port_options.h"

namespace nicbench {

// How many system calls a burst takes.
enum class SocketCalls : std::uint8_t { kEach, kBurstwise };

class PacketSender {
 public:
  // Throws UserError.
  PacketSender(const Link& link, SocketCalls calls);
  PacketSender(const PacketSender&) = delete;
  PacketSender& operator=(const PacketSender&) = delete;

  // Sends a prefix, returns its length; notes a fault, but not those that a LinkWatch finds out better.
  std::size_t send(std::span<const Frame> frames, FaultCell& fault) noexcept;

 private:
  std::size_t send_each(std::span<const Frame> frames) noexcept;
  std::size_t send_burst(std::span<const Frame> frames) noexcept;

  const SocketCalls calls_;
  const UniqueFd socket_;
  std::array<iovec, kMaxPortBurst> bytes_;
  std::array<mmsghdr, kMaxPortBurst> messages_;
};

}  // namespace nicbench
