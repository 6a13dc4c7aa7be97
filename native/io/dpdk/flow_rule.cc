#include "io/dpdk/flow_rule.h"

#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "common/user_error.h"

namespace nicbench {
namespace {

// Headers are as on the wire, the first bit being the highest of the first byte. Metadata and most arguments of actions
// are numbers of the host.
enum class Order : std::uint8_t { kWire, kHost };

struct Place {
  std::string_view name;
  unsigned bit, width;
  Order order = Order::kWire;
  std::uint64_t otherwise = 0;  // of an action's argument that is not given
};

template <class Type>
struct Kind {
  Type type;
  std::vector<Place> places;
};

using ItemKind = Kind<rte_flow_item_type>;
using ActionKind = Kind<rte_flow_action_type>;

static_assert(offsetof(rte_flow_item_ipv4, hdr) == 0 && offsetof(rte_flow_item_ipv6, hdr) == 0);
static_assert(offsetof(rte_flow_item_tcp, hdr) == 0 && offsetof(rte_flow_item_udp, hdr) == 0);
static_assert(offsetof(rte_flow_item_icmp, hdr) == 0 && offsetof(rte_flow_item_tag, index) == 4);
static_assert(offsetof(rte_flow_item_gre, protocol) == 2 && offsetof(rte_flow_item_geneve, vni) == 4);
static_assert(offsetof(rte_flow_action_set_tag, index) == 8 && offsetof(rte_flow_action_port_id, id) == 4);

// After the headers' own definitions: IEEE 802.3 and 802.1Q, RFC 791, 8200, 9293, 768, 792, 7348, 2784, 8926.
const ItemKind* item_kind(std::string_view name) {
  static const std::map<std::string_view, ItemKind> kinds{
      {"eth", {RTE_FLOW_ITEM_TYPE_ETH, {{"dst", 0, 48}, {"src", 48, 48}, {"type", 96, 16}}}},
      {"vlan",
       {RTE_FLOW_ITEM_TYPE_VLAN,
        {{"tci", 0, 16}, {"pcp", 0, 3}, {"dei", 3, 1}, {"vid", 4, 12}, {"inner_type", 16, 16}}}},
      {"ipv4",
       {RTE_FLOW_ITEM_TYPE_IPV4,
        {{"tos", 8, 8},
         {"fragment_offset", 48, 16},
         {"ttl", 64, 8},
         {"proto", 72, 8},
         {"src", 96, 32},
         {"dst", 128, 32}}}},
      {"ipv6",
       {RTE_FLOW_ITEM_TYPE_IPV6,
        {{"tc", 4, 8}, {"flow", 12, 20}, {"proto", 48, 8}, {"hop", 56, 8}, {"src", 64, 128}, {"dst", 192, 128}}}},
      {"tcp", {RTE_FLOW_ITEM_TYPE_TCP, {{"src", 0, 16}, {"dst", 16, 16}, {"flags", 104, 8}}}},
      {"udp", {RTE_FLOW_ITEM_TYPE_UDP, {{"src", 0, 16}, {"dst", 16, 16}}}},
      {"icmp", {RTE_FLOW_ITEM_TYPE_ICMP, {{"type", 0, 8}, {"code", 8, 8}, {"ident", 32, 16}, {"seq", 48, 16}}}},
      {"vxlan", {RTE_FLOW_ITEM_TYPE_VXLAN, {{"vni", 32, 24}}}},
      {"gre", {RTE_FLOW_ITEM_TYPE_GRE, {{"protocol", 16, 16}}}},
      {"geneve", {RTE_FLOW_ITEM_TYPE_GENEVE, {{"protocol", 16, 16}, {"vni", 32, 24}}}},
      {"meta", {RTE_FLOW_ITEM_TYPE_META, {{"data", 0, 32, Order::kHost}}}},
      {"tag", {RTE_FLOW_ITEM_TYPE_TAG, {{"data", 0, 32, Order::kHost}, {"index", 32, 8}}}},
      {"mark", {RTE_FLOW_ITEM_TYPE_MARK, {{"id", 0, 32, Order::kHost}}}},
  };
  const auto found = kinds.find(name);
  return found == kinds.end() ? nullptr : &found->second;
}

const ActionKind* action_kind(std::string_view name) {
  constexpr Order kHost = Order::kHost;
  static const std::map<std::string_view, ActionKind> kinds{
      {"queue", {RTE_FLOW_ACTION_TYPE_QUEUE, {{"index", 0, 16, kHost}}}},
      {"rss", {RTE_FLOW_ACTION_TYPE_RSS, {}}},
      {"drop", {RTE_FLOW_ACTION_TYPE_DROP, {}}},
      {"jump", {RTE_FLOW_ACTION_TYPE_JUMP, {{"group", 0, 32, kHost}}}},
      {"mark", {RTE_FLOW_ACTION_TYPE_MARK, {{"id", 0, 32, kHost}}}},
      {"count", {RTE_FLOW_ACTION_TYPE_COUNT, {{"identifier", 0, 32, kHost}}}},
      {"set_meta", {RTE_FLOW_ACTION_TYPE_SET_META, {{"data", 0, 32, kHost}, {"mask", 32, 32, kHost, UINT32_MAX}}}},
      {"set_tag",
       {RTE_FLOW_ACTION_TYPE_SET_TAG, {{"data", 0, 32, kHost}, {"mask", 32, 32, kHost, UINT32_MAX}, {"index", 64, 8}}}},
      {"set_mac_src", {RTE_FLOW_ACTION_TYPE_SET_MAC_SRC, {{"mac_addr", 0, 48}}}},
      {"set_mac_dst", {RTE_FLOW_ACTION_TYPE_SET_MAC_DST, {{"mac_addr", 0, 48}}}},
      {"set_ipv4_src", {RTE_FLOW_ACTION_TYPE_SET_IPV4_SRC, {{"ipv4_addr", 0, 32}}}},
      {"set_ipv4_dst", {RTE_FLOW_ACTION_TYPE_SET_IPV4_DST, {{"ipv4_addr", 0, 32}}}},
      {"set_ipv6_src", {RTE_FLOW_ACTION_TYPE_SET_IPV6_SRC, {{"ipv6_addr", 0, 128}}}},
      {"set_ipv6_dst", {RTE_FLOW_ACTION_TYPE_SET_IPV6_DST, {{"ipv6_addr", 0, 128}}}},
      {"set_tp_src", {RTE_FLOW_ACTION_TYPE_SET_TP_SRC, {{"port", 0, 16}}}},
      {"set_tp_dst", {RTE_FLOW_ACTION_TYPE_SET_TP_DST, {{"port", 0, 16}}}},
      {"port_id", {RTE_FLOW_ACTION_TYPE_PORT_ID, {{"id", 32, 32, kHost}}}},
  };
  const auto found = kinds.find(name);
  return found == kinds.end() ? nullptr : &found->second;
}

std::uint64_t rss_type(std::string_view name) {
  static const std::map<std::string_view, std::uint64_t> types{
      {"ip", RTE_ETH_RSS_IP},
      {"tcp", RTE_ETH_RSS_TCP},
      {"udp", RTE_ETH_RSS_UDP},
      {"ipv4", RTE_ETH_RSS_IPV4},
      {"ipv4-tcp", RTE_ETH_RSS_NONFRAG_IPV4_TCP},
      {"ipv4-udp", RTE_ETH_RSS_NONFRAG_IPV4_UDP},
      {"ipv6", RTE_ETH_RSS_IPV6},
      {"ipv6-tcp", RTE_ETH_RSS_NONFRAG_IPV6_TCP},
      {"ipv6-udp", RTE_ETH_RSS_NONFRAG_IPV6_UDP},
  };
  const auto found = types.find(name);
  return found == types.end() ? 0 : found->second;
}

[[noreturn]] void throw_unsupported(const std::string& what) {
  throw UserError("RULE_UNSUPPORTED", "nicbench has no word of rte_flow for " + what + ".",
                  "Leave it out, or use another classifier.");
}

const Place& place_in(const std::vector<Place>& places, const std::string& owner, const std::string& name) {
  const auto found = std::find_if(places.begin(), places.end(), [&](const Place& place) { return place.name == name; });
  if (found == places.end()) throw_unsupported(owner + "." + name);
  return *found;
}

bool bit_of(const Bits128& value, unsigned bit) noexcept {
  return ((bit < 64 ? value.low >> bit : value.high >> (bit - 64)) & 1) != 0;
}

// The last bits of a value, over what was there.
void put(std::byte* bytes, const Place& place, const Bits128& value) noexcept {
  if (place.order == Order::kHost) {  // of 16 or 32 bits, on a little-endian host
    std::memcpy(bytes + place.bit / 8, &value.low, place.width / 8);
    return;
  }
  for (unsigned i = 0; i < place.width; ++i) {
    const unsigned at = place.bit + i;
    const auto mask = std::byte{0x80} >> (at % 8);
    std::byte& byte = bytes[at / 8];
    byte = bit_of(value, place.width - 1 - i) ? byte | mask : byte & ~mask;
  }
}

template <class T>
int index_in(const std::vector<T>& all, const void* cause) noexcept {
  const auto* const entry = static_cast<const T*>(cause);
  const bool inside = !all.empty() && entry >= all.data() && entry + 1 < all.data() + all.size();  // not END
  return inside ? static_cast<int>(entry - all.data()) : -1;
}

std::string numbered(const char* what, int index, const std::string& name) {
  return std::string(what) + " " + std::to_string(index + 1) + " (" + name + ")";
}

// What an error is about, in rte_flow's order.
std::string subject_of(rte_flow_error_type type) {
  static constexpr const char* kSubjects[] = {"",
                                              "",
                                              "rule",
                                              "group",
                                              "priority",
                                              "ingress",
                                              "egress",
                                              "transfer",
                                              "attributes",
                                              "number of items",
                                              "spec of an item",
                                              "last of an item",
                                              "mask of an item",
                                              "an item",
                                              "number of actions",
                                              "argument of an action",
                                              "an action",
                                              "state of the device"};
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(kSubjects) ? kSubjects[index] : "";
}

std::string sentence(const std::string& subject, const rte_flow_error& error) {
  const std::string number = rte_strerror(rte_errno);
  const std::string words =
      error.message == nullptr || error.message == number ? number : std::string(error.message) + " (" + number + ")";
  return subject.empty() ? words : subject + ": " + words;
}

}  // namespace

FlowRule::FlowRule(const NicRule& rule) {
  attributes_.group = rule.group;
  attributes_.priority = rule.priority;
  attributes_.ingress = rule.ingress;
  attributes_.egress = rule.egress;
  attributes_.transfer = rule.transfer;
  for (const NicRule::Item& item : rule.pattern) add_item(item);
  for (const NicRule::Action& action : rule.actions) add_action(action);
  pattern_.push_back({RTE_FLOW_ITEM_TYPE_END, nullptr, nullptr, nullptr});
  actions_.push_back({RTE_FLOW_ACTION_TYPE_END, nullptr});
}

void FlowRule::add_item(const NicRule::Item& item) {
  const ItemKind* const kind = item_kind(item.name);
  if (kind == nullptr) throw_unsupported("the item " + item.name);
  rte_flow_item entry{kind->type, nullptr, nullptr, nullptr};
  if (!item.fields.empty()) {
    std::byte *const spec = new_block(), *const mask = new_block();
    for (const NicRule::Field& field : item.fields) {
      const Place& place = place_in(kind->places, item.name, field.name);
      put(spec, place, field.spec);
      put(mask, place, field.mask);
    }
    entry.spec = spec;
    entry.mask = mask;
    if (std::any_of(item.fields.begin(), item.fields.end(), [](const auto& field) { return field.last.has_value(); })) {
      std::byte* const last = new_block();
      for (const NicRule::Field& field : item.fields) {
        put(last, place_in(kind->places, item.name, field.name), field.last.value_or(field.spec));
      }
      entry.last = last;
    }
  }
  pattern_.push_back(entry);
  item_names_.push_back(item.name);
}

void FlowRule::add_action(const NicRule::Action& action) {
  const ActionKind* const kind = action_kind(action.name);
  if (kind == nullptr) throw_unsupported("the action " + action.name);
  const void* argument = nullptr;
  if (kind->type == RTE_FLOW_ACTION_TYPE_RSS) {
    argument = rss(action);
  } else if (!kind->places.empty()) {
    std::byte* const block = new_block();
    for (const Place& place : kind->places) put(block, place, {0, place.otherwise});
    for (const auto& [name, value] : action.values) put(block, place_in(kind->places, action.name, name), value);
    argument = block;
  }
  actions_.push_back({kind->type, argument});
  action_names_.push_back(action.name);
}

const void* FlowRule::rss(const NicRule::Action& action) {
  rte_flow_action_rss& argument = rss_.emplace_back();
  for (const auto& [name, value] : action.values) {
    if (name != "level") throw_unsupported("rss." + name);
    argument.level = static_cast<std::uint32_t>(value.low);
  }
  for (const std::string& name : action.types) {
    if (rss_type(name) == 0) throw_unsupported("the type " + name + " of rss");
    argument.types |= rss_type(name);
  }
  const std::vector<std::uint16_t>& queues = queues_.emplace_back(action.queues);
  argument.queue_num = static_cast<std::uint32_t>(queues.size());
  argument.queue = queues.data();
  return &argument;
}

std::byte* FlowRule::new_block() {
  static_assert(sizeof(rte_flow_item_ipv6) <= sizeof(Block) && sizeof(rte_flow_item_eth) <= sizeof(Block));
  return blocks_.emplace_back().bytes.data();
}

bool FlowRule::counts() const noexcept {
  return std::any_of(actions_.begin(), actions_.end(),
                     [](const auto& action) { return action.type == RTE_FLOW_ACTION_TYPE_COUNT; });
}

std::string FlowRule::shape() const {
  std::string shape;
  const auto add = [&shape](const void* from, std::size_t size) { shape.append(static_cast<const char*>(from), size); };
  add(&attributes_, sizeof attributes_);
  for (const rte_flow_item& item : pattern_) {
    add(&item.type, sizeof item.type);
    shape.push_back(item.last == nullptr ? 'm' : 'r');
    if (item.mask != nullptr) add(item.mask, sizeof(Block));
  }
  for (const rte_flow_action& action : actions_) add(&action.type, sizeof action.type);
  return shape;
}

std::string FlowRule::place_of(const void* cause) const {
  if (const int item = index_in(pattern_, cause); item >= 0) return numbered("item", item, item_names_[item]);
  if (const int action = index_in(actions_, cause); action >= 0) {
    return numbered("action", action, action_names_[action]);
  }
  return "";
}

std::string FlowRule::told(const rte_flow_error& error) const {
  const std::string place = place_of(error.cause);
  return sentence(place.empty() ? subject_of(error.type) : place, error);
}

std::string told(const rte_flow_error& error) { return sentence(subject_of(error.type), error); }

}  // namespace nicbench
