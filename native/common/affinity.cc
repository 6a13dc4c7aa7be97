#include "common/affinity.h"

#include <sys/resource.h>
#include <time.h>

#include <string>

#include "common/user_error.h"

namespace nicbench {

namespace {

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  if (cpu >= CPU_SETSIZE || pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) {
    throw UserError("CPU_UNAVAILABLE", "CPU " + std::to_string(cpu) + " does not exist or is not ours to use.",
                    "Choose other cores in the testbed file; `taskset -p $$` shows which ones this shell may use.");
  }
}

}  // namespace

void pin_this_thread(int cpu, const char* name) {
  pthread_setname_np(pthread_self(), name);
  if (cpu >= 0) pin_to(cpu);
}

PinnedForNow::PinnedForNow(int cpu)
    : pinned_(cpu >= 0 && pthread_getaffinity_np(pthread_self(), sizeof before_, &before_) == 0) {
  if (pinned_) pin_to(cpu);
}

PinnedForNow::~PinnedForNow() {
  if (pinned_) pthread_setaffinity_np(pthread_self(), sizeof before_, &before_);
}

std::uint64_t involuntary_switches() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_nivcsw);
}

double cpu_seconds(pthread_t thread) {
  clockid_t clock;
  timespec time{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace nicbench
