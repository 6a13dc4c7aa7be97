// The tracker against the oracle (duel.h): every table, every expiry scheme, every use, over random traffic and a
// capture.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/connection_tracker.h"
#include "dataplane/tests/duel.h"
#include "hashtables/registry.h"
#include "hashtables/tests/weak_index.h"
#include "io/pcap_file.h"

namespace nicbench {
namespace {

using testing::Bytes;
using testing::Case;
using testing::Duel;
using testing::expiries;
using testing::uses;

template <class Tag>
void run_case(Tag /*tag*/, const Case& c, std::uint64_t seed, int bursts) {
  SCOPED_TRACE(std::string(Tag::info.name) + ", " + c.name + ", seed " + std::to_string(seed));
  using Table4 = typename Tag::template Table<FiveTuple4, FlowRef>;
  using Table6 = typename Tag::template Table<FiveTuple6, FlowRef>;
  TrackerMemory<Table4, Table6> memory({4096, seed, false}, {4096, seed, false}, c.options.check_windows, 2);
  const auto tracker = std::make_unique<ConnectionTracker<Table4, Table6>>(memory, c.options);
  Duel duel(std::vector{tracker.get()}, c, seed);
  duel.run(bursts);
}

template <class Tag>
void run_all_cases(Tag tag, std::uint64_t& seed) {
  for (const auto& [name, options] : expiries()) {
    for (Case c : uses()) {
      c.name += ", " + name;
      c.options.expiry = options;
      run_case(tag, c, seed++, 600);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Model, AgreesWithEveryTableExpiryAndUseOverRandomTraffic) {
  std::uint64_t seed = 1;
  for (const TableInfo& table : table_infos()) {
    with_table(table.name, [&](auto tag) { run_all_cases(tag, seed); });
    if (HasFatalFailure()) return;
  }
}

TEST(Model, AgreesWhereLookupsOftenAnswerWithAnotherFlow) {
  std::uint64_t seed = 500;
  run_all_cases(testing::WeakIndexTag<32>{}, seed);
  run_all_cases(testing::WeakIndexTag<2>{}, seed);
}

std::vector<std::pair<std::uint64_t, Bytes>> capture(const std::string& path) {
  PcapFile file(path);
  std::vector<std::pair<std::uint64_t, Bytes>> frames;
  std::uint64_t first = 0;
  while (const auto record = file.next()) {
    if (frames.empty()) first = record->timestamp_ns;
    const std::uint64_t at = record->timestamp_ns < first ? 0 : record->timestamp_ns - first;
    Bytes bytes(record->bytes.begin(), record->bytes.end());
    bytes.resize(std::max<std::size_t>({bytes.size(), record->original_length, 60}));
    if (bytes.size() <= 0xffff) frames.emplace_back(1000 + at / 100'000'000, std::move(bytes));  // 10 ticks a second
  }
  return frames;
}

TEST(Model, AgreesOverARealCapture) {
  const std::string path = std::string(NICBENCH_ROOT) + "/suites/captures/quickstart.pcap";
  ASSERT_TRUE(std::filesystem::exists(path)) << path;
  const auto frames = capture(path);
  for (const TableInfo& table : table_infos()) {
    for (Case c : uses()) {
      SCOPED_TRACE(std::string(table.name) + ", " + c.name);
      c.right_checksums = false;
      c.options.expiry = testing::expiry(Expiry::kTimerWheel);
      with_table(table.name, [&](auto tag) {
        using Table4 = typename decltype(tag)::template Table<FiveTuple4, FlowRef>;
        using Table6 = typename decltype(tag)::template Table<FiveTuple6, FlowRef>;
        TrackerMemory<Table4, Table6> memory({65536, 1, false}, {65536, 1, false}, c.options.check_windows, 2);
        const auto tracker = std::make_unique<ConnectionTracker<Table4, Table6>>(memory, c.options);
        Duel duel(std::vector{tracker.get()}, c, 1);
        duel.replay(frames);
      });
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace nicbench
