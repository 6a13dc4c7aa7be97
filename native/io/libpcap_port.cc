#include "io/libpcap_port.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "io/frame_pool.h"
#include "io/link.h"
#include "io/packet_socket.h"

namespace nicbench {
namespace {

constexpr int kSnapLength = static_cast<int>(FramePool::kMaxFrame);
constexpr int kBytesASlot = 4096;

class LibpcapPort final : public Port {
 public:
  explicit LibpcapPort(const PortOptions& options)
      : link_(options.interface, options.max_frame), watch_(link_), pool_(options.slots + kMaxPortBurst) {
    char message[PCAP_ERRBUF_SIZE] = "";
    handle_.reset(pcap_create(link_.name().c_str(), message));
    if (!handle_) throw UserError("WIRE_UNSUPPORTED", std::string("libpcap: ") + message, "See: tcpdump -D");
    pcap_set_snaplen(handle_.get(), kSnapLength);
    pcap_set_promisc(handle_.get(), 1);
    pcap_set_immediate_mode(handle_.get(), 1);
    pcap_set_buffer_size(handle_.get(), static_cast<int>(options.slots) * kBytesASlot);
    const int status = pcap_activate(handle_.get());
    if (status == PCAP_ERROR_PERM_DENIED) {
      throw UserError("PRIVILEGE", "Capturing with libpcap needs the capability CAP_NET_RAW.", "Run as root.");
    }
    if (status < 0 || pcap_setnonblock(handle_.get(), 1, message) != 0 ||
        pcap_setdirection(handle_.get(), PCAP_D_IN) != 0) {
      throw UserError("WIRE_UNSUPPORTED", std::string("libpcap: ") + pcap_geterr(handle_.get()),
                      "See whether tcpdump can use it: tcpdump -ni " + link_.name());
    }
  }

  std::size_t send(std::span<const Frame> frames) noexcept override {
    std::size_t sent = 0;
    while (sent < frames.size() && pcap_inject(handle_.get(), frames[sent].data, frames[sent].length) >= 0) ++sent;
    if (sent < frames.size()) {
      if (!is_passing(errno)) fault_.set(WireFault::kSystem, errno);
      watch_.look(fault_);
    }
    return sent;
  }

  std::size_t forward(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = send(frames);
    pool_.give(frames.first(sent));
    return sent;
  }

  std::size_t receive(std::span<Frame> frames) noexcept override {
    const auto taken = frames.first(pool_.take(frames));
    std::size_t count = 0;
    while (count < taken.size()) {
      pcap_pkthdr* header = nullptr;
      const u_char* bytes = nullptr;
      if (pcap_next_ex(handle_.get(), &header, &bytes) != 1) break;
      if (header->caplen < header->len) {
        cut_.fetch_add(1, std::memory_order_relaxed);
        continue;
      }
      std::memcpy(taken[count].data, bytes, header->caplen);
      taken[count].length = static_cast<std::uint16_t>(header->caplen);
      taken[count].source = 0;
      ++count;
    }
    pool_.give(taken.subspan(count));
    if (count == 0) watch_.look(fault_);
    return count;
  }

  void release(std::span<const Frame> frames) noexcept override { pool_.give(frames); }

  std::uint64_t lost() noexcept override {
    pcap_stat statistics{};
    const bool known = pcap_stats(handle_.get(), &statistics) == 0;
    return (known ? statistics.ps_drop : 0) + cut_.load(std::memory_order_relaxed);
  }

  std::string description() const override { return "libpcap on " + link_.name(); }

 private:
  struct Close {
    void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
  };

  const Link link_;
  LinkWatch watch_;
  FramePool pool_;
  std::unique_ptr<pcap_t, Close> handle_;
  std::atomic<std::uint64_t> cut_{0};
};

}  // namespace

std::unique_ptr<Port> open_libpcap_port(const PortOptions& options) { return std::make_unique<LibpcapPort>(options); }

}  // namespace nicbench
