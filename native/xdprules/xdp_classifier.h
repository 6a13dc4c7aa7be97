// A classifier of the kernel's fast path: rules in BPF maps, asked by an XDP program on an interface.
//
// All of it belongs to file descriptors of this process, also the link by which the program hangs on the interface:
// nothing is left behind when the process ends, even by kill -9. One caller at a time: changes at the same time are
// asked for together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/network_namespace.h"
#include "io/unique_fd.h"
#include "xdprules/program.h"
#include "xdprules/rule_map.h"

namespace nicbench {

struct XdpConfig {
  int process = 0;  // whose network namespace the interface is in
  std::string interface;
  std::uint32_t most = 0;  // rules that a map has room for
  XdpProgramOptions program;
};

struct XdpChange {
  std::size_t map;  // its number
  XdpOperation operation;
  XdpRules rules;
};

// Changes that are made one after another; each a batch.
using XdpBatches = std::vector<std::vector<XdpChange>>;

struct XdpTimes {
  double seconds = 0;                     // from the first beginning to the last end
  std::vector<std::vector<double>> each;  // by thread, of each batch
};

struct XdpTaken {
  std::uint64_t specific;
  std::uint64_t rest;
};

class XdpClassifier {
 public:
  // The kernel's limit for a program (MAX_USED_MAPS), less that of the counters.
  static constexpr std::size_t kMostMaps = 63;

  // With a program that takes no frame yet. Throws UserError PRIVILEGE, XDP_UNSUPPORTED, XDP_IN_USE, INTERFACE_MISSING
  // or WIRE_UNSUPPORTED.
  explicit XdpClassifier(const XdpConfig& config);

  // Empty maps for rules of these matches, and a program that asks them too, in place of the one before at once.
  // Returns the number of the first: they are numbered 0, 1, ... Throws UserError XDP_REFUSED, PRIVILEGE or
  // XDP_UNSUPPORTED.
  std::size_t add_maps(std::span<const XdpMatch> matches);

  // In order, from a CPU; -1: any. Returns the seconds that the kernel took. Throws UserError XDP_REFUSED,
  // CPU_UNAVAILABLE.
  double change(std::span<const XdpChange> changes, int cpu) const;

  // By several threads at the same time, each its own batches from its own CPU. Throws likewise, when all have ended.
  XdpTimes change_together(std::span<const XdpBatches> threads, std::span<const int> cpus) const;

  XdpRules list(std::size_t map) const { return maps_.at(map)->list(); }
  // Frames so far, of all CPUs.
  XdpTaken taken() const;

 private:
  void renew_program();

  const XdpConfig config_;
  UniqueFd counters_;
  std::vector<std::unique_ptr<RuleMap>> maps_;  // in the order in which they came
  UniqueFd program_;
  UniqueFd link_;
};

// Of libbpf, such as 1.1, where this process can load and attach such programs. Throws UserError as XdpClassifier does.
std::string xdp_version();

}  // namespace nicbench
