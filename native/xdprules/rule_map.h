// The rules of one group and priority that look at the same bits of a frame, in one BPF map, changed in batches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "io/unique_fd.h"

namespace nicbench {

// Headers of a frame beside Ethernet's; a rule asks for some of them.
enum XdpHeader : std::uint16_t {
  kXdpVlan = 1,
  kXdpIpv4 = 2,
  kXdpIpv6 = 4,
  kXdpTcp = 8,
  kXdpUdp = 16,
  kXdpIcmp = 32,
  kXdpGre = 64
};

// What a word's place is counted from. A tag belongs to the frame's first header.
enum class XdpBase : std::uint8_t { kFrame, kNetwork, kTransport };

// Four bytes of a frame, and which of their bits count: the first byte is the highest.
struct XdpWord {
  XdpBase base;
  std::uint8_t offset;
  std::uint32_t mask;
};

// Words of a rule that are there only if the rule asks for their header. The key is these words, one behind the other;
// where there are none, four zero bytes. Of a trie the number of leading bits that count, 32 bits in the host's order,
// stands before them.
struct XdpMatch {
  std::uint32_t group = 0;
  std::uint32_t priority = 0;  // lower numbers are asked first
  std::uint16_t headers = 0;   // of XdpHeader
  bool trie = false;           // the longest prefix wins; all bits of its last words count
  std::vector<XdpWord> words;

  std::size_t key_bytes() const noexcept;
};

enum class XdpFate : std::uint8_t { kForward, kDrop, kJump };

// What a rule's frames meet, as it lies in the map.
struct XdpValue {
  std::uint32_t id;
  std::uint16_t argument;  // queue, or group that is jumped to
  XdpFate fate;
  std::uint8_t counts;  // 1: frames are counted
  std::uint64_t frames;
};
static_assert(sizeof(XdpValue) == 16);

// Batches of the kernel know no "only if it is there" (BPF_EXIST) and no "only if it is not": a rule that is inserted
// replaces one of the same match, and an update is the same.
enum class XdpOperation : std::uint8_t { kPut, kRemove };

struct XdpRules {
  std::vector<std::uint8_t> keys;
  std::vector<std::uint8_t> values;  // one XdpValue each
};

class RuleMap {
 public:
  // most: rules that it has room for. Throws UserError PRIVILEGE or XDP_UNSUPPORTED.
  RuleMap(const XdpMatch& match, std::uint32_t most);

  const XdpMatch& match() const noexcept { return match_; }
  int fd() const noexcept { return map_.get(); }

  // One system call. Values of what is removed have no effect. Rules before the one that is refused have changed.
  // Throws UserError XDP_REFUSED.
  void change(XdpOperation operation, const XdpRules& rules) const;
  // All rules, in no order. Throws UserError XDP_REFUSED.
  XdpRules list() const;

 private:
  XdpMatch match_;
  UniqueFd map_;
};

// Throws UserError PRIVILEGE, or XDP_UNSUPPORTED with errno's words.
[[noreturn]] void throw_no_bpf(const char* what);

}  // namespace nicbench
