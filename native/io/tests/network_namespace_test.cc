// Nothing of a namespace is seen from outside, and nothing is left of it.
#include "io/network_namespace.h"

#include <gtest/gtest.h>
#include <net/if.h>

#include "common/user_error.h"
#include "io/netlink.h"

namespace nicbench {
namespace {

TEST(NetworkNamespace, KeepsItsInterfacesToItself) {
  try {
    const NetworkNamespace one, other;
    one.run([] { add_veth_pair("nbtest0", "nbtest1", 1500); });
    one.run([] { EXPECT_NE(if_nametoindex("nbtest0"), 0u); });
    other.run([] { EXPECT_EQ(if_nametoindex("nbtest0"), 0u); });
    EXPECT_EQ(if_nametoindex("nbtest0"), 0u);
  } catch (const UserError& error) {
    if (error.code() != "PRIVILEGE") throw;
    GTEST_SKIP() << error.what();
  }
}

TEST(NetworkNamespace, ThrowsWhatTheWorkInsideThrows) {
  try {
    const NetworkNamespace space;
    EXPECT_THROW(space.run([] { delete_link("nosuchif"); }), UserError);
    EXPECT_THROW(space.run([] { set_link_up("nosuchif", true); }), UserError);
    space.run([] { add_veth_pair("one", "other", 1500); });
    EXPECT_THROW(space.run([] { add_veth_pair("one", "other", 1500); }), UserError);
  } catch (const UserError& error) {
    if (error.code() != "PRIVILEGE") throw;
    GTEST_SKIP() << error.what();
  }
}

}  // namespace
}  // namespace nicbench
