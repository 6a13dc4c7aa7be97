#include "softnic/rule_set.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "common/random.h"
#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr std::uint16_t kFirstQueue = 1;
constexpr std::uint32_t kSources = 0x64400000u, kDestinations = 0xc0a80000u;  // 100.64.0.0/10, 192.168.0.0/16
constexpr unsigned kMostUncounted = 2 * (kMaxMasks - 1);                      // bits of the source
constexpr std::pair<std::string_view, unsigned> kItems[] = {
    {"eth", 0}, {"vlan", 1}, {"ipv4", 2}, {"ipv6", 3}, {"tcp", 4}, {"udp", 5}, {"vxlan", 6}, {"gre", 7}, {"geneve", 8}};

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, '/');) parts.push_back(part);
  return parts;
}

[[noreturn]] void refuse_match(const std::string& match, const std::string& why) {
  throw UserError("RULES_MATCH", "The match '" + match + "' is not possible: " + why + ".",
                  "Write the items from the outside in, such as eth, eth/ipv4, eth/ipv6/tcp, vlan/ipv4/udp or "
                  "vxlan/ipv4/tcp.");
}

void put(Fields& mask, Fields& spec, FieldWord word, std::size_t at, const void* bytes, std::size_t length) noexcept {
  std::memset(mask.bytes(word) + at, 0xff, length);
  std::memcpy(spec.bytes(word) + at, bytes, length);
}

void put32(Fields& mask, Fields& spec, FieldWord word, std::size_t at, std::uint32_t value) noexcept {
  put(mask, spec, word, at, &value, sizeof value);
}

// Of a 32-bit address in network byte order.
void clear_last_bits(std::uint8_t* mask, std::uint8_t* spec, unsigned bits) noexcept {
  for (int byte = 3; bits > 0; --byte) {
    const unsigned here = std::min(bits, 8u);
    const auto kept = static_cast<std::uint8_t>(0xffu << here);
    mask[byte] &= kept;
    spec[byte] &= kept;
    bits -= here;
  }
}

}  // namespace

RuleSet::RuleSet(const RuleSetConfig& config, std::vector<FiveTuple4> matching)
    : config_(config), matching_(std::move(matching)) {
  std::uint64_t seed = config.seed;
  key_ = static_cast<std::uint32_t>(splitmix64(seed));
  if (config.tables >= 64) {
    throw UserError("RULES_TABLES", std::to_string(config.tables) + " tables are not possible.", "Use 0 to 63.");
  }
  if (config_.listed) {
    read_list();
    return;
  }
  read_match();
  read_actions();
  check_masks();
  if (!matching_.empty() && !plain_ipv4_) {
    refuse_match(config_.match, "the generator's flows, of which a share is to match, are plain IPv4 over UDP");
  }
}

void RuleSet::read_list() {
  if (!matching_.empty() || config_.tables != 0 || config_.masks != 1) {
    throw UserError("RULES_LIST", "Listed rules have their own matches and groups.",
                    "Leave tables, masks and match_share out.");
  }
  if (config_.rules > config_.listed->size()) {
    throw UserError("RULES_LIST", "There are only " + std::to_string(config_.listed->size()) + " listed rules.",
                    "Install fewer.");
  }
  for (const Rule& rule : *config_.listed) {
    const std::uint32_t inner = FrameClass::kTunnel | ~std::uint32_t{0} << FrameClass::kInnerShift;
    tunnels_ = tunnels_ || (rule.mask.frame_class() & inner) != 0;
    if (rule.actions.fate != Fate::kQueue) continue;
    if (rule.actions.target == 0xffff) {
      throw UserError("RULES_LIST", "Queue 65535 is for rules that are updated.", "Use a lower one.");
    }
    other_queue_ = std::max(other_queue_, static_cast<std::uint16_t>(rule.actions.target + 1));
  }
}

void RuleSet::read_match() {
  unsigned last = 0;
  for (const std::string& part : parts_of(config_.match)) {
    const auto found =
        std::find_if(std::begin(kItems), std::end(kItems), [&](const auto& item) { return item.first == part; });
    if (found == std::end(kItems)) refuse_match(config_.match, "there is no item '" + part + "'");
    if ((items_ >> found->second & 1) != 0) refuse_match(config_.match, "'" + part + "' is there twice");
    items_ |= 1u << found->second;
    last = found->second;
  }
  if (items_ == 0) refuse_match(config_.match, "it has no items");
  const auto one_of = [&](Item a, Item b) { return has(a) && has(b); };
  if (one_of(kIpv4, kIpv6)) refuse_match(config_.match, "a packet is IPv4 or IPv6");
  if (one_of(kTcp, kUdp)) refuse_match(config_.match, "a packet is TCP or UDP");
  if ((has(kTcp) || has(kUdp)) && last != kTcp && last != kUdp) {
    refuse_match(config_.match, "tcp and udp come last");
  }
  const unsigned tunnels = has(kVxlan) + has(kGre) + has(kGeneve);
  if (tunnels > 1) refuse_match(config_.match, "there is one level of tunnels");
  tunnels_ = tunnels == 1;
  if ((has(kTcp) || has(kUdp)) && !has(kIpv4) && !has(kIpv6)) {
    refuse_match(config_.match, "tcp and udp need ipv4 or ipv6 before them");
  }
  plain_ipv4_ = has(kIpv4) && !tunnels_ && !has(kVlan) && !has(kTcp);
}

