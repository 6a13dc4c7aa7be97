// memif, version 2.0: messages between the two ends, and rings in the memory that they share.
//
// The client makes the memory, offers it over a Unix socket (SOCK_SEQPACKET), and owns all buffers. A ring is a circle
// of descriptors with two counters that only ever grow, modulo 2^16, each in a cache line of its own:
//
//   ring to the server   head: frames that the client sent         tail: frames that the server gave back
//   ring to the client   head: buffers that the client offered     tail: frames that the server sent
//
// So the client always writes head, and the server tail. Layout and meaning are those of VPP, whose documents define
// memif (fd.io, src/plugins/memif), and of DPDK's driver.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace nicbench::memif {

inline constexpr std::uint32_t kCookie = 0x3E31F20;
inline constexpr std::uint16_t kVersion = 2 << 8;
inline constexpr std::size_t kName = 32, kSecret = 24, kReason = 96;  // bytes of texts
inline constexpr unsigned kLeastRing = 5, kLargestRing = 14;          // log2 of frames

enum class MessageType : std::uint16_t {
  kNone,
  kAck,
  kHello,       // server, when a client connected
  kInit,        // client; it and the three below are answered by kAck
  kAddRegion,   // with a file: memory
  kAddRing,     // with a file: an eventfd
  kConnect,     // client, answered by kConnected
  kConnected,   // server
  kDisconnect,  // either, at any time
};

#pragma pack(push, 1)
struct Hello {
  std::array<char, kName> name;
  std::uint16_t least_version, greatest_version;
  std::uint16_t last_region, last_ring_to_server, last_ring_to_client;  // the greatest numbers that it takes
  std::uint8_t greatest_ring;                                           // log2 of frames
};

struct Init {
  std::uint16_t version;
  std::uint32_t id;
  std::uint8_t mode;  // 0: Ethernet
  std::array<char, kSecret> secret;
  std::array<char, kName> name;
};

struct AddRegion {
  std::uint16_t index;
  std::uint64_t bytes;
};

struct AddRing {
  static constexpr std::uint16_t kToServer = 1;

  std::uint16_t flags;
  std::uint16_t index;
  std::uint16_t region;
  std::uint32_t offset;
  std::uint8_t size;  // log2 of frames
  std::uint16_t private_header;
};

struct Connect {  // kConnected as well
  std::array<char, kName> interface;
};

struct Disconnect {
  std::uint32_t code;
  std::array<char, kReason> reason;
};

struct Message {
  MessageType type;
  union {
    Hello hello;
    Init init;
    AddRegion add_region;
    AddRing add_ring;
    Connect connect;
    Disconnect disconnect;
    std::array<std::uint8_t, 126> bytes;
  };
};
static_assert(sizeof(Message) == 128);

struct Descriptor {
  static constexpr std::uint16_t kNext = 1;  // the frame goes on in the next one

  std::uint16_t flags;
  std::uint16_t region;
  std::uint32_t length;
  std::uint32_t offset;  // of the buffer in its region
  std::uint32_t metadata;
};
static_assert(sizeof(Descriptor) == 16);
#pragma pack(pop)

struct Ring {
  static constexpr std::uint16_t kPolled = 1;  // whoever receives from it asks for no events

  alignas(64) std::uint32_t cookie;
  std::atomic<std::uint16_t> flags;
  std::atomic<std::uint16_t> head;
  alignas(64) std::atomic<std::uint16_t> tail;
  // Descriptors follow, as many as the ring holds frames.

  Descriptor* descriptors() noexcept { return reinterpret_cast<Descriptor*>(this + 1); }
  static constexpr std::size_t bytes(unsigned log2_size) noexcept {
    return sizeof(Ring) + (sizeof(Descriptor) << log2_size);
  }
};
static_assert(sizeof(Ring) == 128 && std::atomic<std::uint16_t>::is_always_lock_free);

}  // namespace nicbench::memif
