// The software NIC's classifier: groups of prioritised rules that change while frames flow.
//
// Data path. A burst is parsed once, then looked up group by group: all its frames that are in the same group go
// through that group's tuples together, so that their lines are fetched together. Tuples are tried in the order of
// their strongest rule, and a frame whose rule is as strong as anything to come is done. A rule's actions are one
// 64-bit word, read once: a frame sees the old actions or the new, never half of each or none.
//
// Control plane: one thread at a time, beside any number of workers. Nothing that workers may be reading is reused
// before a grace period is over (grace.h); they take no lock and wait for nothing.
//
//   install   one insert into the tuple's table; a new mask also publishes a new list of the group's tuples
//   update    one store: in place and atomic
//   remove    one erase; the rule's number is used again after a grace period
//   Batch     of changes that caches are told of together, and that share a grace period; all else sees them at once
//
// What the data path reads is in other cache lines than what the control plane alone needs.
//
// Hits are counted for rules with the COUNT action, by one worker; the counts of several workers may lose hits.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "common/huge_pages.h"
#include "io/frame.h"
#include "softnic/change_map.h"
#include "softnic/flow_cache.h"
#include "softnic/grace.h"
#include "softnic/rule.h"
#include "softnic/tuple.h"

namespace nicbench {

inline constexpr std::uint16_t kMaxGroups = 256;

struct ClassifierOptions {
  std::size_t capacity = 0;     // rules in all groups
  std::size_t group_limit = 0;  // rules that one group may hold; 0: as many as there are
  std::size_t expected = 1024;  // rules of a mask in a group, to make room for at once
  std::size_t workers = 1;      // of the data path
  bool tunnels = false;         // look into what tunnels carry
  std::uint64_t seed = 0;
};

class Classifier {
 public:
  // Throws std::bad_alloc.
  explicit Classifier(const ClassifierOptions& options);

  // Control plane.

  // Throws std::bad_alloc, and then nothing has changed.
  InstallResult install(const Rule& rule, RuleId& id);
  // Fetches what install() of the rule will need first; and, a little later, what it may need then. For several rules
  // that are to come, in turns: so that they are fetched together.
  void prepare(const Rule& rule) const noexcept;
  void prepare_more(const Rule& rule) const noexcept;
  // In place. Throws std::bad_alloc if the actions need memory that is not there.
  void update(RuleId id, const Actions& actions);
  void remove(RuleId id);
  std::uint64_t hits(RuleId id) const noexcept { return records_[id].hits.load(std::memory_order_relaxed); }

  std::size_t size() const noexcept { return size_; }
  std::size_t memory() const noexcept;

  // All changes while there is one. Not nested.
  class Batch {
   public:
    explicit Batch(Classifier& classifier) noexcept : classifier_(classifier) { classifier_.in_batch_ = true; }
    ~Batch() {
      classifier_.in_batch_ = false;
      classifier_.announce();
    }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    Classifier& classifier_;
  };

  // Data path.

  // verdicts[i] for frames[i]; at most kBurst frames. cache: the worker's own, if it has one.
  void classify(std::span<const Frame> frames, std::span<Verdict> verdicts, FlowCache* cache = nullptr) noexcept;
  // The same for what was read of them already; sets metadata and tags in it.
  void classify(std::span<Fields> fields, std::span<Verdict> verdicts, FlowCache* cache = nullptr) noexcept;
  // A worker joins while no rule changes, and says between bursts that it holds on to nothing.
  void join(std::size_t worker) noexcept { grace_.join(worker); }
  void quiesce(std::size_t worker) noexcept { grace_.quiesce(worker); }
  void leave(std::size_t worker) noexcept { grace_.leave(worker); }

 private:
  struct Listed {
    const Tuple* tuple;
    std::uint32_t strongest, weakest;  // priorities of its rules
  };
  using TupleList = std::vector<Listed>;

  // What the data path reads of a rule.
  struct alignas(32) Record {
    std::atomic<std::uint64_t> actions;
    std::atomic<std::uint64_t> hits;
    std::atomic<std::uint32_t> priority;
    // The control plane's.
    std::uint32_t place;
    std::uint32_t tuple;  // number of the tuple in tuples_
    std::uint32_t cell;   // of change_map_
  };

