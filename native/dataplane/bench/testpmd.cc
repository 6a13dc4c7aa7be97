#include "testpmd.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr const char* kForwardingThread = "rte-worker-";

std::uint64_t number_behind(const std::string& text, const std::string& word) {
  const auto at = text.rfind(word);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + word.size(), nullptr, 10);
}

}  // namespace

Testpmd::Testpmd(const std::string& device, const std::string& mode, int forwarding_cpu,
                 const std::vector<std::string>& more) {
  std::vector<std::string> words{"stdbuf",  // else it prints to a pipe only when it has much to say
                                 "-oL",
                                 "dpdk-testpmd",
                                 "--in-memory",
                                 "--no-pci",
                                 "--no-telemetry",
                                 "--single-file-segments",
                                 "--log-level=error",
                                 "--lcores=0@0,1@" + std::to_string(forwarding_cpu),
                                 "--vdev=" + device,
                                 "--",
                                 "--interactive",
                                 "--auto-start",
                                 "--nb-cores=1",
                                 "--forward-mode=" + mode};
  words.insert(words.end(), more.begin(), more.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int in[2], out[2];
  if (pipe(in) != 0 || pipe(out) != 0) throw UserError("TESTPMD", "No pipe for dpdk-testpmd.", "");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_addclose(&actions, in[1]);
  const int error = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  in_ = fdopen(in[1], "w");
  out_ = fdopen(out[0], "r");
  if (error != 0) throw UserError("TESTPMD", "dpdk-testpmd does not start.", "apt-get install -y dpdk-dev");
  counts();  // it is there when it answers
}

Testpmd::~Testpmd() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  fclose(in_);
  fclose(out_);
}

Testpmd::Counts Testpmd::counts() {
  const std::string text = answer_to("show port stats 0\n", "TX-bytes:");
  return {number_behind(text, "RX-packets: "), number_behind(text, "TX-packets: "), forwarding_seconds()};
}

std::string Testpmd::answer_to(const std::string& command, const std::string& last_word) {
  std::fputs(command.c_str(), in_);
  std::fflush(in_);
  std::string text;
  std::array<char, 512> line;
  while (text.find(last_word) == std::string::npos) {
    if (std::fgets(line.data(), line.size(), out_) == nullptr) {
      throw UserError("TESTPMD", "dpdk-testpmd ended: " + text, "Its messages say why.");
    }
    text += line.data();
  }
  return text;
}

double Testpmd::forwarding_seconds() const {
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    std::uint64_t nanoseconds = 0;
    if (name.starts_with(kForwardingThread) && std::ifstream(task.path() / "schedstat") >> nanoseconds) {
      return static_cast<double>(nanoseconds) * 1e-9;
    }
  }
  return 0;
}

}  // namespace nicbench
