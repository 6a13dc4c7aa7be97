#include "xdprules/program.h"

#include <arpa/inet.h>

#include <cstddef>
#include <cstring>
#include <map>

#include "xdprules/assembler.h"

namespace nicbench {
namespace {

using If = Assembler::If;
using Label = Assembler::Label;
using Register = Assembler::Register;
using Size = Assembler::Size;

constexpr Register r0 = 0, r1 = 1, r2 = 2, r3 = 3, r4 = 4, r5 = 5;
constexpr Register kHeaders = 6, kFrame = 7, kNetwork = 8, kTransport = 9, kStack = 10;

// IEEE 802.3 and 802.1Q: the type behind both addresses, or behind a tag.
constexpr int kAddressBytes = 6, kTypeAt = 12, kTagBytes = 4, kEthernetBytes = 14;
// A word of the frame's first header may begin with the type behind a tag.
constexpr int kFrameBytes = 20;
constexpr std::uint16_t kCustomerTag = 0x8100, kServiceTag = 0x88a8, kIpv4Type = 0x0800, kIpv6Type = 0x86dd;
// RFC 791, 8200.
constexpr int kIpv4Bytes = 20, kIpv6Bytes = 40, kFragmentAt = 6, kProtocolAt = 9, kNextHeaderAt = 6;
constexpr std::uint16_t kFragmentOffset = 0x1fff;
constexpr int kIcmp = 1, kTcp = 6, kUdp = 17, kGre = 47;
// Ports, or ICMP's first eight bytes; of TCP also its flags.
constexpr int kTransportBytes = 8, kTcpBytes = 16;

class Writer {
 public:
  Writer(std::span<const RuleMap* const> maps, int counters, const XdpProgramOptions& options)
      : counters_(counters), options_(options) {
    for (const RuleMap* map : maps) groups_[map->match().group].maps.push_back(map);
    // Code that nothing leads to the verifier refuses.
    if (!options.joins && !groups_.contains(0)) groups_.clear();
    for (auto& [number, group] : groups_) group.begin = out_.new_label();
  }

  std::vector<bpf_insn> write() {
    parse();
    for (auto group = groups_.begin(); group != groups_.end(); ++group) {
      if (group->first > 0 && !options_.joins) out_.jump(rest_);  // Not taken in the group before.
      look_up_in(group);
    }
    out_.jump(rest_);
    if (!groups_.empty()) taken();
    out_.place(rest_);
    count(kXdpRest);
    if (options_.drops_rest) end(XDP_DROP);
    // Else nothing leads there, which the verifier refuses.
    if (!options_.drops_rest || !groups_.empty()) {
      out_.place(forward_);
      forward();
    }
    out_.place(too_short_);
    end(options_.sends ? XDP_DROP : XDP_PASS);
    return out_.finish();
  }

 private:
  struct Group {
    std::vector<const RuleMap*> maps;
    Label begin = 0;
  };
  using Groups = std::map<std::uint32_t, Group>;

  // A header that is cut short, unknown or of a later fragment is not there.
  void parse() {
    const Label tagged = out_.new_label(), network = out_.new_label(), ipv4 = out_.new_label(), ipv6 = out_.new_label(),
                transport = out_.new_label();
    out_.set(kHeaders, 0);
    out_.load(kFrame, r1, offsetof(xdp_md, data), Size::k32);
    out_.load(r2, r1, offsetof(xdp_md, data_end), Size::k32);
    unless_room(kFrame, kFrameBytes, too_short_);
    out_.copy(kNetwork, kFrame);
    out_.add_value(kNetwork, kEthernetBytes);
    out_.load(r4, kFrame, kTypeAt, Size::k16);
    out_.jump_if_value(If::kEqual, r4, htons(kCustomerTag), tagged);
    out_.jump_if_value(If::kNotEqual, r4, htons(kServiceTag), network);
    out_.place(tagged);
    out_.or_value(kHeaders, kXdpVlan);
    out_.load(r4, kFrame, kTypeAt + kTagBytes, Size::k16);
    out_.add_value(kNetwork, kTagBytes);
    out_.place(network);
    out_.jump_if_value(If::kEqual, r4, htons(kIpv4Type), ipv4);
    out_.jump_if_value(If::kEqual, r4, htons(kIpv6Type), ipv6);
    out_.jump(parsed_);
    out_.place(ipv4);
    parse_ipv4(transport);
    out_.place(ipv6);
    parse_ipv6();
    out_.place(transport);
    parse_transport();
    out_.place(parsed_);
  }

