#include "dataplane/tests/packet_script.h"

#include <utility>

namespace nicbench::testing {
namespace {

constexpr std::size_t kConnections = 48;
constexpr std::size_t kRemembered = 4;

}  // namespace

PacketScript::Connection PacketScript::make_connection() {
  Connection c;
  Tuple& t = c.original;
  t.six = chance(25);
  const auto host = static_cast<std::uint32_t>(random_.below(options_.hosts));
  const auto server = static_cast<std::uint32_t>(random_.below(3));
  t.source = t.six ? ipv6(0x20010db800000000u, host + 1) : ipv4(0x0a000001u + host);
  t.destination = t.six ? ipv6(0x20010db8000000ffu, server + 1) : ipv4(0xc0a80101u + server);
  const std::uint64_t kind = random_.below(100);
  t.protocol = kind < 65 ? 6 : kind < 85 ? 17 : kind < 95 ? (t.six ? 58 : 1) : 47;
  if (t.protocol == 6 || t.protocol == 17) {
    t.source_port = static_cast<std::uint16_t>(1000 + random_.below(8));
    t.destination_port = random_.below(4) == 0 ? 1003 : 80;  // a server's port may equal a client's
  } else if (t.protocol != 47) {
    t.source_port = t.destination_port = static_cast<std::uint16_t>(1 + random_.below(6));
  }
  c.seq[0] = static_cast<std::uint32_t>(random_());
  c.seq[1] = static_cast<std::uint32_t>(random_());
  c.scaled = chance(50);
  c.step = chance(15) ? 3 : 0;  // joined in mid-stream
  return c;
}

Tuple PacketScript::wire(const Connection& c, int way, const ModelTracker& model) const {
  return way == 0 ? c.original : model.reply_to(c.original);
}

Packet PacketScript::segment(Connection& c, int way, const char* flags, std::size_t payload,
                             const ModelTracker& model) {
  Packet p;
  p.kind = Kind::kTcp;
  p.tuple = wire(c, way, model);
  p.flags = flags;
  p.seq = c.seq[way];
  p.ack = p.has('A') ? c.seq[1 - way] : 0;
  p.window = c.window;
  p.payload = payload;
  if (p.has('S') && c.scaled) p.scale = 2;
  c.seq[way] += static_cast<std::uint32_t>(payload) + (p.has('S') ? 1 : 0) + (p.has('F') ? 1 : 0);
  return p;
}

Packet PacketScript::tcp(Connection& c, const ModelTracker& model) {
  switch (c.step) {
    case 0: c.step = chance(5) ? 10 : 1; return segment(c, 0, "S", 0, model);
    case 1: c.step = 2; return segment(c, 1, "SA", 0, model);
    case 2: c.step = 3; return segment(c, 0, "A", 0, model);
    case 3:
      if (chance(20)) c.step = chance(60) ? 4 : 6;
      return segment(c, static_cast<int>(random_.below(2)), chance(30) ? "AP" : "A", random_.below(200), model);
    case 4:  // the client closes first
      c.step = 5;
      return segment(c, 0, "FA", 0, model);
    case 5: c.step = chance(50) ? 8 : 5; return segment(c, 1, "A", chance(30) ? 50 : 0, model);
    case 6:  // the server does
      c.step = 7;
      return segment(c, 1, "FA", 0, model);
    case 7: c.step = 9; return segment(c, 0, "FA", 0, model);
    case 8: c.step = 9; return segment(c, 1, "FA", 0, model);
    case 9: c.step = 12; return segment(c, static_cast<int>(random_.below(2)), "A", 0, model);
    case 10:  // both ends open
      c.step = 11;
      return segment(c, 1, "S", 0, model);
    case 11: c.step = 2; return segment(c, chance(50) ? 0 : 1, "SA", 0, model);
    default: {  // the ports are used again, perhaps the other way round
      const bool switched = chance(10);
      c.step = switched ? 13 : 1;
      c.seq[0] += 100000;
      c.seq[1] += 100000;
      return segment(c, switched ? 1 : 0, "S", 0, model);
    }
  }
}

Packet PacketScript::disturb(Connection& c, const ModelTracker& model) {
  const int way = static_cast<int>(random_.below(2));
  switch (random_.below(5)) {
    case 0: {
      c.step = 12;
      return segment(c, way, chance(50) ? "R" : "RA", 0, model);
    }
    case 1: return segment(c, way, "S", 0, model);
    case 2: {
      Packet p = segment(c, way, "A", 10, model);
      p.seq += static_cast<std::uint32_t>(random_());
      return p;
    }
    case 3: {
      static const char* const flags[] = {"SA", "FA", "", "SF", "SR", "U", "AU", "F", "P", "RAP"};
      Packet p = segment(c, way, flags[random_.below(10)], 0, model);
      p.ack = static_cast<std::uint32_t>(random_());
      return p;
    }
    default: {
      Packet p = segment(c, way, "A", 0, model);
      p.ack -= static_cast<std::uint32_t>(random_.below(200000));
      return p;
    }
  }
}

Packet PacketScript::other(Connection& c, const ModelTracker& model) {
  const int way = chance(60) ? 0 : 1;
  Packet p;
  p.tuple = wire(c, way, model);
  p.payload = random_.below(300);
  p.kind = Kind::kUdp;
  p.no_checksum = c.original.protocol == 17 && !c.original.six && chance(20);
  if (c.original.protocol == 47) p.kind = Kind::kOtherProtocol;
  if (c.original.protocol == 1 || c.original.protocol == 58) p.kind = way == 0 ? Kind::kEchoRequest : Kind::kEchoReply;
  return p;
}

Packet PacketScript::error(const Connection& c, const ModelTracker& model) {
  Packet p;
  p.kind = Kind::kError;
  const bool reply = chance(50);
  Tuple quoted = reply ? c.original.reversed() : c.original;
  if (chance(50)) quoted = reply ? model.reply_to(c.original) : model.reply_to(c.original).reversed();
  if (chance(10) && (quoted.protocol == 6 || quoted.protocol == 17)) quoted.source_port += 3;  // of no flow
  p.quoted = quoted;
  p.quoted_reply = reply;
  p.tuple.six = quoted.six;
  p.tuple.protocol = quoted.six ? 58 : 1;
  p.tuple.source = chance(50) ? quoted.destination : quoted.six ? ipv6(0x20010db8aaaa0000u, 1) : ipv4(0x0b000001u);
  p.tuple.destination = quoted.source;
  p.payload = chance(50) ? 8 : chance(50) ? 28 : 100;
  return p;
}

Packet PacketScript::make(const ModelTracker& model) {
  if (connections_.size() < kConnections && (connections_.empty() || chance(10))) {
    connections_.push_back(make_connection());
  }
  const std::size_t i = random_.below(connections_.size());
  Connection& c = connections_[i];
  if (chance(2)) {
    Packet p;
    p.tuple = c.original;
    p.tuple.source_port = p.tuple.destination_port = 0;
    p.kind = chance(30) ? Kind::kArp : chance(50) ? Kind::kIcmpOther : Kind::kFragment;
    if (p.kind == Kind::kIcmpOther) p.tuple.protocol = p.tuple.six ? 58 : 1;
    if (p.kind == Kind::kFragment && p.tuple.six) p.kind = Kind::kArp;
    p.payload = 20;
    return p;
  }
  if (chance(4)) return error(c, model);
  if (c.original.protocol != 6) {
    Packet p = other(c, model);
    if (chance(3)) connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
    return p;
  }
  if (!c.sent.empty() && chance(8)) return c.sent[random_.below(c.sent.size())];  // sent again
  Packet p = options_.wrong && chance(8) ? disturb(c, model) : tcp(c, model);
  c.sent.push_back(p);
  if (c.sent.size() > kRemembered) c.sent.erase(c.sent.begin());
  const bool over = c.step >= 12 && chance(40);
  if (over || chance(1)) connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
  return p;
}

Packet PacketScript::next(const ModelTracker& model) {
  for (;;) {
    Packet p = make(model);
    if (chance(4)) continue;  // lost before it got here
    const bool from_server =
        p.kind != Kind::kArp && (p.tuple.six ? p.tuple.source[0] == 0xfd || p.tuple.source[7] == 0xff
                                             : p.tuple.source[0] == 192 || p.tuple.source[0] == 172);
    if (!options_.replies && from_server) continue;
    if (!held_back_.empty() && chance(60)) {
      std::swap(p, held_back_.back());
      if (chance(50)) return p;
      held_back_.pop_back();
      return p;
    }
    if (held_back_.size() < 2 && chance(5)) {
      held_back_.push_back(p);
      continue;
    }
    return p;
  }
}

}  // namespace nicbench::testing
