// Small helpers for tests of the tracker: frames from packets, trackers over small memories.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/connection_tracker.h"
#include "dataplane/tests/model_packet.h"
#include "hashtables/registry.h"

namespace nicbench::testing {

template <class Tag>
using TrackerOf = ConnectionTracker<typename Tag::template Table<FiveTuple4, FlowRef>,
                                    typename Tag::template Table<FiveTuple6, FlowRef>>;

// A tracker and its memory, on any table; frames are given and judged one by one.
template <class Tag>
class Bench {
 public:
  Bench(std::size_t capacity, const TrackerOptions& options, std::size_t entries_per_flow = 2)
      : memory({capacity, 1, false}, {capacity, 1, false}, options.check_windows, entries_per_flow),
        tracker(std::make_unique<TrackerOf<Tag>>(memory, options)) {}

  // What becomes of a packet at `now`; `frame` is what leaves.
  FrameCause send(const Packet& packet, std::uint64_t now) {
    frame = to_frame(packet);
    Frame f;
    f.data = frame.data();
    f.length = static_cast<std::uint16_t>(frame.size());
    tracker->process({&f, 1}, now);
    return tracker->cause(0);
  }

  typename TrackerOf<Tag>::Memory memory;
  std::unique_ptr<TrackerOf<Tag>> tracker;
  Bytes frame;
};

// Runs body(tag) for every table of this build.
template <class F>
void for_every_table(F&& body) {
  for (const TableInfo& info : table_infos()) {
    SCOPED_TRACE(std::string(info.name));
    with_table(info.name, [&](auto tag) { body(tag); });
  }
}

inline TrackerOptions small_options(Use use = Use::kTrack) {
  TrackerOptions options;
  options.use = use;
  options.huge_pages = false;
  return options;
}

inline Tuple udp_tuple(std::uint32_t client, std::uint16_t source_port, std::uint16_t destination_port = 53) {
  Tuple t;
  t.protocol = 17;
  t.source = ipv4(0x0a000000u + client);
  t.destination = ipv4(0xc0a80001u);
  t.source_port = source_port;
  t.destination_port = destination_port;
  return t;
}

inline Packet udp(const Tuple& tuple) {
  Packet p;
  p.tuple = tuple;
  return p;
}

inline Packet tcp(const Tuple& tuple, const char* flags, std::uint32_t seq = 0, std::uint32_t ack = 0,
                  std::size_t payload = 0, std::uint16_t window = 1000) {
  Packet p;
  p.kind = Kind::kTcp;
  p.tuple = tuple;
  p.tuple.protocol = 6;
  p.flags = flags;
  p.seq = seq;
  p.ack = ack;
  p.payload = payload;
  p.window = window;
  return p;
}

}  // namespace nicbench::testing
