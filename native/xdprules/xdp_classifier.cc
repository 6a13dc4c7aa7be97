#include "xdprules/xdp_classifier.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <tuple>

#include "common/affinity.h"
#include "common/together.h"
#include "common/user_error.h"

namespace nicbench {
namespace {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;

double seconds_between(Instant start, Instant end) { return std::chrono::duration<double>(end - start).count(); }

constexpr std::uint32_t kCounters = 2;

UniqueFd load(std::span<const bpf_insn> code, std::string* log) {
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  if (log != nullptr) {
    options.log_buf = log->data();
    options.log_size = static_cast<std::uint32_t>(log->size());
    options.log_level = 1;
  }
  return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_XDP, "nicbench", "Apache-2.0", code.data(), code.size(), &options));
}

// The last lines say why.
std::string tail_of_log(std::span<const bpf_insn> code) {
  constexpr std::size_t kLogBytes = std::size_t{1} << 20, kTail = 300;
  std::string log(kLogBytes, '\0');
  load(code, &log);
  log.resize(std::min(log.find('\0'), log.size()));
  std::replace(log.begin(), log.end(), '\n', ' ');
  return log.size() > kTail ? log.substr(log.size() - kTail) : log;
}

UniqueFd load_or_throw(std::span<const bpf_insn> code) {
  UniqueFd program = load(code, nullptr);
  if (program) return program;
  if (errno == EPERM) throw_no_bpf("an XDP program");
  throw UserError("XDP_REFUSED", "The kernel's verifier refused the XDP program for these rules: " + tail_of_log(code),
                  "Use fewer tables or masks, or a newer kernel.");
}

// The generic part of the kernel, whatever the driver: see README.md.
UniqueFd attach(const UniqueFd& program, const std::string& interface) {
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) {
    throw UserError("INTERFACE_MISSING", "There is no interface '" + interface + "' in this network namespace.",
                    "See which there are: ip link");
  }
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = XDP_FLAGS_SKB_MODE;
  UniqueFd attachment(bpf_link_create(program.get(), static_cast<int>(index), BPF_XDP, &options));
  if (attachment) return attachment;
  if (errno != EBUSY && errno != EEXIST) throw_no_bpf("an XDP program on an interface");
  throw UserError("XDP_IN_USE", "Another XDP program is on the interface " + interface + " already.",
                  "Take it off: ip link set dev " + interface + " xdp off");
}

// Lower groups and numbers first; within them hash maps before tries, whose rules say less.
bool asked_before(const RuleMap* one, const RuleMap* other) {
  const auto place = [](const XdpMatch& match) { return std::tuple(match.group, match.priority, match.trie); };
  return place(one->match()) < place(other->match());
}

}  // namespace

XdpClassifier::XdpClassifier(const XdpConfig& config)
    : config_(config),
      counters_(bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "nicbench_frames", sizeof(std::uint32_t),
                               sizeof(std::uint64_t), kCounters, nullptr)) {
  if (!counters_) throw_no_bpf("a map of counters");
  renew_program();
}

std::size_t XdpClassifier::add_maps(std::span<const XdpMatch> matches) {
  const std::size_t first = maps_.size();
  if (first + matches.size() > kMostMaps) {
    throw UserError("XDP_REFUSED",
                    "The rules need more than the " + std::to_string(kMostMaps) + " maps that a program can have.",
                    "Use fewer groups, priorities or masks.");
  }
  for (const XdpMatch& match : matches) maps_.push_back(std::make_unique<RuleMap>(match, config_.most));
  renew_program();
  return first;
}

void XdpClassifier::renew_program() {
  std::vector<const RuleMap*> asked;
  for (const auto& map : maps_) asked.push_back(map.get());
  std::stable_sort(asked.begin(), asked.end(), asked_before);
  UniqueFd program = load_or_throw(make_xdp_program(asked, counters_.get(), config_.program));
  if (!link_) {
    NetworkNamespace::of(config_.process).run([&] { link_ = attach(program, config_.interface); });
  } else if (bpf_link_update(link_.get(), program.get(), nullptr) != 0) {
    throw_no_bpf("another XDP program on the same interface");
  }
  program_ = std::move(program);
}

double XdpClassifier::change(std::span<const XdpChange> changes, int cpu) const {
  const PinnedForNow pinned(cpu);
  const Instant start = Clock::now();
  for (const XdpChange& change : changes) maps_.at(change.map)->change(change.operation, change.rules);
  return seconds_between(start, Clock::now());
}

XdpTimes XdpClassifier::change_together(std::span<const XdpBatches> threads, std::span<const int> cpus) const {
  XdpTimes times;
  times.each.resize(threads.size());
  std::vector<Instant> starts(threads.size()), ends(threads.size());
  run_together(cpus.first(threads.size()), "nicbench-rules", [&](std::size_t thread) {
    times.each[thread].reserve(threads[thread].size());
    starts[thread] = Clock::now();
    for (const auto& batch : threads[thread]) times.each[thread].push_back(change(batch, -1));
    ends[thread] = Clock::now();
  });
  times.seconds =
      seconds_between(*std::min_element(starts.begin(), starts.end()), *std::max_element(ends.begin(), ends.end()));
  return times;
}

XdpTaken XdpClassifier::taken() const {
  std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(std::max(1, libbpf_num_possible_cpus())));
  const auto sum = [&](std::uint32_t which) {
    if (bpf_map_lookup_elem(counters_.get(), &which, per_cpu.data()) != 0) throw_no_bpf("to read counters");
    std::uint64_t all = 0;
    for (const std::uint64_t frames : per_cpu) all += frames;
    return all;
  };
  return {sum(kXdpTaken), sum(kXdpRest)};
}

std::string xdp_version() {
  const NetworkNamespace alone;
  alone.run([] {
    XdpConfig config;
    config.process = gettid();
    config.interface = "lo";
    config.most = 1;
    XdpClassifier classifier(config);
    classifier.add_maps(std::array{XdpMatch{}});
    XdpRules rules;
    rules.keys.resize(4);
    rules.values.resize(sizeof(XdpValue));
    classifier.change(std::array{XdpChange{0, XdpOperation::kPut, rules}}, -1);
  });
  return std::to_string(libbpf_major_version()) + "." + std::to_string(libbpf_minor_version());
}

}  // namespace nicbench
