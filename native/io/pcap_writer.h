// Writer of libpcap capture files (draft-ietf-opsawg-pcap), with nanoseconds, in this machine's byte order.
//
// Collects records and writes them in large pieces. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/frame.h"
#include "io/unique_fd.h"

namespace nicbench {

class PcapWriter {
 public:
  enum class Existing : std::uint8_t { kReplace, kKeep };

  // Throws UserError PCAP_EXISTS (kKeep only), PCAP_UNWRITABLE.
  PcapWriter(const std::string& path, Existing existing);
  ~PcapWriter() { flush(); }
  PcapWriter(const PcapWriter&) = delete;
  PcapWriter& operator=(const PcapWriter&) = delete;

  // Both return 0 or errno. A frame that was written is in the file after flush().
  int write(const Frame& frame, std::uint64_t timestamp_ns) noexcept;
  int flush() noexcept;

 private:
  void append(const void* data, std::size_t size) noexcept;

  UniqueFd fd_;
  std::vector<std::uint8_t> buffer_;
  std::size_t used_ = 0;
};

}  // namespace nicbench
