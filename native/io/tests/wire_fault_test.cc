// How wires of the kernel fail: with an error at the start that says what to do, and in mid-run with a fault, never
// with a hang or a crash.
#include <linux/capability.h>
#include <net/if.h>
#include <sys/syscall.h>

#include "io/tests/wire_fixture.h"

namespace nicbench {
namespace {

using KernelWire = WireTest;
INSTANTIATE_TEST_SUITE_P(All, KernelWire, ::testing::ValuesIn(kernel_wires()), test_name);

// Sends and receives until the port has a fault.
void use_until_broken(Port& port) {
  const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
  for (Patience patience; port.fault() == WireFault::kNone && patience.left();) {
    port.send(frames.all());
    std::array<Frame, kBurst> burst;
    port.release(std::span(burst).first(port.receive(burst)));
  }
}

void expect_fault(const Port& port, const std::string& code) {
  ASSERT_NE(port.fault(), WireFault::kNone);
  EXPECT_EQ(port.fault_error().code(), code) << port.fault_error().what();
  EXPECT_FALSE(port.fault_error().hint().empty());
}

TEST_P(KernelWire, ReportsAnInterfaceThatIsRemovedWhileItRuns) {
  inside([&] {
    open_both();
    const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
    send_all(*near, frames.all());
    delete_link(kNear);
    use_until_broken(*near);
    use_until_broken(*far);
    expect_fault(*near, "INTERFACE_GONE");
    expect_fault(*far, "INTERFACE_GONE");
  });
}

TEST_P(KernelWire, ReportsALinkThatGoesDown) {
  inside([&] {
    open_both();
    set_link_up(kNear, false);
    use_until_broken(*near);
    use_until_broken(*far);
    expect_fault(*near, "LINK_DOWN");
    expect_fault(*far, "LINK_DOWN");
  });
}

TEST_P(KernelWire, SaysAtTheStartWhatIsMissing) {
  inside([&] {
    EXPECT_EQ(code_of_opening({"nosuchif", kTestSlots, 1514}), "INTERFACE_MISSING");
    EXPECT_EQ(code_of_opening({"", kTestSlots, 1514}), "INTERFACE_MISSING");
    EXPECT_EQ(code_of_opening({"a-name-longer-than-any-interface-has", kTestSlots, 1514}), "INTERFACE_MISSING");
    EXPECT_EQ(code_of_opening({kNear, kTestSlots, 1515}), "MTU_TOO_SMALL");
    set_link_up(kFar, false);
    EXPECT_EQ(code_of_opening({kNear, kTestSlots, 1514}), "LINK_DOWN");
    EXPECT_EQ(code_of_opening({kFar, kTestSlots, 1514}), "LINK_DOWN");
  });
}

TEST_P(KernelWire, CanBeOpenedAgainAfterItWasClosed) {
  inside([&] {
    for (int i = 0; i < 3; ++i) {
      open_both();
      near.reset();
      far.reset();
    }
  });
}

// Of the calling thread only; a thread that ends takes that with it.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  ASSERT_EQ(syscall(SYS_capset, &header, none), 0);
}

TEST_P(KernelWire, SaysThatItLacksPrivilege) {
  inside([&] {
    drop_capabilities();
    EXPECT_EQ(code_of_opening({kNear, kTestSlots, 1514}), "PRIVILEGE");
  });
}

TEST(NetworkNamespaceTest, SaysThatItLacksPrivilege) {
  std::thread([] {
    drop_capabilities();
    try {
      NetworkNamespace();
      ADD_FAILURE() << "a namespace without privilege";
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), "PRIVILEGE");
      EXPECT_FALSE(error.hint().empty());
    }
  }).join();
}

TEST(Wires, NamesWhatThereIsInsteadOfAnUnknownWire) {
  try {
    open_port("carrier-pigeon", {});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "WIRE_UNKNOWN");
    EXPECT_NE(error.hint().find("af_packet"), std::string::npos);
  }
}

}  // namespace
}  // namespace nicbench
