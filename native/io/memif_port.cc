#include "io/memif_port.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "io/copy_bytes.h"
#include "io/memif/address.h"
#include "io/memif/connection.h"
#include "io/memif/protocol.h"

namespace nicbench {
namespace {

using memif::Connection;
using memif::Descriptor;
using memif::Role;
using memif::SharedRing;

constexpr double kPairWaitSeconds = 5;

// One of our two counters in a ring, and the other end's. Both roles are the same but for who writes which, and for
// what free buffers count: those that the client offered stand between head and tail on the ring to it, and the rest on
// the ring to the server.
struct Counters {
  Counters(const SharedRing& shared, Role role)
      : own(role == Role::kClient ? shared.ring->head : shared.ring->tail),
        others(role == Role::kClient ? shared.ring->tail : shared.ring->head),
        descriptors(shared.ring->descriptors()),
        mask(static_cast<std::uint16_t>((1U << shared.log2_size) - 1)),
        slots(role == Role::kClient ? static_cast<std::uint16_t>(mask + 1) : std::uint16_t{0}) {}

  std::atomic<std::uint16_t>& own;
  const std::atomic<std::uint16_t>& others;
  Descriptor* const descriptors;
  const std::uint16_t mask;
  const std::uint16_t slots;  // that are ours from the start: all are the client's
};

// A buffer of the other end's choice, if it lies where it may.
class Buffers {
 public:
  explicit Buffers(std::span<const memif::Region> regions) : regions_(regions) {}

  // Null: it does not.
  std::uint8_t* at(const Descriptor& descriptor, std::size_t length) const noexcept {
    if (descriptor.region >= regions_.size()) [[unlikely]]
      return nullptr;
    const std::span<std::uint8_t> bytes = regions_[descriptor.region].bytes();
    const std::size_t offset = descriptor.offset;
    return offset + length <= bytes.size() ? bytes.data() + offset : nullptr;
  }

 private:
  std::span<const memif::Region> regions_;
};

class SendingRing {
 public:
  SendingRing(const SharedRing& shared, Role role, std::span<const memif::Region> regions, std::size_t zero_behind)
      : counters_(shared, role),
        polled_(shared.ring->flags),
        event_(shared.event.get()),
        buffers_(regions),
        // A client has its buffers to itself, and they start zeroed.
        copied_(role == Role::kClient ? zero_behind : SIZE_MAX) {}

  // Returns how many. broken: the other end offered what is no buffer.
  std::size_t send(std::span<const Frame> frames, bool& broken) noexcept {
    std::uint16_t room = room_now();
    if (room < frames.size()) {
      seen_ = counters_.others.load(std::memory_order_acquire);
      room = room_now();
    }
    const std::size_t count = std::min<std::size_t>(frames.size(), room);
    for (std::size_t i = 0; i < count; ++i) {
      Descriptor& descriptor = counters_.descriptors[next_ & counters_.mask];
      std::uint8_t* const to = buffers_.at(descriptor, frames[i].length);
      if (to == nullptr) [[unlikely]] {
        broken = true;
        return publish(i);
      }
      copy_bytes(to, frames[i].data, std::min<std::size_t>(frames[i].length, copied_));
      descriptor.length = frames[i].length;
      descriptor.flags = 0;
      ++next_;
    }
    return publish(count);
  }

 private:
  std::uint16_t room_now() const noexcept { return static_cast<std::uint16_t>(counters_.slots + seen_ - next_); }

  std::size_t publish(std::size_t count) noexcept {
    if (count == 0) return 0;
    counters_.own.store(next_, std::memory_order_release);
    if ((polled_.load(std::memory_order_relaxed) & memif::Ring::kPolled) == 0) eventfd_write(event_, 1);
    return count;
  }

  const Counters counters_;
  const std::atomic<std::uint16_t>& polled_;
  const int event_;
  const Buffers buffers_;
  const std::size_t copied_;  // at most, of each frame: behind that its buffer is zero as it is
  std::uint16_t next_ = 0;    // our counter
  std::uint16_t seen_ = 0;    // theirs, when we last looked
};

class ReceivingRing {
 public:
  ReceivingRing(const SharedRing& shared, Role role, std::span<const memif::Region> regions, std::uint16_t number)
      : counters_(shared, role),
        buffers_(regions),
        number_(number),
        offered_(shared.offered),
        given_back_(std::size_t{counters_.mask} + 1, false) {}

  std::size_t receive(std::span<Frame> frames, std::atomic<std::uint64_t>& lost, bool& broken) noexcept {
    if (static_cast<std::uint16_t>(seen_ - next_) < frames.size()) {
      seen_ = counters_.others.load(std::memory_order_acquire);
    }
    std::size_t count = 0;
    for (; count < frames.size() && next_ != seen_; ++next_) {
      const std::uint16_t slot = next_ & counters_.mask;
      const Descriptor& descriptor = counters_.descriptors[slot];
      const std::uint32_t length = descriptor.length;
      const bool more = (descriptor.flags & Descriptor::kNext) != 0;
      if (more || in_chain_) [[unlikely]] {  // a frame in pieces: too long for our wires
        if (!more) lost.fetch_add(1, std::memory_order_relaxed);
        in_chain_ = more;
        give_back(slot);
        continue;
      }
      std::uint8_t* const data = length <= UINT16_MAX ? buffers_.at(descriptor, length) : nullptr;
      if (data == nullptr) [[unlikely]] {
        broken = true;
        break;
      }
      frames[count++] = {data, std::uint32_t{number_} << 16 | slot, static_cast<std::uint16_t>(length), 0};
    }
    return count;
  }

