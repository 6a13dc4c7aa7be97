// The flows of one address family, as one worker sees them: from keys to states, and from birth to death.
//
// The directory maps keys to flow numbers (flow_directory.h) and the states live in an array of their own
// (flow_store.h), as in the trackers of "High-Speed Connection Tracking in Modern Servers" (HPSR 2021): tables may move
// their entries, states never move, and all tables are compared on the same work. Table and store are either this
// worker's own or shared with others, in which case the table is a SharedFlowTable. The flows are this worker's in
// either case: symmetric RSS brings all frames of a flow to the worker that created it, which alone touches its state,
// and which alone expires it. A shared table may give no flow to any other worker.
//
//   start      brings the table's lines for all keys of a burst, where the table can; the flows of another burst may
//              change meanwhile
//   resolve    looks those keys up; then their states are on their way, too
//   new flow   takes a number, enters the table, gets its server or port, and has a second entry if its replies carry
//              another tuple. Whatever fails is undone, and the frame dropped with its cause
//   in a burst a flow may be created, and end, and another get its number: misses are looked up again when their turn
//              comes, and hits on a flow that ended are made misses when it ends
//   expired    a flow that is found after its time ends there and then. Everything else is maintain()'s work
//
// Threads: one. Does not allocate after construction.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>

#include "common/prefetch.h"
#include "dataplane/flow_directory.h"
#include "dataplane/flow_key.h"
#include "dataplane/flow_store.h"
#include "dataplane/tracker_counters.h"
#include "dataplane/tracker_options.h"
#include "dataplane/translation.h"
#include "hashtables/expiry/sweep.h"
#include "hashtables/expiry/timer_wheel.h"
#include "hashtables/flow_table.h"
#include "io/frame.h"

namespace nicbench {

template <FlowTable Table>
class FlowTracker {
 public:
  using Key = typename Table::Key;
  using Directory = FlowDirectory<Table>;
  using Pending = typename Directory::Pending;  // of a burst between start() and resolve()

  // Throws std::bad_alloc; std::logic_error where the store has no room for TCP windows that are to be checked.
  FlowTracker(DirectoryTable<Table>& table, FlowStore<Key>& store, const TrackerOptions& options,
              Translation& translation, TrackerCounters& counters)
      : directory_(table),
        store_(store),
        numbers_(store),
        translation_(translation),
        counters_(counters),
        timeouts_(options.expiry.scheme == Expiry::kNone ? Timeouts::never() : options.timeouts),
        expiry_(options.expiry),
        scan_(options.start, options.expiry.interval, options.expiry.incremental) {
    if (options.check_windows && !store.has_room_for_windows()) {
      throw std::logic_error("a tracker of TCP windows on a store without room for them");
    }
    if (expiry_.scheme == Expiry::kTimerWheel) {
      wheel_.emplace(store.capacity(), options.start, options.expiry.interval, options.huge_pages);
    }
  }

  // Begins to look up the keys of a burst, kBurst at most, all canonical.
  void start(std::span<const Key> keys, Pending& pending) const noexcept { directory_.start(keys, pending); }

  // Looks up what start() began. From now on these keys are the burst.
  void resolve(std::span<const Key> keys, Pending& pending) noexcept {
    count_ = keys.size();
    directory_.resolve(keys, pending, refs_);
    for (std::size_t i = 0; i < count_; ++i) {
      if (refs_[i] == kNoFlow) continue;
      prefetch_to_write(&store_.state(flow_of(refs_[i])));
      if constexpr (!Directory::kExact) store_.prefetch_key(flow_of(refs_[i]));
    }
  }

  bool missed(std::size_t i) const noexcept { return refs_[i] == kNoFlow; }

  // Brings the table's lines for the second entries that flows with these original tuples, kBurst at most, will
  // probably have, all at once: an insert alone would wait for each in turn. Changes nothing.
  void foresee(std::span<const Key> wires) const noexcept {
    std::array<Key, kBurst> replies;
    std::size_t count = 0;
    for (const Key& wire : wires) {
      auto reply = translation_.likely_reply(wire);
      if (!reply) continue;
      canonicalise(*reply);
      replies[count++] = *reply;
    }
    directory_.bring(std::span<const Key>(replies).first(count));
  }

