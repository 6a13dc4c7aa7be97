#include "io/packet_fanout.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <bit>
#include <cstdint>
#include <span>

#include "packet/headers.h"
#include "packet/toeplitz.h"

namespace nicbench {
namespace {

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING  // since Linux 5.18; older kernels show frames that others send from here
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

constexpr const char* kNeeds = "Linux 4.12 or newer is needed; or use one queue.";

// A classic BPF program, instruction by instruction. Jumps are relative, and may be set when their target is known.
class Program {
 public:
  std::size_t add(std::uint16_t code, std::uint32_t k = 0) {
    code_.push_back({code, 0, 0, k});
    return code_.size() - 1;
  }
  // From `jump`, which add() gave, to the next instruction that is added.
  void if_true_to_here(std::size_t jump) { code_[jump].jt = static_cast<std::uint8_t>(distance(jump)); }
  void if_false_to_here(std::size_t jump) { code_[jump].jf = static_cast<std::uint8_t>(distance(jump)); }
  void always_to_here(std::size_t jump) { code_[jump].k = distance(jump); }

  std::span<sock_filter> code() noexcept { return code_; }

 private:
  std::uint32_t distance(std::size_t jump) const noexcept {
    return static_cast<std::uint32_t>(code_.size() - jump - 1);
  }

  std::vector<sock_filter> code_;
};

// At fixed offsets, which the kernel reads without a call.
constexpr std::uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS, kLoadHalf = BPF_LD | BPF_H | BPF_ABS,
                        kLoadByte = BPF_LD | BPF_B | BPF_ABS;
constexpr std::uint16_t kIfEqual = BPF_JMP | BPF_JEQ | BPF_K;

// X = the XOR of all words of the addresses.
void add_addresses(Program& program, std::uint32_t from, std::uint32_t bytes) {
  for (std::uint32_t at = 0; at < bytes; at += 4) {
    program.add(kLoadWord, from + at);
    if (at > 0) program.add(BPF_ALU | BPF_XOR | BPF_X);
    program.add(BPF_MISC | BPF_TAX);
  }
}

// Goes on if A is a protocol with ports; else jumps, from where it returns.
std::size_t add_has_ports(Program& program) {
  const std::size_t tcp = program.add(kIfEqual, kProtocolTcp);
  const std::size_t udp = program.add(kIfEqual, kProtocolUdp);
  const std::size_t other = program.add(kIfEqual, kProtocolSctp);
  program.if_true_to_here(tcp);
  program.if_true_to_here(udp);
  return other;
}

// X = the XOR of all words of addresses and ports, of an IP header `at` there. A later fragment has no ports.
void add_ipv4(Program& program, std::uint32_t at) {
  add_addresses(program, at + kIpv4Source, 8);
  program.add(kLoadHalf, at + kIpv4Fragment);
  const std::size_t fragment = program.add(BPF_JMP | BPF_JSET | BPF_K, 0x1fff);
  program.add(kLoadByte, at + kIpv4Protocol);
  const std::size_t no_ports = add_has_ports(program);
  program.add(BPF_STX, 0);
  program.add(BPF_LDX | BPF_B | BPF_MSH, at);  // 4 * (byte & 0xf): the header's length
  program.add(BPF_LD | BPF_W | BPF_IND, at);
  program.add(BPF_LDX | BPF_MEM, 0);
  program.add(BPF_ALU | BPF_XOR | BPF_X);
  program.add(BPF_MISC | BPF_TAX);
  program.if_true_to_here(fragment);
  program.if_false_to_here(no_ports);
}

// Likewise. Ports behind extension headers do not count.
void add_ipv6(Program& program, std::uint32_t at) {
  add_addresses(program, at + kIpv6Source, 32);
  program.add(kLoadByte, at + kIpv6NextHeader);
  const std::size_t no_ports = add_has_ports(program);
  program.add(kLoadWord, at + kIpv6Header);
  program.add(BPF_ALU | BPF_XOR | BPF_X);
  program.add(BPF_MISC | BPF_TAX);
  program.if_false_to_here(no_ports);
}

// With a key of period 16, Toeplitz makes the same of each 16 bits of its input, so that their XOR has the hash of them
// all. Returns as many of its last bits as a table of 512 entries needs; the kernel takes them modulo queues.
void add_return_hash_of_x(Program& program) {
  constexpr std::uint32_t kKey = 0x6d5a6d5a, kTable = 511;
  static_assert(symmetric_rss_key()[0] == kKey >> 24 && symmetric_rss_key()[1] == (kKey >> 16 & 0xff));
  program.add(BPF_MISC | BPF_TXA);
  program.add(BPF_ALU | BPF_RSH | BPF_K, 16);
  program.add(BPF_ALU | BPF_XOR | BPF_X);
  program.add(BPF_ST, 0);
  program.add(BPF_LDX | BPF_IMM, 0);
  for (unsigned bit = 0; bit < 16; ++bit) {
    program.add(BPF_LD | BPF_MEM, 0);
    program.add(BPF_ALU | BPF_RSH | BPF_K, 15 - bit);
    program.add(BPF_ALU | BPF_AND | BPF_K, 1);
    program.add(BPF_ALU | BPF_MUL | BPF_K, std::rotl(kKey, static_cast<int>(bit)) & kTable);
    program.add(BPF_ALU | BPF_XOR | BPF_X);
    program.add(BPF_MISC | BPF_TAX);
  }
  program.add(BPF_MISC | BPF_TXA);
  program.add(BPF_RET | BPF_A);
}

// Of a frame whose type A is, with its IP header `at` there. What is not IP comes to queue 0.
void add_queue(Program& program, std::uint32_t at) {
  const std::size_t ipv4 = program.add(kIfEqual, ETH_P_IP);
  const std::size_t ipv6 = program.add(kIfEqual, ETH_P_IPV6);
  program.if_false_to_here(ipv6);
  program.add(BPF_RET | BPF_K, 0);
  program.if_true_to_here(ipv6);
  add_ipv6(program, at);
  const std::size_t done = program.add(BPF_JMP | BPF_JA);
  program.if_true_to_here(ipv4);
  add_ipv4(program, at);
  program.always_to_here(done);
  add_return_hash_of_x(program);
}

// Offset 0 is behind the Ethernet header. The kernel has taken out an outer VLAN tag; one more may be there. Where a
// frame is cut off, a load that fails returns 0.
Program queue_program() {
  Program program;
  program.add(kLoadHalf, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL));
  const std::size_t tagged = program.add(kIfEqual, ETH_P_8021Q);
  const std::size_t untagged = program.add(kIfEqual, ETH_P_8021AD);
  program.if_true_to_here(tagged);
  program.add(kLoadHalf, 2);
  add_queue(program, kVlanTag);
  program.if_false_to_here(untagged);
  add_queue(program, 0);
  return program;
}

sock_fprog as_option(std::span<sock_filter> code) noexcept {
  return {static_cast<unsigned short>(code.size()), code.data()};
}

// Until it is in the group a socket would get every frame.
void hold_back(const UniqueFd& socket) {
  sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog filter = as_option({&nothing, 1});
  if (setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    throw_unsupported("a filter of a packet socket", kNeeds);
  }
}

}  // namespace

