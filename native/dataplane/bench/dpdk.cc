// dpdk-bench: what our sending and receiving on DPDK's devices costs, against dpdk-testpmd, interleaved.
//
//   dpdk-bench what=send     64-byte frames of 1M flows with probes into net_null, against testpmd txonly
//   dpdk-bench what=repeat   the same 32 frames again and again, as testpmd does: the wire without the generator
//   dpdk-bench what=receive  from net_null, counted and looked through for probes, against testpmd rxonly
//   dpdk-bench what=memif size=1518 zero-copy=yes   from one process to another, against txonly to rxonly
//   dpdk-bench what=memif wire=memif         the same by our own end of memif
//   dpdk-bench what=to-testpmd wire=memif    to testpmd rxonly, against txonly to rxonly
//   dpdk-bench what=from-testpmd wire=memif  from testpmd txonly, against txonly to rxonly
//   dpdk-bench what=copies size=1518         the same, only headers copied into mbufs, against whole frames
//
// Other settings: rounds=7 seconds=1 flows=1048576 probe_every=64 cpu=1 peer_cpu=0.
//
// send and receive: frames per second of CPU time of the thread that does it, which holds on a machine that others use
// as well. memif: per second of time, since two threads must meet. Medians, with the least and the greatest.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/affinity.h"
#include "common/clock.h"
#include "common/histogram.h"
#include "common/prefetch.h"
#include "common/user_error.h"
#include "io/wires.h"
#include "testpmd.h"
#include "trafficgen/probe.h"
#include "trafficgen/traffic.h"

namespace {

using namespace nicbench;
using Settings = std::map<std::string, std::string>;
using Clock = std::chrono::steady_clock;

Settings settings{{"rounds", "7"},       {"seconds", "1"},       {"size", "64"},      {"flows", "1048576"},
                  {"probe_every", "64"}, {"what", "send"},       {"cpu", "1"},        {"peer_cpu", "0"},
                  {"zero-copy", "no"},   {"socket", "nb-bench"}, {"copy", "headers"}, {"wire", "dpdk"}};

double number(const char* key) { return std::stod(settings.at(key)); }

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Sender {
 public:
  Sender() {
    TrafficConfig config;
    config.flows = static_cast<std::uint32_t>(number("flows"));
    config.frame_size = static_cast<std::uint16_t>(number("size"));
    traffic_ = Traffic::get(config);
    source_ = traffic_->source(2 * kBurst);
  }

  std::size_t zero_behind() const noexcept { return settings.at("copy") == "all" ? SIZE_MAX : traffic_->zero_behind(); }

  // One burst. Returns how much of it the port took.
  std::size_t send(Port& port) noexcept {
    std::array<Frame, kBurst> frames;
    source_->next(frames);
    const std::uint64_t now = ticks();
    for (Frame& frame : frames) {
      if (--until_probe_ == 0 && source_->stamp(frame, {.sequence = sequence_++, .intended = now})) {
        until_probe_ = probe_every_;
      }
    }
    const std::size_t sent = port.send(frames);
    source_->release(frames);
    return sent;
  }

 private:
  const std::uint32_t probe_every_ = static_cast<std::uint32_t>(number("probe_every"));
  std::uint32_t until_probe_ = 1;
  std::uint32_t sequence_ = 0;
  std::shared_ptr<const Traffic> traffic_;
  std::unique_ptr<FrameSource> source_;
};

// What the tester does with frames that come back; but it only receives, and so fetches them for reading.
class Receiver {
 public:
  std::size_t receive(Port& port) noexcept {
    std::array<Frame, kBurst> frames;
    const auto burst = std::span(frames).first(port.receive(frames));
    for (const Frame& frame : burst) prefetch_to_read(frame.data);
    const std::uint64_t now = ticks();
    for (const Frame& frame : burst) {
      bytes_ += frame.length;
      if (!returned_to_tester(frame.data)) ++foreign_;
      if (is_stamped(frame.data)) latency_.record(now);
    }
    port.release(burst);
    return burst.size();
  }

