#include "io/pcap_port.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <vector>

#include "io/frame_pool.h"
#include "io/pcap_file.h"
#include "io/pcap_writer.h"
#include "io/port_options.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kEthernet = 1;  // link type

std::uint64_t now_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

class PcapPort final : public Port {
 public:
  PcapPort(const std::string& in, const std::string& out) : name_(in + " to " + out), pool_(2 * kMaxPortBurst) {
    if (!in.empty()) reader_.emplace(in);
    if (reader_ && reader_->link_type() != kEthernet) {
      throw UserError("PCAP_FORMAT", "The capture " + in + " does not hold Ethernet frames.",
                      "Capture on an Ethernet interface.");
    }
    if (!out.empty()) writer_.emplace(out, PcapWriter::Existing::kReplace);
  }

  std::size_t send(std::span<const Frame> frames) noexcept override {
    if (!writer_) return frames.size();
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (const int error = writer_->write(frames[i], now_ns()); error != 0) {
        fault_.set(WireFault::kSystem, error);
        return i;
      }
    }
    return frames.size();
  }

  std::size_t forward(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = send(frames);
    pool_.give(frames.first(sent));
    return sent;
  }

  // Nothing any more at the end of the file. Frames that are longer than a buffer count as lost.
  std::size_t receive(std::span<Frame> frames) noexcept override {
    if (!reader_) return 0;
    const auto taken = frames.first(pool_.take(frames));
    std::size_t count = 0;
    while (count < taken.size()) {
      const auto record = reader_->next();
      if (!record) break;
      if (record->bytes.size() > FramePool::kMaxFrame) {
        lost_.fetch_add(1, std::memory_order_relaxed);
        continue;
      }
      std::copy(record->bytes.begin(), record->bytes.end(), taken[count].data);
      taken[count].length = static_cast<std::uint16_t>(record->bytes.size());
      taken[count].source = 0;
      ++count;
    }
    pool_.give(taken.subspan(count));
    return count;
  }

  void release(std::span<const Frame> frames) noexcept override { pool_.give(frames); }
  std::uint64_t lost() noexcept override { return lost_.load(std::memory_order_relaxed); }
  std::string description() const override { return "pcap from " + name_; }

 private:
  const std::string name_;
  FramePool pool_;
  std::optional<PcapFile> reader_;
  std::optional<PcapWriter> writer_;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace

std::unique_ptr<Port> open_pcap_port(const std::string& in, const std::string& out) {
  return std::make_unique<PcapPort>(in, out);
}

}  // namespace nicbench