  void parse_ipv4(Label transport) {
    unless_room(kNetwork, kIpv4Bytes, parsed_);
    out_.or_value(kHeaders, kXdpIpv4);
    out_.load(r5, kNetwork, kFragmentAt, Size::k16);
    out_.and_value(r5, htons(kFragmentOffset));
    out_.jump_if_value(If::kNotEqual, r5, 0, parsed_);
    out_.load(r5, kNetwork, 0, Size::k8);  // version, and length in words
    out_.and_value(r5, 0xf);
    out_.shift_left(r5, 2);
    out_.jump_if_value(If::kBelow, r5, kIpv4Bytes, parsed_);
    out_.copy(kTransport, kNetwork);
    out_.add(kTransport, r5);
    out_.load(r4, kNetwork, kProtocolAt, Size::k8);
    out_.jump(transport);
  }

  void parse_ipv6() {
    unless_room(kNetwork, kIpv6Bytes, parsed_);
    out_.or_value(kHeaders, kXdpIpv6);
    out_.copy(kTransport, kNetwork);
    out_.add_value(kTransport, kIpv6Bytes);
    out_.load(r4, kNetwork, kNextHeaderAt, Size::k8);
  }

  // r4: protocol.
  void parse_transport() {
    unless_room(kTransport, kTransportBytes, parsed_);
    const Label tcp = out_.new_label();
    out_.jump_if_value(If::kEqual, r4, kTcp, tcp);
    for (const auto& [protocol, header] : {std::pair{kUdp, kXdpUdp}, {kIcmp, kXdpIcmp}, {kGre, kXdpGre}}) {
      const Label other = out_.new_label();
      out_.jump_if_value(If::kNotEqual, r4, protocol, other);
      out_.or_value(kHeaders, header);
      out_.jump(parsed_);
      out_.place(other);
    }
    out_.jump(parsed_);
    out_.place(tcp);
    unless_room(kTransport, kTcpBytes, parsed_);
    out_.or_value(kHeaders, kXdpTcp);
  }

  // r2: end of the frame.
  void unless_room(Register from, int bytes, Label otherwise) {
    out_.copy(r3, from);
    out_.add_value(r3, bytes);
    out_.jump_if(If::kAbove, r3, r2, otherwise);
  }

  void look_up_in(Groups::const_iterator group) {
    const Label hit = out_.new_label(), missed = out_.new_label();
    out_.place(group->second.begin);
    for (const RuleMap* map : group->second.maps) look_up_in(*map, hit);
    out_.jump(missed);
    out_.place(hit);
    take(group);
    out_.place(missed);
  }

  void look_up_in(const RuleMap& map, Label hit) {
    const XdpMatch& match = map.match();
    const Label skip = out_.new_label();
    out_.copy(r1, kHeaders);
    out_.and_value(r1, match.headers);
    out_.jump_if_value(If::kNotEqual, r1, match.headers, skip);
    const int key_at = -static_cast<int>((match.key_bytes() + 7) / 8 * 8);
    put_key(match, key_at);
    look_up(map.fd(), key_at);
    out_.jump_if_value(If::kNotEqual, r0, 0, hit);
    out_.place(skip);
  }