 private:
  std::uint64_t bytes_ = 0, foreign_ = 0;
  Histogram latency_;
};

// Frames that `step` moved, a second of this thread's CPU time.
template <class Step>
double rate_of(Step&& step) {
  for (int i = 0; i < 1000; ++i) step();
  const double before = cpu_seconds(pthread_self());
  double now = before;
  std::uint64_t frames = 0;
  while (now - before < number("seconds")) {
    for (int i = 0; i < 1000; ++i) frames += step();
    now = cpu_seconds(pthread_self());
  }
  return static_cast<double>(frames) / (now - before);
}

double testpmd_rate(const std::string& device, const std::string& mode) {
  Testpmd testpmd(device, mode, static_cast<int>(number("cpu")), {});
  const Testpmd::Counts before = testpmd.counts();
  Testpmd::Counts now = before;
  while (now.cpu_seconds - before.cpu_seconds < number("seconds")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    now = testpmd.counts();
  }
  const std::uint64_t frames = now.received + now.sent - before.received - before.sent;
  return static_cast<double>(frames) / (now.cpu_seconds - before.cpu_seconds);
}

// An end as DPDK's driver names it.
std::string memif(const std::string& name, const std::string& role) {
  const std::string device = name + ",bsize=2048,rsize=10,role=" + role + ",socket=" + settings.at("socket");
  return role == "client" ? device + ",zero-copy=" + settings.at("zero-copy") : device;
}

// Frames a second that come until `seconds` are over, once the first have come.
template <class Frames>
double rate_of_arrivals(Frames&& frames) {
  while (frames() == 0) continue;
  const std::uint64_t before = frames();
  const auto start = Clock::now();
  while (seconds_since(start) < number("seconds")) frames();
  const double seconds = seconds_since(start);
  return static_cast<double>(frames() - before) / seconds;
}

// As our wire does.
std::unique_ptr<Port> open_memif(const std::string& role, std::size_t zero_behind, double wait_seconds) {
  const std::string address = settings.at("wire") == "memif"
                                  ? "role=" + role + ",rsize=10,socket=" + settings.at("socket")
                                  : memif("net_memif0", role);
  return open_port(settings.at("wire"), {address, 1024, 1514, zero_behind, wait_seconds});
}

// Another process of this program, which sends.
class SendingProcess {
 public:
  SendingProcess() {
    std::vector<std::string> words{"dpdk-bench"};
    for (const auto& [key, value] : settings) words.push_back(key + "=" + value);
    words.emplace_back("what=sender");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr, argv.data(), environ);
  }
  ~SendingProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

void send_until_nobody_listens() {
  pin_this_thread(static_cast<int>(number("peer_cpu")), "nicbench-gen");
  Sender sender;
  const auto port = open_memif("client", sender.zero_behind(), 10);
  while (port->fault() == WireFault::kNone) sender.send(*port);
}

// A socket's name is taken as long as the process that listened on it lives.
void name_socket() {
  static int number = 0;
  settings["socket"] = "nb-bench-" + std::to_string(getpid()) + "-" + std::to_string(number++);
}

double rate_of_receiving(Port& port) {
  Receiver receiver;
  std::uint64_t received = 0;
  return rate_of_arrivals([&] { return received += receiver.receive(port); });
}

double our_memif_rate() {
  name_socket();
  const auto port = open_memif("server", SIZE_MAX, 0);
  const SendingProcess sender;
  return rate_of_receiving(*port);
}

double our_memif_rate_with_all_copied() {
  settings["copy"] = "all";
  const double rate = our_memif_rate();
  settings["copy"] = "headers";
  return rate;
}

class TestpmdReceiver : public Testpmd {
 public:
  TestpmdReceiver() : Testpmd(memif("net_memif0", "server"), "rxonly", static_cast<int>(number("cpu")), {}) {}
  double rate() {
    return rate_of_arrivals([this] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return counts().received;
    });
  }
};

