// table-bench: the table benchmark from a shell.
//
//   table-bench list
//   table-bench limits [--bytes N] [--small-pages]
//   table-bench compare --tables a,b,c [--operation hit] [--key ipv4] [--order uniform] [--slots N] [--load 0.8] ...
//   table-bench cores --sharing lock-free,sharded --tables cuckoo,flowline --threads 1,2 [--operation mixed] ...
//
// Prints JSON, one object a line, with --json; else a table.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/affinity.h"
#include "common/user_error.h"
#include "hashtables/bench/compare.h"
#include "hashtables/bench/limits.h"
#include "hashtables/bench/providers.h"
#include "hashtables/shared/sharing.h"

namespace nicbench {
namespace {

constexpr const char* kUsage = R"(usage:
  table-bench list
  table-bench limits  [--bytes 128Mi] [--seconds 0.3] [--small-pages] [--cpu 0] [--json]
  table-bench compare [--tables all|a,b,c] [--operation hit|miss|insert|erase|mixed|churn|fill] [--key ipv4|ipv6]
                      [--order uniform|zipf|sequential] [--zipf 1.0] [--burst 32] [--pipelined] [--slots 4Mi]
                      [--load 0.8] [--from 0] [--shares 0.9,0.05,0.05] [--latency N] [--rounds 7] [--seconds 0.2]
                      [--seed 1] [--small-pages] [--cpu 0] [--json]
  table-bench cores   [--sharing all|sharded,mutex,...] [--tables all|a,b,c] [--threads 1,2] [--operation mixed]
                      [--slots 4Mi, of all threads together] and the flags of compare; thread i runs on CPU --cpu + i
)";

std::vector<TableProvider> tables() {
  std::vector<TableProvider> providers = all_tables();
  providers.push_back(shared_tables());
#ifdef NICBENCH_HAVE_DPDK
  providers.push_back(dpdk_tables());
#endif
  return providers;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    parts.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

double parse_number(const std::string& text) {
  char* end = nullptr;
  double number = std::strtod(text.c_str(), &end);
  const std::string_view suffix(end);
  if (suffix == "Ki") number *= 1024;
  else if (suffix == "Mi") number *= 1024 * 1024;
  else if (suffix == "Gi") number *= 1024 * 1024 * 1024;
  else if (suffix == "k") number *= 1e3;
  else if (suffix == "M") number *= 1e6;
  else if (!suffix.empty() || text.empty())
    throw UserError("USAGE", "'" + text + "' is no number.", "Write for example 0.8, 65536, 64Ki, 4Mi or 1M.");
  return number;
}

class Flags {
 public:
  Flags(int argc, char** argv) {
    for (int i = 2; i < argc; ++i) {
      const std::string_view name(argv[i]);
      const bool is_switch = name == "--json" || name == "--small-pages" || name == "--pipelined";
      if (!name.starts_with("--") || (!is_switch && i + 1 == argc)) {
        throw UserError("USAGE", "Did not understand '" + std::string(name) + "'.", kUsage);
      }
      values_[std::string(name.substr(2))] = is_switch ? "" : argv[++i];
    }
  }

  bool has(const std::string& name) { return take(name, nullptr); }
  std::string text(const std::string& name, std::string fallback) {
    take(name, &fallback);
    return fallback;
  }
  double number(const std::string& name, double fallback) {
    std::string value;
    return take(name, &value) ? parse_number(value) : fallback;
  }
  std::uint64_t count(const std::string& name, std::uint64_t fallback) {
    return static_cast<std::uint64_t>(number(name, static_cast<double>(fallback)));
  }
  void reject_others() const {
    if (!values_.empty()) throw UserError("USAGE", "There is no flag --" + values_.begin()->first + " here.", kUsage);
  }

 private:
  bool take(const std::string& name, std::string* value) {
    const auto found = values_.find(name);
    if (found == values_.end()) return false;
    if (value != nullptr) *value = found->second;
    values_.erase(found);
    return true;
  }

  std::map<std::string, std::string> values_;
};

void list() {
  for (const TableProvider& provider : tables()) {
    for (const TableInfo& info : provider.tables) {
      std::printf("%-22.*s %-64.*s %.*s\n", static_cast<int>(info.name.size()), info.name.data(),
                  static_cast<int>(info.title.size()), info.title.data(), static_cast<int>(info.source.size()),
                  info.source.data());
    }
  }
  for (const MissingTable& missing : missing_tables(tables())) {
    std::printf("%-22s not in this build: %s\n", missing.name.c_str(), missing.how_to_get.c_str());
  }
}

void limits(Flags& flags) {
  const std::uint64_t bytes = flags.count("bytes", 128 << 20);
  const double seconds = flags.number("seconds", 0.3);
  const bool huge = !flags.has("small-pages");
  const int cpu = static_cast<int>(flags.number("cpu", 0));
  const bool json = flags.has("json");
  flags.reject_others();
  pin_this_thread(cpu, "table-bench");
  const Limits limits = measure_limits(bytes, huge, seconds);
  const std::string pages(to_string(limits.pages));
  std::printf(json ? "{\"working_set\":%llu,\"pages\":\"%s\",\"line_reads_per_s\":%.4g,\"dependent_read_ns\":%.4g,"
                     "\"sequential_bytes_per_s\":%.4g}\n"
                   : "working set %llu bytes, pages %s\nline reads     %.4g /s\ndependent read %.4g ns\nsequential     "
                     "%.4g byte/s\n",
              static_cast<unsigned long long>(limits.working_set), pages.c_str(), limits.line_reads_per_s,
              limits.dependent_read_ns, limits.sequential_bytes_per_s);
}

BenchmarkConfig parse_config(Flags& flags, const char* operation) {
  BenchmarkConfig config;
  config.operation = parse_operation(flags.text("operation", operation));
  config.key = parse_key_kind(flags.text("key", "ipv4"));
  config.order = parse_key_order(flags.text("order", "uniform"));
  config.zipf_exponent = flags.number("zipf", config.zipf_exponent);
  config.burst = static_cast<std::uint32_t>(flags.count("burst", 32));
  config.pipelined = flags.has("pipelined");
  config.slots = flags.count("slots", 1u << 22);
  config.load_factor = flags.number("load", 0.8);
  config.load_from = flags.number("from", 0);
  config.latency_samples = flags.count("latency", 0);
  config.seconds = flags.number("seconds", 0.2);
  config.seed = flags.count("seed", 1);
  config.huge_pages = !flags.has("small-pages");
  const std::vector<std::string> shares = split(flags.text("shares", "0.9,0.05,0.05"));
  if (shares.size() != 3) throw UserError("USAGE", "--shares takes three numbers.", "For example 0.9,0.05,0.05.");
  config.shares = {parse_number(shares[0]), parse_number(shares[1]), parse_number(shares[2])};
  return config;
}

double percentile(const Histogram& histogram, double share) {
  const double wanted = static_cast<double>(histogram.total()) * share;
  double seen = 0;
  for (const auto& [ns, count] : histogram.buckets()) {
    seen += static_cast<double>(count);
    if (seen >= wanted) return static_cast<double>(ns);
  }
  return 0;
}

void print_json(const ComparedTable& compared, const BenchmarkConfig& config) {
  const BenchmarkResult& r = compared.result;
  std::printf(
      "{\"table\":\"%s\",\"sharing\":\"%s\",\"threads\":%u,\"operation\":\"%s\",\"key\":\"%s\",\"order\":\"%s\","
      "\"burst\":%u,\"pipelined\":%s,\"slots\":%"
      "llu,"
      "\"load\":%g,",
      compared.table.c_str(), std::string(to_string(compared.sharing)).c_str(), compared.threads,
      std::string(to_string(config.operation)).c_str(), std::string(to_string(config.key)).c_str(),
      std::string(to_string(config.order)).c_str(), config.burst, config.pipelined ? "true" : "false",
      static_cast<unsigned long long>(config.slots), config.load_factor);
  if (!compared.error.empty()) {
    std::printf("\"error\":\"%s\"}\n", compared.error.c_str());
    return;
  }
  std::printf(
      "\"ops_per_s\":%.5g,\"min\":%.5g,\"max\":%.5g,\"line_reads_per_s\":%.5g,\"share_of_limit\":%.3f,"
      "\"cycles_per_op\":%.4g,\"bytes_per_entry\":%.4g,\"max_load\":%.4f,\"mean_probe\":%.4f,\"max_probe\":%llu,"
      "\"displacements\":%.4f,\"live\":%llu,\"refused\":%llu,\"wrong\":%llu,\"insert_p50_ns\":%g,\"insert_p99_ns\":%g,"
      "\"insert_p999_ns\":%g,\"insert_max_ns\":%llu,\"timer_ns\":%.3g,\"pages\":\"%s\"}\n",
      compared.ops_per_s.median, compared.ops_per_s.min, compared.ops_per_s.max, compared.line_reads_per_s.median,
      compared.share_of_limit, r.cycles_per_op, r.bytes_per_entry, r.max_load, r.mean_probe_length,
      static_cast<unsigned long long>(r.max_probe_length), r.displacements_per_insert,
      static_cast<unsigned long long>(r.live), static_cast<unsigned long long>(r.refused),
      static_cast<unsigned long long>(r.wrong), percentile(r.insert_ns, 0.5), percentile(r.insert_ns, 0.99),
      percentile(r.insert_ns, 0.999), static_cast<unsigned long long>(r.insert_ns.max()), r.timer_ns,
      std::string(to_string(r.pages)).c_str());
}

void print_line(const ComparedTable& compared) {
  const BenchmarkResult& r = compared.result;
  if (!compared.error.empty()) {
    std::printf("%-22s %s\n", compared.table.c_str(), compared.error.c_str());
    return;
  }
  std::printf("%-22s %8.2f %8.2f %8.2f %8.1f %6.1f%% %7.1f %7.2f %6.3f %6llu", compared.table.c_str(),
              compared.ops_per_s.median / 1e6, compared.ops_per_s.min / 1e6, compared.ops_per_s.max / 1e6,
              compared.line_reads_per_s.median / 1e6, compared.share_of_limit * 100, r.bytes_per_entry,
              r.mean_probe_length, r.displacements_per_insert, static_cast<unsigned long long>(r.wrong));
  if (r.max_load > 0) std::printf("  full at %.4f", r.max_load);
  if (r.insert_ns.total() != 0) {
    std::printf("  insert ns p50 %g p99 %g p99.9 %g max %llu (timer %.0f)", percentile(r.insert_ns, 0.5),
                percentile(r.insert_ns, 0.99), percentile(r.insert_ns, 0.999),
                static_cast<unsigned long long>(r.insert_ns.max()), r.timer_ns);
  }
  std::printf("  %s\n", std::string(to_string(r.pages)).c_str());
}

int compare(Flags& flags) {
  const BenchmarkConfig config = parse_config(flags, "hit");
  std::vector<std::string> names = split(flags.text("tables", "all"));
  const auto rounds = static_cast<std::uint32_t>(flags.count("rounds", 7));
  const int cpu = static_cast<int>(flags.number("cpu", 0));
  const bool json = flags.has("json");
  flags.reject_others();
  if (names == std::vector<std::string>{"all"}) {
    names.clear();
    for (const TableProvider& provider : tables()) {
      for (const TableInfo& info : provider.tables) names.emplace_back(info.name);
    }
  }
  pin_this_thread(cpu, "table-bench");
  const auto compared = compare_tables(config, names, rounds, tables());
  if (!json)
    std::printf("%-22s %8s %8s %8s %8s %7s %7s %7s %6s %6s\n", "table", "Mops/s", "min", "max", "limit", "share",
                "B/flow", "probes", "moves", "wrong");
  bool wrong = false;
  for (const ComparedTable& table : compared) {
    json ? print_json(table, config) : print_line(table);
    wrong = wrong || table.result.wrong != 0;
  }
  return wrong ? 1 : 0;
}

Sharing parse_sharing(const std::string& name) {
  if (const auto sharing = sharing_of(name)) return *sharing;
  std::string all;
  for (const std::string_view known : kSharingNames) all.append(all.empty() ? "" : ", ").append(known);
  throw UserError("USAGE", "There is no sharing '" + name + "'.", "There are: " + all + ".");
}

// All combinations of the ways of sharing, their tables and the numbers of threads; over tables of the same size
// altogether.
std::vector<BenchmarkConfig> combinations(const BenchmarkConfig& config, Flags& flags) {
  std::vector<std::string> ways = split(flags.text("sharing", "all"));
  if (ways == std::vector<std::string>{"all"}) ways.assign(kSharingNames.begin(), kSharingNames.end());
  const std::vector<std::string> wanted = split(flags.text("tables", "all"));
  const std::vector<std::string> threads = split(flags.text("threads", "1,2"));
  std::vector<BenchmarkConfig> configs;
  for (const std::string& way : ways) {
    const Sharing sharing = parse_sharing(way);
    std::vector<std::string> names;
    for (const TableInfo& info : table_infos(sharing)) names.emplace_back(info.name);
#ifdef NICBENCH_HAVE_DPDK
    if (sharing == Sharing::kLockFree || sharing == Sharing::kSharded) names.emplace_back("rte-hash");
#endif
    for (const std::string& name : names) {
      const bool asked =
          wanted == std::vector<std::string>{"all"} || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
      for (const std::string& count : asked ? threads : std::vector<std::string>{}) {
        BenchmarkConfig mine = config;
        mine.table = name;
        mine.sharing = sharing;
        mine.closed_loop = true;
        mine.threads = static_cast<std::uint32_t>(parse_number(count));
        mine.slots = config.slots / std::max(mine.threads, 1u);
        configs.push_back(mine);
      }
    }
  }
  if (configs.empty()) throw UserError("USAGE", "None of these tables goes with this sharing.", kUsage);
  return configs;
}

int cores(Flags& flags) {
  BenchmarkConfig config = parse_config(flags, "mixed");
  const auto rounds = static_cast<std::uint32_t>(flags.count("rounds", 7));
  config.first_cpu = static_cast<int>(flags.number("cpu", 0));
  const bool json = flags.has("json");
  const std::vector<BenchmarkConfig> configs = combinations(config, flags);
  flags.reject_others();
  const auto compared = compare_trials(configs, rounds, tables());
  if (!json)
    std::printf("%-12s %-14s %7s %8s %8s %8s %7s %6s\n", "sharing", "table", "threads", "Mops/s", "min", "max",
                "B/flow", "wrong");
  bool wrong = false;
  for (const ComparedTable& table : compared) {
    wrong = wrong || table.result.wrong != 0;
    if (json) {
      print_json(table, config);
      continue;
    }
    std::printf("%-12s %-14s %7u", std::string(to_string(table.sharing)).c_str(), table.table.c_str(), table.threads);
    if (table.error.empty()) {
      std::printf(" %8.2f %8.2f %8.2f %7.1f %6llu\n", table.ops_per_s.median / 1e6, table.ops_per_s.min / 1e6,
                  table.ops_per_s.max / 1e6, table.result.bytes_per_entry,
                  static_cast<unsigned long long>(table.result.wrong));
    } else {
      std::printf(" %s\n", table.error.c_str());
    }
  }
  return wrong ? 1 : 0;
}

int run(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  Flags flags(argc, argv);
  if (command == "list") list();
  else if (command == "limits") limits(flags);
  else if (command == "compare") return compare(flags);
  else if (command == "cores") return cores(flags);
  else throw UserError("USAGE", "No command.", kUsage);
  return 0;
}

}  // namespace
}  // namespace nicbench

int main(int argc, char** argv) {
  try {
    return nicbench::run(argc, argv);
  } catch (const nicbench::UserError& error) {
    std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
