// rte_hash in the benchmark. Linked into table-bench only: neither the libraries nor the addon depend on DPDK.
#include <rte_eal.h>
#include <sched.h>

#include <cstdio>
#include <mutex>

#include "common/user_error.h"
#include "hashtables/bench/providers.h"
#include "hashtables/bench/table_trial.h"
#include "hashtables/peers/rte_hash_table.h"

namespace nicbench {
namespace {

bool init_eal(const char* memory_flag, const char* amount) {
  const char* arguments[] = {"table-bench", "--no-pci", "--no-telemetry", "--in-memory", "--no-shconf", "--log-level=critical",
                             "-m", amount, memory_flag};
  const int count = memory_flag == nullptr ? 8 : 9;
  return rte_eal_init(count, const_cast<char**>(arguments)) >= 0;
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

// Once a process; EAL cannot be started again. It pins the caller to a core, which is undone.
void start_eal(bool huge_pages) {
  static std::once_flag once;
  static bool started = false;
  std::call_once(once, [huge_pages] {
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    const std::size_t mib = free_huge_mib();
    started = huge_pages && mib >= 256 ? init_eal(nullptr, std::to_string(mib).c_str()) : init_eal("--no-huge", "4096");
    sched_setaffinity(0, sizeof cpus, &cpus);
  });
  if (!started) throw UserError("DPDK_UNAVAILABLE", "DPDK's environment did not start.", "Leave rte-hash out, or look at the log with --log-level=debug.");
}

std::unique_ptr<Trial> make(const BenchmarkConfig& config) {
  for (const TableInfo& info : table_infos(DpdkTables{})) {
    if (info.name == config.table) start_eal(config.huge_pages);
  }
  return make_trial_of(DpdkTables{}, config);
}

}  // namespace

TableProvider dpdk_tables() { return {table_infos(DpdkTables{}), make}; }

}  // namespace nicbench
