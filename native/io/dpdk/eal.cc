#include "io/dpdk/eal.h"

#include <fcntl.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "common/user_error.h"
#include "io/dpdk/huge_pages_free.h"
#include "io/unique_fd.h"

namespace nicbench {
namespace {

constexpr const char* kSmallMemoryMegabytes = "1024";  // at most: pages are taken when they are used

bool is_pci(const std::string& device) {
  int domain = 0, bus = 0, slot = 0, function = 0;
  return std::sscanf(device.c_str(), "%x:%x:%x.%x", &domain, &bus, &slot, &function) == 4;
}

std::string first_allowed_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  int cpu = 0;
  while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &set)) ++cpu;
  return std::to_string(cpu);
}

std::vector<std::string> arguments_for(const std::string& device) {
  std::vector<std::string> arguments{"nicbench", "--no-telemetry", "--log-level=warning", "--lcores",
                                     "0@" + first_allowed_cpu()};
  if (!is_pci(device)) arguments.insert(arguments.end(), {"--no-pci", "--iova-mode=va"});
  if (has_huge_pages_for_dpdk()) {
    // memif needs single files for zero-copy.
    arguments.insert(arguments.end(), {"--in-memory", "--single-file-segments"});
  } else {
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf", "-m", kSmallMemoryMegabytes});
  }
  const char* more = std::getenv("NICBENCH_EAL_ARGS");
  std::istringstream words(more == nullptr ? "" : more);
  for (std::string word; words >> word;) arguments.push_back(word);
  return arguments;
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

// Where the process was before a trial moved one of its threads. Without privilege no thread was moved.
void enter_network_namespace_of_process() {
  const UniqueFd fd(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (fd && setns(fd.get(), CLONE_NEWNET) != 0) return;
}

// On a thread of its own. Returns 0 or rte_errno.
int initialise(const std::string& device) {
  block_signals();
  enter_network_namespace_of_process();
  std::vector<std::string> arguments = arguments_for(device);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  rte_openlog_stream(stderr);
  // Told what it does not know, EAL prints its usage on stdout. That is a variable in glibc.
  FILE* const out = std::exchange(stdout, stderr);
  const int done = rte_eal_init(static_cast<int>(argv.size()), argv.data());
  stdout = out;
  return done < 0 ? rte_errno : 0;
}

std::optional<UserError> start(const std::string& device) {
  int error = 0;
  std::thread([&] { error = initialise(device); }).join();
  if (error == 0) return std::nullopt;
  return UserError("DPDK_EAL", std::string("DPDK does not start: ") + rte_strerror(error) + ".",
                   "Its own messages, just before, say why. Check NICBENCH_EAL_ARGS, if it is set.");
}

}  // namespace

void start_eal(const std::string& device) {
  static std::mutex mutex;
  static std::optional<std::optional<UserError>> result;  // EAL cannot start again
  const std::lock_guard lock(mutex);
  if (!result) result = start(device);
  if (*result) throw **result;
}

bool eal_has_huge_pages() noexcept { return rte_eal_has_hugepages() != 0; }

void join_eal() noexcept {
  struct Membership {
    const bool joined = rte_lcore_id() == LCORE_ID_ANY && rte_thread_register() == 0;
    ~Membership() {
      if (joined) rte_thread_unregister();
    }
  };
  static thread_local const Membership membership;
}

}  // namespace nicbench
