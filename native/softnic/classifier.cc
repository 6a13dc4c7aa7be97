#include "softnic/classifier.h"

#include <sched.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "common/prefetch.h"

namespace nicbench {
namespace {

// Rules that were removed, or actions that were replaced, and wait for the data path to let go of them.
constexpr std::size_t kWaiting = 4096;
constexpr std::uint64_t kUnannounced = ~std::uint64_t{0};  // a period that is never over

// The word of a rule's actions.
constexpr unsigned kFateBits = 2, kPurposeAt = 2, kTargetAt = 8, kDataAt = 32;
constexpr std::uint64_t kCount = 1 << 4, kMark = 1 << 5, kSetMeta = 1 << 6, kSetTag = 1 << 7;
constexpr std::uint64_t kHasData = kMark | kSetMeta | kSetTag;

Fate fate_of(std::uint64_t word) noexcept { return static_cast<Fate>(word & ((1u << kFateBits) - 1)); }
Purpose purpose_of(std::uint64_t word) noexcept { return static_cast<Purpose>(word >> kPurposeAt & 3); }
std::uint16_t target_of(std::uint64_t word) noexcept { return static_cast<std::uint16_t>(word >> kTargetAt); }
std::uint32_t data_of(std::uint64_t word) noexcept { return static_cast<std::uint32_t>(word >> kDataAt); }
// Which rules a frame meets next depends on it.
bool leads_on(std::uint64_t word) noexcept {
  return fate_of(word) == Fate::kJump || (word & (kSetMeta | kSetTag)) != 0;
}

template <std::size_t kWords>
std::unique_ptr<Tuple> exact_tuple(const Rule& rule, const KeyLayout& layout, const ClassifierOptions& options,
                                   Grace& grace) {
  const bool one_of_many = rule.actions.purpose == Purpose::kSpecific;
  return std::make_unique<ExactTuple<kWords>>(rule.mask, rule.spec.frame_class(), layout,
                                              one_of_many ? options.expected : 1, options.seed, grace);
}

std::unique_ptr<Tuple> tuple_of(const Rule& rule, const KeyLayout& layout, const ClassifierOptions& options,
                                Grace& grace) {
  switch (layout.words) {
    case 0: return std::make_unique<EveryFrame>(rule.mask, rule.spec.frame_class());
    case 2: return exact_tuple<2>(rule, layout, options, grace);
    case 4: return exact_tuple<4>(rule, layout, options, grace);
    case 8: return exact_tuple<8>(rule, layout, options, grace);
    default: return exact_tuple<16>(rule, layout, options, grace);
  }
}

}  // namespace

Classifier::Classifier(const ClassifierOptions& options)
    : options_(options), records_(options.capacity + kWaiting, true), grace_(options.workers) {
  free_.resize(records_.size());
  std::iota(free_.rbegin(), free_.rend(), RuleId{0});
}

InstallResult Classifier::install(const Rule& rule, RuleId& id) {
  if (rule.group >= kMaxGroups) return InstallResult::kUnsupported;
  if (rule.actions.fate == Fate::kJump && (rule.actions.target <= rule.group || rule.actions.target >= kMaxGroups)) {
    return InstallResult::kUnsupported;
  }
  Group& group = groups_[rule.group];
  if (size_ == options_.capacity || (options_.group_limit != 0 && group.rules == options_.group_limit)) {
    return InstallResult::kFull;
  }
  forget_retired();
  std::uint32_t number = known_tuple(rule);
  if (number == kNoRule) number = make_tuple(rule);
  if (number == kNoRule) return InstallResult::kUnsupported;
  last_tuple_ = number;
  Tuple& tuple = *tuples_[number].tuple;
  const std::uint64_t word = pack(rule.actions);
  const RuleId taken = take(free_, waiting_);
  Record& record = records_[taken];
  record.actions.store(word, std::memory_order_relaxed);
  record.hits.store(0, std::memory_order_relaxed);
  record.priority.store(rule.priority, std::memory_order_relaxed);
  record.tuple = number;
  record.cell = ChangeMap::cell_of(tuples_[number].region, rule.spec);
  // Before the rule can be found, so that its priority is among those that its tuple is listed with.
  count_priority(number, rule.priority);
  if (tuple.insert(rule.spec, taken, record.place) == InsertResult::kExists) {
    uncount_priority(number, rule.priority);
    drop_data(word);
    settle();
    free_.push_back(taken);  // nobody has seen it
    return InstallResult::kExists;
  }
  ++group.rules;
  ++size_;
  id = taken;
  changed(record);
  settle();
  return InstallResult::kInstalled;
}

void Classifier::prepare(const Rule& rule) const noexcept {
  const std::uint32_t number = known_tuple(rule);
  if (number == kNoRule) return;
  tuples_[number].tuple->prefetch(rule.spec);
  change_map_.prefetch(ChangeMap::cell_of(tuples_[number].region, rule.spec));
}

void Classifier::prepare_more(const Rule& rule) const noexcept {
  const std::uint32_t number = known_tuple(rule);
  if (number != kNoRule) tuples_[number].tuple->prefetch_rest(rule.spec);
}

void Classifier::update(RuleId id, const Actions& actions) {
  const std::uint64_t old = records_[id].actions.load(std::memory_order_relaxed);
  const std::uint64_t word = pack(actions);
  records_[id].actions.store(word, std::memory_order_release);
  if (leads_on(old) || leads_on(word)) changed(records_[id]);
  drop_data(old);
  settle();
}

void Classifier::remove(RuleId id) {
  Record& record = records_[id];
  TupleState& state = tuples_[record.tuple];
  state.tuple->erase(record.place);
  --groups_[state.group].rules;
  --size_;
  drop_data(record.actions.load(std::memory_order_relaxed));
  give_back(waiting_, id);
  changed(record);
  settle();
  uncount_priority(record.tuple, record.priority.load(std::memory_order_relaxed));
}

std::size_t Classifier::memory() const noexcept {
  std::size_t bytes = records_.bytes() + free_.capacity() * sizeof(RuleId) + change_map_.memory();
  for (const TupleState& state : tuples_) bytes += state.tuple == nullptr ? 0 : state.tuple->memory();
  if (data_ != nullptr) bytes += (options_.capacity + kWaiting) * (sizeof(Data) + sizeof(std::uint32_t));
  return bytes;
}

void Classifier::classify(std::span<const Frame> frames, std::span<Verdict> verdicts, FlowCache* cache) noexcept {
  Fields fields[kBurst];
  for (std::size_t i = 0; i < frames.size(); ++i) {
    read_fields(frames[i].data, frames[i].length, options_.tunnels, fields[i]);
  }
  classify(std::span<Fields>(fields, frames.size()), verdicts, cache);
}

void Classifier::classify(std::span<Fields> fields, std::span<Verdict> verdicts, FlowCache* cache) noexcept {
  static_assert(kBurst <= 64);
  Walk frames;
  frames.pending = fields.empty() ? 0 : ~std::uint64_t{0} >> (64 - fields.size());
  if (cache != nullptr) {
    const std::uint64_t changes = changes_.load(std::memory_order_acquire);
    if (!cache->begin(changes, layout_.load(std::memory_order_acquire))) cache = nullptr;
  }
  if (cache != nullptr) replay(frames, *cache, fields, verdicts);
  if (frames.pending != 0) walk(frames, fields, verdicts, cache);
}

// Frames of flows that the cache has.
void Classifier::replay(Walk& frames, FlowCache& cache, std::span<Fields> fields,
                        std::span<Verdict> verdicts) noexcept {
  std::span<const RuleId> paths[kBurst];
  const std::uint64_t found = cache.find(fields, paths);
  for (std::uint64_t left = found; left != 0; left &= left - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(left));
    if (paths[i].back() != kNoRule) prefetch_to_read(&records_[paths[i].back()]);
  }
  for (std::uint64_t left = found; left != 0; left &= left - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(left));
    std::uint16_t group = 0;
    for (const RuleId rule : paths[i]) verdicts[i] = act(rule, fields[i], group);
    // The last one has been changed into one that jumps, a moment ago.
    const bool goes_on = verdicts[i].fate == Fate::kJump;
    frames.group_of[i] = goes_on ? group : 0;
    frames.pending &= ~(std::uint64_t{!goes_on} << i);
  }
}

