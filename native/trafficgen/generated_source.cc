// Frames made from the flow model: one 64-byte header line is copied from a template and patched.
//
// Payload is zero, which adds nothing to a checksum: a TCP or UDP checksum costs a sum over the header's
// variable words, whatever the frame's length. Buffers start zeroed, and a probe's signature is wiped when
// its buffer comes home.

#include <algorithm>
#include <array>
#include <cstring>

#include "io/frame_pool.h"
#include "packet/checksum.h"
#include "packet/flow_set.h"
#include "trafficgen/flow_churn.h"
#include "trafficgen/frame_source.h"

namespace nicbench {
namespace {

constexpr std::size_t kIp = kEthernetHeader;
constexpr std::size_t kL4 = kIp + kIpv4Header;

// The first line of a frame, with everything but addresses, ports, lengths and checksums.
struct Template {
  alignas(64) std::array<std::uint8_t, 64> bytes{};
  std::uint64_t ip_sum = 0;
  std::uint64_t l4_sum = 0;
  std::size_t payload = 0;
  std::size_t checksum_at = 0;
};

Template make_template(bool tcp) {
  Template t;
  std::uint8_t* b = t.bytes.data();
  std::copy(kDutMac.begin(), kDutMac.end(), b);
  std::copy(kTesterMac.begin(), kTesterMac.end(), b + kMacBytes);
  store(b + 12, to_be16(kTypeIpv4));
  b[kIp] = 0x45;
  store(b + kIp + kIpv4Fragment, to_be16(0x4000));  // don't fragment
  b[kIp + kIpv4Ttl] = 64;
  b[kIp + kIpv4Protocol] = tcp ? kProtocolTcp : kProtocolUdp;
  if (tcp) {
    b[kL4 + kTcpDataOffset] = 5 << 4;
    store(b + kL4 + 14, to_be16(0xffff));  // window
  }
  t.payload = kL4 + (tcp ? kTcpHeader : kUdpHeader);
  t.checksum_at = kL4 + (tcp ? kTcpChecksum : kUdpChecksum);
  t.ip_sum = sum_bytes(b + kIp, kIpv4Header);
  t.l4_sum = sum_bytes(b + kL4, t.payload - kL4) + to_be16(b[kIp + kIpv4Protocol]);
  return t;
}

class GeneratedSource final : public FrameSource {
 public:
  GeneratedSource(std::shared_ptr<const FlowModel> model, std::size_t in_flight)
      : model_(std::move(model)),
        mask_(model_->schedule().size() - 1),
        pool_(in_flight),
        templates_{make_template(false), make_template(true)},
        churn_(*model_, model_->both_directions()) {}

  void rewind() noexcept override {
    position_ = learnt_ = 0;
    births_due_ = 0;
    churn_.rewind();
  }

  void advance(double seconds) noexcept override {
    births_due_ = static_cast<std::uint64_t>(seconds * model_->new_flows());
  }

  std::uint64_t born_flows() const noexcept override { return churn_.born(); }

  std::size_t next(std::span<Frame> out) noexcept override {
    const std::size_t count = pool_.take(out);
    const ScheduledFrame* schedule = model_->schedule().data();
    if (model_->new_flows() == 0) {
      for (std::size_t i = 0; i < count; ++i) build(out[i], schedule[(position_ + i) & mask_]);
      position_ += count;
      return count;
    }
    for (std::size_t i = 0; i < count; ++i) {
      __builtin_prefetch(&schedule[(position_ + kBurst) & mask_]);
      ScheduledFrame frame;
      if (!churn_.next(births_due_, frame)) {
        frame = schedule[position_++ & mask_];
        frame.flow = churn_.flow_of(frame.flow);
      }
      build(out[i], frame);
    }
    return count;
  }

