#include "trafficgen/pcap_traffic.h"

#include <unistd.h>

#include <algorithm>

#include "common/user_error.h"
#include "io/frame_pool.h"
#include "packet/flow_set.h"
#include "packet/tunnel.h"
#include "trafficgen/probe.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kLinkTypeEthernet = 1;
constexpr std::size_t kMinLength = 60;  // 64 bytes with FCS
constexpr std::size_t kHeaders = kEthernetHeader + 2 * kVlanTag + kIpv6Header + kTcpHeader;

std::size_t memory_limit() {
  return static_cast<std::size_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 2;
}

}  // namespace

PcapTraffic::PcapTraffic(const std::string& path) {
  PcapFile file(path);
  if (file.link_type() != kLinkTypeEthernet) {
    throw UserError("PCAP_LINK_TYPE",
                    path + ": the capture has link type " + std::to_string(file.link_type()) + ", not Ethernet (1).",
                    "Capture on an Ethernet interface (not `any`), or add headers with: tcprewrite --dlt=enet");
  }
  const std::size_t limit = memory_limit();
  FlowSet flows;
  while (const auto record = file.next()) {
    add(*record);
    if (bytes_.size() > limit) {
      throw UserError("PCAP_TOO_LARGE", path + ": the capture needs more than half of the free memory.",
                      "Cut it: editcap -c 1000000 in.pcap out.pcap");
    }
    ParsedFrame parsed;
    const Entry& entry = entries_.back();
    parse_frame(bytes_.data() + entry.offset, entry.length, parsed);
    flows.add(parsed);
  }
  if (file.truncated()) {
    throw UserError(
        "PCAP_TRUNCATED", path + ": the file ends inside frame " + std::to_string(entries_.size() + 1) + ".",
        "Keep the whole frames: editcap -F pcap in.pcap out.pcap; `nicbench traffic inspect` shows what is there.");
  }
  if (entries_.empty())
    throw UserError("PCAP_EMPTY", path + ": the capture has no frames.", "Capture some traffic first.");
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
}

}  // namespace nicbench
