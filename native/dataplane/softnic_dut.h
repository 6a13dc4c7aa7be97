// The software NIC and the application behind its queues, on one core: what run_worker() wants of a DUT.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "common/counter.h"
#include "io/frame.h"
#include "packet/headers.h"
#include "softnic/classifier.h"

namespace nicbench {

// Frames by what took them.
struct RuleTotals {
  std::uint64_t matched = 0, caught = 0, unmatched = 0, dropped = 0, stray = 0;

  RuleTotals operator-(const RuleTotals& before) const noexcept {
    return {matched - before.matched, caught - before.caught, unmatched - before.unmatched, dropped - before.dropped,
            stray - before.stray};
  }
};

// Between: called between two bursts, with the time.
template <class Between>
class SoftNicDut {
 public:
  // queues: that rules name; frames to others are stray. Worker 0 of the classifier.
  SoftNicDut(Classifier& classifier, FlowCache* cache, std::uint16_t queues, Between between)
      : classifier_(classifier), cache_(cache), queues_(queues), between_(std::move(between)) {}

  // Those to send back come first, in order. Returns how many.
  std::size_t process(std::span<Frame> frames, std::uint64_t /*now*/) noexcept {
    std::array<Verdict, kBurst> verdicts;
    classifier_.classify(frames, std::span(verdicts).first(frames.size()), cache_);
    RuleTotals burst;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const Verdict& verdict = verdicts[i];
      const bool queued = verdict.fate == Fate::kQueue;
      burst.matched += verdict.matched & (verdict.purpose == Purpose::kSpecific);
      burst.caught += verdict.matched & (verdict.purpose == Purpose::kDefault);
      burst.unmatched += !verdict.matched;
      burst.dropped += verdict.matched & !queued;
      burst.stray += queued & (verdict.queue >= queues_);
      if (!queued) continue;
      swap_macs(frames[i].data);
      std::swap(frames[kept++], frames[i]);
    }
    matched_.add(burst.matched);
    caught_.add(burst.caught);
    unmatched_.add(burst.unmatched);
    dropped_.add(burst.dropped);
    stray_.add(burst.stray);
    return kept;
  }

  void maintain(std::uint64_t now) noexcept {
    classifier_.quiesce(0);
    between_(now);
  }

  RuleTotals totals() const noexcept {
    return {matched_.get(), caught_.get(), unmatched_.get(), dropped_.get(), stray_.get()};
  }

 private:
  Classifier& classifier_;
  FlowCache* const cache_;
  const std::uint16_t queues_;
  Between between_;
  Counter matched_, caught_, unmatched_, dropped_, stray_;
};

}  // namespace nicbench
