#include "io/pcap_port.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <vector>

#include "io/frame_pool.h"
#include "io/pcap_file.h"
#include "io/port_options.h"
#include "io/unique_fd.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kEthernet = 1;  // link type

// draft-ietf-opsawg-pcap, with nanoseconds, in this machine's byte order.
struct FileHeader {
  std::uint32_t magic = 0xa1b23c4d;
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::uint32_t reserved[2] = {};
  std::uint32_t snap_length = 65535;
  std::uint32_t link_type = kEthernet;
};
static_assert(sizeof(FileHeader) == 24);

struct RecordHeader {
  std::uint32_t seconds;
  std::uint32_t nanoseconds;
  std::uint32_t captured;
  std::uint32_t original;
};

// Collects records and writes them in large pieces.
class PcapWriter {
 public:
  explicit PcapWriter(const std::string& path)
      : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)), buffer_(kBuffer) {
    if (!fd_) {
      throw UserError("PCAP_UNWRITABLE", "The capture " + path + " cannot be written: " + std::strerror(errno) + ".",
                      "Give a path in a folder that you may write to.");
    }
    const FileHeader header;
    append(&header, sizeof header);
  }
  ~PcapWriter() { flush(); }
  PcapWriter(const PcapWriter&) = delete;
  PcapWriter& operator=(const PcapWriter&) = delete;

  // Returns 0 or errno.
  int write(const Frame& frame) noexcept {
    if (used_ + sizeof(RecordHeader) + frame.length > buffer_.size()) {
      if (const int error = flush(); error != 0) return error;
    }
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const RecordHeader header{static_cast<std::uint32_t>(now.tv_sec), static_cast<std::uint32_t>(now.tv_nsec),
                              frame.length, frame.length};
    append(&header, sizeof header);
    append(frame.data, frame.length);
    return 0;
  }

 private:
  static constexpr std::size_t kBuffer = 1 << 18;

  void append(const void* data, std::size_t size) noexcept {
    std::memcpy(buffer_.data() + used_, data, size);
    used_ += size;
  }

  int flush() noexcept {
    std::size_t done = 0;
    while (done < used_) {
      const ssize_t written = ::write(fd_.get(), buffer_.data() + done, used_ - done);
      if (written < 0 && errno != EINTR) return errno;
      if (written > 0) done += static_cast<std::size_t>(written);
    }
    used_ = 0;
    return 0;
  }

  UniqueFd fd_;
  std::vector<std::uint8_t> buffer_;
  std::size_t used_ = 0;
};

class PcapPort final : public Port {
 public:
  PcapPort(const std::string& in, const std::string& out) : name_(in + " to " + out), pool_(2 * kMaxPortBurst) {
    if (!in.empty()) reader_.emplace(in);
    if (reader_ && reader_->link_type() != kEthernet) {
      throw UserError("PCAP_FORMAT", "The capture " + in + " does not hold Ethernet frames.",
                      "Capture on an Ethernet interface.");
    }
    if (!out.empty()) writer_.emplace(out);
  }

  std::size_t send(std::span<const Frame> frames) noexcept override {
    if (!writer_) return frames.size();
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (const int error = writer_->write(frames[i]); error != 0) {
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
