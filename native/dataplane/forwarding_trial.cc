#include "dataplane/forwarding_trial.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "common/trial_end.h"
#include "common/user_error.h"
#include "dataplane/forwarder.h"
#include "dataplane/forwarding_limits.h"
#include "dataplane/port_wire.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

// Strikes in the middle of the phase that it is made for.
class MishapThread {
 public:
  MishapThread(Mishap mishap, double phase_seconds) {
    if (mishap == Mishap::kNone) return;
    thread_ = std::thread([mishap, phase_seconds] {
      std::this_thread::sleep_for(std::chrono::duration<double>(phase_seconds / 4));
      try {
        strike(mishap);
      } catch (const UserError&) {  // the wire is gone already
      }
    });
  }
  ~MishapThread() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  static void strike(Mishap mishap) {
    if (mishap == Mishap::kLinkDown) set_link_up(kDutInterface, false);
    if (mishap == Mishap::kInterfaceGone) delete_link(kDutInterface);
    if (mishap == Mishap::kForeignFrames) send_foreign();
  }

  // As neighbour discovery does: multicast, of a type that is not ours; to either end.
  static void send_foreign() {
    std::array<std::uint8_t, 86> bytes{0x33, 0x33, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 7, 0x86, 0xdd, 0x60};
    const Frame frame{bytes.data(), 0, static_cast<std::uint16_t>(bytes.size()), 0};
    for (const char* interface : {kTesterInterface, kDutInterface}) {
      const auto port = open_port("socket", {interface, kBurst, kMaxVethFrame});
      for (int i = 0; i < 10; ++i) port->send({&frame, 1});
    }
  }

  std::thread thread_;
};

ForwardingTrialResult run(const ForwardingTrialConfig& config, std::atomic<bool>& stop) {
  check_burst(config.burst);
  check_workers(config.dut_cpus.size());
  check_window(config.window, config.ring_size);
  const auto traffic = Traffic::get(config.traffic);
  const auto source = traffic->source(frames_in_flight(config.ring_size, config.dut_cpus.size()));
  Forwarder forwarder;
  const auto mishap = [&] { return std::make_unique<MishapThread>(config.mishap, config.duration_seconds); };
  if (config.wire == "ring") {
    if (config.timestamps != Timestamps::kThread) {
      throw UserError("TIMESTAMPS", "The ring does not say when a frame came.", "Use the thread's time.");
    }
    RingEnds wire(config, source->buffers());
    return measure_forwarding(config, *traffic, *source, wire, forwarder, mishap, stop);
  }
  check_frames(*traffic, kMaxVethFrame);
  ForwardingTrialResult result;
  on_port_wire(config, [&](PortWire& wire) {
    result = measure_forwarding(config, *traffic, *source, wire, forwarder, mishap, stop);
  });
  return result;
}

}  // namespace

ForwardingTrialResult run_forwarding_trial(const ForwardingTrialConfig& config, std::atomic<bool>& stop) {
  return run_to_end(stop, "the frames of the trial", "Use fewer flows or a smaller ring.",
                    [&] { return run(config, stop); });
}

}  // namespace nicbench
