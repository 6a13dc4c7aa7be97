// The rules of a NIC on their way to rte_flow: how they are put into its words, and the queue of its asynchronous API.
// No driver here has that API, so that the queue meets a stand-in for DPDK's functions.
#include <gtest/gtest.h>
#include <rte_errno.h>
#include <rte_flow.h>

#include <algorithm>
#include <deque>

#include "common/user_error.h"
#include "io/dpdk/flow_calls.h"
#include "io/dpdk/flow_rule.h"

namespace {

constexpr std::uint32_t kQueueSize = 8;

// A port: operations are done when they are pulled; flow number `fails_at` fails.
struct {
  bool has_queue = true;
  std::deque<void*> postponed, pushed;
  std::size_t most_under_way = 0, created = 0, fails_at = SIZE_MAX, tables = 0;
} the_port;

rte_flow* flow_number(std::size_t number) { return reinterpret_cast<rte_flow*>(number + 1); }

void postpone(void* user) {
  the_port.postponed.push_back(user);
  the_port.most_under_way = std::max(the_port.most_under_way, the_port.postponed.size() + the_port.pushed.size());
}

template <class T>
T* handle() {
  return reinterpret_cast<T*>(&the_port);
}

}  // namespace

extern "C" {
int rte_flow_info_get(uint16_t, rte_flow_port_info* info, rte_flow_queue_info* queue, rte_flow_error*) {
  info->max_nb_queues = the_port.has_queue ? 1 : 0;
  queue->max_size = kQueueSize;
  return 0;
}
int rte_flow_configure(uint16_t, const rte_flow_port_attr*, uint16_t, const rte_flow_queue_attr*[], rte_flow_error*) {
  return 0;
}
rte_flow_pattern_template* rte_flow_pattern_template_create(uint16_t, const rte_flow_pattern_template_attr*,
                                                            const rte_flow_item[], rte_flow_error*) {
  return handle<rte_flow_pattern_template>();
}
int rte_flow_pattern_template_destroy(uint16_t, rte_flow_pattern_template*, rte_flow_error*) { return 0; }
rte_flow_actions_template* rte_flow_actions_template_create(uint16_t, const rte_flow_actions_template_attr*,
                                                            const rte_flow_action[], const rte_flow_action[],
                                                            rte_flow_error*) {
  return handle<rte_flow_actions_template>();
}
int rte_flow_actions_template_destroy(uint16_t, rte_flow_actions_template*, rte_flow_error*) { return 0; }
rte_flow_template_table* rte_flow_template_table_create(uint16_t, const rte_flow_template_table_attr*,
                                                        rte_flow_pattern_template*[], uint8_t,
                                                        rte_flow_actions_template*[], uint8_t, rte_flow_error*) {
  ++the_port.tables;
  return handle<rte_flow_template_table>();
}
int rte_flow_template_table_destroy(uint16_t, rte_flow_template_table*, rte_flow_error*) {
  --the_port.tables;
  return 0;
}
rte_flow* rte_flow_async_create(uint16_t, uint32_t, const rte_flow_op_attr*, rte_flow_template_table*,
                                const rte_flow_item[], uint8_t, const rte_flow_action[], uint8_t, void* user,
                                rte_flow_error*) {
  postpone(user);
  return flow_number(the_port.created++);
}
int rte_flow_async_destroy(uint16_t, uint32_t, const rte_flow_op_attr*, rte_flow*, void* user, rte_flow_error*) {
  postpone(user);
  return 0;
}
int rte_flow_push(uint16_t, uint32_t, rte_flow_error*) {
  the_port.pushed.insert(the_port.pushed.end(), the_port.postponed.begin(), the_port.postponed.end());
  the_port.postponed.clear();
  return 0;
}
int rte_flow_pull(uint16_t, uint32_t, rte_flow_op_result results[], uint16_t most, rte_flow_error*) {
  int pulled = 0;
  for (; pulled < std::min<int>(most, 3) && !the_port.pushed.empty(); ++pulled) {  // never all at once
    void* const user = the_port.pushed.front();
    the_port.pushed.pop_front();
    const bool fails = *static_cast<rte_flow**>(user) == flow_number(the_port.fails_at);
    results[pulled] = {fails ? RTE_FLOW_OP_ERROR : RTE_FLOW_OP_SUCCESS, user};
  }
  return pulled;
}
rte_flow* rte_flow_create(uint16_t, const rte_flow_attr*, const rte_flow_item[], const rte_flow_action[],
                          rte_flow_error*) {
  return nullptr;
}
int rte_flow_destroy(uint16_t, rte_flow*, rte_flow_error*) { return 0; }
int rte_flow_flush(uint16_t, rte_flow_error*) { return 0; }
}

