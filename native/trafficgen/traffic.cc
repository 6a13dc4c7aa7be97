#include "trafficgen/traffic.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <mutex>
#include <string>

#include "common/user_error.h"
#include "io/pcap_writer.h"
#include "packet/flow_set.h"
#include "packet/hash.h"
#include "packet/headers.h"
#include "trafficgen/frame_template.h"

namespace nicbench {
namespace {

constexpr std::size_t kKept = 4;
constexpr std::uint64_t kDigested = 1'000'000;
constexpr double kLongTime = 1e9;  // seconds, in which a capture ends

// A capture that was written to is another one.
std::string file_key(const std::string& path) {
  struct stat info {};
  stat(path.c_str(), &info);
  return path + ' ' + std::to_string(info.st_size) + ' ' + std::to_string(info.st_mtim.tv_sec) + ' ' +
         std::to_string(info.st_mtim.tv_nsec);
}

std::string sizes_key(const TrafficConfig& config) {
  if (config.profile == Profile::kCampus) return "";
  if (!config.sizes_from.empty()) return file_key(config.sizes_from);
  std::string key = std::to_string(config.frame_size);
  for (const std::uint16_t size : config.sizes_in_turn) key += ',' + std::to_string(size);
  for (const SizeWeight& size : config.sizes_drawn)
    key += ',' + std::to_string(size.frame_size) + ':' + std::to_string(size.weight);
  return key;
}

std::string headers_key(const TrafficConfig& config) {
  const auto& [vlans, tunnel, network] = config.encapsulation;
  std::string key = std::to_string(config.ipv6_share) + ' ' + std::to_string(static_cast<int>(tunnel)) + ' ' +
                    std::to_string(network);
  for (const VlanTag& tag : vlans) key += ',' + std::to_string(tag.id) + ':' + std::to_string(tag.priority);
  return key;
}

std::string endpoints_key(const Endpoints& endpoints) {
  const auto& [clients, servers, client_ports, server_ports, clients6, servers6] = endpoints;
  std::string key;
  const auto add = [&key](const auto&... numbers) { ((key += std::to_string(numbers) + ' '), ...); };
  for (const auto* prefixes : {&clients, &servers}) {
    for (const auto& [address, length] : *prefixes) add(address, length);
    key += ';';
  }
  for (const auto* prefixes : {&clients6, &servers6}) {
    for (const auto& [high, low, length] : *prefixes) add(high, low, length);
    key += ';';
  }
  add(client_ports.first, client_ports.last);
  if (server_ports) add(server_ports->first, server_ports->last);
  return key;
}

// Equal for configurations that make the same frames.
std::string cache_key(const TrafficConfig& config) {
  if (config.pcap.empty()) {
    return std::to_string(static_cast<int>(config.profile)) + ' ' + std::to_string(config.flows) + ' ' +
           std::to_string(config.seed) + ' ' + sizes_key(config) + ' ' + headers_key(config) + ' ' +
           endpoints_key(config.endpoints) + std::to_string(config.groups) + ' ' + std::to_string(config.new_flows) +
           ' ' + (config.both_directions ? "both" : "one") + ' ' +
           (config.profile == Profile::kZipf ? std::to_string(config.skew) : "");
  }
  return file_key(config.pcap) + ' ' + std::to_string(config.windows);
}

// Order-sensitive digest of whole frames (byte order of memory: little-endian hosts agree). Four chains of
// multiplications a frame, since one alone would wait for each product: a million frames are most of what a trial's
// preparation costs.
class Digest {
 public:
  void add(const Frame& frame) noexcept {
    std::array<std::uint64_t, 4> chains{value_, frame.length ^ kMultipliers[1], kMultipliers[2], kMultipliers[3]};
    std::size_t at = 0;
    for (; at + 32 <= frame.length; at += 32) {
      for (std::size_t i = 0; i < 4; ++i) {
        chains[i] = fold(chains[i] ^ load<std::uint64_t>(frame.data + at + 8 * i), kMultipliers[i]);
      }
    }
    std::array<std::uint8_t, 32> rest{};
    std::memcpy(rest.data(), frame.data + at, frame.length - at);
    for (std::size_t i = 0; i < 4; ++i) {
      chains[i] = fold(chains[i] ^ load<std::uint64_t>(rest.data() + 8 * i), kMultipliers[i]);
    }
    value_ = fold(chains[0] ^ chains[2], chains[1] ^ kMultipliers[0]) ^ chains[3];
  }
  std::uint64_t value() const noexcept { return value_; }

