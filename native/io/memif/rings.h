// The two directions of a queue of memif, as its one thread uses them: where the next frame goes, where it comes from,
// and when a buffer is the other end's again.
//
// Lines that both ends write cost a transfer between their cores each time. So an end looks at the other's counter only
// when what it saw last is used up, and a client keeps to itself where its buffers are: it writes descriptors, and
// reads of them only how long a frame is that came.
#pragma once

#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "common/prefetch.h"
#include "io/copy_bytes.h"
#include "io/frame.h"
#include "io/memif/address.h"
#include "io/memif/connection.h"
#include "io/memif/protocol.h"

namespace nicbench::memif {

// What a ring's two directions have in common. Both roles are the same but for who writes which counter, and for which
// slots are whose from the start: those of a client's rings are the client's.
struct RingEnd {
  RingEnd(const SharedRing& shared, Role role, std::span<const Region> all)
      : own(role == Role::kClient ? shared.ring->head : shared.ring->tail),
        others(role == Role::kClient ? shared.ring->tail : shared.ring->head),
        descriptors(shared.ring->descriptors()),
        mask(static_cast<std::uint16_t>((1U << shared.log2_size) - 1)),
        slots(role == Role::kClient ? static_cast<std::uint16_t>(mask + 1) : std::uint16_t{0}),
        regions(all) {
    for (std::size_t slot = 0; slot < slots; ++slot) offsets.push_back(descriptors[slot].offset);
  }

  bool is_client() const noexcept { return slots != 0; }

  // The buffer of a slot; null if the other end, whose choice it is, says that it is shorter, or lies where it cannot.
  std::uint8_t* buffer(std::uint16_t slot, std::size_t length) const noexcept {
    if (is_client()) return regions[0].bytes().data() + offsets[slot];
    const Descriptor& descriptor = descriptors[slot];
    if (descriptor.region >= regions.size() || length > descriptor.length) [[unlikely]]
      return nullptr;
    const std::span<std::uint8_t> bytes = regions[descriptor.region].bytes();
    const std::size_t offset = descriptor.offset;
    return offset + length <= bytes.size() ? bytes.data() + offset : nullptr;
  }

  // Says of a slot that it holds, or has room for, so many bytes.
  void describe(std::uint16_t slot, std::uint32_t length) noexcept {
    if (is_client()) {
      descriptors[slot] = {0, 0, length, offsets[slot], 0};
    } else {
      descriptors[slot].length = length;
      descriptors[slot].flags = 0;
    }
  }

  std::atomic<std::uint16_t>& own;
  const std::atomic<std::uint16_t>& others;
  Descriptor* const descriptors;
  const std::uint16_t mask;
  const std::uint16_t slots;  // that are ours from the start
  const std::span<const Region> regions;
  std::vector<std::uint32_t> offsets;  // of a client's buffers by slot, in its one region
};

class ReceivingRing {
 public:
  // buffer: bytes of a client's. number: of the queue's rings, below 2^16.
  ReceivingRing(const SharedRing& shared, Role role, std::span<const Region> regions, std::size_t buffer,
                std::uint16_t number)
      : end_(shared, role, regions),
        number_(number),
        offered_(static_cast<std::uint32_t>(buffer)),
        given_back_(std::size_t{end_.mask} + 1, false) {}

  // lost: counts what came in pieces, which is too long for our wires. broken: the other end sent what is no frame.
  std::size_t receive(std::span<Frame> frames, std::atomic<std::uint64_t>& lost, bool& broken) noexcept {
    if (static_cast<std::uint16_t>(seen_ - next_) < frames.size()) seen_ = end_.others.load(std::memory_order_acquire);
    const std::size_t longest = end_.is_client() ? offered_ : UINT16_MAX;
    std::size_t count = 0;
    for (; count < frames.size() && next_ != seen_; ++next_) {
      const std::uint16_t slot = next_ & end_.mask;
      const std::uint32_t length = end_.descriptors[slot].length;
      const bool more = (end_.descriptors[slot].flags & Descriptor::kNext) != 0;
      if (more || in_pieces_) [[unlikely]] {
        if (!more) lost.fetch_add(1, std::memory_order_relaxed);
        in_pieces_ = more;
        give_back(slot);
        continue;
      }
      std::uint8_t* const data = length <= longest ? end_.buffer(slot, length) : nullptr;
      if (data == nullptr) [[unlikely]] {
        broken = true;
        break;
      }
      frames[count++] = {data, std::uint32_t{number_} << 16 | slot, static_cast<std::uint16_t>(length), 0};
    }
    return count;
  }