namespace nicbench {
namespace {

NicRule rule_to(std::uint64_t destination, const char* action = "drop") {
  NicRule rule;
  rule.pattern = {{"eth", {}}, {"ipv4", {{"dst", {0, destination}}}}};
  rule.actions = {{action, {}, {}, {}}};
  return rule;
}

template <class T>
const T& as(const void* bytes) {
  return *static_cast<const T*>(bytes);
}

TEST(FlowRule, HasEachFieldAtItsPlaceInTheHeader) {
  NicRule rule;
  rule.group = 2;
  rule.pattern = {{"vlan", {{"pcp", {0, 5}}, {"vid", {0, 0x123}}}},
                  {"ipv4", {{"src", {0, 0x0a000001}, {0, 0xffffff00}}, {"ttl", {0, 64}}}},
                  {"ipv6", {{"dst", {0xfd00000000000001, 2}}, {"flow", {0, 0x12345}}}},
                  {"udp", {{"dst", {0, 100}, {0, 0xffff}, Bits128{0, 200}}, {"src", {0, 7}}}},
                  {"vxlan", {{"vni", {0, 0xabcdef}}}},
                  {"tag", {{"data", {0, 0x01020304}}, {"index", {0, 3}}}}};
  rule.actions = {{"set_tag", {{"data", {0, 9}}}, {}, {}}, {"rss", {}, {0, 2}, {"ipv4-udp"}}};
  const FlowRule flow(rule);
  const rte_flow_item* const items = flow.pattern();
  EXPECT_EQ(flow.attributes().group, 2u);
  EXPECT_EQ(as<rte_flow_item_vlan>(items[0].spec).tci, RTE_BE16(0xa123));
  EXPECT_EQ(as<rte_flow_item_vlan>(items[0].mask).tci, RTE_BE16(0xefff));
  EXPECT_EQ(as<rte_flow_item_ipv4>(items[1].spec).hdr.src_addr, RTE_BE32(0x0a000001));
  EXPECT_EQ(as<rte_flow_item_ipv4>(items[1].mask).hdr.src_addr, RTE_BE32(0xffffff00));
  EXPECT_EQ(as<rte_flow_item_ipv4>(items[1].spec).hdr.time_to_live, 64);
  EXPECT_EQ(as<rte_flow_item_ipv4>(items[1].mask).hdr.dst_addr, 0u);
  EXPECT_EQ(as<rte_flow_item_ipv6>(items[2].spec).hdr.dst_addr[0], 0xfd);
  EXPECT_EQ(as<rte_flow_item_ipv6>(items[2].spec).hdr.dst_addr[15], 2);
  EXPECT_EQ(as<rte_flow_item_ipv6>(items[2].spec).hdr.vtc_flow, RTE_BE32(0x12345));
  EXPECT_EQ(as<rte_flow_item_udp>(items[3].last).hdr.dst_port, RTE_BE16(200));
  EXPECT_EQ(as<rte_flow_item_udp>(items[3].last).hdr.src_port, RTE_BE16(7));
  EXPECT_EQ(items[1].last, nullptr);
  EXPECT_EQ(as<rte_flow_item_vxlan>(items[4].spec).vni[0], 0xab);
  EXPECT_EQ(as<rte_flow_item_tag>(items[5].spec).data, 0x01020304u);
  EXPECT_EQ(as<rte_flow_item_tag>(items[5].spec).index, 3);
  EXPECT_EQ(items[6].type, RTE_FLOW_ITEM_TYPE_END);
  EXPECT_EQ(as<rte_flow_action_set_tag>(flow.actions()[0].conf).mask, UINT32_MAX);
  EXPECT_EQ(as<rte_flow_action_rss>(flow.actions()[1].conf).queue[1], 2);
  EXPECT_EQ(flow.actions()[2].type, RTE_FLOW_ACTION_TYPE_END);
}

TEST(FlowRule, SaysWhatItHasNoWordFor) {
  NicRule rule = rule_to(1, "rss");
  rule.actions[0].types = {"esp"};
  try {
    const FlowRule flow(rule);
    FAIL() << "it was accepted";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "RULE_UNSUPPORTED");
    EXPECT_NE(std::string(error.what()).find("the type esp of rss"), std::string::npos);
  }
}

TEST(FlowRule, TellsWhichItemOrActionTheDriverMeans) {
  const FlowRule flow(rule_to(1));
  rte_errno = ENOTSUP;
  rte_flow_error error{RTE_FLOW_ERROR_TYPE_ITEM, &flow.pattern()[1], "no such thing"};
  EXPECT_EQ(flow.told(error), "item 2 (ipv4): no such thing (Operation not supported)");
  error = {RTE_FLOW_ERROR_TYPE_ACTION, &flow.actions()[0], nullptr};
  EXPECT_EQ(flow.told(error), "action 1 (drop): Operation not supported");
  error = {RTE_FLOW_ERROR_TYPE_ATTR_GROUP, nullptr, "too high"};
  EXPECT_EQ(flow.told(error), "group: too high (Operation not supported)");
}

class FlowQueueTest : public ::testing::Test {
 protected:
  void SetUp() override { the_port = {}; }

