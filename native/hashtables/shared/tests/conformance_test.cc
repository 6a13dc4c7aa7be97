// What FlowTable promises, from every shared table used by one thread; and what is known of them by name.
#include "hashtables/tests/conformance.h"

#include <gtest/gtest.h>

#include "hashtables/shared/sharing.h"

namespace nicbench {
namespace {

template <class List>
using TypesOf = typename ConformanceCases<List>::Types;
template <class List>
using NamesOf = typename ConformanceCases<List>::Names;

// What is around a table is the same for all locks: all tables in one, one table in all.
using InMutex = TableList<LockedTag<CuckooTag, std::mutex>>;
using InRwlock = TableList<LockedTag<CuckooTag, SpinRwLock>>;

INSTANTIATE_TYPED_TEST_SUITE_P(Mutex, Conformance, TypesOf<InMutex>, NamesOf<InMutex>);
INSTANTIATE_TYPED_TEST_SUITE_P(Spinlock, Conformance, TypesOf<LockedTables<SpinLock>>, NamesOf<LockedTables<SpinLock>>);
INSTANTIATE_TYPED_TEST_SUITE_P(Rwlock, Conformance, TypesOf<InRwlock>, NamesOf<InRwlock>);
INSTANTIATE_TYPED_TEST_SUITE_P(BucketLock, Conformance, TypesOf<BucketLockTables>, NamesOf<BucketLockTables>);
INSTANTIATE_TYPED_TEST_SUITE_P(LockFree, Conformance, TypesOf<LockFreeTables>, NamesOf<LockFreeTables>);

TEST(Sharing, IsKnownByNameAndSaysWhichTablesItGoesWith) {
  for (const std::string_view name : kSharingNames) {
    const auto sharing = sharing_of(name);
    ASSERT_TRUE(sharing) << name;
    EXPECT_EQ(to_string(*sharing), name);
    for (const TableInfo& info : table_infos(*sharing)) {
      EXPECT_EQ(with_table(*sharing, info.name, [](auto tag) { return tag.info.name; }), info.name);
      EXPECT_TRUE(goes_with(*sharing, info.name));
    }
  }
  EXPECT_FALSE(sharing_of("lockfree"));
  EXPECT_FALSE(goes_with(Sharing::kLockFree, "hopscotch"));
  EXPECT_TRUE(goes_with(Sharing::kSharded, "hopscotch"));
  EXPECT_EQ(names_of_tables(Sharing::kBucketLock), "cuckoo, chaining");
  try {
    with_table(Sharing::kLockFree, "hopscotch", [](auto) {});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string_view(error.what()).find("flowline"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace nicbench
