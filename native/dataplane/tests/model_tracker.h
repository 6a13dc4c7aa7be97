// The oracle: a connection tracker that looks at one packet at a time, keeps everything in std::map under tuples as
// they are on the wire, and cares for nothing but being readable. Written from the rules (README.md, nf_conntrack's
// state table), not from the code that it judges.
//
// It does not choose ports, and servers only where the rule is exact (round robin): elsewhere it is told what the
// tracker chose and checks that it may be so and stays so.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "dataplane/frame_cause.h"
#include "dataplane/tests/model_packet.h"
#include "dataplane/tracker_options.h"

namespace nicbench::testing {

// nf_conntrack's answer to a segment ("syn", "synack", "fin", "ack", "rst"): a state, "ig" or "--" for invalid.
std::string model_next(const std::string& state, const std::string& kind, int way, bool one_way);

struct ModelFlow {
  Tuple original;
  Tuple reply;        // as its replies carry it
  std::string state;  // TCP: ss sr es fw cw la tw cl s2
  bool replied = false, picked_up = false, saw_fin = false, both_syn = false, challenge = false;
  std::string last_kind;  // of the last segment accepted or ignored
  int last_way = 0;
  std::uint32_t last_end = 0;
  std::string timeout;  // name of its class
  std::uint64_t last_seen = 0, packets = 0, bytes = 0;
  std::uint16_t backend = 0;
  Address external{};
  std::uint16_t external_port = 0;
  struct Window {
    std::int64_t end = 0, max_end = 0, max_win = 0;  // 0 window: not seen
    std::optional<int> scale;
  } window[2];
};

// What the oracle expects of a packet.
struct Expected {
  FrameCause cause = FrameCause::kTracked;
  ModelFlow* flow = nullptr;  // alive after the packet
  bool created = false;
  int way = 0;        // 0 original, 1 reply
  bool ends = false;  // this packet is the flow's last
  Tuple out;          // the tuple that leaves the tracker, unless it is dropped or `created` leaves it open
  std::optional<Tuple> quoted_out;
};

class ModelTracker {
 public:
  explicit ModelTracker(const TrackerOptions& options) : options_(options) {}

  Expected see(const Packet& packet, std::size_t frame_bytes, std::uint64_t now);
  // The tracker chose for a flow that see() created: its packet left with this tuple. Says what is wrong with that.
  std::string learn(ModelFlow& flow, const Tuple& out);
  // The tracker refused a flow that see() created, because the tuple of its replies belongs to another. Says what is
  // wrong with that.
  std::string refuse(ModelFlow& flow);
  // Forgets flows whose time is over.
  void expire(std::uint64_t now);

  // What the server of a live flow would send: the reverse, or from its own address, or to the outside. Where there is
  // no flow, the reverse.
  Tuple reply_to(const Tuple& original) const;
  const std::map<Tuple, ModelFlow>& flows() const { return flows_; }

  std::uint64_t created = 0, closed = 0, expired = 0;

 private:
  bool alive(const ModelFlow& flow, std::uint64_t now) const;
  ModelFlow* find(const Tuple& wire, int& way);
  void end(ModelFlow& flow);
  Expected without_flow(const Packet& packet, FrameCause cause) const;
  Expected start(const Packet& packet, std::size_t frame_bytes, std::uint64_t now);
  Expected error(const Packet& packet, std::uint64_t now);
  std::string tcp(ModelFlow& flow, const Packet& packet, int way, std::uint64_t now);
  std::string in_window(ModelFlow& flow, const Packet& packet, int way);
  void renew_other(ModelFlow& flow, const Packet& packet, int way, std::uint64_t now);
  Tuple translated(const ModelFlow& flow, const Tuple& wire, int way) const;
  bool taken(const Tuple& reply, const ModelFlow& by_other_than) const;
  bool is_server(const Address& address, bool six) const;
  bool is_external(const Address& address) const;

  const TrackerOptions options_;
  std::map<Tuple, ModelFlow> flows_;        // by original tuple
  std::map<Tuple, Tuple> by_reply_;         // reply tuple -> original tuple
  std::map<Tuple, std::uint16_t> hashed_;   // hash: the server of a tuple never changes
  std::map<Address, Address> external_of_;  // nat: an inside host always gets the same address
  std::uint32_t next_backend_ = 0;
};

}  // namespace nicbench::testing