// The others go through the groups, one after another. keeping: the cache that is to know of them then.
void Classifier::walk(Walk& frames, std::span<Fields> fields, std::span<Verdict> verdicts,
                      FlowCache* keeping) noexcept {
  constexpr std::size_t kTooLong = FlowCache::kLongestPath + 1;
  RuleId paths[kBurst][kTooLong + 1];
  // Of frames that are on their way already, the path is not known from its begin: it counts as too long.
  std::size_t lengths[kBurst];
  for (std::size_t i = 0; i < fields.size(); ++i) lengths[i] = frames.group_of[i] == 0 ? 0 : kTooLong;
  while (frames.pending != 0) {
    const std::uint16_t group = frames.group_of[static_cast<std::size_t>(std::countr_zero(frames.pending))];
    std::uint8_t which[kBurst];
    std::size_t count = 0;
    for (std::uint64_t left = frames.pending; left != 0; left &= left - 1) {
      const auto i = static_cast<std::uint8_t>(std::countr_zero(left));
      which[count] = i;
      count += frames.group_of[i] == group;
    }
    RuleId rules[kBurst];
    std::fill_n(rules, count, kNoRule);
    const TupleList* list = lists_[group].load(std::memory_order_acquire);
    if (list != nullptr) classify_group(*list, fields.data(), {which, count}, rules);
    for (std::size_t j = 0; j < count; ++j) {
      const std::uint8_t i = which[j];
      std::uint16_t next_group = group;
      verdicts[i] = act(rules[j], fields[i], next_group);
      frames.pending &= ~(std::uint64_t{next_group == group} << i);
      frames.group_of[i] = next_group;
      if (keeping == nullptr) continue;
      const bool over = next_group == group;
      paths[i][lengths[i]] = rules[j];
      if (lengths[i] < kTooLong && (over || leaves_traces(rules[j]))) ++lengths[i];
      if (over && lengths[i] < kTooLong) keeping->keep(i, {paths[i], lengths[i]});
    }
  }
}

