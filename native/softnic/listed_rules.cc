#include "softnic/listed_rules.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr std::size_t kRuleBytes = 24, kValueBytes = 16, kMatchBytes = 1 + 2 * kValueBytes;

[[noreturn]] void refuse(const std::string& why) {
  throw UserError("RULES_ENCODING", "Rules cannot be read: " + why + ".",
                  "Orchestrator and agent may be of different versions.");
}

// Where a field lies in Fields: so many bytes from the byte `at` of a word on.
struct Place {
  std::string_view name;
  FieldWord word;
  std::uint8_t at, bytes;
  bool swapped = false;  // host order, which is little-endian
};

constexpr Place kPlaces[] = {{"eth.dst", kEthernetTo, 0, 6},          {"eth.type", kEthernetTo, 6, 2},
                             {"eth.src", kEthernetFrom, 0, 6},        {"vlan.tci", kEthernetFrom, 6, 2},
                             {"vlan.inner_type", kEthernetTo, 6, 2},  {"ipv4.src", kOuterIpv4, 0, 4},
                             {"ipv4.dst", kOuterIpv4, 4, 4},          {"ipv4.proto", kOuterPorts, 4, 1},
                             {"ipv6.src", kOuterIpv6, 0, 16},         {"ipv6.dst", kOuterIpv6, 16, 16},
                             {"ipv6.proto", kOuterPorts, 4, 1},       {"tcp.src", kOuterPorts, 0, 2},
                             {"tcp.dst", kOuterPorts, 2, 2},          {"udp.src", kOuterPorts, 0, 2},
                             {"udp.dst", kOuterPorts, 2, 2},          {"icmp.type", kOuterPorts, 0, 1},
                             {"icmp.code", kOuterPorts, 1, 1},        {"inner icmp.type", kInnerPorts, 0, 1},
                             {"inner icmp.code", kInnerPorts, 1, 1},  {"vxlan.vni", kTunnelMeta, 0, 3, true},
                             {"geneve.vni", kTunnelMeta, 0, 3, true}, {"meta.data", kTunnelMeta, 4, 4, true},
                             {"tag.data", kClassTag, 4, 4, true},     {"inner ipv4.src", kInnerIpv4, 0, 4},
                             {"inner ipv4.dst", kInnerIpv4, 4, 4},    {"inner ipv4.proto", kInnerPorts, 4, 1},
                             {"inner ipv6.src", kInnerIpv6, 0, 16},   {"inner ipv6.dst", kInnerIpv6, 16, 16},
                             {"inner ipv6.proto", kInnerPorts, 4, 1}, {"inner tcp.src", kInnerPorts, 0, 2},
                             {"inner tcp.dst", kInnerPorts, 2, 2},    {"inner udp.src", kInnerPorts, 0, 2},
                             {"inner udp.dst", kInnerPorts, 2, 2}};

// What the class of a frame says where there is such a header.
struct Header {
  std::string_view name;
  std::uint32_t bits, value;
};

constexpr Header kHeaders[] = {{"eth", 0, 0},
                               {"vlan", FrameClass::kVlan, FrameClass::kVlan},
                               {"ipv4", FrameClass::kL3, FrameClass::kIpv4},
                               {"ipv6", FrameClass::kL3, FrameClass::kIpv6},
                               {"tcp", FrameClass::kL4, FrameClass::kTcp},
                               {"udp", FrameClass::kL4, FrameClass::kUdp},
                               {"icmp", FrameClass::kL4, FrameClass::kIcmp},
                               {"vxlan", FrameClass::kTunnel, FrameClass::kVxlan},
                               {"gre", FrameClass::kTunnel, FrameClass::kGre},
                               {"geneve", FrameClass::kTunnel, FrameClass::kGeneve}};

template <class Known>
const Known* find(std::span<const Known> known, std::string_view name) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const Known& each) { return each.name == name; });
  return found == known.end() ? nullptr : &*found;
}

void add_match(Rule& rule, const std::string& name, const std::uint8_t* value, const std::uint8_t* mask) {
  constexpr std::string_view kInner = "inner ";
  const bool inner = name.starts_with(kInner);
  if (const Header* header = find<Header>(kHeaders, std::string_view(name).substr(inner ? kInner.size() : 0))) {
    const unsigned shift = inner ? FrameClass::kInnerShift : 0;
    rule.mask.words[kClassTag] |= header->bits << shift;
    rule.spec.words[kClassTag] |= header->value << shift;
    return;
  }
  const Place* place = find<Place>(kPlaces, name);
  if (place == nullptr) refuse("there is no match by '" + name + "'");
  for (std::size_t i = 0; i < place->bytes; ++i) {
    const std::size_t to = place->at + (place->swapped ? place->bytes - 1 - i : i);
    const std::size_t from = kValueBytes - place->bytes + i;
    rule.mask.bytes(place->word)[to] |= mask[from];
    rule.spec.bytes(place->word)[to] |= value[from] & mask[from];
  }
}

template <class T>
T take(std::span<const std::uint8_t>& bytes) {
  const T value = load<T>(bytes.data());
  bytes = bytes.subspan(sizeof(T));
  return value;
}

Actions take_actions(std::span<const std::uint8_t>& bytes) {
  Actions actions;
  const auto fate = take<std::uint8_t>(bytes);
  if (fate > static_cast<std::uint8_t>(Fate::kJump)) refuse("a rule has an unknown fate");
  actions.fate = static_cast<Fate>(fate);
  if (actions.fate == Fate::kJump) actions.purpose = Purpose::kJump;
  const auto which = take<std::uint8_t>(bytes);
  actions.count = (which & 1) != 0;
  actions.mark = (which & 2) != 0;
  actions.set_meta = (which & 4) != 0;
  actions.set_tag = (which & 8) != 0;
  actions.target = take<std::uint16_t>(bytes);
  return actions;
}

}  // namespace

std::vector<Rule> decode_rules(std::span<const std::uint8_t> bytes, const std::vector<std::string>& names) {
  std::vector<Rule> rules;
  while (!bytes.empty()) {
    if (bytes.size() < kRuleBytes) refuse("the last one is cut");
    Rule& rule = rules.emplace_back();
    rule.group = take<std::uint16_t>(bytes);
    rule.actions = take_actions(bytes);
    const std::size_t matches = take<std::uint16_t>(bytes);
    rule.priority = take<std::uint32_t>(bytes);
    rule.actions.mark_id = take<std::uint32_t>(bytes);
    rule.actions.meta = take<std::uint32_t>(bytes);
    rule.actions.tag = take<std::uint32_t>(bytes);
    if (bytes.size() < matches * kMatchBytes) refuse("the last one is cut");
    for (std::size_t i = 0; i < matches; ++i, bytes = bytes.subspan(kMatchBytes)) {
      if (bytes[0] >= names.size()) refuse("a match has no name");
      add_match(rule, names[bytes[0]], &bytes[1], &bytes[1 + kValueBytes]);
    }
  }
  return rules;
}

}  // namespace nicbench
