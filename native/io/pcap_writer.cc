#include "io/pcap_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr std::size_t kBuffer = 1 << 18;

struct FileHeader {
  std::uint32_t magic = 0xa1b23c4d;
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::uint32_t reserved[2] = {};
  std::uint32_t snap_length = 65535;
  std::uint32_t link_type = 1;  // Ethernet
};
static_assert(sizeof(FileHeader) == 24);

struct RecordHeader {
  std::uint32_t seconds;
  std::uint32_t nanoseconds;
  std::uint32_t captured;
  std::uint32_t original;
};

int open_for_writing(const std::string& path, PcapWriter::Existing existing) {
  const int how = existing == PcapWriter::Existing::kKeep ? O_EXCL : O_TRUNC;
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0644);
  if (fd >= 0) return fd;
  if (errno == EEXIST) {
    throw UserError("PCAP_EXISTS", path + " exists already.", "Give another name, or write over it with --force.");
  }
  throw UserError("PCAP_UNWRITABLE", "The capture " + path + " cannot be written: " + std::strerror(errno) + ".",
                  "Give a path in a folder that you may write to.");
}

}  // namespace

PcapWriter::PcapWriter(const std::string& path, Existing existing)
    : fd_(open_for_writing(path, existing)), buffer_(kBuffer) {
  const FileHeader header;
  append(&header, sizeof header);
}

int PcapWriter::write(const Frame& frame, std::uint64_t timestamp_ns) noexcept {
  if (used_ + sizeof(RecordHeader) + frame.length > buffer_.size()) {
    if (const int error = flush(); error != 0) return error;
  }
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const RecordHeader header{static_cast<std::uint32_t>(timestamp_ns / kSecond),
                            static_cast<std::uint32_t>(timestamp_ns % kSecond), frame.length, frame.length};
  append(&header, sizeof header);
  append(frame.data, frame.length);
  return 0;
}

void PcapWriter::append(const void* data, std::size_t size) noexcept {
  std::memcpy(buffer_.data() + used_, data, size);
  used_ += size;
}

int PcapWriter::flush() noexcept {
  std::size_t done = 0;
  while (done < used_) {
    const ssize_t written = ::write(fd_.get(), buffer_.data() + done, used_ - done);
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) done += static_cast<std::size_t>(written);
  }
  used_ = 0;
  return 0;
}

}  // namespace nicbench
