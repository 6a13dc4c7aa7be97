#include "trafficgen/connection_source.h"

#include <algorithm>
#include <string>

#include "common/prefetch.h"
#include "common/user_error.h"
#include "packet/flow_set.h"

namespace nicbench {
namespace {

constexpr std::uint16_t kMinFrame = 64;  // RFC 2544 §9.1, with FCS
constexpr std::uint16_t kMaxFrame = FramePool::kMaxFrame + kFcsBytes;

std::uint16_t checked_length(std::uint16_t frame_size) {
  if (frame_size < kMinFrame || frame_size > kMaxFrame) {
    throw UserError("FRAME_SIZE", "A frame of " + std::to_string(frame_size) + " bytes cannot be sent.",
                    "Frame sizes include the FCS and lie in 64.." + std::to_string(kMaxFrame) + ".");
  }
  return static_cast<std::uint16_t>(frame_size - kFcsBytes);
}

}  // namespace

ConnectionSource::ConnectionSource(const ConnectionConfig& config, std::size_t in_flight)
    : connections_(config.connections),
      length_(checked_length(config.frame_size)),
      tuples_(config.seed),
      pool_(in_flight),
      random_(config.seed),
      has_answer_(config.connections) {
  if (connections_ == 0) throw UserError("NO_FLOWS", "A trial of 0 connections shows nothing.", "Use 1 or more.");
  replies_.reserve(connections_);
}

void ConnectionSource::play(Play play) {
  play_ = play;
  position_ = 0;
  if (play != Play::kExchange) wrong_ = 0;
  if (play == Play::kOpen) replies_.clear();
  if (play == Play::kAnswer) {
    has_answer_.assign(connections_, false);
    answered_ = 0;
  }
  if (play == Play::kExchange) std::generate(draws_.begin(), draws_.end(), [this] { return draw(); });
}

std::size_t ConnectionSource::left() const noexcept {
  if (play_ == Play::kExchange) return replies_.empty() ? 0 : kBurst;
  return (play_ == Play::kOpen ? connections_ : replies_.size()) - position_;
}

std::size_t ConnectionSource::next(std::span<Frame> out) noexcept {
  const std::size_t count = pool_.take(out.first(std::min({out.size(), left(), kBurst})));
  for (std::size_t i = 0; i < count; ++i) template_.build(out[i], tuple_at(i), length_, 0);
  if (play_ != Play::kExchange) position_ += count;
  return count;
}

// Of frame i of this call.
FiveTuple4 ConnectionSource::tuple_at(std::size_t i) noexcept {
  switch (play_) {
    case Play::kOpen: return tuples_.tuple(static_cast<std::uint32_t>(position_ + i), false);
    case Play::kAnswer: return replies_[position_ + i];
    default: break;
  }
  const Draw now = draws_[i];
  draws_[i] = draw();
  return now.answer ? replies_[now.connection] : tuples_.tuple(now.connection, false);
}

ConnectionSource::Draw ConnectionSource::draw() noexcept {
  const std::uint64_t random = random_();
  Draw result{0, (random & 1) != 0};
  const std::uint64_t range = result.answer ? replies_.size() : connections_;
  result.connection = static_cast<std::uint32_t>(((random >> 32) * range) >> 32);
  if (result.answer) prefetch_to_read(&replies_[result.connection]);
  return result;
}

void ConnectionSource::received(std::span<const Frame> frames) noexcept {
  if (play_ == Play::kExchange) return;
  for (const Frame& frame : frames) {
    ParsedFrame parsed;
    if (parse_frame(frame.data, frame.length, parsed) != FrameKind::kIpv4) {
      ++wrong_;
    } else if (play_ == Play::kAnswer) {
      answer_arrived(parsed.key4);
    } else if (replies_.size() < connections_) {
      replies_.push_back(reversed(parsed.key4));
    }
  }
}

void ConnectionSource::answer_arrived(const FiveTuple4& key) noexcept {
  const std::uint32_t connection = tuples_.flow_of(key.destination, key.destination_port);
  const bool known = connection < connections_ && key == reversed(tuples_.tuple(connection, false));
  if (!known || has_answer_[connection]) {
    ++wrong_;
    return;
  }
  has_answer_[connection] = true;
  ++answered_;
}

void ConnectionSource::release(std::span<const Frame> frames) noexcept {
  for (const Frame& frame : frames) FrameTemplate::unstamp(frame);
  pool_.give(frames);
}

}  // namespace nicbench
