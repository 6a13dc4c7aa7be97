// The traffic of a suite, as the generator takes it.
#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "convert.h"
#include "fields.h"
#include "packet/headers.h"
#include "trafficgen/recorded_times.h"
#include "trial_fields.h"

namespace nicbench::addon {
namespace {

Profile profile(const std::string& name) {
  if (name == "uniform") return Profile::kUniform;
  if (name == "zipf") return Profile::kZipf;
  if (name == "campus") return Profile::kCampus;
  bad_argument("profile", "uniform, zipf or campus");
}

Tunnel tunnel(const std::string& name) {
  if (name == "vxlan") return Tunnel::kVxlan;
  if (name == "gre") return Tunnel::kGre;
  if (name == "geneve") return Tunnel::kGeneve;
  bad_argument("tunnel", "vxlan, gre or geneve");
}

// An array of { id, priority }.
std::vector<VlanTag> vlan_tags(const Napi::Object& object) {
  if (!object.Get("vlans").IsArray()) bad_argument("vlans", "an array of tags");
  const Napi::Array array = object.Get("vlans").As<Napi::Array>();
  std::vector<VlanTag> tags;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value tag = array.Get(i);
    if (!tag.IsObject()) bad_argument("vlans", "an array of tags");
    tags.push_back({integer<std::uint16_t>(tag.As<Napi::Object>(), "id"),
                    integer<std::uint8_t>(tag.As<Napi::Object>(), "priority")});
  }
  return tags;
}

// An array of [bytes, weight].
std::vector<SizeWeight> drawn_sizes(const Napi::Object& object) {
  if (!object.Get("sizesDrawn").IsArray()) bad_argument("sizesDrawn", "an array of [bytes, weight]");
  const Napi::Array array = object.Get("sizesDrawn").As<Napi::Array>();
  std::vector<SizeWeight> sizes;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value pair = array.Get(i);
    if (!pair.IsArray()) bad_argument("sizesDrawn", "an array of [bytes, weight]");
    sizes.push_back({integer<std::uint16_t>(pair.As<Napi::Object>(), "0"), number(pair.As<Napi::Object>(), "1")});
  }
  return sizes;
}

std::uint8_t prefix_length(const std::string& text, std::size_t slash, const char* field, unsigned most) {
  unsigned length = most;
  const char* end = text.data() + text.size();
  if (slash == std::string::npos) return static_cast<std::uint8_t>(most);
  const auto [at, error] = std::from_chars(text.data() + slash + 1, end, length);
  if (error != std::errc() || at != end || length > most) bad_argument(field, "prefixes such as 10.0.0.0/10");
  return static_cast<std::uint8_t>(length);
}

// Prefixes of an optional field, each into the list of its IP version. A list with none of it keeps what it has.
void read_prefixes(const Napi::Object& object, const char* field, std::vector<Prefix4>& ipv4,
                   std::vector<Prefix6>& ipv6) {
  if (!object.Has(field)) return;
  std::vector<Prefix4> given;
  for (const std::string& text : texts(object, field)) {
    const std::size_t slash = text.find('/');
    const std::string address = text.substr(0, slash);
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
      given.push_back({to_be32(load<std::uint32_t>(bytes.data())), prefix_length(text, slash, field, 32)});
    } else if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
      const auto word = [&](std::size_t at) { return std::uint64_t{to_be32(load<std::uint32_t>(bytes.data() + at))}; };
      ipv6.push_back({word(0) << 32 | word(4), word(8) << 32 | word(12), prefix_length(text, slash, field, 128)});
    } else {
      bad_argument(field, "prefixes such as 10.0.0.0/10");
    }
  }
  if (!given.empty()) ipv4 = given;
}

// [first, last] of an optional field.
std::optional<PortRange> port_range(const Napi::Object& object, const char* field) {
  if (!object.Has(field)) return std::nullopt;
  const auto ports = integers<std::uint16_t>(object, field);
  if (ports.size() != 2) bad_argument(field, "the first and the last port");
  return PortRange{ports[0], ports[1]};
}

Endpoints endpoints(const Napi::Object& object) {
  Endpoints result;
  read_prefixes(object, "clients", result.clients, result.clients6);
  read_prefixes(object, "servers", result.servers, result.servers6);
  result.client_ports = port_range(object, "clientPorts").value_or(result.client_ports);
  result.server_ports = port_range(object, "serverPorts");
  return result;
}

bool paces_as_recorded(const Napi::Object& object) {
  return object.Get("pacing").IsString() && text(object, "pacing") == "recorded";
}

// Of a capture, it may be { recorded }: a multiple of the rate at which its frames came. Looks through the capture only
// where its times matter; says so where it has none.
double capture_rate(const Napi::Object& object, const TrafficConfig& config) {
  const Napi::Value rate = object.Get("rate");
  if (!rate.IsObject() && !paces_as_recorded(object)) return rate_of(object);
  const double recorded = recorded_rate(config.pcap, config.windows);
  return rate.IsObject() ? recorded * number(rate.As<Napi::Object>(), "recorded") : rate_of(object);
}

}  // namespace

TrafficConfig traffic_config(const Napi::Object& object) {
  TrafficConfig config;
  config.seed = integer<std::uint64_t>(object, "seed");
  if (object.Has("pcap")) {
    config.pcap = text(object, "pcap");
    if (object.Has("windows")) config.windows = integer<std::uint32_t>(object, "windows");
    config.rate = capture_rate(object, config);
    return config;
  }
  config.rate = rate_of(object);
  config.profile = profile(text(object, "profile"));
  config.flows = integer<std::uint32_t>(object, "flows");
  if (object.Has("frameSize")) config.frame_size = integer<std::uint16_t>(object, "frameSize");
  if (object.Has("sizesInTurn")) config.sizes_in_turn = integers<std::uint16_t>(object, "sizesInTurn");
  if (object.Has("sizesDrawn")) config.sizes_drawn = drawn_sizes(object);
  if (object.Has("sizesFrom")) config.sizes_from = text(object, "sizesFrom");
  config.endpoints = endpoints(object);
  if (object.Has("vlans")) config.encapsulation.vlans = vlan_tags(object);
  if (object.Has("tunnel")) config.encapsulation.tunnel = tunnel(text(object, "tunnel"));
  if (object.Has("vni")) config.encapsulation.network = integer<std::uint32_t>(object, "vni");
  config.ipv6_share = number_or(object, "ipv6Share", 0);
  config.skew = number_or(object, "skew", config.skew);
  config.new_flows = number_or(object, "newFlows", 0);
  if (object.Has("groups")) config.groups = integer<std::uint32_t>(object, "groups");
  config.both_directions = object.Has("bothDirections") && boolean(object, "bothDirections");
  return config;
}

// "poisson", "recorded", { burst: n }, or left out for evenly.
Pacing pacing(const Napi::Object& traffic, const TrafficConfig& config) {
  Pacing result;
  result.seed = config.seed;
  const Napi::Value value = traffic.Get("pacing");
  if (value.IsUndefined()) return result;
  if (value.IsObject()) {
    result.departures = Departures::kBursts;
    result.burst = integer<std::uint32_t>(value.As<Napi::Object>(), "burst");
    if (result.burst == 0) bad_argument("burst", "1 or more");
    return result;
  }
  if (paces_as_recorded(traffic) && !config.pcap.empty()) {
    result.departures = Departures::kRecorded;
  } else if (text(traffic, "pacing") == "poisson") {
    result.departures = Departures::kPoisson;
  } else {
    bad_argument("pacing", "poisson, recorded (of a capture) or { burst }");
  }
  return result;
}

}  // namespace nicbench::addon
