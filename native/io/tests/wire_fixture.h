// Two ends of a wire to test: `near` sends as a tester does, `far` receives and forwards as a DUT does.
//
// Wires on interfaces of the kernel get a network namespace of their own with a veth pair; nothing leaves it. Without
// the privilege for that they are skipped. DPDK's devices are ends of its shared memory.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/user_error.h"
#include "io/frame_pool.h"
#include "io/netlink.h"
#include "io/network_namespace.h"
#include "io/port.h"
#include "io/ring_wire.h"
#include "io/tests/wire_names.h"

namespace nicbench {

inline constexpr std::size_t kTestSlots = 256;

// The ends of a ring as ports, so that one suite tests all. The far end only forwards.
class RingNear final : public Port {
 public:
  RingNear(RingWire& wire, std::size_t lane) : end_(wire.tester_end(lane)), pool_(kPool) {}
  static constexpr std::size_t kPool = 4 * kTestSlots;

  std::size_t send(std::span<const Frame> frames) noexcept override {
    std::size_t sent = 0;
    for (; sent < frames.size(); ++sent) {
      reclaim();
      Frame own;
      if (pool_.take({&own, 1}) == 0) break;
      std::copy_n(frames[sent].data, frames[sent].length, own.data);
      own.length = frames[sent].length;
      if (end_.tx_burst({&own, 1}) == 1) continue;
      pool_.give({&own, 1});
      break;
    }
    return sent;
  }
  std::size_t forward(std::span<const Frame> frames) noexcept override {
    const std::size_t sent = send(frames);
    release(frames.first(sent));
    return sent;
  }
  std::size_t receive(std::span<Frame> frames) noexcept override { return end_.rx_burst(frames); }
  void release(std::span<const Frame> frames) noexcept override { pool_.give(frames); }
  std::string description() const override { return "ring"; }

 private:
  void reclaim() noexcept {
    std::array<Frame, kBurst> home;
    pool_.give(std::span(home).first(end_.reclaim(home)));
  }
  RingWire::TesterEnd end_;
  FramePool pool_;
};

class RingFar final : public Port {
 public:
  RingFar(RingWire& wire, std::size_t lane) : end_(wire.dut_end(lane)) {}
  std::size_t send(std::span<const Frame>) noexcept override { return 0; }
  std::size_t forward(std::span<const Frame> frames) noexcept override { return end_.tx_burst(frames); }
  std::size_t receive(std::span<Frame> frames) noexcept override { return end_.rx_burst(frames); }
  void release(std::span<const Frame> frames) noexcept override { end_.release(frames); }
  std::string description() const override { return "ring"; }

 private:
  RingWire::DutEnd end_;
};

inline std::vector<std::string> kernel_wires() {
  return wires_where([](const WireInfo& info) { return info.ends == WireEnds::kInterfaces; });
}

inline std::vector<std::string> all_wires() {
  std::vector<std::string> names = wires_where([](const WireInfo&) { return true; });
  names.emplace_back("ring");
  return names;
}

// One end of a memif, for the wire `dpdk`: a server, or the client of the last one. Names are never used twice.
inline PortOptions memif_end(const std::string& role, std::size_t queues = 1) {
  static int servers = 0;
  if (role == "server") ++servers;
  const std::string number = std::to_string(servers);
  const std::string shared = ",rsize=8,bsize=2048,socket=nicbench-test-" + std::to_string(getpid()) + "-" + number;
  return {"net_memif_" + role + number + ",role=" + role + shared,
          kTestSlots,
          1514,
          SIZE_MAX,
          role == "client" ? 5.0 : 0,
          queues};
}

class WireTest : public ::testing::TestWithParam<std::string> {
 protected:
  static constexpr const char* kNear = "nearend";
  static constexpr const char* kFar = "farend";

  void SetUp() override {
    if (!is_on_interfaces(GetParam())) return;
    try {
      namespace_.emplace();
    } catch (const UserError& error) {
      GTEST_SKIP() << GetParam() << " needs a network namespace of its own. " << error.what() << " " << error.hint();
    }
  }

  // Runs the test where the wire is; interfaces have so many queues.
  void inside(const std::function<void()>& body, unsigned queues = 1) {
    if (!namespace_) return body();
    namespace_->run([&] {
      add_veth_pair(kNear, kFar, 1500, queues);
      set_link_up(kNear, true);
      set_link_up(kFar, true);
      body();
      near.reset();
      far.reset();
    });
  }

