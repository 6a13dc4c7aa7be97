// The two ends of memif as one connection: found, agreed upon, watched, ended.
//
// A thread of its own has the socket, so that nothing on the data path blocks or makes a system call. Until the other
// end is there it looks for it; when it is gone, that is noted, and the memory stays mapped: whoever is in the middle
// of a burst comes to no harm. It is over then: another one begins with another Connection.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "io/memif/address.h"
#include "io/memif/channel.h"
#include "io/memif/protocol.h"
#include "io/memif/region.h"

namespace nicbench::memif {

// A ring in memory that both ends have.
struct SharedRing {
  Ring* ring;
  unsigned log2_size;  // of frames
  UniqueFd event;      // rouses who receives from it, where they asked for that
};

class Connection {
 public:
  // The client makes as many rings to the server, and address.receive_queues back. Throws UserError MEMIF_SOCKET.
  Connection(const Address& address, std::size_t queues);
  // Tells the other end.
  ~Connection();

  // Waits for the other end. Throws UserError LINK_DOWN when the seconds are over.
  void wait(double seconds);
  // Once it is, it stays so, and what is below is there. Any thread may ask.
  bool is_up() const noexcept { return up_.load(std::memory_order_acquire); }
  // The other end closed its port, or died.
  bool is_over() const noexcept { return over_.load(std::memory_order_acquire); }

  const Address& address() const noexcept { return address_; }
  std::span<const Region> regions() const noexcept { return regions_; }
  std::span<const SharedRing> sending() const noexcept { return is_server() ? to_client_ : to_server_; }
  std::span<const SharedRing> receiving() const noexcept { return is_server() ? to_server_ : to_client_; }

 private:
  bool is_server() const noexcept { return address_.role == Role::kServer; }
  void run() noexcept;
  Channel find();
  void meet_client(Channel& channel);
  void meet_server(Channel& channel);
  void make_memory(const Hello& hello);
  void offer_memory(Channel& channel) const;
  void add_region(const AddRegion& region, UniqueFd file);
  void add_ring(const AddRing& ring, UniqueFd event);
  void check_rings() const;
  void forget(const std::string& why);
  void note(const std::string& why);

  const Address address_;
  const std::size_t queues_;
  StopEvent stop_;
  std::unique_ptr<Listener> listener_;
  std::vector<Region> regions_;
  std::vector<SharedRing> to_server_, to_client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string refusal_;  // why there is no connection, if anybody said; of mutex_
  std::atomic<bool> up_{false}, over_{false};
  std::thread thread_;
};

}  // namespace nicbench::memif
