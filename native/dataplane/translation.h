// What the use of a tracker adds to a flow: the server or the external port that it gets when it starts, the tuple that
// its replies carry, and the rewriting of its frames in both directions.
//
//   load-balance   original: destination = the server.          reply from the server: source = what the client called
//   nat            original: source = external address, port.   reply: destination = the inside host
//
// An ICMP error travels against the packet that it quotes, to the quoted packet's source as this side of the
// translation knows it; so both the error's own address and the quoted header are translated (RFC 5508 §4), with the
// checksums of the quoted header and of the error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/flow_key.h"
#include "dataplane/flow_state.h"
#include "dataplane/frame_info.h"
#include "dataplane/rewrite.h"
#include "dataplane/tracker_options.h"
#include "packet/hash.h"

namespace nicbench {

class Translation {
 public:
  // Throws std::bad_alloc.
  explicit Translation(const TrackerOptions& options)
      : use_(options.use),
        rewritten_(options.replies == Replies::kRewritten),
        service_(options.service),
        service_mask_(options.service_mask),
        hash_(~options.seed),
        backends_(options.balancing, options.backends),
        nat_(options.use == Use::kNat ? options.nat : NatOptions{0, 0, 1, 1}, options.seed) {}

  const Backends& backends() const noexcept { return backends_; }
  const Nat& nat() const noexcept { return nat_; }

  // What becomes of a frame with this tuple that found no flow: kTracked if it may start one.
  template <class Key>
  FrameCause without_flow(const Key& wire) const noexcept {
    if (use_ == Use::kLoadBalance) {
      if (rewritten_ && is_backend(wire)) return FrameCause::kUntranslatable;
      return is_service(wire.destination) ? FrameCause::kTracked : FrameCause::kNoService;
    }
    if constexpr (is_ipv4<Key>()) {
      const bool outside = use_ == Use::kNat && (nat_.is_external(wire.destination) || !Nat::translates(wire.protocol));
      if (outside) return FrameCause::kUntranslatable;
    }
    return FrameCause::kTracked;
  }

  // Gives a new flow its server or port; false if there is none.
  template <class Key>
  bool assign(const Key& wire, FlowState& flow) noexcept {
    if (use_ == Use::kLoadBalance) flow.backend = backends_.choose(hash_(wire));
    if constexpr (is_ipv4<Key>()) {
      if (use_ == Use::kNat) {
        flow.backend = nat_.address_of(wire.source);
        const auto port = nat_.take_port(flow.backend, wire.protocol);
        if (!port) return false;
        flow.port = *port;
      }
    }
    return true;
  }

  // The flow ends: what assign() gave is free again.
  template <class Key>
  void release(const FlowState& flow) noexcept {
    if (use_ == Use::kLoadBalance) backends_.release(flow.backend);
    if constexpr (is_ipv4<Key>()) {
      if (use_ == Use::kNat) nat_.give_back(flow.backend, flow.protocol, flow.port);
    }
  }

  // The tuple that replies carry, if it is not the reverse of the original one.
  template <class Key>
  std::optional<Key> reply_tuple(const Key& wire, const FlowState& flow) const noexcept {
    Key reply = oriented(wire, true);
    if (use_ == Use::kLoadBalance && rewritten_) {
      reply.source = backend_address(wire, flow.backend);
      if (reply.source == wire.destination) return std::nullopt;  // the client called the server itself
      return reply;
    }
    if constexpr (is_ipv4<Key>()) {
      if (use_ == Use::kNat) {
        reply.destination = external_address(flow.backend);
        reply.destination_port = flow.port;
        if (wire.protocol == kProtocolIcmp) reply.source_port = flow.port;  // the identifier is both
        return reply;
      }
    }
    return std::nullopt;
  }

  // The tuple that replies of a flow would carry if it started now: a guess, since flows of the same burst may take its
  // port first. Nothing if it would be translated in no way, or not be started.
  template <class Key>
  std::optional<Key> likely_reply(const Key& wire) const noexcept {
    if constexpr (is_ipv4<Key>()) {
      if (use_ != Use::kNat || without_flow(wire) != FrameCause::kTracked) return std::nullopt;
      FlowState flow;
      flow.backend = nat_.address_of(wire.source);
      const auto port = nat_.next_port(flow.backend, wire.protocol);
      if (!port) return std::nullopt;
      flow.port = *port;
      return reply_tuple(wire, flow);
    }
    return std::nullopt;
  }

  // Translates a frame of a flow. wire() gives the flow's original tuple; it is asked only where that is needed, since
  // the answer may cost a line.
  template <class Key, class Wire>
  void apply(const Frame& frame, const ParsedFrame& parsed, Direction from, const FlowState& flow,
             Wire&& wire) const noexcept {
    if (use_ == Use::kLoadBalance) {
      balance<Key>(frame, parsed, from, flow, wire);
    } else if constexpr (is_ipv4<Key>()) {
      if (use_ == Use::kNat) translate(frame, parsed, from, flow, wire);
    }
  }