void Classifier::classify_group(const TupleList& list, const Fields* fields, std::span<const std::uint8_t> which,
                                RuleId* rules) const noexcept {
  std::uint64_t strongest[kBurst];  // of the rule found so far
  std::fill_n(strongest, which.size(), ~std::uint64_t{0});
  for (const Listed& listed : list) {
    std::uint8_t asked[kBurst], at[kBurst];
    std::size_t count = 0;
    for (std::size_t j = 0; j < which.size(); ++j) {
      asked[count] = which[j];
      at[count] = static_cast<std::uint8_t>(j);
      count += static_cast<std::size_t>(strongest[j] > listed.strongest) &
               static_cast<std::size_t>(listed.tuple->may_match(fields[which[j]].frame_class()));
    }
    if (count == 0) continue;
    RuleId found[kBurst];
    listed.tuple->find(fields, {asked, count}, found);
    for (std::size_t k = 0; k < count; ++k) {
      if (found[k] == kNoRule) continue;
      prefetch_to_read(&records_[found[k]]);
      const std::uint64_t priority = listed.strongest == listed.weakest
                                         ? listed.strongest
                                         : records_[found[k]].priority.load(std::memory_order_relaxed);
      if (priority >= strongest[at[k]]) continue;
      strongest[at[k]] = priority;
      rules[at[k]] = found[k];
    }
  }
}

// For a rule that only jumps, the one that it leads to says all.
bool Classifier::leaves_traces(RuleId rule) const noexcept {
  const std::uint64_t word = records_[rule].actions.load(std::memory_order_relaxed);
  return fate_of(word) != Fate::kJump || (word & (kCount | kSetMeta | kSetTag)) != 0;
}

