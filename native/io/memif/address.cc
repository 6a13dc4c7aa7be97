#include "io/memif/address.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <initializer_list>
#include <string_view>

#include "common/user_error.h"
#include "io/memif/protocol.h"

namespace nicbench::memif {
namespace {

constexpr std::size_t kLongestSocket = 107;                       // unix(7)
constexpr std::size_t kLeastBuffer = 64, kLargestBuffer = 65472;  // bytes

[[noreturn]] void refuse(const std::string& address, const std::string& what, const std::string& hint) {
  throw UserError("MEMIF_ADDRESS", "The end '" + address + "' of memif " + what + ".", hint);
}

// One `key=value` of an address.
class Argument {
 public:
  Argument(const std::string& address, std::string_view word)
      : address_(address), key_(word.substr(0, word.find('='))), value_(word.substr(key_.size() + 1)) {}

  std::string_view key() const noexcept { return key_; }
  std::string text(std::size_t longest) const {
    if (value_.empty() || value_.size() > longest) wrong("1 to " + std::to_string(longest) + " characters");
    return std::string(value_);
  }
  std::uint64_t number(std::uint64_t least, std::uint64_t greatest) const {
    std::uint64_t number = 0;
    const char* const end = value_.data() + value_.size();
    const auto [rest, error] = std::from_chars(value_.data(), end, number);
    if (error != std::errc() || rest != end || number < least || number > greatest) {
      wrong("a number from " + std::to_string(least) + " to " + std::to_string(greatest));
    }
    return number;
  }
  // True for one of the first words, false for one of the second.
  bool first_of(std::initializer_list<std::string_view> first, std::initializer_list<std::string_view> second) const {
    if (std::find(first.begin(), first.end(), value_) != first.end()) return true;
    if (std::find(second.begin(), second.end(), value_) != second.end()) return false;
    wrong(std::string(*first.begin()) + " or " + std::string(*second.begin()));
  }

 private:
  [[noreturn]] void wrong(const std::string& wanted) const {
    refuse(address_, "has " + std::string(key_) + "=" + std::string(value_),
           "Write " + wanted + " behind " + std::string(key_) + "=.");
  }

  const std::string& address_;
  const std::string_view key_, value_;
};

void set(Address& parsed, const std::string& address, const Argument& argument, std::size_t queues) {
  const std::string_view key = argument.key();
  if (key == "role") {
    parsed.role = argument.first_of({"server", "master"}, {"client", "slave"}) ? Role::kServer : Role::kClient;
  } else if (key == "socket") {
    parsed.socket = argument.text(kLongestSocket);
  } else if (key == "socket-abstract") {
    parsed.is_abstract = argument.first_of({"yes"}, {"no"});
  } else if (key == "id") {
    parsed.id = static_cast<std::uint32_t>(argument.number(0, UINT32_MAX));
  } else if (key == "secret") {
    parsed.secret = argument.text(kSecret);
  } else if (key == "rsize") {
    parsed.ring = static_cast<unsigned>(argument.number(kLeastRing, kLargestRing));
  } else if (key == "bsize") {
    parsed.buffer = argument.number(kLeastBuffer, kLargestBuffer);
  } else if (key == "rx-queues") {
    parsed.receive_queues = argument.number(queues, kMaxQueues);
  } else {
    refuse(address, "has '" + std::string(key) + "', which it does not know",
           "Use role, socket, socket-abstract, id, secret, rsize, bsize and rx-queues.");
  }
}

}  // namespace

std::string Address::text() const {
  return std::string(role == Role::kServer ? "server" : "client") + " of '" + socket + "'";
}

Address parse_address(const PortOptions& options) {
  const std::string& address = options.interface;
  Address parsed;
  parsed.ring = static_cast<unsigned>(
      std::clamp<int>(std::bit_width(options.slots - 1), static_cast<int>(kLeastRing), static_cast<int>(kLargestRing)));
  parsed.receive_queues = options.queues;
  std::size_t words = 0;
  for (std::string_view rest = address; !rest.empty(); ++words) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word.find('=') != std::string_view::npos) {
      set(parsed, address, Argument(address, word), options.queues);
    } else if (words > 0) {
      refuse(address, "has '" + std::string(word) + "' without a value", "Write such as role=server,socket=nicbench.");
    }
  }
  if (parsed.buffer < options.max_frame) {
    refuse(address, "has buffers of " + std::to_string(parsed.buffer) + " bytes",
           "Frames of up to " + std::to_string(options.max_frame) + " bytes must fit: write a larger bsize.");
  }
  return parsed;
}

}  // namespace nicbench::memif
