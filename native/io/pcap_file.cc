#include "io/pcap_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "common/user_error.h"
#include "packet/headers.h"

namespace nicbench {
namespace {

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;
constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;
constexpr std::uint32_t kMaxRecord = 1u << 18;  // libpcap's own limit (MAXIMUM_SNAPLEN)

[[noreturn]] void unreadable(const std::string& path, const std::string& why) {
  throw UserError("PCAP_UNREADABLE", path + ": " + why + ".", "Check the path and its permissions.");
}

[[noreturn]] void wrong_format(const std::string& path, std::uint32_t magic) {
  const std::uint16_t first = static_cast<std::uint16_t>(magic & 0xffff);
  if (magic == 0x0a0d0d0a) {
    throw UserError("PCAP_FORMAT", path + ": this is pcapng, not pcap.",
                    "Convert it: editcap -F pcap in.pcapng out.pcap");
  }
  if (first == 0x8b1f) {
    throw UserError("PCAP_FORMAT", path + ": this is gzip-compressed.", "Unpack it first: gunzip");
  }
  throw UserError("PCAP_FORMAT", path + ": this is not a pcap file.",
                  "Captures are made with: tcpdump -w file.pcap, or converted with: editcap -F pcap in out");
}

}  // namespace

PcapFile::PcapFile(const std::string& path) : path_(path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) unreadable(path, std::strerror(errno));
  struct stat info {};
  const bool usable = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  size_ = usable ? static_cast<std::size_t>(info.st_size) : 0;
  void* memory = size_ == 0 ? MAP_FAILED : mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (!usable) unreadable(path, "it is not a regular file");
  if (size_ == 0) unreadable(path, "the file is empty");
  if (memory == MAP_FAILED) unreadable(path, std::strerror(errno));
  data_ = static_cast<const std::uint8_t*>(memory);
  try {
    if (size_ < 4) wrong_format(path, 0);
    const auto magic = load<std::uint32_t>(data_);
    swapped_ = __builtin_bswap32(magic) == kMicroseconds || __builtin_bswap32(magic) == kNanoseconds;
    const std::uint32_t native = swapped_ ? __builtin_bswap32(magic) : magic;
    if (native != kMicroseconds && native != kNanoseconds) wrong_format(path, magic);
    if (size_ < kFileHeader) {
      throw UserError("PCAP_TRUNCATED", path + ": the file ends inside its header.", "Copy or capture it again.");
    }
    nanoseconds_ = native == kNanoseconds;
    big_endian_ = swapped_ == (std::endian::native == std::endian::little);
    snap_length_ = word(16);
    link_type_ = word(20) & 0x0fffffff;  // upper bits: FCS length (draft §4)
    at_ = kFileHeader;
  } catch (...) {
    munmap(const_cast<std::uint8_t*>(data_), size_);
    throw;
  }
}

PcapFile::~PcapFile() { munmap(const_cast<std::uint8_t*>(data_), size_); }

std::uint32_t PcapFile::word(std::size_t at) const noexcept {
  const auto value = load<std::uint32_t>(data_ + at);
  return swapped_ ? __builtin_bswap32(value) : value;
}

std::optional<PcapRecord> PcapFile::next() noexcept {
  if (at_ == size_) return std::nullopt;
  if (size_ - at_ < kRecordHeader) {
    truncated_ = true;
    return std::nullopt;
  }
  const std::uint32_t captured = word(at_ + 8);
  if (captured > kMaxRecord || captured > size_ - at_ - kRecordHeader) {
    truncated_ = true;
    return std::nullopt;
  }
  PcapRecord record;
  record.timestamp_ns =
      std::uint64_t{word(at_)} * 1'000'000'000u + std::uint64_t{word(at_ + 4)} * (nanoseconds_ ? 1 : 1000);
  record.original_length = word(at_ + 12);
  record.bytes = {data_ + at_ + kRecordHeader, captured};
  at_ += kRecordHeader + captured;
  return record;
}

}  // namespace nicbench