 private:
  static constexpr std::array<std::uint64_t, 4> kMultipliers{0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u,
                                                             0x94d049bb133111ebu, 0xd6e8feb86659fd93u};
  std::uint64_t value_ = 0x243f6a8885a308d3u;
};

// Calls visit(frame) for the first `frames` frames. With a rate (frames/s) time goes by, so that flows come and go.
template <class F>
void for_each_frame(FrameSource& source, std::uint64_t frames, double rate, F&& visit) {
  std::array<Frame, kBurst> burst;
  source.rewind();
  for (std::uint64_t done = 0; done < frames;) {
    if (rate > 0) source.advance(static_cast<double>(done) / rate);
    const std::size_t count = source.next(std::span(burst).first(std::min<std::uint64_t>(kBurst, frames - done)));
    for (const Frame& frame : std::span(burst).first(count)) visit(frame);
    source.release(std::span(burst).first(count));
    done += count;
  }
}

class Counting {
 public:
  void add(const Frame& frame) {
    ++summary_.frames;
    summary_.bytes += frame.length + kFcsBytes;
    ParsedFrame parsed;
    parse_frame(frame.data, frame.length, parsed);
    flows_.add(parsed);
    digest_.add(frame);
  }

  TrafficSummary summary() const {
    TrafficSummary result = summary_;
    result.flows = flows_.ipv4() + flows_.ipv6();
    result.digest = digest_.value();
    return result;
  }

 private:
  TrafficSummary summary_;
  FlowSet flows_;
  Digest digest_;
};

std::size_t longest(const std::vector<ScheduledFrame>& frames) {
  const auto shorter = [](const ScheduledFrame& a, const ScheduledFrame& b) { return a.length < b.length; };
  return std::max_element(frames.begin(), frames.end(), shorter)->length;
}

// A file that could not be written whole is removed, which must not happen to a device.
void refuse_device(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return;
  throw UserError("PCAP_UNWRITABLE", path + " is not a regular file.", "Give the name of a file.");
}

}  // namespace

std::shared_ptr<const Traffic> Traffic::get(const TrafficConfig& config) {
  static std::mutex mutex;
  static std::list<std::pair<std::string, std::shared_ptr<const Traffic>>> kept;
  const std::string key = cache_key(config);
  const std::lock_guard lock(mutex);
  const auto known = std::find_if(kept.begin(), kept.end(), [&](const auto& entry) { return entry.first == key; });
  if (known != kept.end()) {
    kept.splice(kept.begin(), kept, known);
  } else {
    if (kept.size() == kKept) kept.pop_back();
    kept.emplace_front(key, std::shared_ptr<const Traffic>(new Traffic(config)));
  }
  return kept.front().second;
}

Traffic::Traffic(const TrafficConfig& config) {
  if (config.pcap.empty()) {
    model_ = std::make_shared<const FlowModel>(config);
    if (!config.sizes_from.empty()) longest_captured_frame_ = longest(model_->schedule());
  } else {
    capture_ = std::make_shared<const PcapTraffic>(config.pcap, config.windows);
    longest_captured_frame_ = capture_->longest_frame();
  }
  Digest digest;
  for_each_frame(*source(kBurst), kDigested, 0, [&](const Frame& frame) { digest.add(frame); });
  digest_ = digest.value();
}

std::size_t Traffic::zero_behind() const noexcept {
  if (!model_) return SIZE_MAX;
  return model_->plain() ? FrameTemplate::kWritten : LayeredTemplate::kCopied;
}

std::unique_ptr<FrameSource> Traffic::source(std::size_t in_flight) const {
  return model_ ? make_generated_source(model_, in_flight) : make_replay_source(capture_, in_flight);
}

TrafficSummary summarise_traffic(const TrafficConfig& config, std::uint64_t frames) {
  Counting counting;
  for_each_frame(*Traffic::get(config)->source(kBurst), frames, 0, [&](const Frame& frame) { counting.add(frame); });
  return counting.summary();
}

TrafficSummary write_traffic(const TrafficConfig& config, const Pacing& pacing, std::uint64_t frames,
                             const std::string& path, bool replace) {
  if (!(config.rate > 0)) throw UserError("RATE", "Frames without a rate have no times.", "Give a rate such as 1Mpps.");
  const auto source = Traffic::get(config)->source(kBurst);
  refuse_device(path);
  PcapWriter writer(path, replace ? PcapWriter::Existing::kReplace : PcapWriter::Existing::kKeep);
  const auto expect_written = [&](int error) {
    if (error == 0) return;
    unlink(path.c_str());
    throw UserError("PCAP_UNWRITABLE", path + " could not be written whole: " + std::strerror(error) + ".",
                    "Make room or write fewer frames. What was written has been removed.");
  };
  Counting counting;
  Pacer pacer(pacing, config.rate, kLongTime, 1e9, source->recording());
  for_each_frame(*source, frames, config.rate, [&](const Frame& frame) {
    expect_written(writer.write(frame, pacer.due()));
    pacer.next();
    counting.add(frame);
  });
  expect_written(writer.flush());
  return counting.summary();
}

}  // namespace nicbench
