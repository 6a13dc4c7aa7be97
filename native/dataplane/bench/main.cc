// tracker-bench: variants of the tracker against each other, interleaved, so that drift of the machine hits all alike.
//
//   tracker-bench rounds=5 flows=1000000 table=cuckoo -- use=forward -- use=load-balance -- expiry=lazy timeout=5
//
// Settings before the first `--` hold for all variants. wire=ring runs whole trials with a tester on another core and
// reports frames/s; gateway=establishment or gateway=tear-down, connections/s (gateway_trial.h); without them the
// tracker runs alone (closed_loop.h) and ns are those of tracking only. Medians of the rounds, and the ratio to the
// first variant of the same round: median, and least to greatest. On a host with other work the best round says most.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/user_error.h"
#include "dataplane/closed_loop.h"
#include "dataplane/conntrack_trial.h"
#include "dataplane/gateway_trial.h"

namespace {

using namespace nicbench;
using Settings = std::map<std::string, std::string>;

struct Row {
  double rate = 0;  // frames/s
  double ns = 0;    // a frame
  TrackerTotals tracker;
  std::uint64_t live = 0, dropped = 0, longest = 0, slow = 0;
  double seconds = 0, extra = 0;
};

double number(const Settings& s, const char* key, double otherwise) {
  const auto found = s.find(key);
  return found == s.end() ? otherwise : std::stod(found->second);
}
std::string text(const Settings& s, const char* key, const char* otherwise) {
  const auto found = s.find(key);
  return found == s.end() ? otherwise : found->second;
}

TrackerConfig tracker_config(const Settings& s) {
  TrackerConfig c;
  c.use = use_of(text(s, "use", "load-balance")).value();
  c.replies = replies_of(text(s, "replies", c.use == Use::kLoadBalance ? "elsewhere" : "here")).value();
  c.balancing = balancing_of(text(s, "balancing", "hash")).value();
  c.backends = static_cast<std::uint32_t>(number(s, "backends", 16));
  c.nat_addresses = static_cast<std::uint16_t>(number(s, "nat_addresses", 64));
  c.expiry = expiry_of(text(s, "expiry", "none")).value();
  c.expiry_interval = number(s, "interval", 0.001);
  c.scan_incremental = number(s, "incremental", 1) != 0;
  c.expiry_limit = static_cast<std::size_t>(number(s, "limit", 256));
  c.expiry_recheck = number(s, "recheck", 10);
  c.timeout = number(s, "timeout", 0);
  c.check_windows = number(s, "check_windows", 0) != 0;
  c.sample_every = static_cast<std::uint32_t>(number(s, "sample_every", 64));
  return c;
}

TrafficConfig traffic_config(const Settings& s) {
  TrafficConfig c;
  const std::string profile = text(s, "profile", "campus");
  c.profile = profile == "campus" ? Profile::kCampus : profile == "zipf" ? Profile::kZipf : Profile::kUniform;
  c.flows = static_cast<std::uint32_t>(number(s, "flows", 1e6));
  c.new_flows = number(s, "new_flows", 0);
  c.both_directions = number(s, "both", 0) != 0;
  c.seed = static_cast<std::uint64_t>(number(s, "seed", 1));
  return c;
}

// What trials on a wire and closed loops have in common.
template <class Config>
Config config_of(const Settings& s) {
  Config c;
  c.table = text(s, "table", "cuckoo");
  c.capacity = static_cast<std::size_t>(number(s, "capacity", 0));
  c.tracker = tracker_config(s);
  c.traffic = traffic_config(s);
  c.warmup_seconds = number(s, "warmup", 0.5);
  c.duration_seconds = number(s, "seconds", 1);
  return c;
}

Row run_ring(const Settings& s) {
  auto c = config_of<ConntrackTrialConfig>(s);
  c.ring_size = static_cast<std::size_t>(number(s, "ring", 1024));
  c.generator_cpu = static_cast<int>(number(s, "generator_cpu", 0));
  c.dut_cpus = {static_cast<int>(number(s, "cpu", 1))};
  std::atomic<bool> stop{false};
  const auto r = run_conntrack_trial(c, stop);
  Row row;
  row.rate = static_cast<double>(r.phase.counts.received) / r.phase.seconds;
  row.ns = static_cast<double>(r.dut_busy_ticks) / static_cast<double>(r.dut_frames) / ticks_per_second() * 1e9;
  row.tracker = r.tracker;
  row.live = r.live_flows;
  row.dropped = r.dut_dropped;
  row.longest = r.longest_maintenance;
  row.seconds = r.phase.seconds;
  row.extra = static_cast<double>(r.dut_busy_ticks) / static_cast<double>(r.dut_total_ticks);
  return row;
}

Row run_loop(const Settings& s) {
  auto c = config_of<ClosedLoopConfig>(s);
  c.cpus = {static_cast<int>(number(s, "cpu", 1))};
  const auto r = run_closed_loop(c).at(0);
  Row row;
  const bool all = number(s, "all", 0) != 0;  // with bursts that the host disturbed
  row.ns = static_cast<double>(all ? r.work_ticks : r.undisturbed_ticks) /
           static_cast<double>(all ? r.frames : r.undisturbed_frames) / ticks_per_second() * 1e9;
  row.rate = 1e9 / row.ns;
  row.tracker = r.tracker;
  row.live = r.live_flows;
  row.dropped = r.frames - r.forwarded;
  row.longest = r.longest_maintenance;
  row.slow = r.slow_maintenances;
  row.seconds = r.seconds;
  return row;
}

Row run_gateway(const Settings& s) {
  GatewayTrialConfig c;
  c.table = text(s, "table", "cuckoo");
  c.test = gateway_test_of(text(s, "gateway", "establishment")).value();
  c.tracker = tracker_config(s);
  c.tracker.replies = Replies::kHere;
  c.traffic.connections = static_cast<std::uint32_t>(number(s, "flows", 1e6));
  c.traffic.seed = static_cast<std::uint64_t>(number(s, "seed", 1));
  c.capacity = static_cast<std::size_t>(number(s, "capacity", number(s, "flows", 1e6)));
  c.warmup_seconds = number(s, "warmup", 0.5);
  c.duration_seconds = number(s, "seconds", 1);
  c.dut_cpu = static_cast<int>(number(s, "cpu", 1));
  std::atomic<bool> stop{false};
  const auto r = run_gateway_trial(c, stop);
  if (r.wrong + r.left_over > 0 || r.answered != r.offered) throw UserError("WRONG", "Connections were lost.", "");
  const bool opening = c.test == GatewayTest::kEstablishment;
  Row row;
  row.rate = opening ? static_cast<double>(r.answered) / r.open_seconds
                     : static_cast<double>(r.torn_down) / r.tear_down_seconds;
  row.ns = 1e9 / row.rate;
  row.tracker = r.tracker;
  row.live = r.live_flows;
  row.seconds = r.open_seconds;
  row.extra = r.dut_cpu_share;
  return row;
}

Row run_variant(const Settings& s) {
  if (s.contains("gateway")) return run_gateway(s);
  return text(s, "wire", "none") == "ring" ? run_ring(s) : run_loop(s);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(const std::string& name, const std::vector<Row>& rows, const std::vector<Row>& first) {
  std::vector<double> rates, ns, ratios;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rates.push_back(rows[i].rate);
    ns.push_back(rows[i].ns);
    ratios.push_back(rows[i].rate / first[i].rate);
  }
  const Row& r = rows.back();
  const TrackerTotals& t = r.tracker;
  const auto a_frame = [&](std::uint64_t ticks) {
    return t.sampled_frames == 0 ? 0.0 : static_cast<double>(ticks) / static_cast<double>(t.sampled_frames);
  };
  const auto per_second = [&](std::uint64_t n) { return static_cast<double>(n) / r.seconds / 1e3; };
  std::printf(
      "%-52s %6.2f M/s (best %.2f) %6.1f ns  x%.3f (%.3f-%.3f) | parse %4.1f lookup %5.1f insert %4.1f expiry %4.1f "
      "rest %5.1f cy/frame"
      " insert %5.0f cy | new %.0fk/s closed %.0fk/s expired %.0fk/s live %llu dropped %llu busy %.2f longest %.0f us "
      "slow %llu\n",
      name.c_str(), median(rates) / 1e6, *std::max_element(rates.begin(), rates.end()) / 1e6, median(ns),
      median(ratios), *std::min_element(ratios.begin(), ratios.end()), *std::max_element(ratios.begin(), ratios.end()),
      a_frame(t.parse), a_frame(t.lookup), a_frame(t.insert), a_frame(t.expiry), a_frame(t.rest),
      t.sampled_inserts == 0 ? 0.0 : static_cast<double>(t.insert) / static_cast<double>(t.sampled_inserts),
      per_second(t.created), per_second(t.closed), per_second(t.expired), static_cast<unsigned long long>(r.live),
      static_cast<unsigned long long>(r.dropped), r.extra, static_cast<double>(r.longest) / ticks_per_second() * 1e6,
      static_cast<unsigned long long>(r.slow));
}

int run(int argc, char** argv) {
  Settings common;
  std::vector<Settings> variants;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") {
      variants.push_back(common);
      names.emplace_back();
      continue;
    }
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) throw UserError("ARGUMENT", argument + " is not key=value.", "See bench/main.cc.");
    (variants.empty() ? common : variants.back())[argument.substr(0, equals)] = argument.substr(equals + 1);
    if (!names.empty()) names.back() += (names.back().empty() ? "" : " ") + argument;
  }
  if (variants.empty()) {
    variants.push_back(common);
    names.emplace_back("default");
  }
  std::vector<std::vector<Row>> rows(variants.size());
  const int rounds = static_cast<int>(number(common, "rounds", 3));
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t v = 0; v < variants.size(); ++v) {
      rows[v].push_back(run_variant(variants[v]));
    }
  }
  for (std::size_t v = 0; v < variants.size(); ++v) print(names[v], rows[v], rows[0]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const nicbench::UserError& error) {
    std::fprintf(stderr, "%s: %s\n%s\n", error.code().c_str(), error.what(), error.hint().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 1;
}