  // A client's: exchanges the buffer of a frame that was lent against another one. False: it does not start where its
  // buffer does, and stays.
  bool exchange(const Frame& frame, std::uint32_t& offset) noexcept {
    std::uint32_t& lent = end_.offsets[frame.buffer & 0xffff];
    if (frame.data != end_.regions[0].bytes().data() + lent) [[unlikely]]
      return false;
    std::swap(lent, offset);
    return true;
  }

  // A slot that was lent. To be published.
  void give_back(std::uint32_t slot) noexcept {
    if (slot != (oldest_ & end_.mask)) {
      given_back_[slot] = true;
      return;
    }
    do {
      const std::uint16_t back = oldest_++ & end_.mask;
      given_back_[back] = false;
      if (end_.is_client()) end_.describe(back, offered_);
    } while (given_back_[oldest_ & end_.mask]);
  }

  void publish() noexcept {
    end_.own.store(static_cast<std::uint16_t>(oldest_ + end_.slots), std::memory_order_release);
  }

 private:
  RingEnd end_;
  const std::uint16_t number_;
  const std::uint32_t offered_;           // bytes of a client's buffers
  std::vector<std::uint8_t> given_back_;  // out of order, by slot
  bool in_pieces_ = false;
  std::uint16_t next_ = 0;    // the first that is not lent
  std::uint16_t oldest_ = 0;  // the first that is not given back
  std::uint16_t seen_ = 0;    // how far they had sent when we last looked
};

class SendingRing {
 public:
  SendingRing(const SharedRing& shared, Role role, std::span<const Region> regions, std::size_t zero_behind)
      : end_(shared, role, regions),
        polled_(shared.ring->flags),
        event_(shared.event.get()),
        // A client has its buffers to itself, and they start zeroed.
        copied_(role == Role::kClient ? zero_behind : SIZE_MAX) {}

  // Return how many. broken: the other end offered what is no buffer.
  std::size_t send(std::span<const Frame> frames, bool& broken) noexcept {
    return fill(frames, broken, [this](std::uint16_t slot, const Frame& frame) { return copy(slot, frame); });
  }
  // A client's: sends a frame's own buffer, and gives it back that of the slot.
  std::size_t exchange(std::span<const Frame> frames, std::span<ReceivingRing> from, bool& broken) noexcept {
    return fill(frames, broken, [this, from](std::uint16_t slot, const Frame& frame) {
      return from[frame.buffer >> 16].exchange(frame, end_.offsets[slot]) || copy(slot, frame);
    });
  }

 private:
  template <class Put>
  std::size_t fill(std::span<const Frame> frames, bool& broken, Put&& put) noexcept {
    if (room() < frames.size()) seen_ = end_.others.load(std::memory_order_acquire);
    const std::size_t most = std::min<std::size_t>(frames.size(), room());
    prefetch_to_write(&end_.own);
    for (std::size_t i = 0; i < most; i += 4) prefetch_to_write(&end_.descriptors[(next_ + i) & end_.mask]);
    std::size_t count = 0;
    for (; count < most && !broken; ++count) {
      const std::uint16_t slot = next_ & end_.mask;
      if (!put(slot, frames[count])) [[unlikely]] {
        broken = true;
        break;
      }
      end_.describe(slot, frames[count].length);
      ++next_;
    }
    if (count > 0) publish();
    return count;
  }

  bool copy(std::uint16_t slot, const Frame& frame) const noexcept {
    std::uint8_t* const to = end_.buffer(slot, frame.length);
    if (to == nullptr) [[unlikely]]
      return false;
    copy_bytes(to, frame.data, std::min<std::size_t>(frame.length, copied_));
    return true;
  }

  std::uint16_t room() const noexcept { return static_cast<std::uint16_t>(end_.slots + seen_ - next_); }

  void publish() noexcept {
    end_.own.store(next_, std::memory_order_release);
    if ((polled_.load(std::memory_order_relaxed) & Ring::kPolled) == 0) eventfd_write(event_, 1);
  }

  RingEnd end_;
  const std::atomic<std::uint16_t>& polled_;
  const int event_;
  const std::size_t copied_;  // at most, of each frame: behind that its buffer is zero as it is
  std::uint16_t next_ = 0;    // our counter
  std::uint16_t seen_ = 0;    // theirs, when we last looked
};

}  // namespace nicbench::memif