void RuleSet::check_masks() const {
  if (config_.masks < 1 || config_.masks > kMaxMasks) {
    throw UserError("RULES_MASKS", std::to_string(config_.masks) + " masks are not possible.",
                    "Use 1 to " + std::to_string(kMaxMasks) + ".");
  }
  if (config_.masks == 1 || plain_ipv4_) return;
  throw UserError("RULES_MASKS", "Rules that match '" + config_.match + "' have one mask.",
                  "Use eth/ipv4 or eth/ipv4/udp for several.");
}

void RuleSet::read_actions() {
  kinds_.fate = Fate::kJump;
  for (const std::string& part : parts_of(config_.actions)) {
    if (part == "queue") {
      kinds_.fate = Fate::kQueue;
    } else if (part == "drop") {
      kinds_.fate = Fate::kDrop;
    } else if (part == "mark") {
      kinds_.mark = true;
    } else if (part == "set_meta") {
      kinds_.set_meta = true;
    } else if (part == "set_tag") {
      kinds_.set_tag = true;
    } else if (part == "count") {
      kinds_.count = true;
    } else {
      throw UserError("RULES_ACTIONS", "There is no action '" + part + "'.",
                      "There are queue, drop, mark, set_meta, set_tag and count, such as queue/mark.");
    }
  }
  if (kinds_.fate != Fate::kJump) return;
  throw UserError("RULES_ACTIONS", "The actions '" + config_.actions + "' do not say where frames go.",
                  "Begin with queue or drop, such as queue/mark.");
}

std::vector<Rule> RuleSet::listed_defaults() const {
  std::set<std::uint16_t> without{0}, with;
  for (const Rule& rule : *config_.listed) {
    without.insert(rule.group);
    if (rule.actions.fate == Fate::kJump) without.insert(rule.actions.target);
    if (rule.mask == Fields{}) with.insert(rule.group);
  }
  std::vector<Rule> rules;
  for (const std::uint16_t group : without) {
    if (with.contains(group)) continue;
    Rule rule;
    rule.group = group;
    rule.priority = ~std::uint32_t{0};
    rule.actions.fate = Fate::kQueue;
    rule.actions.purpose = Purpose::kDefault;
    rules.push_back(rule);
  }
  return rules;
}

std::vector<Rule> RuleSet::defaults() const {
  if (config_.listed) return listed_defaults();
  const auto rest_of = [](std::uint16_t group, Fate fate, std::uint16_t target) {
    Rule rule;
    rule.group = group;
    rule.priority = 1;
    rule.actions.fate = fate;
    rule.actions.target = target;
    rule.actions.purpose = fate == Fate::kJump ? Purpose::kJump : Purpose::kDefault;
    return rule;
  };
  std::vector<Rule> rules;
  const Fate rest = config_.drops == Drops::kRest ? Fate::kDrop : Fate::kQueue;
  if (config_.tables == 0) {
    rules.push_back(rest_of(0, rest, 0));
    if (plain_ipv4_) {
      rules[0].mask.words[kClassTag] = FrameClass::kL3;
      rules[0].spec.words[kClassTag] = FrameClass::kIpv4;
      const std::uint8_t prefix[] = {192, 168};
      put(rules[0].mask, rules[0].spec, kOuterIpv4, 4, prefix, sizeof prefix);
    }
    return rules;
  }
  for (std::uint16_t group = 0; group <= config_.tables; ++group) {
    const bool last = group == config_.tables;
    rules.push_back(rest_of(group, last ? rest : Fate::kJump, last ? 0 : static_cast<std::uint16_t>(group + 1)));
  }
  return rules;
}

