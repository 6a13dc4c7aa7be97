#include "io/af_xdp_port.h"

#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/xsk.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/packet_socket.h"
#include "io/xdp_redirect.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kChunk = 2048;
// Frames that one system call sends in copy mode (TX_BATCH_SIZE in net/xdp/xsk.c).
constexpr std::uint32_t kKickBudget = 32;

// The shared area.
class Area {
 public:
  explicit Area(std::size_t chunks)
      : size_(chunks * kChunk),
        data_(static_cast<std::uint8_t*>(
            mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0))) {
    if (data_ == MAP_FAILED) throw std::bad_alloc();
  }
  ~Area() { munmap(data_, size_); }
  Area(const Area&) = delete;
  Area& operator=(const Area&) = delete;

  std::uint8_t* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::size_t size_;
  std::uint8_t* data_;
};

// Area, rings and socket of one queue. `mode`: XDP_ZEROCOPY or XDP_COPY.
class XskSocket {
 public:
  XskSocket(const Area& area, const Link& link, unsigned queue, std::uint32_t slots, std::uint16_t mode) {
    xsk_umem_config umem{};
    umem.fill_size = umem.comp_size = slots;
    umem.frame_size = kChunk;
    error_ = -xsk_umem__create(&umem_, area.data(), area.size(), &fill, &completed, &umem);
    if (error_ != 0) return;
    xsk_socket_config config{};
    config.rx_size = config.tx_size = slots;
    config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
    config.bind_flags = static_cast<std::uint16_t>(mode | XDP_USE_NEED_WAKEUP);
    error_ = -xsk_socket__create(&socket_, link.name().c_str(), queue, umem_, &received, &sending, &config);
  }
  ~XskSocket() {
    if (socket_ != nullptr) xsk_socket__delete(socket_);
    if (umem_ != nullptr) xsk_umem__delete(umem_);
  }
  XskSocket(const XskSocket&) = delete;
  XskSocket& operator=(const XskSocket&) = delete;

  int error() const noexcept { return error_; }
  int fd() const noexcept { return xsk_socket__fd(socket_); }

  xsk_ring_prod fill{}, sending{};
  xsk_ring_cons completed{}, received{};

 private:
  int error_ = 0;
  xsk_umem* umem_ = nullptr;
  xsk_socket* socket_ = nullptr;
};

// What the queues of a port share.
struct AfXdpInterface {
  explicit AfXdpInterface(const PortOptions& options)
      : link(options.interface, options.max_frame),
        queues(options.queues),
        redirect(link, options.queues),
        promiscuous(open_packet_socket(Direction::kSend)) {
    make_promiscuous(promiscuous, link);
  }

  const Link link;
  const std::size_t queues;
  XdpRedirect redirect;
  const UniqueFd promiscuous;
};

class AfXdpQueue final : public Port {
 public:
  AfXdpQueue(std::shared_ptr<AfXdpInterface> interface, unsigned queue, const PortOptions& options)
      : interface_(std::move(interface)),
        queue_(queue),
        watch_(interface_->link),
        slots_(static_cast<std::uint32_t>(std::bit_ceil(std::max<std::size_t>(options.slots, kMaxPortBurst)))),
        area_(2 * std::size_t{slots_}) {
    socket_ = std::make_unique<XskSocket>(area_, interface_->link, queue_, slots_, XDP_ZEROCOPY);
    if (socket_->error() != 0) {
      copies_ = true;
      socket_.reset();
      socket_ = std::make_unique<XskSocket>(area_, interface_->link, queue_, slots_, XDP_COPY);
    }
    if (socket_->error() != 0) throw_not_opened(socket_->error());
    // Half of the chunks are for what comes, half for what is sent from elsewhere.
    free_.reserve(area_.size() / kChunk);
    for (std::size_t at = area_.size(); at > 0; at -= kChunk) free_.push_back(at - kChunk);
    refill();
    interface_->redirect.add(queue_, socket_->fd());
  }

  std::size_t send(std::span<const Frame> frames) noexcept override {
    if (free_.size() < frames.size()) reap();
    const auto fitting = static_cast<std::uint32_t>(std::min(frames.size(), free_.size()));
    const std::size_t sent = enqueue(frames.first(fitting), [this](const Frame& frame) noexcept {
      const std::uint64_t chunk = free_.back();
      free_.pop_back();
      std::memcpy(area_.data() + chunk, frame.data, std::min<std::size_t>(frame.length, kChunk));
      return chunk;
    });
    if (sent < frames.size()) watch_.look(fault_);
    return sent;
  }

  std::size_t forward(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = enqueue(
        frames, [this](const Frame& frame) noexcept { return static_cast<std::uint64_t>(frame.data - area_.data()); });
    if (sent < frames.size()) watch_.look(fault_);
    return sent;
  }

  std::size_t receive(std::span<Frame> frames) noexcept override {
    reap();
    refill();
    if (waiting() > 0) kick();
    std::uint32_t at = 0;
    const std::uint32_t count = xsk_ring_cons__peek(&socket_->received, static_cast<std::uint32_t>(frames.size()), &at);
    for (std::uint32_t i = 0; i < count; ++i) {
      const xdp_desc& descriptor = *xsk_ring_cons__rx_desc(&socket_->received, at + i);
      frames[i] = {area_.data() + descriptor.addr, 0, static_cast<std::uint16_t>(descriptor.len), 0};
    }
    xsk_ring_cons__release(&socket_->received, count);
    if (count == 0) watch_.look(fault_);
    return count;
  }