  std::size_t next_learning(std::span<Frame> out) noexcept override {
    std::size_t count = 0;
    while (learnt_ < model_->flows()) {
      std::array<ScheduledFrame, FlowChurn::kHandshake> frames;
      const std::size_t wanted = churn_.introduce(learnt_, frames);
      const auto room = out.subspan(count).first(std::min(wanted, out.size() - count));
      if (room.size() < wanted || pool_.available() < wanted) break;
      pool_.take(room);
      for (std::size_t i = 0; i < wanted; ++i) build(room[i], frames[i]);
      count += wanted;
      ++learnt_;
    }
    return count;
  }

  bool stamp(Frame& frame, const ProbeSignature& signature) noexcept override {
    const bool tcp = frame.data[kIp + kIpv4Protocol] == kProtocolTcp;
    const Template& t = templates_[tcp];
    if (t.payload + sizeof signature > frame.length) return false;
    stamp_probe(frame.data, t.payload, t.checksum_at, !tcp, signature);
    frame.source = 1;
    return true;
  }

  void release(std::span<const Frame> frames) noexcept override {
    for (const Frame& frame : frames) {
      if (frame.source != 0) std::memset(frame.data + kL4 + kTcpHeader, 0, sizeof(ProbeSignature));
    }
    pool_.give(frames);
  }

  std::size_t buffers() const noexcept override { return pool_.size(); }
  std::size_t buffers_home() const noexcept override { return pool_.available(); }
  std::size_t ipv4_flows() const noexcept override { return model_->flows(); }
  std::size_t ipv6_flows() const noexcept override { return 0; }
  bool verifiable() const noexcept override { return true; }

 private:
  void build(Frame& frame, const ScheduledFrame& scheduled) noexcept {
    const Template& t = templates_[scheduled.tcp ? 1 : 0];
    FiveTuple4 key = model_->tuple(scheduled.flow, scheduled.tcp);
    if (scheduled.reply) key = reversed(key);
    const auto l4_length = static_cast<std::uint16_t>(scheduled.length - kL4);
    const std::uint64_t addresses = std::uint64_t{key.source} + key.destination;
    const std::uint64_t ports = std::uint64_t{key.source_port} + key.destination_port;
    std::uint8_t* b = frame.data;
    std::memcpy(b, t.bytes.data(), t.bytes.size());
    const std::uint16_t ip_length = to_be16(static_cast<std::uint16_t>(scheduled.length - kIp));
    store(b + kIp + kIpv4Length, ip_length);
    store(b + kIp + kIpv4Checksum, static_cast<std::uint16_t>(~fold16(t.ip_sum + ip_length + addresses)));
    store(b + kIp + kIpv4Source, key.source);
    store(b + kIp + kIpv4Destination, key.destination);
    store(b + kL4, key.source_port);
    store(b + kL4 + 2, key.destination_port);
    std::uint64_t sum = t.l4_sum + addresses + ports + to_be16(l4_length);
    if (scheduled.tcp) {
      const std::uint8_t flags = scheduled.tcp_flags != 0 ? scheduled.tcp_flags : tcp_flag::kAck;
      b[kL4 + kTcpFlags] = flags;
      sum += to_be16(flags);
    } else {
      store(b + kL4 + 4, to_be16(l4_length));
      sum += to_be16(l4_length);
    }
    const auto l4_checksum = static_cast<std::uint16_t>(~fold16(sum));
    store<std::uint16_t>(b + t.checksum_at, !scheduled.tcp && l4_checksum == 0 ? 0xffff : l4_checksum);
    frame.length = scheduled.length;
    frame.source = 0;
  }

  const std::shared_ptr<const FlowModel> model_;
  const std::size_t mask_;
  FramePool pool_;
  const std::array<Template, 2> templates_;
  FlowChurn churn_;
  std::uint64_t births_due_ = 0;
  std::size_t position_ = 0;
  std::uint32_t learnt_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> make_generated_source(std::shared_ptr<const FlowModel> model, std::size_t in_flight) {
  return std::make_unique<GeneratedSource>(std::move(model), in_flight);
}

}  // namespace nicbench
