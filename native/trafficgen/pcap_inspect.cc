#include "trafficgen/pcap_inspect.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <set>

#include "io/pcap_file.h"
#include "packet/flow_set.h"
#include "packet/parser.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kLinkTypeEthernet = 1;
constexpr std::array<std::uint32_t, 8> kSizeEdges{64, 127, 255, 511, 1023, 1518, 9022, 1u << 18};

// Addresses in the order of their bytes, so that what the first and the last have in common all have.
template <std::size_t kBytes>
using Addresses = std::set<std::array<std::uint8_t, kBytes>>;

template <std::size_t kBytes>
std::string common_prefix(const Addresses<kBytes>& addresses) {
  auto first = *addresses.begin();
  const auto& last = *addresses.rbegin();
  std::size_t length = 0;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const int same = length == 8 * i ? std::countl_zero(static_cast<std::uint8_t>(first[i] ^ last[i])) : 0;
    length += static_cast<std::size_t>(same);
    first[i] &= static_cast<std::uint8_t>(0xff00 >> same);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(kBytes == 4 ? AF_INET : AF_INET6, first.data(), text.data(), text.size());
  return std::string(text.data()) + '/' + std::to_string(length);
}

template <class Keys>
PcapEnds ends_of(const Keys& flows, bool sources) {
  using Key = typename Keys::value_type;
  constexpr std::size_t kBytes = sizeof Key::source;
  Addresses<kBytes> addresses;
  PcapEnds ends;
  for (const Key& key : flows) {
    addresses.insert(std::bit_cast<std::array<std::uint8_t, kBytes>>(sources ? key.source : key.destination));
    if (key.protocol != kProtocolTcp && key.protocol != kProtocolUdp && key.protocol != kProtocolSctp) continue;
    const std::uint16_t port = to_be16(sources ? key.source_port : key.destination_port);
    if (!ends.ports) ends.ports.emplace(port, port);
    ends.ports->first = std::min(ends.ports->first, port);
    ends.ports->second = std::max(ends.ports->second, port);
  }
  ends.version = kBytes == 4 ? 4 : 6;
  ends.side = sources ? "source" : "destination";
  ends.addresses = addresses.size();
  ends.prefix = common_prefix(addresses);
  return ends;
}

class Inspector {
 public:
  explicit Inspector(const std::string& path) : file_(path) {
    result_.big_endian = file_.big_endian();
    result_.nanoseconds = file_.nanoseconds();
    result_.link_type = file_.link_type();
    result_.snap_length = file_.snap_length();
    for (const std::uint32_t edge : kSizeEdges) result_.sizes.emplace_back(edge, 0);
  }

  PcapInspection inspect() {
    while (const auto record = file_.next()) count(*record);
    if (file_.truncated()) note("the file ends inside a frame", result_.frames + 1);
    if (result_.link_type != kLinkTypeEthernet && result_.frames > 0)
      note("not Ethernet: frames are not looked into", 1);
    if (result_.frames > 0) result_.duration_seconds = static_cast<double>(latest_ - earliest_) * 1e-9;
    result_.flows = flows_.ipv4() + flows_.ipv6();
    result_.connections = flows_.connections();
    add_ends(flows_.ipv4_flows());
    add_ends(flows_.ipv6_flows());
    return std::move(result_);
  }

 private:
  void count(const PcapRecord& record) {
    ++result_.frames;
    result_.captured_bytes += record.bytes.size();
    result_.original_bytes += record.original_length;
    if (record.timestamp_ns < latest_) note("time runs backwards", result_.frames);
    earliest_ = std::min(earliest_, record.timestamp_ns);
    latest_ = std::max(latest_, record.timestamp_ns);
    if (record.bytes.size() < record.original_length) note("cut by the snap length", result_.frames);
    if (record.bytes.size() > record.original_length) note("captured more than was on the wire", result_.frames);
    const std::uint64_t size = std::max<std::uint64_t>(std::uint64_t{record.original_length} + kFcsBytes, 64);
    if (size > 9022) note("larger than a jumbo frame (captured before segmentation offload?)", result_.frames);
    const auto edge = std::find_if(kSizeEdges.begin(), kSizeEdges.end() - 1, [&](auto e) { return size <= e; });
    ++result_.sizes[static_cast<std::size_t>(edge - kSizeEdges.begin())].second;
    if (result_.link_type == kLinkTypeEthernet) look_into(record);
  }

  void look_into(const PcapRecord& record) {
    ParsedFrame parsed;
    parse_frame(record.bytes.data(), record.bytes.size(), parsed);
    flows_.add(parsed);
    if (parsed.kind == FrameKind::kTruncated) note("a header is cut off", result_.frames);
    if (parsed.kind == FrameKind::kMalformed) note("a header contradicts itself", result_.frames);
    if (parsed.kind == FrameKind::kFragment) note("later IP fragment: has no ports, is not tracked", result_.frames);
    ++result_.protocols[protocol_name(record, parsed)];
  }

  template <class Keys>
  void add_ends(const Keys& flows) {
    if (flows.empty()) return;
    for (const bool sources : {true, false}) result_.ends.push_back(ends_of(flows, sources));
  }

  static std::string protocol_name(const PcapRecord& record, const ParsedFrame& parsed) {
    switch (parsed.kind) {
      case FrameKind::kTruncated: return "truncated";
      case FrameKind::kMalformed: return "malformed";
      case FrameKind::kOther: return record.bytes[12] == 0x08 && record.bytes[13] == 0x06 ? "arp" : "other";
      default: break;
    }
    switch (parsed.protocol) {
      case kProtocolTcp: return "tcp";
      case kProtocolUdp: return "udp";
      case kProtocolIcmp: return "icmp";
      case kProtocolIcmp6: return "icmpv6";
      case kProtocolSctp: return "sctp";
      case kProtocolGre: return "gre";
      default: return "ip-" + std::to_string(parsed.protocol);
    }
  }

  void note(const std::string& kind, std::uint64_t frame) {
    auto& problems = result_.problems;
    const auto known = std::find_if(problems.begin(), problems.end(), [&](const auto& p) { return p.kind == kind; });
    if (known != problems.end()) {
      ++known->count;
    } else {
      problems.push_back({kind, 1, frame});
    }
  }

  PcapFile file_;
  PcapInspection result_;
  FlowSet flows_;
  std::uint64_t earliest_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t latest_ = 0;
};

}  // namespace

PcapInspection inspect_pcap(const std::string& path) { return Inspector(path).inspect(); }

}  // namespace nicbench