  QueuesPair open_queues_of_both(std::size_t queues) {
    QueuesPair pair;
    if (GetParam() == "ring") {
      ring_.emplace(queues, kTestSlots, RingNear::kPool);
      for (std::size_t lane = 0; lane < queues; ++lane) {
        pair.near.push_back(std::make_unique<RingNear>(*ring_, lane));
        pair.far.push_back(std::make_unique<RingFar>(*ring_, lane));
      }
      return pair;
    }
    PortOptions options{.interface = {}, .slots = kTestSlots, .max_frame = 1514, .queues = queues};
    const auto open_on = [&](const char* interface) {
      options.interface = interface;
      return open_queues(GetParam(), options);
    };
    switch (wire_info(GetParam()).ends) {
      case WireEnds::kInterfaces:
        pair.far = open_on(kFar);
        pair.near = open_on(kNear);
        break;
      case WireEnds::kDevices:
        pair.far = open_queues(GetParam(), memif_end("server", queues));
        pair.near = open_queues(GetParam(), memif_end("client", queues));
        break;
      case WireEnds::kItself: pair = open_queues_pair(GetParam(), options);
    }
    return pair;
  }

  void open_both() {
    QueuesPair pair = open_queues_of_both(1);
    near = std::move(pair.near.front());
    far = std::move(pair.far.front());
  }

  // The code of the error that opening gives; empty if there is none. Errors must have a hint.
  std::string code_of_opening(const PortOptions& options) const {
    try {
      open_queues(GetParam(), options);
    } catch (const UserError& error) {
      EXPECT_FALSE(error.hint().empty()) << error.what();
      return error.code();
    }
    return "";
  }

  std::unique_ptr<Port> near, far;

 private:
  std::optional<RingWire> ring_;
  std::optional<NetworkNamespace> namespace_;
};

// Frames of our own, each with its number and a pattern that depends on it.
class TestFrames {
 public:
  explicit TestFrames(std::vector<std::size_t> sizes) {
    for (std::size_t i = 0; i < sizes.size(); ++i) bytes_.push_back(bytes_of(i, sizes[i]));
    for (auto& bytes : bytes_) {
      frames_.push_back({bytes.data(), 0, static_cast<std::uint16_t>(bytes.size()), 0});
    }
  }

  std::span<const Frame> all() const noexcept { return frames_; }
  bool equal(std::size_t i, const Frame& frame) const {
    return std::equal(bytes_[i].begin(), bytes_[i].end(), frame.data, frame.data + frame.length);
  }
  std::vector<std::uint8_t>& bytes(std::size_t i) { return bytes_[i]; }

  static std::uint32_t number_of(const Frame& frame) noexcept {
    std::uint32_t number = 0;
    std::memcpy(&number, frame.data + kNumberAt, sizeof number);
    return number;
  }
  // True for a frame of ours: the kernel may send others.
  static bool is_ours(const Frame& frame) noexcept {
    static constexpr std::uint8_t kOurs[6] = {0x02, 0x4e, 0x42, 0x44, 0x55, 0x54};
    return std::memcmp(frame.data, kOurs, sizeof kOurs) == 0;
  }

 private:
  static constexpr std::size_t kNumberAt = 18;  // behind a VLAN tag, if there is one

  static std::vector<std::uint8_t> bytes_of(std::size_t number, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(number * 7 + i);
    const std::uint8_t start[14] = {0x02, 0x4e, 0x42, 0x44, 0x55, 0x54, 0x02, 0x4e, 0x42, 0x47, 0x45, 0x00, 0x88, 0xb5};
    std::copy(std::begin(start), std::end(start), bytes.begin());  // 88b5: for experiments, IEEE 802
    const auto wide = static_cast<std::uint32_t>(number);
    std::memcpy(bytes.data() + kNumberAt, &wide, sizeof wide);
    return bytes;
  }

  std::vector<std::vector<std::uint8_t>> bytes_;
  std::vector<Frame> frames_;
};

// Gives up waiting for a frame: on a busy machine a thread may wait long for its CPU.
class Patience {
 public:
  void progress() { since_ = std::chrono::steady_clock::now(); }
  bool left() const { return std::chrono::steady_clock::now() - since_ < std::chrono::seconds(5); }

 private:
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

// Polls until `count` frames of ours have come; others are released.
inline std::vector<Frame> receive(Port& port, std::size_t count) {
  std::vector<Frame> received;
  for (Patience patience; received.size() < count && patience.left();) {
    std::array<Frame, kBurst> burst;
    const std::size_t room = std::min(burst.size(), count - received.size());
    for (const Frame& frame : std::span(burst).first(port.receive(std::span(burst).first(room)))) {
      if (TestFrames::is_ours(frame)) {
        received.push_back(frame);
      } else {
        port.release({&frame, 1});
      }
      patience.progress();
    }
  }
  return received;
}

// Sends all, again and again what did not fit.
inline void send_all(Port& port, std::span<const Frame> frames) {
  for (Patience patience; !frames.empty() && patience.left();) {
    frames = frames.subspan(port.send(frames.first(std::min(frames.size(), kBurst))));
  }
  EXPECT_TRUE(frames.empty());
}

}  // namespace nicbench