class TestpmdSender : public Testpmd {
 public:
  TestpmdSender()
      : Testpmd(memif("net_memif0", "client"), "txonly", static_cast<int>(number("peer_cpu")),
                {"--txpkts=" + std::to_string(static_cast<int>(number("size")) - 4)}) {}  // without FCS
};

double testpmd_memif_rate() {
  name_socket();
  TestpmdReceiver receiver;
  const TestpmdSender sender;
  return receiver.rate();
}

double our_rate_to_testpmd() {
  name_socket();
  TestpmdReceiver receiver;
  const SendingProcess sender;
  return receiver.rate();
}

double our_rate_from_testpmd() {
  name_socket();
  const auto port = open_memif("server", SIZE_MAX, 0);
  const TestpmdSender sender;
  return rate_of_receiving(*port);
}

struct Pair {
  double (*ours)();
  double (*theirs)();
  const char* other = "testpmd";
};

double our_send_rate() {
  Sender sender;
  const auto port = open_port("dpdk", {"net_null0,size=60", 1024, 1514, sender.zero_behind()});
  return rate_of([&] { return sender.send(*port); });
}

double our_repeat_rate() {
  const auto port = open_port("dpdk", {"net_null0,size=60", 1024, 1514});
  std::array<std::uint8_t, 60> bytes{};
  std::array<Frame, kBurst> frames;
  frames.fill({bytes.data(), 0, static_cast<std::uint16_t>(bytes.size()), 0});
  return rate_of([&] { return port->send(frames); });
}

double testpmd_send_rate() { return testpmd_rate("net_null0,size=60", "txonly"); }

double our_receive_rate() {
  const auto port = open_port("dpdk", {"net_null0,size=60", 1024, 1514});
  Receiver receiver;
  return rate_of([&] { return receiver.receive(*port); });
}

const std::map<std::string, Pair> kWhat{
    {"send", {our_send_rate, testpmd_send_rate}},
    {"repeat", {our_repeat_rate, testpmd_send_rate}},
    {"receive", {our_receive_rate, [] { return testpmd_rate("net_null0,size=60", "rxonly"); }}},
    {"memif", {our_memif_rate, testpmd_memif_rate}},
    {"to-testpmd", {our_rate_to_testpmd, testpmd_memif_rate}},
    {"from-testpmd", {our_rate_from_testpmd, testpmd_memif_rate}},
    {"copies", {our_memif_rate, our_memif_rate_with_all_copied, "all"}}};

void print(const char* name, std::vector<double> values, const char* unit) {
  std::sort(values.begin(), values.end());
  std::printf("%-8s %8.2f (%.2f-%.2f) %s\n", name, values[values.size() / 2], values.front(), values.back(), unit);
}

void compare(const Pair& pair) {
  std::vector<double> ours, theirs, ratio;
  for (int round = 0; round < static_cast<int>(number("rounds")); ++round) {
    ours.push_back(pair.ours() / 1e6);
    theirs.push_back(pair.theirs() / 1e6);
    ratio.push_back(ours.back() / theirs.back());
  }
  print("ours", ours, "Mframes/s");
  print(pair.other, theirs, "Mframes/s");
  print("ratio", ratio, "");
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = std::min(word.find('='), word.size() - 1);
    settings[word.substr(0, equals)] = word.substr(equals + 1);
  }
  try {
    if (settings["what"] == "sender") {
      send_until_nobody_listens();
      return 0;
    }
    const auto what = kWhat.find(settings["what"]);
    if (what == kWhat.end())
      throw UserError("WHAT", "There is no what=" + settings["what"] + ".",
                      "Use send, repeat, receive, memif, to-testpmd, from-testpmd or copies.");
    pin_this_thread(static_cast<int>(number("cpu")), "nicbench-bench");
    compare(what->second);
  } catch (const UserError& error) {
    std::fprintf(stderr, "%s: %s %s\n", error.code().c_str(), error.what(), error.hint().c_str());
    return 2;
  }
}