Verdict Classifier::act(RuleId rule, Fields& fields, std::uint16_t& next_group) noexcept {
  Verdict verdict;
  if (rule == kNoRule) return verdict;
  Record& record = records_[rule];
  const std::uint64_t word = record.actions.load(std::memory_order_acquire);
  verdict.matched = true;
  verdict.fate = fate_of(word);
  verdict.purpose = purpose_of(word);
  if ((word & kCount) != 0) {
    record.hits.store(record.hits.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  if ((word & kHasData) != 0) {
    const Data& data = data_[data_of(word)];
    if ((word & kMark) != 0) verdict.mark = data.mark_id;
    if ((word & kSetMeta) != 0) fields.set_meta(data.meta);
    if ((word & kSetTag) != 0) fields.set_tag(data.tag);
  }
  if (verdict.fate == Fate::kQueue) verdict.queue = target_of(word);
  if (verdict.fate == Fate::kJump) next_group = target_of(word);
  return verdict;
}

// Of the rule's mask, in its group; kNoRule if there is none.
std::uint32_t Classifier::known_tuple(const Rule& rule) const noexcept {
  const auto fits = [&](std::uint32_t number) {
    const TupleState& state = tuples_[number];
    return state.tuple != nullptr && state.group == rule.group &&
           state.tuple->is_of(rule.mask, rule.spec.frame_class());
  };
  if (last_tuple_ < tuples_.size() && fits(last_tuple_)) return last_tuple_;
  if (rule.group >= kMaxGroups) return kNoRule;
  for (const std::uint32_t number : groups_[rule.group].tuples) {
    if (fits(number)) return number;
  }
  return kNoRule;
}

// kNoRule if there can be none.
std::uint32_t Classifier::make_tuple(const Rule& rule) {
  const auto layout = KeyLayout::of(rule.mask);
  if (!layout) return kNoRule;
  TupleState state{.tuple = tuple_of(rule, *layout, options_, grace_),
                   .group = rule.group,
                   .priorities = {},
                   .region = FlowRegion(rule.mask)};
  if (!state.region.all() && watchable_ != 0) state.watched = static_cast<std::size_t>(std::countr_zero(watchable_));
  publish_layout(state);
  if (free_tuples_.empty()) {
    tuples_.emplace_back();
    free_tuples_.reserve(tuples_.size());
    free_tuples_.push_back(static_cast<std::uint32_t>(tuples_.size() - 1));
  }
  groups_[rule.group].tuples.push_back(free_tuples_.back());
  const std::uint32_t number = free_tuples_.back();
  free_tuples_.pop_back();
  watchable_ &= ~(1u << state.watched);
  tuples_[number] = std::move(state);
  return number;
}

// Before the new tuple has rules, so that no cache takes flows for one that they tell apart. What was told apart by
// tuples that are gone stays so until all are gone. Without a table to look into, a cache would be one table more.
void Classifier::publish_layout(const TupleState& added) {
  const bool first = free_tuples_.size() == tuples_.size();
  Fields all = first ? Fields{} : told_apart_;
  for (std::size_t i = 0; i < kFieldWords; ++i) all.words[i] |= added.tuple->mask().words[i];
  all.words[kClassTag] |= ~std::uint32_t{0};  // always
  const bool keyed = added.tuple->keyed() || (keyed_ && !first);
  const bool same = owned_layout_ != nullptr && all == told_apart_ && keyed == keyed_;
  const bool watched = added.watched != ChangeMap::kWatched;
  if (same && !watched) return;
  auto layout = std::make_unique<FlowLayout>(same ? *owned_layout_ : FlowLayout::of(all));
  if (!keyed) layout->words = 0;
  if (!same) layout->number = owned_layout_ == nullptr ? 1 : owned_layout_->number + 1;
  layout->changes = &change_map_;
  if (owned_layout_ != nullptr) layout->watched = owned_layout_->watched;
  if (watched) layout->watched[added.watched] = added.region;
  told_apart_ = all;
  keyed_ = keyed;
  layout_.store(layout.get(), std::memory_order_release);
  std::unique_ptr<const FlowLayout> old = std::exchange(owned_layout_, std::move(layout));
  if (old != nullptr) retired_.push_back({grace_.retire(), nullptr, nullptr, std::move(old)});
}

// A rule has come, goes, or leads elsewhere: to be announced.
void Classifier::changed(const Record& rule) noexcept {
  const std::uint64_t number = changes_.load(std::memory_order_relaxed) + 1;
  const std::size_t watched = tuples_[rule.tuple].watched;
  if (watched == ChangeMap::kWatched) {
    change_map_.note_all(number);
  } else {
    change_map_.note(watched, rule.cell, number);
  }
  changed_ = true;
}

// At the end of a change.
void Classifier::settle() noexcept {
  if (!in_batch_) announce();
}

// Tells caches that what they have is old, if a change says so that they do not see by themselves. Numbers given back
// wait for a grace period from then on: who has seen it over knows of this.
void Classifier::announce() noexcept {
  if (std::exchange(changed_, false)) {
    changes_.store(changes_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  if (!std::exchange(given_back_, false)) return;
  const std::uint64_t period = grace_.retire();
  for (auto* waiting : {&waiting_, &waiting_data_}) {
    for (auto last = waiting->rbegin(); last != waiting->rend() && last->period == kUnannounced; ++last) {
      last->period = period;
    }
  }
}

// Shows the data path the group's tuples that have rules, with their priorities.
void Classifier::publish(std::uint16_t number) {
  Group& group = groups_[number];
  auto list = std::make_unique<TupleList>();
  for (const std::uint32_t tuple : group.tuples) {
    const auto& priorities = tuples_[tuple].priorities;
    if (priorities.empty()) continue;
    list->push_back({tuples_[tuple].tuple.get(), priorities.begin()->first, priorities.rbegin()->first});
  }
  std::stable_sort(list->begin(), list->end(),
                   [](const Listed& a, const Listed& b) { return a.strongest < b.strongest; });
  lists_[number].store(list.get(), std::memory_order_release);
  std::unique_ptr<const TupleList> old = std::exchange(group.owned, std::move(list));
  if (old != nullptr) retired_.push_back({grace_.retire(), std::move(old), nullptr, nullptr});
}

void Classifier::count_priority(std::uint32_t tuple, std::uint32_t priority) {
  auto& priorities = tuples_[tuple].priorities;
  if (++priorities[priority] != 1) return;
  if (priority == priorities.begin()->first || priority == priorities.rbegin()->first) {
    publish(tuples_[tuple].group);
  }
}

void Classifier::uncount_priority(std::uint32_t tuple, std::uint32_t priority) {
  auto& priorities = tuples_[tuple].priorities;
  const auto found = priorities.find(priority);
  if (--found->second != 0) return;
  const bool at_end = found == priorities.begin() || std::next(found) == priorities.end();
  priorities.erase(found);
  if (at_end) publish(tuples_[tuple].group);
  if (priorities.empty()) drop_tuple(tuple);
}

// One without rules, which is listed no more.
void Classifier::drop_tuple(std::uint32_t tuple) {
  TupleState& state = tuples_[tuple];
  std::erase(groups_[state.group].tuples, tuple);
  if (state.watched != ChangeMap::kWatched) {
    // Its number may be another's soon.
    change_map_.note_all(changes_.load(std::memory_order_relaxed) + 1);
    changed_ = true;
    settle();
    watchable_ |= 1u << std::exchange(state.watched, ChangeMap::kWatched);
  }
  retired_.push_back({grace_.retire(), nullptr, std::move(state.tuple), nullptr});
  free_tuples_.push_back(tuple);
}

// There is one: not more than kWaiting wait, and they do not wait long.
std::uint32_t Classifier::take(std::vector<std::uint32_t>& free, std::deque<RetiredNumber>& waiting) noexcept {
  while (free.empty() || (!waiting.empty() && waiting.size() > kWaiting / 2)) {
    if (free.empty()) announce();
    while (!waiting.empty() && grace_.over(waiting.front().period)) {
      free.push_back(waiting.front().number);
      waiting.pop_front();
    }
    if (free.empty()) sched_yield();
    else break;
  }
  const std::uint32_t number = free.back();
  free.pop_back();
  return number;
}

std::uint64_t Classifier::pack(const Actions& actions) {
  std::uint64_t word = static_cast<std::uint64_t>(actions.fate) |
                       static_cast<std::uint64_t>(actions.purpose) << kPurposeAt |
                       std::uint64_t{actions.target} << kTargetAt | (actions.count ? kCount : 0) |
                       (actions.mark ? kMark : 0) | (actions.set_meta ? kSetMeta : 0) | (actions.set_tag ? kSetTag : 0);
  if ((word & kHasData) == 0) return word;
  if (data_ == nullptr) {
    data_ = std::make_unique<Data[]>(options_.capacity + kWaiting);
    free_data_.resize(options_.capacity + kWaiting);
    std::iota(free_data_.rbegin(), free_data_.rend(), std::uint32_t{0});
  }
  const std::uint32_t number = take(free_data_, waiting_data_);
  data_[number] = {actions.mark_id, actions.meta, actions.tag};
  return word | std::uint64_t{number} << kDataAt;
}

void Classifier::drop_data(std::uint64_t word) {
  if ((word & kHasData) != 0) give_back(waiting_data_, data_of(word));
}

void Classifier::give_back(std::deque<RetiredNumber>& waiting, std::uint32_t number) {
  waiting.push_back({kUnannounced, number});
  given_back_ = true;
}

void Classifier::forget_retired() noexcept {
  while (!retired_.empty() && grace_.over(retired_.front().period)) retired_.pop_front();
}

}  // namespace nicbench