  // The live flow of key i of the burst; kNoFlow if there is none, or none any more.
  FlowRef find(std::size_t i, const Key& key, std::uint64_t now) noexcept {
    const FlowRef ref = find_any(i, key);
    if (ref == kNoFlow) return kNoFlow;
    if (is_dead(flow_of(ref), now)) [[unlikely]] {
      end(flow_of(ref));
      return kNoFlow;
    }
    return ref;
  }

  // As find(), but changes nothing.
  FlowRef peek(std::size_t i, const Key& key, std::uint64_t now) const noexcept {
    const FlowRef ref = find_any(i, key);
    return ref == kNoFlow || is_dead(flow_of(ref), now) ? kNoFlow : ref;
  }

  struct Opened {
    FlowRef ref;       // kNoFlow if it was refused
    FrameCause cause;  // why
  };

  // Creates the flow of a key that find() did not find. Its state is that of no protocol yet: the caller opens it, and
  // then calls arm().
  Opened open(const Key& key, bool swapped, std::uint64_t now) noexcept {
    const Key wire = oriented(key, swapped);
    std::uint32_t flow = take_number(now);
    if (flow == kNoFlow) return {kNoFlow, FrameCause::kTableFull};
    const FlowRef ref = flow_ref(flow, swapped);
    InsertResult inserted = directory_.insert_new(key, ref);
    if (inserted == InsertResult::kFull && make_room(now)) inserted = directory_.insert_new(key, ref);
    if (inserted != InsertResult::kInserted) return refuse(flow, FrameCause::kTableFull);
    reset(flow, key, swapped, now);
    FlowState& state = store_.state(flow);
    if (!translation_.assign(wire, state) && !(make_room(now) && translation_.assign(wire, state))) {
      directory_.erase(key, ref);
      return refuse(flow, FrameCause::kPortsExhausted);
    }
    if (const auto entry = second_entry(flow)) {
      const InsertResult second = insert_second(flow, *entry, now);
      if (second != InsertResult::kInserted) {
        translation_.template release<Key>(state);
        directory_.erase(key, ref);
        return refuse(flow, second == InsertResult::kFull ? FrameCause::kTableFull : FrameCause::kTupleInUse);
      }
    }
    counters_.created.add(1);
    ++changes_in_burst_;
    return {ref, FrameCause::kTracked};
  }

  // A flow that open() created has got its timeout.
  void arm(std::uint32_t flow) noexcept {
    if (!wheel_) return;
    FlowState& state = store_.state(flow);
    if (state.has(FlowState::kArmed)) return;  // by the flow that had this number before: comes up and is armed again
    state.set(FlowState::kArmed);
    wheel_->arm(flow, next_look(state, state.last_seen));
  }

  // Ends a flow and forgets it.
  void end(std::uint32_t flow) noexcept {
    const Entry first = first_entry(flow);
    directory_.erase(first.key, first.ref);
    if (const auto second = second_entry(flow)) directory_.erase(second->key, second->ref);
    bury(flow);
    forget(flow);
  }

  void end_burst() noexcept { count_ = changes_in_burst_ = 0; }

  // Looks for flows whose time is over, as the scheme has it, between two bursts.
  void maintain(std::uint64_t now) noexcept {
    if (wheel_) {
      wheel_->advance(now, expiry_.limit, [&](std::span<const std::uint32_t> flows) { examine(flows, now); });
    } else if (expiry_.scheme == Expiry::kScan) {
      scan_.advance(now, numbers_.used(), expiry_.limit,
                    [&](std::size_t first, std::size_t count) { sweep(first, count, now); });
    }
  }

  // Ends every flow at once, as an operator does who empties the table: as if the time of all were over. Takes as long
  // as there are flows.
  void flush() noexcept {
    for (std::size_t at = 0; at < numbers_.used(); at += kSweepBatch) {
      sweep(at, std::min(kSweepBatch, numbers_.used() - at), UINT64_MAX);
    }
  }

