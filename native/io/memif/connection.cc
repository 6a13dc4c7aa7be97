#include "io/memif/connection.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "common/affinity.h"
#include "common/user_error.h"

namespace nicbench::memif {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::uint16_t kMostRegions = 256;
constexpr int kRetry = 10;  // ms

constexpr std::size_t ring_bytes(unsigned log2_size) { return (Ring::bytes(log2_size) + kLine - 1) / kLine * kLine; }

// An odd number of lines: buffers whose headers fall into different sets of the cache.
constexpr std::size_t stride_of(std::size_t buffer) { return (((buffer + kLine - 1) / kLine) | 1) * kLine; }

}  // namespace

Connection::Connection(const Address& address, std::size_t queues) : address_(address), queues_(queues) {
  if (is_server()) listener_ = std::make_unique<Listener>(address_);
  thread_ = std::thread([this] { run(); });
}

Connection::~Connection() {
  stop_.set();
  thread_.join();
}

void Connection::wait(double seconds) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return is_up(); })) return;
  throw UserError("LINK_DOWN",
                  "The " + address_.text() + " of memif found no other end in " + std::to_string(seconds) + " s" +
                      (refusal_.empty() ? "." : ": " + refusal_ + "."),
                  is_server() ? "Start its client, which names the same socket."
                              : "Start its server, which names the same socket.");
}

void Connection::run() noexcept {
  pin_this_thread(-1, "nicbench-memif");
  try {
    while (!is_up()) {
      try {
        Channel channel = find();
        try {
          is_server() ? meet_client(channel) : meet_server(channel);
          listener_.reset();
          note("");
          channel.wait_for_end();
          over_.store(true, std::memory_order_release);
        } catch (const Stopped&) {
          channel.refuse("The port was closed");
          throw;
        } catch (const std::exception& error) {
          channel.refuse(error.what());
          throw;
        }
      } catch (const std::exception& error) {
        if (is_up()) over_.store(true, std::memory_order_release);
        forget(error.what());
        stop_.wait_for(-1, kRetry);
      }
    }
  } catch (const Stopped&) {
  }
}

// What was agreed upon so far with an end that turned out to be none.
void Connection::forget(const std::string& why) {
  if (is_up()) return;
  to_server_.clear();
  to_client_.clear();
  regions_.clear();
  note(why);
}

Channel Connection::find() {
  if (is_server()) return {listener_->accept(stop_), stop_};
  for (;;) {
    if (UniqueFd socket = connect_to(address_); socket) return {std::move(socket), stop_};
    stop_.wait_for(-1, kRetry);
  }
}

void Connection::meet_client(Channel& channel) {
  Message hello = message_of(MessageType::kHello);
  set_text(hello.hello.name, "nicbench");
  hello.hello.least_version = hello.hello.greatest_version = kVersion;
  hello.hello.last_region = kMostRegions - 1;
  hello.hello.last_ring_to_server = static_cast<std::uint16_t>(address_.receive_queues - 1);
  hello.hello.last_ring_to_client = static_cast<std::uint16_t>(queues_ - 1);
  hello.hello.greatest_ring = kLargestRing;
  channel.send(hello);
  const Init init = channel.receive(MessageType::kInit).init;
  if (init.version != kVersion) throw Refused("Incompatible memif version");
  if (init.id != address_.id) throw Refused("ID not found");
  if (init.mode != 0) throw Refused("Only Ethernet mode is supported");
  if (text_of(init.secret) != address_.secret) throw Refused("Incorrect secret");
  for (;;) {
    channel.send(message_of(MessageType::kAck));
    UniqueFd file;
    const Message message = channel.receive(&file);
    if (message.type == MessageType::kConnect) break;
    if (message.type == MessageType::kAddRegion) {
      add_region(message.add_region, std::move(file));
    } else if (message.type == MessageType::kAddRing) {
      add_ring(message.add_ring, std::move(file));
    } else {
      throw Refused("Unexpected message");
    }
  }
  check_rings();
  for (const SharedRing& shared : to_server_) shared.ring->flags.store(Ring::kPolled, std::memory_order_relaxed);
  // The client counts from 0 when it hears this: until then nothing may move.
  Message connected = message_of(MessageType::kConnected);
  set_text(connected.connect.interface, "nicbench");
  channel.send(connected);
  const std::lock_guard lock(mutex_);
  up_.store(true, std::memory_order_release);
}

void Connection::add_region(const AddRegion& region, UniqueFd file) {
  if (!file) throw Refused("Missing region fd");
  if (region.index != regions_.size() || region.index >= kMostRegions) throw Refused("Invalid region index");
  regions_.push_back(Region::map(std::move(file), region.bytes));
}