void RuleSet::set_class(Fields& mask, Fields& spec) const noexcept {
  std::uint32_t wanted = 0, looked_at = 0;
  const auto want = [&](std::uint32_t bits, std::uint32_t value, unsigned shift) {
    looked_at |= bits << shift;
    wanted |= value << shift;
  };
  const unsigned shift = tunnels_ ? FrameClass::kInnerShift : 0;
  if (has(kVlan)) want(FrameClass::kVlan, FrameClass::kVlan, 0);
  if (has(kVxlan)) want(FrameClass::kTunnel, FrameClass::kVxlan, 0);
  if (has(kGre)) want(FrameClass::kTunnel, FrameClass::kGre, 0);
  if (has(kGeneve)) want(FrameClass::kTunnel, FrameClass::kGeneve, 0);
  if (has(kIpv4)) want(FrameClass::kL3, FrameClass::kIpv4, shift);
  if (has(kIpv6)) want(FrameClass::kL3, FrameClass::kIpv6, shift);
  if (has(kTcp)) want(FrameClass::kL4, FrameClass::kTcp, shift);
  if (has(kUdp)) want(FrameClass::kL4, FrameClass::kUdp, shift);
  mask.words[kClassTag] = looked_at;
  spec.words[kClassTag] = wanted;
}

Rule RuleSet::specific(std::uint64_t i) const noexcept {
  if (config_.listed) return (*config_.listed)[i];
  Rule rule;
  rule.group = group_of(i);
  rule.actions = actions(i, 0);
  Fields& mask = rule.mask;
  Fields& spec = rule.spec;
  set_class(mask, spec);
  const std::uint32_t p = permute32(static_cast<std::uint32_t>(i), key_);
  const std::uint32_t q = permute32(static_cast<std::uint32_t>(i), key_ ^ 0x9e3779b9u);
  // Both ends together tell p, so that no two rules have the same; with several masks they tell i.
  std::uint32_t source = to_be32(kSources | p >> 16), destination = to_be32(kDestinations | (p & 0xffffu));
  const unsigned uncounted = 2 * static_cast<unsigned>(i % config_.masks);
  if (config_.masks > 1) {
    const std::uint32_t number = (static_cast<std::uint32_t>(i) ^ key_) & 0xffffffu;
    source = to_be32(kSources | number >> 16 << kMostUncounted);
    destination = to_be32(kDestinations | (number & 0xffffu));
  }
  std::uint32_t ports = q;
  if (i >= config_.match_from && i - config_.match_from < matching_.size()) {
    const FiveTuple4& flow = matching_[i - config_.match_from];
    source = flow.source;
    destination = flow.destination;
    ports = flow.source_port | static_cast<std::uint32_t>(flow.destination_port) << 16;
  }
  if (has(kIpv4)) {
    const FieldWord word = tunnels_ ? kInnerIpv4 : kOuterIpv4;
    put32(mask, spec, word, 0, source);
    put32(mask, spec, word, 4, destination);
    clear_last_bits(mask.bytes(word), spec.bytes(word), uncounted);
  } else if (has(kIpv6)) {
    const FieldWord word = tunnels_ ? kInnerIpv6 : kOuterIpv6;
    const std::uint8_t prefix[12] = {0x20, 0x01, 0x0d, 0xb8};  // RFC 3849
    put(mask, spec, word, 0, prefix, sizeof prefix);
    put32(mask, spec, word, 12, source);
    put(mask, spec, word, 16, prefix, sizeof prefix);
    put32(mask, spec, word, 28, destination);
  } else {
    const std::uint8_t local[2] = {0x02, 0x11};  // locally administered
    put(mask, spec, kEthernetTo, 0, local, sizeof local);
    put32(mask, spec, kEthernetTo, 2, p);
  }
  if (has(kTcp) || has(kUdp)) put32(mask, spec, tunnels_ ? kInnerPorts : kOuterPorts, 0, ports);
  if (has(kVlan)) {
    const std::uint16_t identifier = to_be16(static_cast<std::uint16_t>(1 + q % 4094));
    put(mask, spec, kEthernetFrom, 6, &identifier, sizeof identifier);
    mask.bytes(kEthernetFrom)[6] = 0x0f;  // the 12 bits of the identifier
  }
  if (has(kVxlan) || has(kGeneve)) put32(mask, spec, kTunnelMeta, 0, q & 0xffffffu);
  return rule;
}

Actions RuleSet::actions(std::uint64_t i, std::uint32_t version) const noexcept {
  if (config_.listed) {
    Actions listed = (*config_.listed)[i].actions;
    if (version % 2 == 1 && listed.fate == Fate::kQueue) listed.target = other_queue_;
    return listed;
  }
  Actions actions = kinds_;
  if (config_.drops == Drops::kUpdated && version % 2 == 1) actions.fate = Fate::kDrop;
  actions.target = version % 2 == 0 ? kFirstQueue : other_queue_;
  actions.mark_id = actions.meta = actions.tag = static_cast<std::uint32_t>(i) + version;
  return actions;
}

}  // namespace nicbench