  void put_key(const XdpMatch& match, int at) {
    if (match.trie) {
      out_.store_value(kStack, at, static_cast<std::int32_t>(32 * match.words.size()), Size::k32);
      at += 4;
    }
    if (match.words.empty()) out_.store_value(kStack, at, 0, Size::k32);
    for (const XdpWord& word : match.words) {
      out_.load(r1, base_of(word), word.offset, Size::k32);
      if (word.mask != 0xffff'ffff) out_.and_value(r1, htonl(word.mask));
      out_.store(kStack, at, r1, Size::k32);
      at += 4;
    }
  }

  static Register base_of(const XdpWord& word) {
    switch (word.base) {
      case XdpBase::kFrame: return kFrame;
      case XdpBase::kNetwork: return kNetwork;
      default: return kTransport;
    }
  }

  // r0 = place of the value, or 0; r1 to r5 are gone.
  void look_up(int map, int key_at) {
    out_.load_map(r1, map);
    out_.copy(r2, kStack);
    out_.add_value(r2, key_at);
    out_.call(BPF_FUNC_map_lookup_elem);
  }

  // r0: place of the value.
  void take(Groups::const_iterator group) {
    const Label uncounted = out_.new_label();
    out_.load(r1, r0, offsetof(XdpValue, counts), Size::k8);
    out_.jump_if_value(If::kEqual, r1, 0, uncounted);
    out_.set(r1, 1);
    out_.add_atomically(r0, offsetof(XdpValue, frames), r1);
    out_.place(uncounted);
    out_.load(r1, r0, offsetof(XdpValue, fate), Size::k8);
    out_.jump_if_value(If::kNotEqual, r1, static_cast<int>(XdpFate::kJump), taken_);
    out_.load(r2, r0, offsetof(XdpValue, argument), Size::k16);
    while (++group != groups_.end()) {
      out_.jump_if_value(If::kEqual, r2, static_cast<int>(group->first), group->second.begin);
    }
    out_.jump(rest_);
  }

  // r1: the rule's fate.
  void taken() {
    out_.place(taken_);
    out_.copy(kTransport, r1);
    count(kXdpTaken);
    out_.jump_if_value(If::kNotEqual, kTransport, static_cast<int>(XdpFate::kDrop), forward_);
    end(XDP_DROP);
  }

  void count(std::uint32_t which) {
    constexpr int kKeyAt = -8;
    const Label unknown = out_.new_label();
    out_.store_value(kStack, kKeyAt, static_cast<std::int32_t>(which), Size::k32);
    look_up(counters_, kKeyAt);
    out_.jump_if_value(If::kEqual, r0, 0, unknown);
    out_.load(r1, r0, 0, Size::k64);
    out_.add_value(r1, 1);
    out_.store(r0, 0, r1, Size::k64);
    out_.place(unknown);
  }

  void forward() {
    if (!options_.sends) return end(XDP_PASS);
    // To whom it came from, from us.
    const XdpMac& mac = *options_.sends;
    std::int32_t first;
    std::int16_t last;
    std::memcpy(&first, mac.data(), sizeof first);
    std::memcpy(&last, mac.data() + sizeof first, sizeof last);
    out_.load(r1, kFrame, kAddressBytes, Size::k32);
    out_.load(r2, kFrame, kAddressBytes + 4, Size::k16);
    out_.store(kFrame, 0, r1, Size::k32);
    out_.store(kFrame, 4, r2, Size::k16);
    out_.store_value(kFrame, kAddressBytes, first, Size::k32);
    out_.store_value(kFrame, kAddressBytes + 4, last, Size::k16);
    end(XDP_TX);
  }

  void end(int verdict) {
    out_.set(r0, verdict);
    out_.exit();
  }

  const int counters_;
  const XdpProgramOptions& options_;
  Groups groups_;
  Assembler out_;
  const Label parsed_ = out_.new_label(), taken_ = out_.new_label(), rest_ = out_.new_label(),
              forward_ = out_.new_label(), too_short_ = out_.new_label();
};

}  // namespace

std::vector<bpf_insn> make_xdp_program(std::span<const RuleMap* const> maps, int counters,
                                       const XdpProgramOptions& options) {
  return Writer(maps, counters, options).write();
}

}  // namespace nicbench
