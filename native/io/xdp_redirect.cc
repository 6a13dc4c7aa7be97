#include "io/xdp_redirect.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>

#include "common/user_error.h"
#include "io/packet_socket.h"
#include "io/port_options.h"

namespace nicbench {
namespace {

// return bpf_redirect_map(&map, context->rx_queue_index, XDP_PASS);
std::array<bpf_insn, 6> program_for(int map) {
  const auto register_ = [](std::uint8_t code, std::uint8_t to, std::uint8_t from, std::int16_t offset, int value) {
    bpf_insn instruction{};
    instruction.code = code;
    instruction.dst_reg = to & 0xf;
    instruction.src_reg = from & 0xf;
    instruction.off = offset;
    instruction.imm = value;
    return instruction;
  };
  return {
      register_(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, offsetof(xdp_md, rx_queue_index), 0),
      register_(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),
      register_(0, 0, 0, 0, 0),  // the upper half of the 64-bit constant
      register_(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, XDP_PASS),
      register_(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map),
      register_(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
}

UniqueFd attach(const UniqueFd& program, const Link& link, unsigned mode) {
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = mode;
  return UniqueFd(bpf_link_create(program.get(), link.index(), BPF_XDP, &options));
}

bool in_use(int error) noexcept { return error == EBUSY || error == EEXIST; }

[[noreturn]] void throw_refused(const char* what) {
  if (errno != EPERM && errno != EACCES)
    throw_unsupported(what, "Linux 5.9 or newer, with CONFIG_XDP_SOCKETS, is needed.");
  throw UserError("PRIVILEGE", "AF_XDP needs the capabilities CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF.", "Run as root.");
}

}  // namespace

XdpRedirect::XdpRedirect(const Link& link, std::size_t queues)
    : map_(bpf_map_create(BPF_MAP_TYPE_XSKMAP, "nicbench_xsks", sizeof(int), sizeof(int), kMaxQueues, nullptr)) {
  if (!map_) throw_refused("a map of AF_XDP sockets");
  const auto code = program_for(map_.get());
  program_ = UniqueFd(bpf_prog_load(BPF_PROG_TYPE_XDP, "nicbench", "Apache-2.0", code.data(), code.size(), nullptr));
  if (!program_) throw_refused("an XDP program");
  // The driver veth has an skb already, and makes an XDP frame of it at a cost: the generic part is quicker there
  // (README.md, measured). But it takes frames of veth's queue 2 for those of queue 1: veth leaves the queue that they
  // were sent on in the skb, and the generic part reads that as a receive queue, which is kept there plus one.
  in_driver_ = link.driver() != "veth" || queues > 1;
  if (in_driver_) attachment_ = attach(program_, link, XDP_FLAGS_DRV_MODE);
  if (!attachment_ && (!in_driver_ || !in_use(errno))) {
    in_driver_ = false;
    attachment_ = attach(program_, link, XDP_FLAGS_SKB_MODE);
  }
  if (attachment_) return;
  if (!in_use(errno)) throw_refused("an XDP program on this interface");
  throw UserError("XDP_IN_USE", "Another XDP program is on the interface " + link.name() + " already.",
                  "Take it off: ip link set dev " + link.name() + " xdp off");
}

void XdpRedirect::add(unsigned queue, int socket) {
  if (bpf_map_update_elem(map_.get(), &queue, &socket, BPF_ANY) != 0) throw_refused("an AF_XDP socket in a map");
}

}  // namespace nicbench
