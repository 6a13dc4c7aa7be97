// The socket by which the two ends of memif agree, message by message. Blocks, and ends when it is told to.
#pragma once

#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "io/memif/address.h"
#include "io/memif/protocol.h"
#include "io/unique_fd.h"

namespace nicbench::memif {

// What it waits for besides: closing the port. Thrown out of all that waits.
struct Stopped {};

class StopEvent {
 public:
  StopEvent();  // throws std::system_error
  void set() noexcept;
  // Waits until `fd` (-1: none) can be read or ended. False: milliseconds (-1: for ever) went by. Throws Stopped.
  bool wait_for(int fd, int milliseconds) const;

 private:
  UniqueFd event_;
};

// A connection that cannot be made, or no longer: what the other end did or said.
class Refused : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Channel {
 public:
  Channel(UniqueFd socket, const StopEvent& stop) : socket_(std::move(socket)), stop_(stop) {}

  // `file` goes with it. Throw Refused and Stopped.
  void send(const Message& message, int file = -1);
  // Throws Refused if the other end ends the connection or is silent for 5 s; its words are in it.
  Message receive(UniqueFd* file = nullptr);
  // The next message, which is to be of that type.
  Message receive(MessageType type);
  void refuse(const std::string& reason) noexcept;
  // Until the other end has gone. Throws Stopped.
  void wait_for_end();

 private:
  // Nothing: the other end is gone.
  std::optional<Message> read(UniqueFd* file);

  UniqueFd socket_;
  const StopEvent& stop_;
};

// Where clients are waited for. Throws UserError MEMIF_SOCKET if that is not to be had.
class Listener {
 public:
  explicit Listener(const Address& address);
  ~Listener();

  UniqueFd accept(const StopEvent& stop) const;

 private:
  const std::string file_;  // empty: none
  UniqueFd socket_;
};

// Nothing: no server listens there at present. Throws UserError MEMIF_SOCKET.
UniqueFd connect_to(const Address& address);

Message message_of(MessageType type) noexcept;

// Cuts what does not fit.
template <std::size_t size>
void set_text(std::array<char, size>& to, const std::string& text) noexcept {
  to.fill('\0');
  text.copy(to.data(), size - 1);
}

template <std::size_t size>
std::string text_of(const std::array<char, size>& text) {
  return {text.data(), strnlen(text.data(), size)};
}

}  // namespace nicbench::memif
