#include "hashtables/bench/limits.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

#include "common/clock.h"
#include "common/prefetch.h"

namespace nicbench {
namespace {

constexpr std::size_t kBurst = 32;
constexpr std::size_t kChunk = 2048;

// Keeps the value from being optimised away.
void use(std::uint64_t value) { asm volatile("" : : "r"(value) : "memory"); }

}  // namespace

LimitProbe::LimitProbe(std::uint64_t bytes, bool huge_pages)
    : lines_(std::max<std::uint64_t>(bytes / sizeof(Line), kBurst), huge_pages) {
  // Sattolo's shuffle: a permutation that is a single cycle.
  for (std::size_t i = 0; i < lines_.size(); ++i) lines_[i].next = i;
  for (std::size_t i = lines_.size() - 1; i > 0; --i) std::swap(lines_[i].next, lines_[random_.below(i)].next);
}

double LimitProbe::line_reads_per_s(double seconds, std::uint64_t bytes) {
  const std::size_t count = std::clamp<std::size_t>(bytes / sizeof(Line), 1, lines_.size());
  const auto limit = static_cast<std::uint64_t>(seconds * ticks_per_second());
  std::array<const Line*, kChunk> chosen;
  std::uint64_t clocked = 0, reads = 0;
  while (clocked < limit) {
    for (const Line*& line : chosen) line = &lines_[random_.below(count)];
    const std::uint64_t before = ticks();
    for (std::size_t i = 0; i < kChunk; i += kBurst) {
      for (std::size_t j = 0; j < kBurst; ++j) prefetch_to_read(chosen[i + j]);
      for (std::size_t j = 0; j < kBurst; ++j) sink_ += chosen[i + j]->payload[0];
    }
    use(sink_);
    clocked += ticks() - before;
    reads += kChunk;
  }
  return static_cast<double>(reads) * ticks_per_second() / static_cast<double>(clocked);
}

double LimitProbe::dependent_read_ns(double seconds) {
  const auto limit = static_cast<std::uint64_t>(seconds * ticks_per_second());
  const std::uint64_t before = ticks();
  std::uint64_t reads = 0, at = random_.below(lines_.size()), elapsed = 0;
  do {
    for (std::size_t i = 0; i < 256; ++i) at = lines_[at].next;
    use(at);
    reads += 256;
    elapsed = ticks() - before;
  } while (elapsed < limit);
  return static_cast<double>(elapsed) / ticks_per_second() * 1e9 / static_cast<double>(reads);
}

double LimitProbe::sequential_bytes_per_s(double seconds) {
  const auto limit = static_cast<std::uint64_t>(seconds * ticks_per_second());
  const std::uint64_t before = ticks();
  std::uint64_t passes = 0, elapsed = 0;
  do {
    sink_ = std::accumulate(lines_.begin(), lines_.end(), sink_, [](std::uint64_t sum, const Line& line) {
      for (const std::uint64_t word : line.payload) sum += word;
      return sum + line.next;
    });
    use(sink_);
    ++passes;
    elapsed = ticks() - before;
  } while (elapsed < limit);
  return static_cast<double>(passes * lines_.size() * sizeof(Line)) * ticks_per_second() / static_cast<double>(elapsed);
}

Limits measure_limits(std::uint64_t working_set_bytes, bool huge_pages, double seconds) {
  LimitProbe probe(working_set_bytes, huge_pages);
  Limits limits;
  limits.line_reads_per_s = probe.line_reads_per_s(seconds);
  limits.dependent_read_ns = probe.dependent_read_ns(seconds);
  limits.sequential_bytes_per_s = probe.sequential_bytes_per_s(seconds);
  limits.working_set = probe.bytes();
  limits.pages = probe.pages();
  return limits;
}

}  // namespace nicbench
