#include "common/calibration_loop.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/affinity.h"
#include "common/clock.h"

namespace nicbench {
namespace {

constexpr int kRounds = 24;
constexpr int kUnits = 20'000;     // in a round of work: some 40 us
constexpr int kHandOvers = 400;    // in a round: some 20 us, or more
constexpr std::size_t kLanes = 6;  // enough independent multiplications to fill a pipelined multiplier

using Rounds = std::array<std::uint64_t, kRounds>;

double median_ns(Rounds rounds, int units) {
  std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
  return static_cast<double>(rounds[kRounds / 2]) / ticks_per_second() * 1e9 / units;
}

// The result of the work goes here, so that the compiler must do it.
std::atomic<std::uint64_t> sink{0};

double work_ns() {
  std::array<std::uint64_t, kLanes> lanes{1, 3, 5, 7, 11, 13};
  Rounds rounds;
  for (std::uint64_t& round : rounds) {
    const std::uint64_t start = ticks();
    for (int unit = 0; unit < kUnits; ++unit) {
      for (std::uint64_t& lane : lanes) lane = (lane ^ (lane >> 29)) * 0xbf58476d1ce4e5b9u;
    }
    round = ticks() - start;
  }
  for (const std::uint64_t lane : lanes) sink.fetch_xor(lane, std::memory_order_relaxed);
  return median_ns(rounds, kUnits);
}

// The line that goes to and fro: even numbers are the first CPU's to answer, odd ones the second's.
struct alignas(128) Ball {
  std::atomic<std::uint32_t> number{0};
};

void play(Ball& ball, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t number = first; number < first + count; number += 2) {
    while (ball.number.load(std::memory_order_acquire) != number) cpu_relax();
    ball.number.store(number + 1, std::memory_order_release);
  }
}

double hand_over_ns(Ball& ball) {
  Rounds rounds;
  std::uint32_t number = 0;
  for (std::uint64_t& round : rounds) {
    const std::uint64_t start = ticks();
    play(ball, number, 2 * kHandOvers);
    round = ticks() - start;
    number += 2 * kHandOvers;
  }
  return median_ns(rounds, kHandOvers);
}

void read_clocks(CalibrationReading& reading) {
  reading.tsc_seconds = static_cast<double>(ticks()) / ticks_per_second();
  reading.monotonic_seconds = static_cast<double>(monotonic_ns()) * 1e-9;
  timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  reading.wall_seconds = static_cast<double>(wall.tv_sec) + static_cast<double>(wall.tv_nsec) * 1e-9;
}

class Runner {
 public:
  explicit Runner(std::span<const int> cpus) : cpus_(cpus), pinned_(cpus.size()), work_(cpus.size()) {}

  CalibrationReading run() {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < cpus_.size(); ++i) threads.emplace_back([this, i] { run_on(i); });
    threads.clear();  // joins
    if (error_) std::rethrow_exception(error_);
    CalibrationReading reading{*std::max_element(work_.begin(), work_.end()), hand_over_};
    read_clocks(reading);
    return reading;
  }

 private:
  void run_on(std::size_t i) {
    try {
      pin_this_thread(cpus_[i], "nicbench-calib");
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
    pinned_.arrive_and_wait();
    if (failed_) return;
    work_[i] = work_ns();
    if (cpus_.size() < 2) return;
    if (i == 0) hand_over_ = hand_over_ns(ball_);
    if (i == 1) play(ball_, 1, 2 * kRounds * kHandOvers);
  }

  std::span<const int> cpus_;
  std::latch pinned_;
  std::vector<double> work_;
  double hand_over_ = 0;
  Ball ball_;
  std::atomic<bool> failed_{false};
  std::exception_ptr error_;
};

}  // namespace

CalibrationReading read_calibration(std::span<const int> cpus) {
  if (cpus.empty()) throw std::invalid_argument("a calibration loop needs a CPU");
  return Runner(cpus).run();
}

}  // namespace nicbench
