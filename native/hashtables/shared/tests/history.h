// Was what threads saw of one key possible at all? A checker for linearizability (Herlihy, Wing: TOPLAS 1990).
//
// A key is a register that is empty or holds a value. What threads did to it is recorded with the moments of call and
// return, and the history is right if the calls can be put in one order in which each takes effect between its call and
// its return and has the answer that the register gives in that order. Keys do not touch each other, so that each is
// checked by itself (the same paper, section 3.3, calls that locality), and since the calls of a thread follow each
// other a state of the search is how far each thread has got, and the register: few enough to try them all, each once
// (Wing, Gong: "Testing and verifying concurrent objects", JPDC 1993; Lowe 2017).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nicbench::testing {

struct Event {
  enum class Kind : std::uint8_t { kInsert, kFind, kErase };

  Kind kind = Kind::kFind;
  bool done = false;        // inserted, found, erased; else: was there already, was not there
  std::uint64_t value = 0;  // inserted, seen; 0 is none
  std::int64_t called = 0;
  std::int64_t returned = 0;
};

// The value of the register after the event, if it can happen to a register of this value (0: empty).
inline std::optional<std::uint64_t> after(const Event& event, std::uint64_t held) {
  switch (event.kind) {
    case Event::Kind::kInsert:
      if (event.done) return held == 0 ? std::optional(event.value) : std::nullopt;
      return held != 0 && held == event.value ? std::optional(held) : std::nullopt;
    case Event::Kind::kFind:
      return (event.done ? held != 0 && held == event.value : held == 0) ? std::optional(held) : std::nullopt;
    case Event::Kind::kErase:
      if (event.done) return held != 0 ? std::optional<std::uint64_t>(0) : std::nullopt;
      return held == 0 ? std::optional<std::uint64_t>(0) : std::nullopt;
  }
  return std::nullopt;
}

// By thread, each in its order. Histories of kMost threads at most.
class HistoryOfKey {
 public:
  static constexpr std::size_t kMost = 4;

  explicit HistoryOfKey(std::span<const std::vector<Event>> threads) : threads_(threads) {}

  bool is_possible() const {
    std::set<State> seen;
    std::vector<State> open{State{}};
    while (!open.empty()) {
      const State state = open.back();
      open.pop_back();
      if (!seen.insert(state).second) continue;
      if (is_end(state)) return true;
      const std::int64_t first_return = earliest_return(state);
      for (std::size_t t = 0; t < threads_.size(); ++t) {
        if (state.next[t] == threads_[t].size()) continue;
        const Event& event = threads_[t][state.next[t]];
        if (event.called > first_return) continue;  // another that is not in the order yet was over before it began
        const auto held = after(event, state.held);
        if (!held) continue;
        State further = state;
        ++further.next[t];
        further.held = *held;
        open.push_back(further);
      }
    }
    return false;
  }

 private:
  struct State {
    std::array<std::uint32_t, kMost> next{};
    std::uint64_t held = 0;
    auto operator<=>(const State&) const = default;
  };

  bool is_end(const State& state) const {
    for (std::size_t t = 0; t < threads_.size(); ++t) {
      if (state.next[t] != threads_[t].size()) return false;
    }
    return true;
  }
  std::int64_t earliest_return(const State& state) const {
    std::int64_t earliest = INT64_MAX;
    for (std::size_t t = 0; t < threads_.size(); ++t) {
      if (state.next[t] != threads_[t].size()) earliest = std::min(earliest, threads_[t][state.next[t]].returned);
    }
    return earliest;
  }

  std::span<const std::vector<Event>> threads_;
};

}  // namespace nicbench::testing
