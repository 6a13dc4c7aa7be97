// Is a frame that came back what the DUT should have made of it?
//
// Where the tester made the frames (`verifiable`), their tuples say what must have become of them, and every checksum
// must be right. In replayed captures only the fate of frames that must have a server can be told.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dataplane/load_balancer.h"
#include "dataplane/nat.h"
#include "dataplane/tracker_options.h"
#include "packet/checksum.h"
#include "packet/tunnel.h"
#include "trafficgen/probe.h"
#include "trafficgen/tester.h"

namespace nicbench {

class DutCheck final : public FrameCheck {
 public:
  DutCheck(const TrackerOptions& options, bool verifiable) : options_(options), verifiable_(verifiable) {}

  bool good(const Frame& frame) const noexcept override {
    ParsedFrame parsed;
    switch (parse_frame(frame.data, frame.length, parsed)) {
      case FrameKind::kIpv4: return !verifiable_ || (addresses_right(parsed.key4) && checksums_right(frame, parsed));
      case FrameKind::kIpv6: return !verifiable_ || checksums_right(frame, parsed);
      default: return !verifiable_;  // captures hold frames that have no flow
    }
  }

 private:
  // The generator's clients are in 10/8; what is not for them is on its way to a server.
  bool addresses_right(const FiveTuple4& key) const noexcept {
    const bool to_client = (to_be32(key.destination) >> 24) == 10;
    switch (options_.use) {
      case Use::kLoadBalance:  // frames of no flow that are not for the service pass as they are
        return to_client || to_be32(key.destination) - to_be32(backend_address4(0)) < options_.backends;
      case Use::kNat: return to_client || to_be32(key.source) - to_be32(external_address(0)) < kMaxNatAddresses;
      default: return true;
    }
  }

  // Of all headers. The generator leaves the outer UDP checksum of a tunnel out.
  static bool checksums_right(const Frame& frame, ParsedFrame parsed) noexcept {
    if (!header_right(frame, parsed)) return false;
    return (!enter_tunnel(frame.data, frame.length, parsed) || header_right(frame, parsed)) &&
           transport_right(frame, parsed);
  }

  static bool header_right(const Frame& frame, const ParsedFrame& parsed) noexcept {
    return parsed.kind == FrameKind::kIpv6 || checksum(frame.data + parsed.network, kIpv4Header) == 0;
  }

  static bool transport_right(const Frame& frame, const ParsedFrame& parsed) noexcept {
    const bool ipv6 = parsed.kind == FrameKind::kIpv6;
    const std::uint8_t* addresses = frame.data + parsed.network + (ipv6 ? kIpv6Source : kIpv4Source);
    // The payload behind a probe's signature is zero and adds nothing.
    const std::size_t end = std::min<std::size_t>(parsed.network_end, parsed.payload + sizeof(ProbeSignature));
    const auto length = static_cast<std::uint16_t>(parsed.network_end - parsed.transport);
    return fold16(pseudo_header_sum(addresses, ipv6 ? 32 : 8, parsed.protocol, length) +
                  sum_bytes(frame.data + parsed.transport, end - parsed.transport)) == 0xffff;
  }

  const TrackerOptions options_;
  const bool verifiable_;
};

}  // namespace nicbench
