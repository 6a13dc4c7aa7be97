// wire-bench: wires against each other, interleaved, so that drift of the machine hits all alike. As root.
//
//   wire-bench rounds=5 size=64 -- wire=socket -- wire=af_packet burst=1 -- wire=af_xdp tester=af_packet
//   wire-bench alone=1 rounds=5 -- wire=socket -- wire=af_xdp -- wire=dpdk-memif
//   wire-bench alone=1 -- wire=dpdk far=net_memif0,role=server,socket=a near=net_memif1,role=client,socket=a
//
// Settings before the first `--` hold for all variants. Medians of the rounds, with the least and the greatest, and the
// ratio to the first variant of the same round.
//
// alone=1: one thread has both ends, and the clock is its CPU time: sending a burst, receiving and forwarding it at the
// far end, receiving it again. That leaves out how two threads meet, and holds on a machine that others use as well.
#include "io/wires.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "common/affinity.h"
#include "common/clock.h"
#include "common/user_error.h"
#include "dataplane/forwarding_trial.h"
#include "io/netlink.h"
#include "io/network_namespace.h"

namespace {

using namespace nicbench;
using Settings = std::map<std::string, std::string>;

double number(const Settings& settings, const char* key, double otherwise) {
  const auto found = settings.find(key);
  return found == settings.end() ? otherwise : std::stod(found->second);
}

std::string text(const Settings& settings, const char* key, const char* otherwise) {
  const auto found = settings.find(key);
  return found == settings.end() ? otherwise : found->second;
}

ForwardingTrialConfig config_of(const Settings& settings) {
  ForwardingTrialConfig config;
  config.wire = text(settings, "wire", "ring");
  config.tester_wire = text(settings, "tester", "");
  config.traffic.flows = static_cast<std::uint32_t>(number(settings, "flows", 1024));
  config.traffic.frame_size = static_cast<std::uint16_t>(number(settings, "size", 64));
  config.traffic.rate = number(settings, "rate", 0);
  config.warmup_seconds = number(settings, "warmup", 0.2);
  config.duration_seconds = number(settings, "seconds", 1);
  config.ring_size = static_cast<std::size_t>(number(settings, "ring", 1024));
  config.window = static_cast<std::size_t>(number(settings, "window", 256));
  config.burst = static_cast<std::size_t>(number(settings, "burst", 32));
  config.generator_cpu = static_cast<int>(number(settings, "generator_cpu", 0));
  config.dut_cpus = {static_cast<int>(number(settings, "cpu", 1))};
  return config;
}

struct Row {
  double rate, ns, busy, p50, lost;
};

// Lower edge of the bucket that has the median.
double median_of(const Histogram& histogram) {
  std::uint64_t seen = 0;
  for (const auto& [value, count] : histogram.buckets()) {
    seen += count;
    if (2 * seen >= histogram.total()) return static_cast<double>(value);
  }
  return 0;
}

Row run(const Settings& settings) {
  std::atomic<bool> stop{false};
  const ForwardingTrialResult result = run_forwarding_trial(config_of(settings), stop);
  const TesterCounts& counts = result.phase.counts;
  return {
      static_cast<double>(counts.received) / result.phase.seconds,
      static_cast<double>(result.dut_busy_ticks) / static_cast<double>(result.dut_frames) / ticks_per_second() * 1e9,
      static_cast<double>(result.dut_busy_ticks) / static_cast<double>(result.dut_total_ticks),
      median_of(result.latency), static_cast<double>(counts.sent - counts.received) / static_cast<double>(counts.sent)};
}

void exchange(Port& near, Port& far, std::span<const Frame> frames, std::size_t most) {
  for (std::size_t sent = 0; sent < frames.size();) sent += near.send(frames.subspan(sent));
  std::array<Frame, kBurst> burst;
  for (std::size_t forwarded = 0; forwarded < frames.size();) {
    std::span<const Frame> rest = std::span(burst).first(far.receive(std::span(burst).first(most)));
    forwarded += rest.size();
    while (!rest.empty()) rest = rest.subspan(far.forward(rest));
  }
  for (std::size_t received = 0; received < frames.size();) {
    const auto back = std::span(burst).first(near.receive(burst));
    received += back.size();
    near.release(back);
  }
}

// In the network namespace of the calling thread.
PortPair open_on_veth(const Settings& settings) {
  add_veth_pair("near", "far", kMaxVethFrame - 14);
  set_link_up("near", true);
  set_link_up("far", true);
  const std::string wire = text(settings, "wire", "socket");
  PortPair pair;
  pair.far = open_port(wire, {"far", 1024, kMaxVethFrame});
  pair.near = open_port(text(settings, "tester", wire.c_str()), {"near", 1024, kMaxVethFrame});
  return pair;
}

PortPair open_on_devices(const Settings& settings) {
  PortPair pair;
  pair.far = open_port("dpdk", {settings.at("far"), 1024, kMaxVethFrame});
  pair.near = open_port("dpdk", {settings.at("near"), 1024, kMaxVethFrame, 5});
  return pair;
}

PortPair open_ends(const Settings& settings) {
  const std::string wire = text(settings, "wire", "socket");
  switch (wire_info(wire).ends) {
    case WireEnds::kItself: return open_pair(wire, {"", 1024, kMaxVethFrame});
    case WireEnds::kDevices: return open_on_devices(settings);
    case WireEnds::kInterfaces: break;
  }
  return open_on_veth(settings);
}

Row run_alone(const Settings& settings) {
  Row row{};
  NetworkNamespace().run([&] {
    const auto [near, far] = open_ends(settings);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(number(settings, "size", 64)) - 4);
    bytes[0] = 0x02;
    bytes[12] = 0x08;  // IPv4, as trials send
    bytes[14] = 0x45;
    const std::vector<Frame> frames(kBurst, {bytes.data(), 0, static_cast<std::uint16_t>(bytes.size()), 0});
    const auto most = static_cast<std::size_t>(number(settings, "burst", 32));
    for (int i = 0; i < 100; ++i) exchange(*near, *far, frames, most);
    const double before = cpu_seconds(pthread_self());
    std::size_t count = 0;
    do {
      exchange(*near, *far, frames, most);
      count += frames.size();
    } while (cpu_seconds(pthread_self()) - before < number(settings, "seconds", 1));
    const double seconds = cpu_seconds(pthread_self()) - before;
    row.rate = static_cast<double>(count) / seconds;
    row.ns = 1e9 / row.rate;
    row.busy = 1;
    row.lost = static_cast<double>(near->lost() + far->lost());
  });
  return row;
}

