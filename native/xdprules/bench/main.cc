// xdp-rules-bench: what RuleMap costs beside the bare system calls that a C program would make, and beside other maps.
//
// Rounds in turn, each in a new random order, so that drift of the machine hits all alike. Each inserts 10,000 rules of
// 12-byte keys into an empty map, in batches, and deletes them; ratios are of a round's rates, by the thread's CPU
// time, to those of the bare batch.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "common/affinity.h"
#include "common/user_error.h"
#include "xdprules/rule_map.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kRules = 10'000;
constexpr int kKeyBytes = 12;

struct Contender {
  const char* name;
  std::function<void(const XdpRules&)> insert;
  std::vector<double> seconds;
};

XdpMatch five_tuples() {
  const std::uint32_t all = 0xffff'ffff;
  return {0,
          0,
          kXdpIpv4 | kXdpUdp,
          false,
          {{XdpBase::kNetwork, 12, all}, {XdpBase::kNetwork, 16, all}, {XdpBase::kTransport, 0, all}}};
}

std::vector<XdpRules> batches_of(std::uint32_t batch, std::size_t value_bytes) {
  std::mt19937 random(1);
  std::vector<XdpRules> batches;
  for (std::uint32_t first = 0; first < kRules; first += batch) {
    const std::uint32_t count = std::min(batch, kRules - first);
    XdpRules rules{std::vector<std::uint8_t>(std::size_t{count} * kKeyBytes),
                   std::vector<std::uint8_t>(count * value_bytes)};
    for (std::uint8_t& byte : rules.keys) byte = static_cast<std::uint8_t>(random());
    batches.push_back(std::move(rules));
  }
  return batches;
}

void check(int result) {
  if (result == 0) return;
  std::perror("xdp-rules-bench");
  std::exit(1);
}

int make_map(bpf_map_type type, std::uint32_t value_bytes) {
  const int map = bpf_map_create(type, "nicbench_bench", kKeyBytes, value_bytes, kRules, nullptr);
  check(map < 0 ? map : 0);
  return map;
}

std::function<void(const XdpRules&)> batched(int map) {
  return [map](const XdpRules& rules) {
    auto count = static_cast<std::uint32_t>(rules.keys.size() / kKeyBytes);
    check(bpf_map_update_batch(map, rules.keys.data(), rules.values.data(), &count, nullptr));
  };
}

std::function<void(const XdpRules&)> one_by_one(int map) {
  return [map](const XdpRules& rules) {
    for (std::size_t i = 0; i * kKeyBytes < rules.keys.size(); ++i) {
      check(bpf_map_update_elem(map, &rules.keys[i * kKeyBytes], &rules.values[i * sizeof(XdpValue)], BPF_ANY));
    }
  };
}

double inserting(const Contender& contender, const std::vector<XdpRules>& batches) {
  const double start = cpu_seconds(pthread_self());
  for (const XdpRules& rules : batches) contender.insert(rules);
  return cpu_seconds(pthread_self()) - start;
}

void empty(int map, const std::vector<XdpRules>& batches) {
  for (const XdpRules& rules : batches) {
    auto count = static_cast<std::uint32_t>(rules.keys.size() / kKeyBytes);
    check(bpf_map_delete_batch(map, rules.keys.data(), &count, nullptr));
  }
}

void compare(std::uint32_t batch, int rounds) {
  const RuleMap ours(five_tuples(), kRules);
  const int bare = make_map(BPF_MAP_TYPE_HASH, sizeof(XdpValue)),
            single = make_map(BPF_MAP_TYPE_HASH, sizeof(XdpValue)),
            per_cpu = make_map(BPF_MAP_TYPE_PERCPU_HASH, sizeof(XdpValue));
  const auto batches = batches_of(batch, sizeof(XdpValue));
  // Of such a map, a value for each CPU that the kernel could have.
  const auto wide_batches = batches_of(batch, sizeof(XdpValue) * static_cast<std::size_t>(libbpf_num_possible_cpus()));
  std::array contenders{
      Contender{"bpf_map_update_batch", batched(bare), {}},
      Contender{"RuleMap", [&](const XdpRules& rules) { ours.change(XdpOperation::kPut, rules); }, {}},
      Contender{"bpf_map_update_elem", one_by_one(single), {}},
      Contender{"batch, per-CPU hash map", batched(per_cpu), {}},
  };
  const std::array maps{bare, ours.fd(), single, per_cpu};
  std::array<std::size_t, contenders.size()> order{0, 1, 2, 3};
  std::mt19937 random(2);
  for (int round = -1; round < rounds; ++round) {  // The first warms up.
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t which : order) {
      const auto& all = which == 3 ? wide_batches : batches;
      const double seconds = inserting(contenders[which], all);
      empty(maps[which], all);
      if (round >= 0) contenders[which].seconds.push_back(seconds);
    }
  }
  for (const Contender& contender : contenders) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < contender.seconds.size(); ++i) {
      ratios.push_back(contenders[0].seconds[i] / contender.seconds[i]);
    }
    std::sort(ratios.begin(), ratios.end());
    std::printf("batch %5u  %-24s %.2f (%.2f to %.2f)\n", batch, contender.name, ratios[ratios.size() / 2],
                ratios.front(), ratios.back());
  }
  for (const int map : {bare, single, per_cpu}) close(map);
}

}  // namespace
}  // namespace nicbench

// (rounds)
int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 51;
  try {
    std::printf("insertion rate as a ratio to the bare batch: median (least to greatest) of %d rounds\n", rounds);
    for (const std::uint32_t batch : {1u, 64u, 1000u, 10'000u}) nicbench::compare(batch, rounds);
  } catch (const nicbench::UserError& error) {
    std::fprintf(stderr, "%s\n  hint: %s\n", error.what(), error.hint().c_str());
    return 1;
  }
  return 0;
}
