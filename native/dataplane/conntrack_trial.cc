#include "dataplane/conntrack_trial.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

#include "common/trial_end.h"
#include "common/user_error.h"
#include "dataplane/conntrack_measure.h"
#include "dataplane/forwarding_limits.h"
#include "hashtables/shared/sharing.h"

namespace nicbench {
namespace {

constexpr std::size_t kMinCapacity = 64;
constexpr std::size_t kMaxWorkers = 64;

void check_sharing(const ConntrackTrialConfig& config, bool translated) {
  const std::string sharing(to_string(config.sharing));
  if (goes_with(Sharing::kSharded, config.table) && !goes_with(config.sharing, config.table)) {
    throw UserError("SHARING", "Table " + config.table + " does not go with sharing: " + sharing + ".",
                    sharing + " goes with " + names_of_tables(config.sharing) + "; sharded goes with every table.");
  }
  if (config.sharing != Sharing::kSharded && config.dut_cpus.size() > 1 && translated) {
    throw UserError("SHARING",
                    "Replies with a translated tuple reach another core than their flow's, and no two cores may touch "
                    "one flow of a shared table.",
                    "Use sharing: sharded, or one core, or a use that does not translate replies.");
  }
}

// RETAs of NICs have 64 to 2048 entries; fewer than there are workers would leave some of them out.
void check(const RssConfig& rss, std::size_t workers) {
  if (!std::has_single_bit(rss.reta_entries) || rss.reta_entries > 4096 || rss.reta_entries < workers) {
    throw UserError("RETA", "An indirection table of " + std::to_string(rss.reta_entries) + " entries is not possible.",
                    "Use a power of two up to 4096, and not fewer than there are cores; NICs have 64 to 2048.");
  }
}

void check(const ConntrackTrialConfig& config) {
  check(config.tracker);
  check(config.rss, config.dut_cpus.size());
  // A capture may hold both directions; with tables of their own, workers then count two flows.
  const bool shared = config.sharing != Sharing::kSharded;
  const bool both = config.traffic.both_directions || (shared && !config.traffic.pcap.empty());
  if (!config.rss.symmetric && both && config.dut_cpus.size() > 1) {
    throw UserError(
        "RSS_KEY",
        "With this key the directions of a connection go to different workers, of which one alone may touch it.",
        "Use the symmetric key, one core, or traffic in one direction.");
  }
  const bool translated = config.tracker.use == Use::kNat || config.tracker.replies == Replies::kRewritten;
  if (translated && config.traffic.both_directions) {
    throw UserError("BOTH_DIRECTIONS",
                    "The generator's servers do not know the tuples that a translation gives to clients.",
                    "Generate one direction only, or replay a capture.");
  }
  if (config.dut_cpus.empty() || config.dut_cpus.size() > kMaxWorkers) {
    throw UserError("WORKERS", std::to_string(config.dut_cpus.size()) + " workers are not possible.",
                    "Use 1 to 64 cores.");
  }
  if (config.tracker.use == Use::kNat && config.tracker.nat_addresses < config.dut_cpus.size()) {
    throw UserError("NAT_ADDRESSES", "Each core needs an external address of its own.",
                    "Set nat_addresses to the number of cores or more.");
  }
  check_sharing(config, translated);
  if (config.ring_size < kBurst || config.ring_size > (1u << 20)) {
    throw UserError("RING_SIZE", "A ring of " + std::to_string(config.ring_size) + " slots is not possible.",
                    "Use 32 to 1Mi; NICs have 512 to 4096.");
  }
}

// Of each table: one for all workers, or one for each with its share of the flows and of the capacity.
TableOptions table_options(const ConntrackTrialConfig& config, std::size_t flows) {
  const double seconds = config.warmup_seconds + config.duration_seconds;
  const double born = flows == 0 ? 0 : config.traffic.new_flows;
  std::size_t capacity = config.capacity != 0 ? config.capacity : flows_to_hold(config.tracker, flows, born, seconds);
  if (flows == 0) capacity = 0;
  const std::size_t tables = config.sharing == Sharing::kSharded ? config.dut_cpus.size() : 1;
  return {std::max((capacity + tables - 1) / tables, kMinCapacity), config.traffic.seed, true};
}

ConntrackTrialResult run(const ConntrackTrialConfig& config, std::atomic<bool>& stop) {
  check(config);
  const auto traffic = Traffic::get(config.traffic);
  const std::size_t workers = config.dut_cpus.size();
  const auto source = traffic->source(frames_in_flight(config.ring_size, workers));
  RingWire wire(workers, config.ring_size, source->buffers());
  const TableOptions ipv4 = table_options(config, source->ipv4_flows());
  const TableOptions ipv6 = table_options(config, source->ipv6_flows());
  TrackerOptions options = tracker_options(config.tracker, config.traffic.seed, ticks_per_second(), ticks());
  if (config.traffic.pcap.empty()) serve_generated(options);
  options.shared = config.sharing != Sharing::kSharded && workers > 1;
  const TrialSetup setup{config, *traffic, *source, wire, ipv4, ipv6, options, stop};
  return config.sharing == Sharing::kSharded ? measure_sharded(setup) : measure_shared(setup);
}

}  // namespace

ConntrackTrialResult run_conntrack_trial(const ConntrackTrialConfig& config, std::atomic<bool>& stop) {
  try {
    return run_to_end(stop, "the tables or frames of the trial", "Use fewer flows or a smaller capacity.",
                      [&] { return run(config, stop); });
  } catch (const std::length_error& error) {
    throw UserError("CAPACITY", error.what(), "Use fewer flows or a smaller capacity.");
  } catch (const std::invalid_argument& error) {
    throw UserError("UNKNOWN_TABLE", error.what(), "`nicbench list tables` shows the tables of this build.");
  }
}

}  // namespace nicbench