  // Values of actions that do not fit the word. Immutable while in use.
  struct Data {
    std::uint32_t mark_id, meta, tag;
  };

  struct TupleState {
    std::unique_ptr<Tuple> tuple;
    std::uint16_t group = 0;
    std::map<std::uint32_t, std::uint32_t> priorities;  // rules of each
    FlowRegion region;
    std::size_t watched = ChangeMap::kWatched;  // its number in change_map_; kWatched: none
  };
  struct Group {
    std::unique_ptr<const TupleList> owned;  // in lists_
    std::size_t rules = 0;
    std::vector<std::uint32_t> tuples;  // numbers
  };
  struct RetiredNumber {
    std::uint64_t period;
    std::uint32_t number;
  };
  struct Retired {
    std::uint64_t period;
    std::unique_ptr<const TupleList> list;
    std::unique_ptr<Tuple> tuple;
    std::unique_ptr<const FlowLayout> layout;
  };
  // Frames of a burst on their way through the groups.
  struct Walk {
    std::uint64_t pending = 0;  // frames that have a group to go through
    std::array<std::uint16_t, kBurst> group_of{};
  };

  std::uint32_t known_tuple(const Rule& rule) const noexcept;
  std::uint32_t make_tuple(const Rule& rule);
  void publish(std::uint16_t group);
  void publish_layout(const TupleState& added);
  void changed(const Record& rule) noexcept;
  void settle() noexcept;
  void announce() noexcept;
  void give_back(std::deque<RetiredNumber>& waiting, std::uint32_t number);
  void count_priority(std::uint32_t tuple, std::uint32_t priority);
  void uncount_priority(std::uint32_t tuple, std::uint32_t priority);
  void drop_tuple(std::uint32_t tuple);
  std::uint32_t take(std::vector<std::uint32_t>& free, std::deque<RetiredNumber>& waiting) noexcept;
  std::uint64_t pack(const Actions& actions);
  void drop_data(std::uint64_t word);
  void classify_group(const TupleList& list, const Fields* fields, std::span<const std::uint8_t> which,
                      RuleId* rules) const noexcept;
  void walk(Walk& walk, std::span<Fields> fields, std::span<Verdict> verdicts, FlowCache* keeping) noexcept;
  void replay(Walk& walk, FlowCache& cache, std::span<Fields> fields, std::span<Verdict> verdicts) noexcept;
  bool leaves_traces(RuleId rule) const noexcept;
  Verdict act(RuleId rule, Fields& fields, std::uint16_t& next_group) noexcept;
  void forget_retired() noexcept;

  const ClassifierOptions options_;
  PageArray<Record> records_;
  std::unique_ptr<Data[]> data_;  // made with the first rule that needs it
  std::array<std::atomic<const TupleList*>, kMaxGroups> lists_{};
  std::atomic<const FlowLayout*> layout_{nullptr};
  ChangeMap change_map_;
  // For caches: how often what the rules say has changed, other than by actions that a cache reads anyway.
  alignas(kCacheLine) std::atomic<std::uint64_t> changes_{0};
  Grace grace_;

  // The control plane's.
  alignas(kCacheLine) std::vector<RuleId> free_;
  std::deque<RetiredNumber> waiting_;
  std::vector<std::uint32_t> free_data_;
  std::deque<RetiredNumber> waiting_data_;
  std::deque<Retired> retired_;
  std::vector<TupleState> tuples_;
  std::vector<std::uint32_t> free_tuples_;
  std::array<Group, kMaxGroups> groups_;
  Fields told_apart_;   // by the masks of all tuples that there were
  bool keyed_ = false;  // one of them looks into a table
  std::unique_ptr<const FlowLayout> owned_layout_;
  std::uint32_t last_tuple_ = 0;  // of the rule before: the next is likely to have the same mask
  std::size_t size_ = 0;
  std::uint32_t watchable_ = (1u << ChangeMap::kWatched) - 1;  // numbers that no tuple has
  bool in_batch_ = false;
  bool changed_ = false, given_back_ = false;  // and not announced
};

}  // namespace nicbench