  // Translates an ICMP error about a packet of a flow that went in direction `quoted`.
  template <class Key>
  void apply_to_error(const Frame& frame, const FrameInfo& info, Direction quoted, const FlowState& flow,
                      const Key& wire) const noexcept {
    if (use_ == Use::kForward || use_ == Use::kTrack) return;
    if (use_ == Use::kNat && !is_ipv4<Key>()) return;
    const std::size_t end = std::min<std::size_t>(frame.length, info.parsed.network_end);
    ParsedFrame inner;
    parse_packet(frame.data, end, info.quoted, !is_ipv4<Key>(), inner);
    const std::size_t inner_length = std::min<std::size_t>(end, inner.transport + kTcpHeader) - info.quoted;
    const std::uint64_t before = sum_bytes(frame.data + info.quoted, inner_length);
    translate_error<Key>(frame.data, end, info.parsed, inner, quoted, flow, wire);
    const std::uint64_t after = sum_bytes(frame.data + info.quoted, inner_length);
    rewrite_detail::update_transport(frame.data, info.parsed, end, {before, after});
  }

 private:
  template <class Key>
  static constexpr bool is_ipv4() noexcept {
    return sizeof(Key) == sizeof(FiveTuple4);
  }

  bool is_service(std::uint32_t address) const noexcept { return ((address ^ service_) & service_mask_) == 0; }
  static bool is_service(const std::array<std::uint8_t, 16>& /*address*/) noexcept { return true; }

  bool is_backend(const FiveTuple4& wire) const noexcept {
    return to_be32(wire.source) - to_be32(backend_address4(0)) < backends_.count();
  }
  bool is_backend(const FiveTuple6& wire) const noexcept {
    const std::uint16_t number = load_be16(wire.source.data() + 14);
    return number < backends_.count() && wire.source == backend_address6(number);
  }

  // Whether this is the source address of the packet.
  template <class Address>
  static bool has_source(const std::uint8_t* data, const ParsedFrame& packet, const Address& address) noexcept {
    constexpr std::size_t kAt = sizeof address == 4 ? kIpv4Source : kIpv6Source;
    return std::memcmp(data + packet.network + kAt, &address, sizeof address) == 0;
  }

  template <class Key, class Wire>
  void balance(const Frame& frame, const ParsedFrame& parsed, Direction from, const FlowState& flow,
               Wire& wire) const noexcept {
    const auto server = backend_address(Key{}, flow.backend);
    if (from == Direction::kOriginal) {
      rewrite_address(frame.data, parsed, frame.length, End::kDestination, server);
    } else if (rewritten_ && has_source(frame.data, parsed, server)) {
      rewrite_address(frame.data, parsed, frame.length, End::kSource, wire().destination);
    }
  }

  template <class Wire>
  static void translate(const Frame& frame, const ParsedFrame& parsed, Direction from, const FlowState& flow,
                        Wire& wire) noexcept {
    if (from == Direction::kOriginal) {
      rewrite_address(frame.data, parsed, frame.length, End::kSource, external_address(flow.backend));
      rewrite_port(frame.data, parsed, frame.length, End::kSource, flow.port);
    } else {
      const FiveTuple4 inside = wire();
      rewrite_address(frame.data, parsed, frame.length, End::kDestination, inside.source);
      rewrite_port(frame.data, parsed, frame.length, End::kDestination, inside.source_port);
    }
  }

  template <class Key>
  void translate_error(std::uint8_t* data, std::size_t end, const ParsedFrame& outer, const ParsedFrame& inner,
                       Direction quoted, const FlowState& flow, const Key& wire) const noexcept {
    const bool original = quoted == Direction::kOriginal;
    if (use_ == Use::kLoadBalance) {
      const auto server = backend_address(wire, flow.backend);
      if (original) {  // to the client, who knows only what it called
        rewrite_address(data, inner, end, End::kDestination, wire.destination);
        if (has_source(data, outer, server)) rewrite_address(data, outer, end, End::kSource, wire.destination);
      } else {  // to the server
        rewrite_address(data, inner, end, End::kSource, server);
        rewrite_address(data, outer, end, End::kDestination, server);
      }
    } else if constexpr (is_ipv4<Key>()) {
      if (original) {  // to the inside host
        rewrite_address(data, inner, end, End::kSource, wire.source);
        rewrite_port(data, inner, end, End::kSource, wire.source_port);
        rewrite_address(data, outer, end, End::kDestination, wire.source);
      } else {  // to the outside
        rewrite_address(data, inner, end, End::kDestination, external_address(flow.backend));
        rewrite_port(data, inner, end, End::kDestination, flow.port);
        rewrite_address(data, outer, end, End::kSource, external_address(flow.backend));
      }
    }
  }

  const Use use_;
  const bool rewritten_;
  const std::uint32_t service_;
  const std::uint32_t service_mask_;
  const TupleHash hash_;
  Backends backends_;
  Nat nat_;
};

}  // namespace nicbench