struct Spread {
  double least, median, greatest;
};

template <class Value>
Spread spread(const std::vector<Row>& rows, Value&& value) {
  std::vector<double> values;
  for (std::size_t i = 0; i < rows.size(); ++i) values.push_back(value(i));
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

void print(const std::string& name, const std::vector<Row>& rows, const std::vector<Row>& first) {
  const Spread rate = spread(rows, [&](std::size_t i) { return rows[i].rate / 1e6; });
  const Spread ratio = spread(rows, [&](std::size_t i) { return rows[i].rate / first[i].rate; });
  const Spread ns = spread(rows, [&](std::size_t i) { return rows[i].ns; });
  const Spread busy = spread(rows, [&](std::size_t i) { return rows[i].busy; });
  const Spread p50 = spread(rows, [&](std::size_t i) { return rows[i].p50 / 1e3; });
  const Spread lost = spread(rows, [&](std::size_t i) { return rows[i].lost; });
  std::printf("%-44s %6.3f Mf/s  x%.2f (%.2f-%.2f)  DUT %6.0f ns a frame, busy %.2f  p50 %6.0f us  lost %.4f\n",
              name.c_str(), rate.median, ratio.median, ratio.least, ratio.greatest, ns.median, busy.median, p50.median,
              lost.greatest);
}

}  // namespace

int main(int argc, char** argv) {
  Settings common;
  std::vector<std::pair<std::string, Settings>> variants;
  Settings* into = &common;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") {
      variants.emplace_back("", Settings());
      into = &variants.back().second;
      continue;
    }
    const std::size_t equals = std::min(word.find('='), word.size() - 1);
    (*into)[word.substr(0, equals)] = word.substr(equals + 1);
    if (into != &common) variants.back().first += (variants.back().first.empty() ? "" : " ") + word;
  }
  if (variants.empty()) variants.emplace_back("ring", Settings());
  for (auto& variant : variants) variant.second.insert(common.begin(), common.end());
  std::vector<std::vector<Row>> rows(variants.size());
  try {
    for (int round = 0; round < static_cast<int>(number(common, "rounds", 5)); ++round) {
      for (std::size_t v = 0; v < variants.size(); ++v) {
        const Settings& settings = variants[v].second;
        rows[v].push_back(number(settings, "alone", 0) != 0 ? run_alone(settings) : run(settings));
      }
    }
  } catch (const UserError& error) {
    std::fprintf(stderr, "%s: %s %s\n", error.code().c_str(), error.what(), error.hint().c_str());
    return 2;
  }
  for (std::size_t v = 0; v < variants.size(); ++v) print(variants[v].first, rows[v], rows[0]);
}