  void release(std::span<const Frame> frames) noexcept override {
    for (const Frame& frame : frames) {
      free_.push_back(static_cast<std::uint64_t>(frame.data - area_.data()) / kChunk * kChunk);
    }
  }

  std::uint64_t lost() noexcept override {
    xdp_statistics statistics{};
    socklen_t size = sizeof statistics;
    if (getsockopt(socket_->fd(), SOL_XDP, XDP_STATISTICS, &statistics, &size) != 0) return 0;
    return statistics.rx_dropped + statistics.rx_ring_full;
  }

  std::string description() const override {
    return std::string("af_xdp (") + (copies_ ? "copying" : "zero-copy") + ", XDP in the " +
           (interface_->redirect.in_driver() ? "driver" : "kernel") + ") on " + interface_->link.name() +
           and_queues(interface_->queues);
  }

 private:
  [[noreturn]] void throw_not_opened(int error) {
    errno = error;
    if (error == EPERM || error == EACCES) {
      throw UserError("PRIVILEGE", "AF_XDP sockets need the capability CAP_NET_RAW.", "Run as root.");
    }
    if (error == ENOBUFS) throw_unsupported("to lock memory for AF_XDP", "Raise the limit: ulimit -l unlimited");
    if (error == EBUSY)
      throw_unsupported(("AF_XDP on queue " + std::to_string(queue_)).c_str(), "Another program uses it; stop that.");
    throw_unsupported("AF_XDP on this interface", "Linux 5.9 or newer, with CONFIG_XDP_SOCKETS, is needed.");
  }

  // Hands a prefix to the kernel; chunk_of moves a frame's chunk over, and copies where it must.
  template <class ChunkOf>
  std::size_t enqueue(std::span<const Frame> frames, ChunkOf&& chunk_of) noexcept {
    xsk_ring_prod& ring = socket_->sending;
    std::uint32_t count = xsk_prod_nb_free(&ring, static_cast<std::uint32_t>(frames.size()));
    count = std::min(count, static_cast<std::uint32_t>(frames.size()));
    std::uint32_t at = 0;
    if (count > 0) xsk_ring_prod__reserve(&ring, count, &at);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint64_t chunk = chunk_of(frames[i]);
      *xsk_ring_prod__tx_desc(&ring, at + i) = {chunk, frames[i].length, 0};
    }
    xsk_ring_prod__submit(&ring, count);
    if (waiting() > 0) kick();
    return count;
  }

  // Frames that the kernel has not taken from the send ring yet.
  std::uint32_t waiting() const noexcept {
    const xsk_ring_prod& ring = socket_->sending;
    return *ring.producer - __atomic_load_n(ring.consumer, __ATOMIC_ACQUIRE);
  }

  void kick() noexcept {
    if (!xsk_ring_prod__needs_wakeup(&socket_->sending)) return;
    for (std::uint32_t left = waiting(); left > 0; left -= std::min(left, kKickBudget)) {
      if (sendto(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0) continue;
      if (!is_passing(errno)) fault_.set(WireFault::kSystem, errno);
      if (errno != EAGAIN) return;
    }
  }

  // Brings back the chunks of frames that were sent.
  void reap() noexcept {
    std::uint32_t at = 0;
    const std::uint32_t count = xsk_ring_cons__peek(&socket_->completed, slots_, &at);
    for (std::uint32_t i = 0; i < count; ++i) {
      free_.push_back(*xsk_ring_cons__comp_addr(&socket_->completed, at + i) / kChunk * kChunk);
    }
    xsk_ring_cons__release(&socket_->completed, count);
  }

  // Gives the kernel places for what comes: half of all chunks, less what is lent.
  void refill() noexcept {
    xsk_ring_prod& ring = socket_->fill;
    const std::uint32_t room = xsk_prod_nb_free(&ring, slots_);
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(room, free_.size()));
    std::uint32_t at = 0;
    if (count > 0 && xsk_ring_prod__reserve(&ring, count, &at) == count) {
      for (std::uint32_t i = 0; i < count; ++i) {
        *xsk_ring_prod__fill_addr(&ring, at + i) = free_.back();
        free_.pop_back();
      }
      xsk_ring_prod__submit(&ring, count);
    }
    // A driver that went to sleep for want of places.
    if (xsk_ring_prod__needs_wakeup(&ring)) recvfrom(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
  }

  const std::shared_ptr<AfXdpInterface> interface_;
  const unsigned queue_;
  LinkWatch watch_;
  const std::uint32_t slots_;
  const Area area_;
  bool copies_ = false;
  std::unique_ptr<XskSocket> socket_;
  std::vector<std::uint64_t> free_;  // offsets of chunks
};

void check_queues(const Link& link, std::size_t wanted) {
  const std::size_t there = link.queues();
  if (there == 0 || there >= wanted) return;
  const std::string number = std::to_string(wanted);
  throw UserError("QUEUES",
                  "The interface " + link.name() + " has " + std::to_string(there) + " of the " + number +
                      " queues that are wanted.",
                  "Give it more: ethtool -L " + link.name() + " combined " + number +
                      ". One end of veth is made with them: ip link add … numrxqueues " + number + " numtxqueues " +
                      number);
}

}  // namespace

PortQueues open_af_xdp_queues(const PortOptions& options) {
  const auto interface = std::make_shared<AfXdpInterface>(options);
  check_queues(interface->link, options.queues);
  PortQueues queues;
  for (unsigned queue = 0; queue < options.queues; ++queue) {
    queues.push_back(std::make_unique<AfXdpQueue>(interface, queue, options));
  }
  return queues;
}

}  // namespace nicbench
