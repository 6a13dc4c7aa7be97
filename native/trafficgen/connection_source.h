// Both ends of a tester for stateful gateways (RFC 9693): an Initiator that opens connections, one frame each, and a
// Responder that answers them.
//
//   phase 1   open: every connection once, all of them pairwise different and pseudorandom (flow_tuples.h). What the
//             Responder receives goes into its state table: a gateway may have translated the tuple, so that only a
//             frame that came through says where an answer must go
//   phase 2   answer: one frame for every entry of the state table, from the Responder. An answer that reaches the
//             Initiator with the right tuple shows that the gateway knows the connection (validation)
//             exchange: endless frames of known connections, drawn at random, half of them answers
//
// Frames are UDP, as in RFC 2544 appendix C: a connection is there with its first frame.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/random.h"
#include "io/frame_pool.h"
#include "packet/parser.h"
#include "trafficgen/flow_tuples.h"
#include "trafficgen/frame_source.h"
#include "trafficgen/frame_template.h"

namespace nicbench {

struct ConnectionConfig {
  std::uint32_t connections = 1;
  std::uint16_t frame_size = 64;  // bytes with FCS
  std::uint64_t seed = 1;
};

class ConnectionSource final : public FrameSource {
 public:
  enum class Play : std::uint8_t { kOpen, kAnswer, kExchange };

  // in_flight: frames that may be on their way at once. Throws UserError, std::bad_alloc.
  ConnectionSource(const ConnectionConfig& config, std::size_t in_flight);

  // What next() makes from now on, from its start. kOpen empties the state table, kAnswer forgets earlier answers.
  void play(Play play);

  // Connections of which the Responder has received a frame, in the order in which they came.
  std::size_t established() const noexcept { return replies_.size(); }
  // Connections whose answer has reached the Initiator.
  std::uint64_t answered() const noexcept { return answered_; }
  // Answers with a tuple that no connection has, or of a connection that was answered already.
  std::uint64_t wrong() const noexcept { return wrong_; }

  void rewind() noexcept override { position_ = 0; }
  void advance(double /*seconds*/) noexcept override {}
  std::size_t next(std::span<Frame> out) noexcept override;
  // As next(), for the phases that end.
  std::size_t next_learning(std::span<Frame> out) noexcept override { return next(out); }
  bool stamp(Frame& frame, const ProbeSignature& signature) noexcept override {
    return template_.stamp(frame, signature);
  }
  void received(std::span<const Frame> frames) noexcept override;
  void release(std::span<const Frame> frames) noexcept override;

  std::size_t buffers() const noexcept override { return pool_.size(); }
  std::size_t buffers_home() const noexcept override { return pool_.available(); }
  std::uint64_t born_flows() const noexcept override { return 0; }
  std::size_t ipv4_flows() const noexcept override { return connections_; }
  std::size_t ipv6_flows() const noexcept override { return 0; }
  bool verifiable() const noexcept override { return true; }

 private:
  // A draw of kExchange, made a burst ahead so that its entry of the state table is there when its turn comes.
  struct Draw {
    std::uint32_t connection;  // or position in the state table
    bool answer;
  };

  std::size_t left() const noexcept;
  Draw draw() noexcept;
  FiveTuple4 tuple_at(std::size_t i) noexcept;
  void answer_arrived(const FiveTuple4& key) noexcept;

  const std::uint32_t connections_;
  const std::uint16_t length_;
  const FlowTuples tuples_;
  const FrameTemplate template_{false};
  FramePool pool_;
  Xoshiro256 random_;
  Play play_ = Play::kOpen;
  std::size_t position_ = 0;
  std::vector<FiveTuple4> replies_;  // the state table: tuples of the frames that answer
  std::vector<bool> has_answer_;     // by connection
  std::uint64_t answered_ = 0;
  std::uint64_t wrong_ = 0;
  std::array<Draw, kBurst> draws_{};
};

}  // namespace nicbench
