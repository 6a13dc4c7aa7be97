// Work on the thread on which EAL calls drivers when one of their files is readable.
#pragma once

#include <rte_alarm.h>

#include <semaphore>

namespace nicbench {

// Returns when `work` is done. No driver is called meanwhile. Without a thread to do it, it is done on the caller's.
template <class Work>
void on_interrupt_thread(const Work& work) {
  struct Job {
    const Work& work;
    std::binary_semaphore done{0};
  } job{work};
  const auto run = [](void* argument) {
    auto& the_job = *static_cast<Job*>(argument);
    the_job.work();
    the_job.done.release();
  };
  if (rte_eal_alarm_set(1, run, &job) == 0) return job.done.acquire();
  work();
}

}  // namespace nicbench
