// rte_hash in the benchmark. Linked into table-bench only: neither the libraries nor the addon depend on DPDK.
#include <rte_eal.h>
#include <sched.h>

#include <bit>
#include <cstdio>
#include <iterator>
#include <mutex>
#include <string>

#include "common/user_error.h"
#include "hashtables/bench/make_trial.h"
#include "hashtables/bench/providers.h"
#include "hashtables/peers/rte_hash_table.h"

namespace nicbench {
namespace {

// Without huge pages EAL runs in its legacy mode, which does not go with --in-memory.
bool init_eal(bool huge_pages, std::size_t mib) {
  const std::string amount = std::to_string(mib);
  const char* arguments[] = {
      "table-bench",          "--no-pci", "--no-telemetry", "--no-shconf",
      "--log-level=critical", "-m",       amount.c_str(),   huge_pages ? "--in-memory" : "--no-huge"};
  return rte_eal_init(static_cast<int>(std::size(arguments)), const_cast<char**>(arguments)) >= 0;
}

// Free 2 MiB pages of the host, in MiB.
std::size_t free_huge_mib() {
  std::size_t pages = 0;
  if (std::FILE* file = std::fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r")) {
    if (std::fscanf(file, "%zu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * 2;
}

// Enough for four tables of this size at once: both variants of rte_hash, or the shared one under a few numbers of
// threads.
std::size_t needed_mib(const BenchmarkConfig& config) {
  const std::size_t bytes_per_slot = config.key == KeyKind::kIpv4 ? 110 : 150;
  return 4 * config.threads * std::bit_ceil(config.slots) * bytes_per_slot / (1u << 20) + 128;
}

// Once a process: EAL cannot be started again. It pins the caller to a core, which is undone.
void start_eal(const BenchmarkConfig& config) {
  static std::once_flag once;
  static bool started = false;
  std::call_once(once, [&config] {
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    const std::size_t needed = needed_mib(config);
    const bool huge = config.huge_pages && free_huge_mib() >= needed;
    started = init_eal(huge, needed);
    sched_setaffinity(0, sizeof cpus, &cpus);
  });
  if (!started) {
    throw UserError("DPDK_UNAVAILABLE", "DPDK's environment did not start.", "Leave rte-hash and rte-hash-lf out.");
  }
}

std::unique_ptr<Trial> make(const BenchmarkConfig& config) {
  for (const TableInfo& info : table_infos(DpdkTables{})) {
    if (info.name == config.table) start_eal(config);
  }
  if (config.sharing == Sharing::kLockFree) return make_trial_of(SharedDpdkTables{}, config);
  if (config.sharing != Sharing::kSharded) return nullptr;
  return make_trial_of(DpdkTables{}, config);
}

}  // namespace

TableProvider dpdk_tables() { return {table_infos(DpdkTables{}), make}; }

}  // namespace nicbench
