#include "hashtables/tests/conformance.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string_view>

#include "hashtables/registry.h"

namespace nicbench {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Core, Conformance, ConformanceCases<Tables>::Types, ConformanceCases<Tables>::Names);

TEST(Registry, KnowsEveryTableByNameAndNamesAllOnAMistake) {
  for (const TableInfo& info : table_infos()) {
    EXPECT_EQ(with_table(info.name, [](auto tag) { return tag.info.name; }), info.name);
  }
  try {
    with_table("cukoo", [](auto) {});
    FAIL();
  } catch (const std::invalid_argument& error) {
    for (const TableInfo& info : table_infos()) {
      EXPECT_NE(std::string_view(error.what()).find(info.name), std::string_view::npos);
    }
  }
}

}  // namespace
}  // namespace nicbench
