// In which order probes came, by their sequence numbers.
//
// A probe is reordered if one with a higher number came before it (RFC 4737 §3.3, Type-P-Reordered). Loss alone
// reorders none. Of copies only the first to arrive counts as a probe; the others are duplicates, and not reordered.
// Duplicates are told from late ones among the last kWindow numbers; an older one counts as reordered.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace nicbench {

enum class Arrival : std::uint8_t { kInOrder, kReordered, kDuplicate, kStale };

class ProbeOrder {
 public:
  static constexpr std::uint32_t kWindow = 1u << 16;

  // first: the number of the phase's first probe; those before it are stale.
  void begin(std::uint32_t first) noexcept { first_ = next_ = first; }

  Arrival arrived(std::uint32_t sequence) noexcept {
    if (is_before(sequence, first_)) return Arrival::kStale;
    if (is_before(sequence, next_)) return arrived_late(sequence);
    if (sequence - next_ >= kWindow) {
      seen_.reset();
    } else {
      for (std::uint32_t skipped = next_; skipped != sequence; ++skipped) seen_.reset(skipped % kWindow);
    }
    seen_.set(sequence % kWindow);
    next_ = sequence + 1;
    return Arrival::kInOrder;
  }

 private:
  // Numbers wrap around.
  static bool is_before(std::uint32_t a, std::uint32_t b) noexcept { return static_cast<std::int32_t>(a - b) < 0; }

  Arrival arrived_late(std::uint32_t sequence) noexcept {
    if (next_ - sequence > kWindow) return Arrival::kReordered;
    if (seen_.test(sequence % kWindow)) return Arrival::kDuplicate;
    seen_.set(sequence % kWindow);
    return Arrival::kReordered;
  }

  std::uint32_t first_ = 0;
  std::uint32_t next_ = 0;  // RFC 4737: NextExp
  std::bitset<kWindow> seen_;
};

}  // namespace nicbench
