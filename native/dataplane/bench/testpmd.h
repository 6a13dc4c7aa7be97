// dpdk-testpmd as a child: its counters, and the CPU time that its forwarding thread has had.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace nicbench {

class Testpmd {
 public:
  // Forwards by `mode` on the port of `device`, until it ends. One core forwards, another one waits for commands.
  // Throws UserError TESTPMD.
  Testpmd(const std::string& device, const std::string& mode, int forwarding_cpu, const std::vector<std::string>& more);
  ~Testpmd();
  Testpmd(const Testpmd&) = delete;
  Testpmd& operator=(const Testpmd&) = delete;

  struct Counts {
    std::uint64_t received, sent;
    double cpu_seconds;
  };
  Counts counts();

 private:
  // What it prints, as far as the line with `last_word`.
  std::string answer_to(const std::string& command, const std::string& last_word);
  double forwarding_seconds() const;

  pid_t pid_ = -1;
  FILE* in_ = nullptr;
  FILE* out_ = nullptr;
};

}  // namespace nicbench
