#include "dataplane/tests/model_tracker.h"

#include <algorithm>
#include <sstream>
#include <vector>

namespace nicbench::testing {
namespace {

// nf_conntrack's transitions, a line a state: what syn, synack, fin, ack, rst make of it, sent by the original end and
// by the other. "--" invalid, "ig" ignored.
const std::map<std::string, std::pair<std::string, std::string>> kTable{
    {"no", {"ss -- -- es --", "-- -- -- -- --"}}, {"ss", {"ss -- -- -- cl", "s2 sr -- ig cl"}},
    {"sr", {"ig sr fw es cl", "-- ig fw sr cl"}}, {"es", {"ig -- fw es cl", "-- ig fw es cl"}},
    {"fw", {"ig -- la cw cl", "-- ig la cw cl"}}, {"cw", {"ig -- la cw cl", "-- ig la cw cl"}},
    {"la", {"ig -- la tw cl", "-- ig la tw cl"}}, {"tw", {"ss -- tw tw cl", "ss ig tw tw cl"}},
    {"cl", {"ss -- cl cl cl", "-- ig cl cl cl"}}, {"s2", {"s2 sr -- -- cl", "s2 sr -- ig cl"}},
};

const std::map<std::string, std::string> kTimeoutOf{
    {"ss", "syn-sent"},   {"s2", "syn-sent"}, {"sr", "syn-received"}, {"es", "established"}, {"fw", "fin-wait"},
    {"cw", "close-wait"}, {"la", "last-ack"}, {"tw", "time-wait"},    {"cl", "close"},
};

std::string kind_of(const Packet& p) {
  if (p.kind != Kind::kTcp) return "";
  std::string flags = p.flags;
  flags.erase(std::remove(flags.begin(), flags.end(), 'P'), flags.end());
  std::sort(flags.begin(), flags.end());
  static const std::map<std::string, std::string> kinds{{"S", "syn"},   {"SU", "syn"}, {"AS", "synack"},
                                                        {"R", "rst"},   {"AR", "rst"}, {"AF", "fin"},
                                                        {"AFU", "fin"}, {"A", "ack"},  {"AU", "ack"}};
  const auto found = kinds.find(flags);
  return found == kinds.end() ? "bad" : found->second;
}

std::uint32_t end_of(const Packet& p) {
  return p.seq + static_cast<std::uint32_t>(p.payload) + (p.has('S') ? 1 : 0) + (p.has('F') ? 1 : 0);
}

// Distance from b to a, modulo 2^32, nearest to zero: a is after b if it is positive.
std::int32_t ahead(std::int64_t a, std::int64_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}

std::int64_t wrapped(std::int64_t n) { return n & 0xffffffff; }

Address server_address(bool six, std::uint16_t n) { return six ? ipv6(0xfd00000000000000u, n) : ipv4(0xac100000u + n); }

}  // namespace

std::string model_next(const std::string& state, const std::string& kind, int way, bool one_way) {
  if (kind == "bad") return "--";
  if (one_way && state == "ss" && way == 0 && kind == "ack") return "es";
  if (one_way && state == "ss" && way == 0 && kind == "fin") return "fw";
  static const std::vector<std::string> order{"syn", "synack", "fin", "ack", "rst"};
  const auto& rows = kTable.at(state);
  std::istringstream words(way == 0 ? rows.first : rows.second);
  std::string answer;
  for (const std::string& k : order) {
    words >> answer;
    if (k == kind) return answer;
  }
  return "--";
}

bool ModelTracker::alive(const ModelFlow& flow, std::uint64_t now) const {
  if (options_.expiry.scheme == Expiry::kNone) return true;
  return now < flow.last_seen + options_.timeouts[timeout_class(flow.timeout).value()];
}

bool ModelTracker::is_server(const Address& address, bool six) const {
  for (std::uint32_t n = 0; n < options_.backends; ++n) {
    if (server_address(six, static_cast<std::uint16_t>(n)) == address) return true;
  }
  return false;
}

bool ModelTracker::is_external(const Address& address) const {
  for (std::uint32_t n = 0; n < options_.nat.addresses; ++n) {
    if (ipv4(0xc6120000u + options_.nat.first + n) == address) return true;
  }
  return false;
}

ModelFlow* ModelTracker::find(const Tuple& wire, int& way) {
  if (const auto original = flows_.find(wire); original != flows_.end()) {
    way = 0;
    return &original->second;
  }
  if (const auto reply = by_reply_.find(wire); reply != by_reply_.end()) {
    way = 1;
    return &flows_.at(reply->second);
  }
  // The reverse of the original finds the flow, too, even where replies carry something else; and so does the reverse
  // of its reply tuple.
  if (const auto original = flows_.find(wire.reversed()); original != flows_.end()) {
    way = 1;
    return &original->second;
  }
  if (const auto reply = by_reply_.find(wire.reversed()); reply != by_reply_.end()) {
    way = 0;
    return &flows_.at(reply->second);
  }
  return nullptr;
}

void ModelTracker::end(ModelFlow& flow) {
  (flow.state == "tw" || flow.state == "cl" ? closed : expired) += 1;
  by_reply_.erase(flow.reply);
  flows_.erase(Tuple(flow.original));
}

void ModelTracker::expire(std::uint64_t now) {
  std::vector<Tuple> dead;
  for (auto& [original, flow] : flows_) {
    if (!alive(flow, now)) dead.push_back(original);
  }
  for (const Tuple& original : dead) end(flows_.at(original));
}

Tuple ModelTracker::reply_to(const Tuple& original) const {
  const auto found = flows_.find(original);
  return found == flows_.end() ? original.reversed() : found->second.reply;
}

Tuple ModelTracker::translated(const ModelFlow& flow, const Tuple& wire, int way) const {
  Tuple out = wire;
  const bool icmp = wire.protocol == 1;
  if (options_.use == Use::kLoadBalance) {
    const Address server = server_address(wire.six, flow.backend);
    if (way == 0) out.destination = server;
    if (way == 1 && options_.replies == Replies::kRewritten && wire.source == server)
      out.source = flow.original.destination;
  } else if (options_.use == Use::kNat && !wire.six) {
    if (way == 0) {
      out.source = flow.external;
      out.source_port = flow.external_port;
      if (icmp) out.destination_port = flow.external_port;
    } else {
      out.destination = flow.original.source;
      out.destination_port = flow.original.source_port;
      if (icmp) out.source_port = flow.original.source_port;
    }
  }
  return out;
}

Expected ModelTracker::without_flow(const Packet& packet, FrameCause cause) const {
  Expected e;
  e.cause = options_.use == Use::kNat && cause != FrameCause::kNotIp ? FrameCause::kUntranslatable : cause;
  e.out = packet.tuple;
  e.quoted_out = packet.quoted;
  return e;
}

Expected ModelTracker::see(const Packet& packet, std::size_t frame_bytes, std::uint64_t now) {
  if (packet.kind == Kind::kArp) return without_flow(packet, FrameCause::kNotIp);
  if (packet.kind == Kind::kFragment) return without_flow(packet, FrameCause::kFragment);
  if (packet.kind == Kind::kIcmpOther) return without_flow(packet, FrameCause::kIcmpOther);
  if (packet.kind == Kind::kError) return error(packet, now);
  Expected e;
  ModelFlow* flow = find(packet.tuple, e.way);
  if (flow != nullptr && !alive(*flow, now)) {
    end(*flow);
    flow = nullptr;
  }
  if (flow == nullptr) return start(packet, frame_bytes, now);
  std::string verdict = "accept";
  if (packet.kind == Kind::kTcp) {
    verdict = tcp(*flow, packet, e.way, now);
  } else {
    renew_other(*flow, packet, e.way, now);
  }
  if (verdict == "reopen") {
    end(*flow);
    return start(packet, frame_bytes, now);
  }
  e.flow = flow;
  e.out = translated(*flow, packet.tuple, e.way);
  if (verdict == "invalid") {
    e.cause = options_.drop_invalid ? FrameCause::kInvalidDropped : FrameCause::kInvalid;
    return e;
  }
  e.cause = verdict == "ignore" ? FrameCause::kIgnored : FrameCause::kTracked;
  flow->packets += 1;
  flow->bytes += frame_bytes;
  if (e.way == 1) flow->replied = true;
  if (verdict == "last") {
    end(*flow);
    e.flow = nullptr;
    e.ends = true;
  }
  return e;
}

Expected ModelTracker::start(const Packet& packet, std::size_t frame_bytes, std::uint64_t now) {
  const std::string kind = kind_of(packet);
  const bool tcp_opens = kind == "syn" || (kind == "ack" && options_.loose);
  const bool opens = packet.kind == Kind::kTcp ? tcp_opens : packet.kind != Kind::kEchoReply;
  Expected e;
  e.out = packet.tuple;
  const Tuple& t = packet.tuple;
  const bool behind =
      options_.use == Use::kLoadBalance && options_.replies == Replies::kRewritten && is_server(t.source, t.six);
  const bool no_port = t.protocol != 6 && t.protocol != 17 && t.protocol != 1;
  const bool outside = options_.use == Use::kNat && !t.six && (is_external(t.destination) || no_port);
  if (behind || outside) {
    e.cause = FrameCause::kUntranslatable;
    return e;
  }
  if (options_.use == Use::kLoadBalance && !t.six && options_.service_mask != 0 &&
      t.destination != ipv4(to_be32(options_.service))) {  // tests use masks of all or nothing
    e.cause = FrameCause::kNoService;
    return e;
  }
  if (!opens) {
    e.cause = options_.use == Use::kTrack ? FrameCause::kInvalid : FrameCause::kInvalidDropped;
    return e;
  }
  ModelFlow flow;
  flow.original = t;
  flow.reply = t.reversed();
  flow.last_seen = now;
  flow.packets = 1;
  flow.bytes = frame_bytes;
  if (packet.kind == Kind::kTcp) {
    flow.state = kind == "syn" ? "ss" : "es";
    flow.picked_up = kind != "syn";
    flow.last_kind = kind;
    flow.timeout = kind == "syn" ? "syn-sent" : options_.replies == Replies::kElsewhere ? "established" : "unanswered";
    if (kind == "syn") {
      flow.window[0] = {end_of(packet), end_of(packet), std::max<std::int64_t>(packet.window, 1), packet.scale};
      if (packet.scale) flow.window[0].scale = std::min(*packet.scale, 14);
    }
  } else {
    renew_other(flow, packet, 0, now);
  }
  ++created;
  ModelFlow& stored = flows_[t] = flow;
  by_reply_[flow.reply] = t;
  e.flow = &stored;
  e.created = true;
  return e;
}

std::string ModelTracker::learn(ModelFlow& flow, const Tuple& out) {
  const Tuple& t = flow.original;
  by_reply_.erase(flow.reply);
  std::string wrong;
  if (options_.use == Use::kLoadBalance) {
    std::uint32_t n = 0;
    while (n < options_.backends && server_address(t.six, static_cast<std::uint16_t>(n)) != out.destination) ++n;
    if (n == options_.backends) return "no server: " + out.text();
    flow.backend = static_cast<std::uint16_t>(n);
    if (options_.balancing == Balancing::kHash && hashed_.emplace(t, flow.backend).first->second != flow.backend) {
      wrong = "another server for the same tuple";
    }
    if (options_.balancing == Balancing::kRoundRobin) {
      if (flow.backend != next_backend_) wrong = "out of turn";
      next_backend_ = (next_backend_ + 1) % options_.backends;
    }
    if (options_.replies == Replies::kRewritten) flow.reply.source = server_address(t.six, flow.backend);
  }
  if (options_.use == Use::kNat && !t.six) {
    flow.external = out.source;
    flow.external_port = out.source_port;
    while (flow.backend < options_.nat.addresses && ipv4(0xc6120000u + flow.backend) != out.source) ++flow.backend;
    if (!is_external(out.source)) wrong = "no external address";
    if (external_of_.emplace(t.source, out.source).first->second != out.source)
      wrong = "not the host's external address";
    if (out.source_port < options_.nat.first_port || out.source_port > options_.nat.last_port)
      wrong = "port out of range";
    flow.reply.destination = flow.external;
    flow.reply.destination_port = flow.external_port;
    if (t.protocol == 1) flow.reply.source_port = flow.external_port;
    for (const auto& [original, other] : flows_) {
      const bool same = &other != &flow && other.original.protocol == t.protocol && other.external == flow.external &&
                        other.external_port == flow.external_port;
      if (same) wrong = "port of another flow";
    }
  }
  if (taken(flow.reply, flow)) wrong = "the tuple of its replies belongs to another flow";
  by_reply_[flow.reply] = t;
  if (translated(flow, t, 0) != out) wrong += " not translated as it should: " + out.text();
  return wrong;
}

bool ModelTracker::taken(const Tuple& reply, const ModelFlow& by_other_than) const {
  for (const Tuple& wire : {reply, reply.reversed()}) {
    const auto original = flows_.find(wire);
    const auto other = by_reply_.find(wire);
    if (original != flows_.end() && &original->second != &by_other_than) return true;
    if (other != by_reply_.end() && other->second != by_other_than.original) return true;
  }
  return false;
}

std::string ModelTracker::refuse(ModelFlow& flow) {
  const Tuple t = flow.original;
  bool possible = false;
  for (std::uint32_t n = 0; n < options_.backends; ++n) {
    const bool in_turn = options_.balancing != Balancing::kRoundRobin || n == next_backend_;
    Tuple reply = t.reversed();
    reply.source = server_address(t.six, static_cast<std::uint16_t>(n));
    possible |= in_turn && taken(reply, flow);
  }
  next_backend_ = (next_backend_ + 1) % options_.backends;
  by_reply_.erase(flow.reply);
  flows_.erase(t);
  --created;
  return possible ? "" : "no such tuple is in use";
}

void ModelTracker::renew_other(ModelFlow& flow, const Packet& packet, int way, std::uint64_t now) {
  if (way == 1) flow.replied = true;
  flow.last_seen = now;
  switch (packet.kind) {
    case Kind::kUdp: flow.timeout = flow.replied ? "udp-assured" : "udp-new"; break;
    case Kind::kEchoRequest:
    case Kind::kEchoReply: flow.timeout = "icmp"; break;
    default: flow.timeout = "generic";
  }
}

Expected ModelTracker::error(const Packet& packet, std::uint64_t now) {
  int way = 0;
  ModelFlow* flow = find(*packet.quoted, way);
  if (options_.shared || flow == nullptr || !alive(*flow, now)) return without_flow(packet, FrameCause::kUnrelated);
  Expected e;
  e.cause = FrameCause::kRelated;
  e.flow = flow;
  e.way = 1 - way;
  e.out = packet.tuple;
  e.quoted_out = packet.quoted;
  const Tuple& t = flow->original;
  Tuple& quoted = *e.quoted_out;
  if (options_.use == Use::kLoadBalance) {
    const Address server = server_address(t.six, flow->backend);
    if (way == 0) {
      quoted.destination = t.destination;
      if (packet.tuple.source == server) e.out.source = t.destination;
    } else {
      quoted.source = server;
      e.out.destination = server;
    }
  } else if (options_.use == Use::kNat && !t.six) {
    const bool icmp = t.protocol == 1;
    if (way == 0) {
      quoted.source = t.source;
      quoted.source_port = t.source_port;
      if (icmp) quoted.destination_port = t.source_port;
      e.out.destination = t.source;
    } else {
      quoted.destination = flow->external;
      quoted.destination_port = flow->external_port;
      if (icmp) quoted.source_port = flow->external_port;
      e.out.source = flow->external;
    }
  }
  return e;
}

// "accept", "ignore", "invalid", "reopen" or "last".
std::string ModelTracker::tcp(ModelFlow& flow, const Packet& packet, int way, std::uint64_t now) {
  const bool one_way = options_.replies == Replies::kElsewhere;
  const std::string kind = kind_of(packet), before = flow.state;
  std::string next = model_next(before, kind, way, one_way);
  const bool answers_syn = flow.last_kind == "syn" && flow.last_way != way && packet.ack == flow.last_end;
  if (next == "--") return "invalid";
  if (next == "ss" && (before == "tw" || before == "cl")) {
    if (flow.saw_fin || (flow.last_kind == "rst" && flow.last_way == way)) return "reopen";
    next = "ig";
  }
  if (next == "ig" && kind == "synack" && answers_syn) {
    next = "sr";
    flow.picked_up = true;
  }
  if (next == "ig") {
    flow.last_kind = kind;
    flow.last_way = way;
    flow.last_end = end_of(packet);
    if (kind == "syn" && way == 0 && before == "la") flow.challenge = true;
    return "ignore";
  }
  if (before == "la" && next == "tw" && kind == "ack" && flow.challenge && flow.last_kind == "syn" &&
      flow.last_way != way) {
    flow.challenge = false;
    return "ignore";
  }
  if (next == "s2") flow.both_syn = true;
  if (next == "sr" && kind == "ack" && flow.both_syn) next = "es";
  static const std::set<std::string> closing{"fw", "cw", "la", "tw", "cl"};
  const bool late_rst = kind == "rst" && (closing.count(before) != 0 || (flow.replied && answers_syn));
  if (options_.check_windows && !one_way && !late_rst) {
    const std::string verdict = in_window(flow, packet, way);
    if (verdict != "yes") return verdict;
  }
  flow.last_kind = kind;
  flow.last_way = way;
  flow.state = next;
  if (next == "fw" && before != "fw") flow.saw_fin = true;
  if (!flow.replied && kind == "rst") return "last";
  if (!flow.replied && kind == "syn" && before == "ss") return "accept";  // retries do not renew
  flow.last_seen = now;
  flow.timeout = kTimeoutOf.at(next);
  if (next == "es" && !flow.replied && way == 0 && !one_way) flow.timeout = "unanswered";
  return "accept";
}

// The four conditions of tcp_window.h: "yes", "ignore" or "invalid".
std::string ModelTracker::in_window(ModelFlow& flow, const Packet& packet, int way) {
  if (flow.picked_up) return "yes";
  auto& sender = flow.window[way];
  auto& receiver = flow.window[1 - way];
  std::int64_t seq = packet.seq, ack = packet.ack, end = end_of(packet);
  const bool handshake = flow.state == "ss" || flow.state == "sr";
  const std::int64_t raw = packet.window;
  if (packet.has('S') && (sender.max_win == 0 || (handshake && ahead(end, sender.end) > 0))) {
    sender = {end, end, std::max<std::int64_t>(raw, 1), packet.scale};
    if (sender.scale) sender.scale = std::min(*sender.scale, 14);
    if (way == 1 && (!sender.scale || !receiver.scale)) sender.scale = receiver.scale = std::nullopt;
    if (way == 1 && !packet.has('A')) return "yes";
  } else if (sender.max_win == 0) {
    const std::int64_t window = std::max<std::int64_t>(raw << sender.scale.value_or(0), 1);
    sender.end = end;
    sender.max_end = wrapped(end + window);
    sender.max_win = window;
    if (ahead(ack, receiver.end) == 1) receiver.end = wrapped(receiver.end + 1);
  }
  if (!packet.has('A') || (packet.has('R') && ack == 0)) ack = receiver.end;
  if (packet.has('R') && seq == 0 && flow.state == "ss") seq = end = sender.end;

  if (ahead(seq, sender.max_end) > 0) return "invalid";
  if (ahead(ack, receiver.end) > 0) return "invalid";
  if (receiver.max_win != 0 && ahead(end, sender.end - receiver.max_win) < 0) return "ignore";
  if (ahead(ack, receiver.end - std::max<std::int64_t>(66000, sender.max_win)) < 0) return "ignore";

  const std::int64_t window = packet.has('S') ? raw : raw << sender.scale.value_or(0);
  sender.max_win = std::max(sender.max_win, window);
  if (ahead(end, sender.end) > 0) sender.end = end;
  if (receiver.max_win != 0 && ahead(end, sender.max_end) > 0) receiver.max_win += ahead(end, sender.max_end);
  if (ahead(ack + window, receiver.max_end) >= 0) receiver.max_end = wrapped(ack + window + (window == 0 ? 1 : 0));
  return "yes";
}

}  // namespace nicbench::testing