  FlowState& state(std::uint32_t flow) const noexcept { return store_.state(flow); }
  // The tuple of a live flow as its first frame carried it.
  Key wire(std::uint32_t flow) const noexcept {
    return oriented(store_.key(flow), store_.state(flow).has(FlowState::kSwapped));
  }
  std::uint64_t deadline(const FlowState& state) const noexcept { return state.deadline(timeouts_); }
  // Bytes of its own, beside table and store.
  std::size_t memory() const noexcept { return wheel_ ? wheel_->memory() : 0; }
  const DirectoryTable<Table>& table() const noexcept { return directory_.table(); }

  // f(original tuple, state) for every flow that is not ended, expired ones included. Not for the data path.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t i = 0; i < numbers_.used(); ++i) {
      const std::uint32_t flow = numbers_.at(i);
      if (store_.state(flow).has(FlowState::kLive)) f(wire(flow), store_.state(flow));
    }
  }

 private:
  // What the directory holds of a flow.
  struct Entry {
    Key key;
    FlowRef ref;
  };

  Entry first_entry(std::uint32_t flow) const noexcept {
    return {store_.key(flow), flow_ref(flow, store_.state(flow).has(FlowState::kSwapped))};
  }

  // Where frames that travel in the reply direction carry another tuple.
  std::optional<Entry> second_entry(std::uint32_t flow) const noexcept {
    auto reply = translation_.reply_tuple(wire(flow), store_.state(flow));
    if (!reply) return std::nullopt;
    const bool swapped = canonicalise(*reply);
    return Entry{*reply, flow_ref(flow, !swapped)};
  }

  // Whether this is an entry of the key.
  bool belongs(FlowRef ref, const Key& key) const noexcept {
    const Entry first = first_entry(flow_of(ref));
    if (first.key == key && first.ref == ref) [[likely]]
      return true;
    const auto second = second_entry(flow_of(ref));
    return second && second->key == key && second->ref == ref;
  }

  FlowRef look_up(const Key& key) const noexcept {
    return directory_.find(key, [&](FlowRef ref) { return belongs(ref, key); });
  }

  // The flow of key i of the burst, dead or alive.
  FlowRef find_any(std::size_t i, const Key& key) const noexcept {
    const FlowRef ref = refs_[i];
    if (ref == kNoFlow) return changes_in_burst_ == 0 ? kNoFlow : look_up(key);
    if constexpr (!Directory::kExact) {
      if (!belongs(ref, key)) [[unlikely]]
        return look_up(key);
    }
    return ref;
  }

  bool is_dead(std::uint32_t flow, std::uint64_t now) const noexcept { return now >= deadline(store_.state(flow)); }

  // When the wheel must look at a flow again.
  std::uint64_t next_look(const FlowState& state, std::uint64_t now) const noexcept {
    const std::uint64_t when = deadline(state);
    return expiry_.recheck == 0 ? when : std::min(when, now + expiry_.recheck);
  }

  std::uint32_t take_number(std::uint64_t now) noexcept {
    if (expiry_.scheme == Expiry::kLazy) {
      lazy_.step(numbers_.used(), [&](std::size_t first, std::size_t count) { return sweep(first, count, now); });
    }
    std::uint32_t flow = numbers_.take();
    if (flow == kNoFlow && make_room(now)) flow = numbers_.take();
    return flow;
  }

  bool make_room(std::uint64_t now) noexcept {
    if (expiry_.scheme != Expiry::kLazy) return false;
    return lazy_.make_room(numbers_.used(),
                           [&](std::size_t first, std::size_t count) { return sweep(first, count, now); });
  }

  Opened refuse(std::uint32_t flow, FrameCause cause) noexcept {
    store_.state(flow).clear(FlowState::kLive);
    numbers_.give_back(flow);
    return {kNoFlow, cause};
  }

  void reset(std::uint32_t flow, const Key& key, bool swapped, std::uint64_t now) noexcept {
    FlowState& state = store_.state(flow);
    const bool armed = state.has(FlowState::kArmed);
    state = FlowState();
    state.set(FlowState::kLive);
    if (armed) state.set(FlowState::kArmed);
    if (swapped) state.set(FlowState::kSwapped);
    state.last_seen = now;
    state.protocol = key.protocol;
    store_.set_key(flow, key);
  }

  // A frame that carries the second entry's tuple travels in the reply direction.
  InsertResult insert_second(std::uint32_t flow, const Entry& second, std::uint64_t now) noexcept {
    // Of this flow only the first entry is there, though the second one's ref may be the same.
    const auto same = [&](FlowRef ref) {
      return flow_of(ref) == flow ? store_.key(flow) == second.key : belongs(ref, second.key);
    };
    const InsertResult result = directory_.insert(second.key, second.ref, same);
    if (result != InsertResult::kExists) return result;
    const FlowRef holder = directory_.find(second.key, same);
    if (holder == kNoFlow || !is_dead(flow_of(holder), now)) return result;
    end(flow_of(holder));
    return directory_.insert(second.key, second.ref, same);
  }

  // Ends a flow whose entries are out of the table.
  void bury(std::uint32_t flow) noexcept {
    FlowState& state = store_.state(flow);
    translation_.template release<Key>(state);
    const bool closed = state.tcp == TcpState::kTimeWait || state.tcp == TcpState::kClose;
    (closed ? counters_.closed : counters_.expired).add(1);
    state.clear(FlowState::kLive);
    numbers_.give_back(flow);
  }

  // Frames of this burst that were looked up already must not find the flow, nor the one that gets its number next.
  void forget(std::uint32_t flow) noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      if (flow_of(refs_[i]) != flow) continue;
      refs_[i] = kNoFlow;
      if constexpr (!Directory::kExact) ++changes_in_burst_;  // it may have been a wrong candidate
    }
  }

  // Flows that came up in the wheel: ends the dead, arms the others again.
  void examine(std::span<const std::uint32_t> flows, std::uint64_t now) noexcept {
    for (const std::uint32_t flow : flows) prefetch_to_write(&store_.state(flow));
    std::array<std::uint32_t, TimerWheel::kBatch> dead;
    std::size_t count = 0;
    for (const std::uint32_t flow : flows) {
      FlowState& state = store_.state(flow);
      state.clear(FlowState::kArmed);
      if (!state.has(FlowState::kLive)) continue;
      if (now >= deadline(state)) {
        dead[count++] = flow;
        store_.prefetch_key(flow);
      } else {
        state.set(FlowState::kArmed);
        wheel_->arm(flow, next_look(state, now));
      }
    }
    counters_.examined.add(flows.size());
    end_all(std::span(dead).first(count));
  }

  // Flows at positions of the numbers in use: ends the dead, returns whether there were any.
  bool sweep(std::size_t first, std::size_t positions, std::uint64_t now) noexcept {
    std::array<std::uint32_t, kSweepBatch> dead;
    std::size_t count = 0;
    for (std::size_t i = first; i < first + positions; ++i) {
      const std::uint32_t flow = numbers_.at(i);
      const FlowState& state = store_.state(flow);
      if (state.has(FlowState::kLive) && now >= deadline(state)) dead[count++] = flow;
    }
    counters_.examined.add(positions);
    end_all(std::span(dead).first(count));
    return count > 0;
  }

  void end_all(std::span<const std::uint32_t> dead) noexcept {
    if (dead.empty()) return;
    static_assert(2 * kSweepBatch <= kMaxBurst && TimerWheel::kBatch <= kSweepBatch);
    std::array<Key, 2 * kSweepBatch> keys;
    std::array<FlowRef, 2 * kSweepBatch> refs;
    std::size_t entries = 0;
    const auto add = [&](const Entry& entry) {
      keys[entries] = entry.key;
      refs[entries++] = entry.ref;
    };
    for (const std::uint32_t flow : dead) {
      add(first_entry(flow));
      if (const auto second = second_entry(flow)) add(*second);
    }
    directory_.erase_all(std::span<const Key>(keys).first(entries), std::span<const FlowRef>(refs).first(entries));
    for (const std::uint32_t flow : dead) {
      bury(flow);
      if (count_ > 0) forget(flow);
    }
  }

  Directory directory_;
  FlowStore<Key>& store_;
  FlowNumbers<Key> numbers_;
  Translation& translation_;
  TrackerCounters& counters_;
  const Timeouts timeouts_;
  const ExpiryOptions expiry_;
  std::optional<TimerWheel> wheel_;
  Scan scan_;
  LazyHand lazy_;

  std::array<FlowRef, kBurst> refs_{};
  std::size_t count_ = 0;             // keys in the burst
  std::size_t changes_in_burst_ = 0;  // by which a miss may be none any more
};

}  // namespace nicbench
