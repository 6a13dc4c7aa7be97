#include "io/memif_port.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/memif/address.h"
#include "io/memif/connection.h"
#include "io/memif/rings.h"

namespace nicbench {
namespace {

using memif::Connection;
using memif::ReceivingRing;
using memif::Role;
using memif::SendingRing;

constexpr double kPairWaitSeconds = 5;

class MemifQueue final : public Port {
 public:
  MemifQueue(std::shared_ptr<Connection> connection, std::size_t queue, const PortOptions& options)
      : connection_(std::move(connection)),
        queue_(queue),
        queues_(options.queues),
        zero_behind_(options.zero_behind),
        exchanges_(connection_->address().role == Role::kClient && zero_behind_ == SIZE_MAX) {}

  std::size_t send(std::span<const Frame> frames) noexcept override {
    if (!ready()) return 0;
    bool broken = false;
    const std::size_t sent = sending_->send(frames, broken);
    if (sent < frames.size()) look(broken);
    return sent;
  }

  std::size_t forward(std::span<const Frame> frames) noexcept override {
    if (!ready()) return 0;
    bool broken = false;
    const std::size_t sent =
        exchanges_ ? sending_->exchange(frames, receiving_, broken) : sending_->send(frames, broken);
    if (sent < frames.size()) look(broken);
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
    const memif::Address& address = connection_->address();
    const auto regions = connection_->regions();
    const auto rings = connection_->receiving();
    for (std::size_t ring = queue_; ring < rings.size(); ring += queues_) {
      receiving_.emplace_back(rings[ring], address.role, regions, address.buffer,
                              static_cast<std::uint16_t>(receiving_.size()));
    }
    sending_ = std::make_unique<SendingRing>(connection_->sending()[queue_], address.role, regions, zero_behind_);
    return true;
  }

  void look(bool broken) noexcept {
    if (broken) fault_.set(WireFault::kSystem, EPROTO);
    if (connection_->is_over()) fault_.set(WireFault::kLinkDown);
  }

  const std::shared_ptr<Connection> connection_;
  const std::size_t queue_, queues_;
  const std::size_t zero_behind_;
  const bool exchanges_;  // buffers between its rings, which are all its own, unless some are to stay zero
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
  far.zero_behind = SIZE_MAX;
  near.interface = "role=server," + socket;
  far.interface = "role=client," + socket;
  far.link_wait_seconds = kPairWaitSeconds;
  pair.near = open_memif_queues(near);
  pair.far = open_memif_queues(far);
  return pair;
}

}  // namespace nicbench