void PacketFanout::bind(const UniqueFd& socket, const Link& link) {
  if (queues_ == 1) return bind_packet_socket(socket, link, Direction::kReceive);
  hold_back(socket);
  bind_packet_socket(socket, link, Direction::kReceive);
  join(socket);
  bound_.push_back(socket.get());
  if (bound_.size() < queues_) return;
  for (const int each : bound_) {
    const int unused = 0;
    if (setsockopt(each, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused) != 0) {
      throw_unsupported("to take a filter off", kNeeds);
    }
  }
}

// The first one founds a group, whose number the kernel chooses, with the program; a frame's queue is its place in it.
void PacketFanout::join(const UniqueFd& socket) {
  constexpr unsigned kMode = PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
  unsigned group = kMode << 16;
  socklen_t size = sizeof group;
  if (bound_.empty()) {
    group |= static_cast<unsigned>(PACKET_FANOUT_FLAG_UNIQUEID) << 16;
  } else if (getsockopt(bound_.front(), SOL_PACKET, PACKET_FANOUT, &group, &size) != 0) {
    throw_unsupported("to tell the group of a packet socket", kNeeds);
  }
  if (setsockopt(socket.get(), SOL_PACKET, PACKET_FANOUT, &group, sizeof group) != 0) {
    throw_unsupported("several queues of a packet socket", kNeeds);
  }
  if (!bound_.empty()) return;
  Program program = queue_program();
  const sock_fprog option = as_option(program.code());
  if (setsockopt(socket.get(), SOL_PACKET, PACKET_FANOUT_DATA, &option, sizeof option) != 0) {
    throw_unsupported("the program that chooses a frame's queue", kNeeds);
  }
}

}  // namespace nicbench
