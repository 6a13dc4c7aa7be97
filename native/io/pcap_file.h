// Reader of libpcap capture files (draft-ietf-opsawg-pcap), either byte order, microseconds or nanoseconds.
//
// The file is mapped, not read: frames are spans into it. Every length is checked against the file, so that
// a cut or hostile file ends with an error that names the frame, and never with a wild read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace nicbench {

struct PcapRecord {
  std::uint64_t timestamp_ns = 0;
  std::uint32_t original_length = 0;    // bytes on the wire, without FCS as captured by most drivers
  std::span<const std::uint8_t> bytes;  // what was captured of it
};

class PcapFile {
 public:
  // Throws UserError PCAP_UNREADABLE, PCAP_FORMAT (with the way to convert it) or PCAP_TRUNCATED.
  explicit PcapFile(const std::string& path);
  ~PcapFile();
  PcapFile(const PcapFile&) = delete;
  PcapFile& operator=(const PcapFile&) = delete;

  bool big_endian() const noexcept { return big_endian_; }
  bool nanoseconds() const noexcept { return nanoseconds_; }
  std::uint32_t snap_length() const noexcept { return snap_length_; }
  std::uint32_t link_type() const noexcept { return link_type_; }
  const std::string& path() const noexcept { return path_; }

  // The next record, or nothing at the end of the file or at a cut record, which sets truncated().
  std::optional<PcapRecord> next() noexcept;
  bool truncated() const noexcept { return truncated_; }

 private:
  std::uint32_t word(std::size_t at) const noexcept;

  std::string path_;
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t at_ = 0;
  bool swapped_ = false;
  bool big_endian_ = false;
  bool nanoseconds_ = false;
  bool truncated_ = false;
  std::uint32_t snap_length_ = 0;
  std::uint32_t link_type_ = 0;
};

}  // namespace nicbench
