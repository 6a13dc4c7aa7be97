// Random traffic with a memory: TCP connections that open, talk and close, lose, repeat and reorder segments, are
// reset, reuse their ports, are joined in mid-stream or open from both ends; UDP, ping and other protocols in both
// directions; ICMP errors that quote them; fragments and frames that are not IP. Few addresses and ports, so that
// tuples come back.
#pragma once

#include <cstdint>
#include <vector>

#include "common/random.h"
#include "dataplane/tests/model_packet.h"
#include "dataplane/tests/model_tracker.h"

namespace nicbench::testing {

struct ScriptOptions {
  bool replies = true;      // servers answer, where the tracker sees them
  bool wrong = true;        // impossible flags and sequence numbers, too
  std::uint32_t hosts = 6;  // clients; each uses few ports
};

class PacketScript {
 public:
  PacketScript(std::uint64_t seed, const ScriptOptions& options) : random_(seed), options_(options) {}

  // The next packet. The model says where replies come from.
  Packet next(const ModelTracker& model);

 private:
  struct Connection {
    Tuple original;
    int step = 0;  // of a TCP connection's life
    std::uint32_t seq[2] = {0, 0};
    std::uint16_t window = 4000;
    bool scaled = false;
    std::vector<Packet> sent;  // the last few
  };

  bool chance(int percent) { return random_.below(100) < static_cast<std::uint64_t>(percent); }
  Connection make_connection();
  Tuple wire(const Connection& c, int way, const ModelTracker& model) const;
  Packet segment(Connection& c, int way, const char* flags, std::size_t payload, const ModelTracker& model);
  Packet tcp(Connection& c, const ModelTracker& model);
  Packet disturb(Connection& c, const ModelTracker& model);
  Packet other(Connection& c, const ModelTracker& model);
  Packet error(const Connection& c, const ModelTracker& model);
  Packet make(const ModelTracker& model);

  Xoshiro256 random_;
  const ScriptOptions options_;
  std::vector<Connection> connections_;
  std::vector<Packet> held_back_;
};

}  // namespace nicbench::testing