  std::vector<FlowRule> rules(std::size_t count) {
    std::vector<FlowRule> all;
    for (std::size_t i = 0; i < count; ++i) all.emplace_back(rule_to(i));
    return all;
  }

  std::atomic<bool> stop_{false};
};

TEST_F(FlowQueueTest, InsertsAndRemovesMoreRulesThanItHoldsByOneTableOfTheirShape) {
  const auto queue = flow_queue(0, "a device", 100);
  const std::vector<FlowRule> all = rules(21);
  std::vector<rte_flow*> flows(all.size());
  ASSERT_FALSE(queue->prepare(all));
  ASSERT_FALSE(queue->insert(all, flows, stop_));
  EXPECT_EQ(the_port.tables, 1u);
  EXPECT_EQ(the_port.most_under_way, kQueueSize);
  EXPECT_TRUE(the_port.postponed.empty() && the_port.pushed.empty());
  EXPECT_EQ(flows.back(), flow_number(20));
  ASSERT_FALSE(queue->remove(flows, stop_));
  EXPECT_EQ(std::count(flows.begin(), flows.end(), nullptr), 21);
}

TEST_F(FlowQueueTest, TellsWhichRuleFailedAndKeepsTheOthersThatWereEnqueued) {
  const auto queue = flow_queue(0, "a device", 100);
  const std::vector<FlowRule> all = rules(10);
  std::vector<rte_flow*> flows(all.size());
  the_port.fails_at = 4;
  ASSERT_FALSE(queue->prepare(all));
  const auto refusal = queue->insert(all, flows, stop_);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->index, 4u);
  EXPECT_FALSE(refusal->told.empty());
  EXPECT_EQ(flows[4], nullptr);
  EXPECT_EQ(flows[5], flow_number(5));
  EXPECT_TRUE(the_port.postponed.empty() && the_port.pushed.empty());
}

TEST_F(FlowQueueTest, IsStoppedBetweenTwoRulesAndGivesItsTablesBack) {
  stop_ = true;
  {
    const auto queue = flow_queue(0, "a device", 100);
    const std::vector<FlowRule> all = rules(3);
    std::vector<rte_flow*> flows(all.size());
    ASSERT_FALSE(queue->prepare(all));
    const auto refusal = queue->insert(all, flows, stop_);
    ASSERT_TRUE(refusal);
    EXPECT_TRUE(refusal->told.empty());
    EXPECT_EQ(the_port.created, 0u);
  }
  EXPECT_EQ(the_port.tables, 0u);
}

TEST_F(FlowQueueTest, IsRefusedWhereThePortHasNone) {
  the_port.has_queue = false;
  try {
    flow_queue(0, "a device", 100);
    FAIL() << "it was accepted";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "RTE_FLOW_ASYNC");
    EXPECT_NE(std::string(error.what()).find("'a device' has no asynchronous API"), std::string::npos);
  }
}

}  // namespace
}  // namespace nicbench
