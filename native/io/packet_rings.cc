#include "io/packet_rings.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>

#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr std::size_t kSlot = 2048;
constexpr unsigned kSlotBlock = 1u << 16;    // memory is allocated in such pieces
constexpr unsigned kRetireMilliseconds = 1;  // the least there is

std::size_t round_slots(std::size_t slots) { return std::bit_ceil(std::max<std::size_t>(slots, kSlotBlock / kSlot)); }

tpacket_req3 slot_request(std::size_t slots) {
  tpacket_req3 request{};
  request.tp_block_size = kSlotBlock;
  request.tp_frame_size = kSlot;
  request.tp_block_nr = static_cast<unsigned>(slots * kSlot / kSlotBlock);
  request.tp_frame_nr = static_cast<unsigned>(slots);
  return request;
}

tpacket_req3 block_request(std::size_t blocks, std::size_t block) {
  tpacket_req3 request{};
  request.tp_block_size = static_cast<unsigned>(block);
  request.tp_frame_size = kSlot;
  request.tp_block_nr = static_cast<unsigned>(blocks);
  request.tp_frame_nr = static_cast<unsigned>(blocks * block / kSlot);
  request.tp_retire_blk_tov = kRetireMilliseconds;
  return request;
}

// Before the frame are 14 bytes or more of padding: the kernel aligns what follows the MAC header to 16 bytes, and
// takes that header for 16 bytes long. A VLAN tag has room there.
Frame frame_at(std::uint8_t* data, std::size_t length, std::size_t buffer) noexcept {
  return {data, static_cast<std::uint32_t>(buffer), static_cast<std::uint16_t>(length), 0};
}

}  // namespace

RingMemory::RingMemory(const UniqueFd& socket, int version, tpacket_req3 request)
    : size_(std::size_t{request.tp_block_size} * request.tp_block_nr) {
  if (setsockopt(socket.get(), SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) {
    throw_unsupported("rings of packet sockets", "Linux 3.2 or newer, with CONFIG_PACKET, is needed.");
  }
  const socklen_t size = version == TPACKET_V3 ? sizeof(tpacket_req3) : sizeof(tpacket_req);
  if (setsockopt(socket.get(), SOL_PACKET, PACKET_RX_RING, &request, size) != 0) {
    throw_unsupported("a ring of that size", "Use a smaller ring.");
  }
  void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket.get(), 0);
  if (memory == MAP_FAILED) throw_unsupported("to map a ring", "Use a smaller ring, or raise: ulimit -l");
  data_ = static_cast<std::uint8_t*>(memory);
}

RingMemory::~RingMemory() { munmap(data_, size_); }

// Blocks that a time-out closes may hold a single frame: as many blocks as slots are asked for.
BlockRing::BlockRing(const UniqueFd& socket, std::size_t slots)
    : blocks_(std::max<std::size_t>(slots, 2)),
      memory_(socket, TPACKET_V3, block_request(blocks_, kBlock)),
      lent_(blocks_) {}

std::optional<Frame> BlockRing::next(bool& cut) noexcept {
  if (unread_ == 0) {
    tpacket_hdr_v1& header = block(current_).hdr.bh1;
    // The kernel comes round to a block that is not back only after all others, so this one is new if it is ours.
    if (lent_[current_] != 0 || (status_of(header.block_status) & TP_STATUS_USER) == 0) return std::nullopt;
    unread_ = lent_[current_] = header.num_pkts;
    frame_ = memory_.at(current_ * kBlock) + header.offset_to_first_pkt;
    if (unread_ == 0) {
      set_status(header.block_status, TP_STATUS_KERNEL);
      current_ = (current_ + 1) % blocks_;
      return std::nullopt;
    }
  }
  const auto& header = *reinterpret_cast<const tpacket3_hdr*>(frame_);
  Frame frame = frame_at(frame_ + header.tp_mac, header.tp_snaplen, current_);
  cut = header.tp_snaplen < header.tp_len;
  if ((header.tp_status & TP_STATUS_VLAN_VALID) != 0) {
    restore_vlan_tag(frame, header.hv1.tp_vlan_tpid, static_cast<std::uint16_t>(header.hv1.tp_vlan_tci));
  }
  frame.source = static_cast<std::uint16_t>(frame.data - frame_);
  frame_ += header.tp_next_offset;
  if (--unread_ == 0) current_ = (current_ + 1) % blocks_;
  return frame;
}

void BlockRing::give(const Frame& frame) noexcept {
  if (--lent_[frame.buffer] == 0) set_status(block(frame.buffer).hdr.bh1.block_status, TP_STATUS_KERNEL);
}

std::uint64_t BlockRing::arrival_ns(const Frame& frame) const noexcept {
  const auto& header = *reinterpret_cast<const tpacket3_hdr*>(frame.data - frame.source);
  return to_ns(header.tp_sec, header.tp_nsec);
}

SlotRing::SlotRing(const UniqueFd& socket, std::size_t slots)
    : slots_(round_slots(slots)), memory_(socket, TPACKET_V2, slot_request(slots_)), lent_(slots_) {}

std::optional<Frame> SlotRing::next(bool& cut) noexcept {
  std::uint8_t* slot = memory_.at(next_ * kSlot);
  auto& header = *reinterpret_cast<tpacket2_hdr*>(slot);
  const std::uint32_t status = status_of(header.tp_status);
  if ((status & TP_STATUS_USER) == 0 || lent_[next_] != 0) return std::nullopt;
  lent_[next_] = 1;
  Frame frame = frame_at(slot + header.tp_mac, header.tp_snaplen, next_);
  cut = header.tp_snaplen < header.tp_len;
  if ((status & TP_STATUS_VLAN_VALID) != 0) restore_vlan_tag(frame, header.tp_vlan_tpid, header.tp_vlan_tci);
  next_ = (next_ + 1) % slots_;
  return frame;
}

std::uint64_t SlotRing::arrival_ns(const Frame& frame) const noexcept {
  const auto& header = *reinterpret_cast<const tpacket2_hdr*>(memory_.at(frame.buffer * kSlot));
  return to_ns(header.tp_sec, header.tp_nsec);
}

void SlotRing::give(const Frame& frame) noexcept {
  lent_[frame.buffer] = 0;
  set_status(reinterpret_cast<tpacket2_hdr*>(memory_.at(frame.buffer * kSlot))->tp_status, TP_STATUS_KERNEL);
}

}  // namespace nicbench
