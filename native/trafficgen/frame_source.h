// Where the tester's frames come from: made from a flow model, or replayed from a capture.
//
// All calls come from the tester's thread; next() and release() never allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "io/frame.h"
#include "trafficgen/flow_model.h"
#include "trafficgen/pacer.h"
#include "trafficgen/pcap_traffic.h"
#include "trafficgen/probe.h"

namespace nicbench {

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // Starts again with the first frame.
  virtual void rewind() noexcept = 0;
  // Tells the time since the phase began, for traffic that changes over time.
  virtual void advance(double seconds) noexcept = 0;
  // Fills the next frames in order; fewer than asked only when buffers are short.
  virtual std::size_t next(std::span<Frame> out) noexcept = 0;
  // Frames that together show every flow once; 0 at the end. Starts over after rewind().
  virtual std::size_t next_learning(std::span<Frame> out) noexcept = 0;
  // Makes a frame of the last next() a probe; false if it has no room for one.
  virtual bool stamp(Frame& frame, const ProbeSignature& signature) noexcept = 0;
  // Frames that came back through the DUT, before they are released. Most sources do not care what became of theirs.
  virtual void received(std::span<const Frame> /*frames*/) noexcept {}
  // Gives back frames that came home, were dropped, or were never sent.
  virtual void release(std::span<const Frame> frames) noexcept = 0;

  virtual std::size_t buffers() const noexcept = 0;
  // Buffers that are not on their way.
  virtual std::size_t buffers_home() const noexcept = 0;

  // When the frames of next() came, and which of them is the next.
  virtual Recording recording() const noexcept { return {}; }

  // So many groups of flows mark their frames (flow_groups.h); 1: there are none.
  virtual std::uint32_t groups() const noexcept { return 1; }
  // Flows that took another's place since rewind().
  virtual std::uint64_t born_flows() const noexcept = 0;
  // What the DUT must know once it has learnt all.
  virtual std::size_t ipv4_flows() const noexcept = 0;
  virtual std::size_t ipv6_flows() const noexcept = 0;
  // True if every frame was made with right checksums and zero payload, so that the sink may check them.
  virtual bool verifiable() const noexcept = 0;
};

// in_flight: frames that may be on their way at once.
std::unique_ptr<FrameSource> make_generated_source(std::shared_ptr<const FlowModel> model, std::size_t in_flight);
std::unique_ptr<FrameSource> make_replay_source(std::shared_ptr<const PcapTraffic> capture, std::size_t in_flight);

}  // namespace nicbench