void Connection::add_ring(const AddRing& added, UniqueFd event) {
  if (!event) throw Refused("Missing interrupt fd");
  const bool to_server = (added.flags & AddRing::kToServer) != 0;
  std::vector<SharedRing>& rings = to_server ? to_server_ : to_client_;
  if (added.index != rings.size() || added.index >= (to_server ? address_.receive_queues : queues_)) {
    throw Refused("Invalid ring index");
  }
  if (added.size < 1 || added.size > kLargestRing || added.region >= regions_.size() || added.offset % kLine != 0) {
    throw Refused("Invalid ring");
  }
  const std::span<std::uint8_t> memory = regions_[added.region].bytes();
  if (added.offset > memory.size() || memory.size() - added.offset < Ring::bytes(added.size)) {
    throw Refused("A ring outside its region");
  }
  rings.push_back({reinterpret_cast<Ring*>(memory.data() + added.offset), added.size, std::move(event)});
  if (rings.back().ring->cookie != kCookie) throw Refused("Wrong cookie");
}

void Connection::check_rings() const {
  const std::size_t fewest = std::min(to_server_.size(), to_client_.size());
  if (fewest >= queues_) return;
  throw Refused("There are " + std::to_string(fewest) + " queues, and " + std::to_string(queues_) + " are wanted");
}

void Connection::meet_server(Channel& channel) {
  const Hello hello = channel.receive(MessageType::kHello).hello;
  if (hello.least_version > kVersion || hello.greatest_version < kVersion) throw Refused("Incompatible memif version");
  make_memory(hello);
  check_rings();
  offer_memory(channel);
  // Servers may set the counters to 0 before they say that: now there is room for what they send.
  for (const SharedRing& shared : to_client_) {
    shared.ring->head.store(static_cast<std::uint16_t>(1U << shared.log2_size), std::memory_order_release);
  }
  const std::lock_guard lock(mutex_);
  up_.store(true, std::memory_order_release);
}

// One region: rings, then for each of their descriptors a buffer.
void Connection::make_memory(const Hello& hello) {
  const unsigned log2_size = std::min<unsigned>(address_.ring, hello.greatest_ring);
  const std::size_t outward = std::min<std::size_t>(queues_, std::size_t{hello.last_ring_to_server} + 1);
  const std::size_t inward = std::min<std::size_t>(address_.receive_queues, std::size_t{hello.last_ring_to_client} + 1);
  const std::size_t slots = std::size_t{1} << log2_size, stride = stride_of(address_.buffer);
  const std::size_t buffers_at = (outward + inward) * ring_bytes(log2_size);
  regions_.push_back(Region::make(buffers_at + (outward + inward) * slots * stride));
  std::uint8_t* const start = regions_.front().bytes().data();
  for (std::size_t i = 0; i < outward + inward; ++i) {
    const bool to_server = i < outward;
    Ring* const ring = new (start + i * ring_bytes(log2_size)) Ring{};
    ring->cookie = kCookie;
    ring->flags = to_server ? 0 : Ring::kPolled;
    for (std::size_t slot = 0; slot < slots; ++slot) {
      const std::size_t at = buffers_at + (i * slots + slot) * stride;
      ring->descriptors()[slot] = {0, 0, static_cast<std::uint32_t>(address_.buffer), static_cast<std::uint32_t>(at),
                                   0};
    }
    UniqueFd event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!event) throw std::system_error(errno, std::generic_category(), "eventfd");
    (to_server ? to_server_ : to_client_).push_back({ring, log2_size, std::move(event)});
  }
}

void Connection::offer_memory(Channel& channel) const {
  const auto ask = [&channel](const Message& message, int file = -1) {
    channel.send(message, file);
    channel.receive(MessageType::kAck);
  };
  Message init = message_of(MessageType::kInit);
  init.init.version = kVersion;
  init.init.id = address_.id;
  address_.secret.copy(init.init.secret.data(), kSecret);
  set_text(init.init.name, "nicbench");
  ask(init);
  Message region = message_of(MessageType::kAddRegion);
  region.add_region = {0, regions_.front().bytes().size()};
  ask(region, regions_.front().file());
  for (const bool to_server : {true, false}) {
    std::uint16_t index = 0;
    for (const SharedRing& shared : to_server ? to_server_ : to_client_) {
      const auto at = reinterpret_cast<std::uint8_t*>(shared.ring) - regions_.front().bytes().data();
      Message ring = message_of(MessageType::kAddRing);
      ring.add_ring = {to_server ? AddRing::kToServer : std::uint16_t{0}, index++, 0, static_cast<std::uint32_t>(at),
                       static_cast<std::uint8_t>(shared.log2_size),       0};
      ask(ring, shared.event.get());
    }
  }
  Message connect = message_of(MessageType::kConnect);
  set_text(connect.connect.interface, "nicbench");
  channel.send(connect);
  channel.receive(MessageType::kConnected);
}

void Connection::note(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    refusal_ = why;
  }
  changed_.notify_all();
}

}  // namespace nicbench::memif
