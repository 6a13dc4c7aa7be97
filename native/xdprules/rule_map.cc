#include "xdprules/rule_map.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "common/user_error.h"

namespace nicbench {
namespace {

// A trie allocates with each rule; a hash map has its entries ready, which is faster to fill.
UniqueFd make_map(const XdpMatch& match, std::uint32_t most) {
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.map_flags = match.trie ? BPF_F_NO_PREALLOC : 0;
  return UniqueFd(bpf_map_create(match.trie ? BPF_MAP_TYPE_LPM_TRIE : BPF_MAP_TYPE_HASH, "nicbench_rules",
                                 static_cast<std::uint32_t>(match.key_bytes()), sizeof(XdpValue), most, &options));
}

std::string why(int error) {
  switch (error) {
    case EEXIST: return "a rule with the same match is there already";
    case ENOENT: return "there is no such rule";
    case E2BIG:
    case ENOSPC: return "the map is full";
    default: return std::strerror(error);
  }
}

}  // namespace

std::size_t XdpMatch::key_bytes() const noexcept {
  return 4 * (std::max<std::size_t>(1, words.size()) + (trie ? 1 : 0));
}

RuleMap::RuleMap(const XdpMatch& match, std::uint32_t most) : match_(match), map_(make_map(match, most)) {
  if (!map_) throw_no_bpf("a map of rules");
}

void RuleMap::change(XdpOperation operation, const XdpRules& rules) const {
  const auto wanted = static_cast<std::uint32_t>(rules.keys.size() / match_.key_bytes());
  if (rules.keys.size() != wanted * match_.key_bytes() || rules.values.size() != wanted * sizeof(XdpValue)) {
    throw std::invalid_argument("keys and values are not those of the same number of rules");
  }
  std::uint32_t done = wanted;  // the kernel says how many, unless it refuses them all
  const int result = operation == XdpOperation::kRemove
                         ? bpf_map_delete_batch(fd(), rules.keys.data(), &done, nullptr)
                         : bpf_map_update_batch(fd(), rules.keys.data(), rules.values.data(), &done, nullptr);
  if (result == 0) return;
  const std::string error = why(errno);
  const std::string which = done < wanted ? "rule " + std::to_string(done + 1) : "a batch";
  throw UserError("XDP_REFUSED",
                  "The kernel refused " + which + " of " + std::to_string(wanted) + " handed over: " + error + ".",
                  "Rules before it have changed. Batches of tries need Linux 5.13 or newer.");
}

XdpRules RuleMap::list() const {
  // A batch of a hash map is of whole buckets: it needs room for the fullest.
  constexpr std::uint32_t kBatch = 4096;
  const std::size_t key_bytes = match_.key_bytes();
  XdpRules all;
  std::vector<std::uint8_t> at(std::max<std::size_t>(key_bytes, 8)), next(at.size());
  bool begun = false;
  for (int result = 0; result == 0; begun = true) {
    const std::size_t keys = all.keys.size(), values = all.values.size();
    all.keys.resize(keys + kBatch * key_bytes);
    all.values.resize(values + kBatch * sizeof(XdpValue));
    std::uint32_t count = kBatch;
    result = bpf_map_lookup_batch(fd(), begun ? at.data() : nullptr, next.data(), all.keys.data() + keys,
                                  all.values.data() + values, &count, nullptr);
    // ENOENT: that was the last of them.
    if (result != 0 && errno != ENOENT) {
      throw UserError("XDP_REFUSED", "The kernel does not list the rules of a map: " + why(errno) + ".", "");
    }
    all.keys.resize(keys + count * key_bytes);
    all.values.resize(values + count * sizeof(XdpValue));
    at.swap(next);
  }
  return all;
}

void throw_no_bpf(const char* what) {
  const int error = errno;
  if (error == EPERM || error == EACCES) {
    throw UserError("PRIVILEGE", "XDP programs need the capabilities CAP_BPF and CAP_NET_ADMIN.", "Run as root.");
  }
  throw UserError("XDP_UNSUPPORTED", std::string("The kernel refused ") + what + ": " + std::strerror(error) + ".",
                  "Linux 5.13 or newer is needed, with CONFIG_BPF_SYSCALL, and memory for the rules; see dmesg.");
}

}  // namespace nicbench
