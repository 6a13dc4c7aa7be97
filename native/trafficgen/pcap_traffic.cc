#include "trafficgen/pcap_traffic.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "common/user_error.h"
#include "io/frame_pool.h"
#include "packet/flow_set.h"
#include "packet/tunnel.h"
#include "trafficgen/probe.h"
#include "trafficgen/window_addresses.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kLinkTypeEthernet = 1;
constexpr std::size_t kMinLength = 60;  // 64 bytes with FCS
constexpr std::size_t kHeaders = kEthernetHeader + 2 * kVlanTag + kIpv6Header + kTcpHeader;

std::size_t memory_limit() {
  return static_cast<std::size_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 2;
}

}  // namespace

void check_ethernet(const PcapFile& file) {
  if (file.link_type() == kLinkTypeEthernet) return;
  throw UserError(
      "PCAP_LINK_TYPE",
      file.path() + ": the capture has link type " + std::to_string(file.link_type()) + ", not Ethernet (1).",
      "Capture on an Ethernet interface (not `any`), or add headers with: tcprewrite --dlt=enet");
}

PcapTraffic::PcapTraffic(const std::string& path, std::uint32_t windows) {
  PcapFile file(path);
  check_ethernet(file);
  const std::size_t limit = memory_limit();
  while (const auto record = file.next()) {
    add(*record);
    if (bytes_.size() * windows > limit) {
      throw UserError("PCAP_TOO_LARGE", path + ": the capture needs more than half of the free memory.",
                      "Cut it: editcap -c 1000000 in.pcap out.pcap; or play fewer windows.");
    }
  }
  if (file.truncated()) {
    throw UserError(
        "PCAP_TRUNCATED", path + ": the file ends inside frame " + std::to_string(entries_.size() + 1) + ".",
        "Keep the whole frames: editcap -F pcap in.pcap out.pcap; `nicbench traffic inspect` shows what is there.");
  }
  if (entries_.empty())
    throw UserError("PCAP_EMPTY", path + ": the capture has no frames.", "Capture some traffic first.");
  settle_times();
  if (windows > 1) spread(windows);
  count_flows();
}

void PcapTraffic::settle_times() {
  std::vector<std::uint64_t>& due = times_.due;
  const std::uint64_t start = due.front();
  for (std::uint64_t latest = start; std::uint64_t & time : due) {
    latest = std::max(latest, time);
    time = latest - start;
  }
  if (due.back() == 0) std::iota(due.begin(), due.end(), 0);
  const std::size_t gaps = std::max<std::size_t>(due.size() - 1, 1);
  times_.period = std::max<std::uint64_t>(due.back() + (due.back() + gaps / 2) / gaps, 1);
}

// Window w is ahead of window 0 by w / windows of the capture's period.
void PcapTraffic::spread(std::uint32_t windows) {
  struct Play {
    std::uint64_t due;
    std::uint32_t window;
    std::size_t entry;
  };
  std::vector<Play> plays;
  plays.reserve(entries_.size() * windows);
  for (std::uint32_t window = 0; window < windows; ++window) {
    const std::uint64_t ahead = times_.period / windows * window;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const std::uint64_t due = times_.due[i] >= ahead ? times_.due[i] - ahead : times_.due[i] + times_.period - ahead;
      plays.push_back({due, window, i});
    }
  }
  std::sort(plays.begin(), plays.end(), [](const Play& a, const Play& b) {
    return std::tie(a.due, a.window, a.entry) < std::tie(b.due, b.window, b.entry);
  });
  const std::vector<Entry> entries = std::move(entries_);
  const std::vector<std::uint8_t> bytes = std::move(bytes_);
  entries_ = {};
  bytes_ = {};
  times_.due.clear();
  entries_.reserve(plays.size());
  times_.due.reserve(plays.size());
  bytes_.reserve(bytes.size() * windows);
  for (const auto& [due, window, source] : plays) {
    const std::size_t end = source + 1 < entries.size() ? entries[source + 1].offset : bytes.size();
    Entry entry = entries[source];
    entry.offset = bytes_.size();
    bytes_.insert(bytes_.end(), bytes.data() + entries[source].offset, bytes.data() + end);
    ParsedFrame parsed;
    parse_frame(bytes_.data() + entry.offset, entry.length, parsed);
    move_to_window(bytes_.data() + entry.offset, entry.length, parsed, window);
    entries_.push_back(entry);
    times_.due.push_back(due);
  }
}

void PcapTraffic::count_flows() {
  FlowSet flows;
  for (const Entry& entry : entries_) {
    ParsedFrame parsed;
    parse_frame(bytes_.data() + entry.offset, entry.length, parsed);
    flows.add(parsed);
  }
  ipv4_flows_ = flows.ipv4();
  ipv6_flows_ = flows.ipv6();
}

void PcapTraffic::add(const PcapRecord& record) {
  const std::size_t on_wire = std::max<std::size_t>({record.original_length, record.bytes.size(), kMinLength});
  Entry entry;
  entry.offset = bytes_.size();
  entry.length = static_cast<std::uint16_t>(std::min(on_wire, FramePool::kMaxFrame));
  longest_frame_ = std::max<std::size_t>(longest_frame_, entry.length);
  // Frames start on a line of their own, an odd number of lines apart, as in FramePool.
  const std::size_t lines = (entry.length + 63) / 64;
  bytes_.resize(bytes_.size() + (lines | 1) * 64);
  std::uint8_t* frame = bytes_.data() + entry.offset;
  std::copy_n(record.bytes.begin(), std::min<std::size_t>(record.bytes.size(), entry.length), frame);
  std::copy(kDutMac.begin(), kDutMac.end(), frame);
  std::copy(kTesterMac.begin(), kTesterMac.end(), frame + kMacBytes);
  ParsedFrame parsed;
  const FrameKind kind = parse_innermost(frame, entry.length, parsed);
  const std::size_t packet_end = std::min<std::size_t>(parsed.network_end, entry.length);
  const bool has_flow = kind == FrameKind::kIpv4 || kind == FrameKind::kIpv6;
  if (has_flow && parsed.payload != 0 && parsed.payload + sizeof(ProbeSignature) <= packet_end) {
    entry.payload = parsed.payload;
    entry.udp = parsed.protocol == kProtocolUdp;
    entry.checksum_at = static_cast<std::uint16_t>(parsed.transport + (entry.udp ? kUdpChecksum : kTcpChecksum));
  }
  const std::size_t dirty = std::max<std::size_t>(parsed.payload, kHeaders) + sizeof(ProbeSignature);
  entry.dirty = static_cast<std::uint16_t>(std::min<std::size_t>(dirty, entry.length));
  entries_.push_back(entry);
  times_.due.push_back(record.timestamp_ns);
}

}  // namespace nicbench