  // A slot that was lent. To be published.
  void give_back(std::uint32_t slot) noexcept {
    if (slot != (oldest_ & counters_.mask)) {
      given_back_[slot] = true;
      return;
    }
    do {
      const std::uint16_t back = oldest_++ & counters_.mask;
      given_back_[back] = false;
      if (offered_ != 0) {  // what it is again: a buffer with room for so much
        counters_.descriptors[back].length = offered_;
        counters_.descriptors[back].flags = 0;
      }
    } while (given_back_[oldest_ & counters_.mask]);
  }

  void publish() noexcept {
    counters_.own.store(static_cast<std::uint16_t>(oldest_ + counters_.slots), std::memory_order_release);
  }

 private:
  const Counters counters_;
  const Buffers buffers_;
  const std::uint16_t number_;
  const std::uint32_t offered_;
  std::vector<std::uint8_t> given_back_;  // out of order, by slot
  bool in_chain_ = false;
  std::uint16_t next_ = 0;    // the first that is not lent
  std::uint16_t oldest_ = 0;  // the first that is not given back
  std::uint16_t seen_ = 0;    // how far they had sent when we last looked
};

class MemifQueue final : public Port {
 public:
  MemifQueue(std::shared_ptr<Connection> connection, std::size_t queue, const PortOptions& options)
      : connection_(std::move(connection)), queue_(queue), queues_(options.queues), zero_behind_(options.zero_behind) {}

  std::size_t send(std::span<const Frame> frames) noexcept override {
    if (!ready()) return 0;
    bool broken = false;
    const std::size_t sent = sending_->send(frames, broken);
    if (sent < frames.size()) look(broken);
    return sent;
  }

  std::size_t forward(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = send(frames);
    release(frames.first(sent));
    return sent;
  }

  std::size_t receive(std::span<Frame> frames) noexcept override {
    if (!ready()) return 0;
    bool broken = false;
    std::size_t count = 0;
    for (ReceivingRing& ring : receiving_) {
      count += ring.receive(frames.subspan(count), lost_, broken);
    }
    if (count == 0) look(broken);
    return count;
  }

  void release(std::span<const Frame> frames) noexcept override {
    if (frames.empty()) return;
    for (const Frame& frame : frames) receiving_[frame.buffer >> 16].give_back(frame.buffer & 0xffff);
    for (ReceivingRing& ring : receiving_) ring.publish();
  }

  std::uint64_t lost() noexcept override { return lost_.load(std::memory_order_relaxed); }

  std::string description() const override {
    const memif::Address& address = connection_->address();
    const bool has_rings = address.role == Role::kClient;
    return "memif, " + address.text() + (has_rings ? ", " + std::to_string(1U << address.ring) + " slots" : "") +
           and_queues(queues_);
  }

 private:
  bool ready() noexcept {
    if (sending_ != nullptr) [[likely]]
      return true;
    return connection_->is_up() && set_up();
  }

  // With the first burst after the ends have met.
  bool set_up() noexcept {
    const Role role = connection_->address().role;
    const auto regions = connection_->regions();
    const auto rings = connection_->receiving();
    for (std::size_t ring = queue_; ring < rings.size(); ring += queues_) {
      receiving_.emplace_back(rings[ring], role, regions, static_cast<std::uint16_t>(receiving_.size()));
    }
    sending_ = std::make_unique<SendingRing>(connection_->sending()[queue_], role, regions, zero_behind_);
    return true;
  }

  void look(bool broken) noexcept {
    if (broken) fault_.set(WireFault::kSystem, EPROTO);
    if (connection_->is_over()) fault_.set(WireFault::kLinkDown);
  }

  const std::shared_ptr<Connection> connection_;
  const std::size_t queue_, queues_;
  const std::size_t zero_behind_;
  std::unique_ptr<SendingRing> sending_;
  std::vector<ReceivingRing> receiving_;
  std::atomic<std::uint64_t> lost_{0};
};

PortQueues queues_of(const std::shared_ptr<Connection>& connection, const PortOptions& options) {
  PortQueues queues;
  for (std::size_t queue = 0; queue < options.queues; ++queue) {
    queues.push_back(std::make_unique<MemifQueue>(connection, queue, options));
  }
  return queues;
}

}  // namespace

PortQueues open_memif_queues(const PortOptions& options) {
  const auto connection = std::make_shared<Connection>(memif::parse_address(options), options.queues);
  if (options.link_wait_seconds > 0) connection->wait(options.link_wait_seconds);
  return queues_of(connection, options);
}

QueuesPair open_memif_pair(const PortOptions& options) {
  static std::atomic<unsigned> number{0};
  const std::string socket = "socket=nicbench-" + std::to_string(getpid()) + "-" + std::to_string(number++);
  QueuesPair pair;
  PortOptions far = options, near = options;
  far.interface = "role=server," + socket;
  near.interface = "role=client," + socket;
  near.link_wait_seconds = kPairWaitSeconds;
  pair.far = open_memif_queues(far);
  pair.near = open_memif_queues(near);
  return pair;
}

}  // namespace nicbench
