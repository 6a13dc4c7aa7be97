// A network namespace of our own, or of a program that we started, for interfaces that nobody else should see
// (network_namespaces(7)).
//
// It has no name: it lives as long as this object, a thread inside or a socket from inside. The kernel removes it, with
// all its interfaces, when the last of them is gone, so that nothing is left behind even by kill -9, and there are no
// stale ones to look for.
#pragma once

#include <exception>
#include <functional>
#include <thread>
#include <utility>

#include "io/unique_fd.h"

namespace nicbench {

class NetworkNamespace {
 public:
  // Without interfaces, and with IPv6 off, whose neighbour discovery would send frames of its own.
  // Throws UserError PRIVILEGE or WIRE_UNSUPPORTED.
  NetworkNamespace();
  // That of a process. Throws UserError WIRE_UNSUPPORTED.
  static NetworkNamespace of(int process);

  // Runs `work` on a new thread inside, waits for it, and throws what it throws. Threads that it starts are inside, and
  // sockets that it opens stay inside.
  void run(const std::function<void()>& work) const;

 private:
  explicit NetworkNamespace(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace nicbench
