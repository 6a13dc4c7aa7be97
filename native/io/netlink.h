// The few changes to interfaces that tests and trials need, by rtnetlink(7), in the network namespace of the calling
// thread.
#pragma once

#include <string>

namespace nicbench {

// All throw UserError NETLINK, saying what was refused and why; PRIVILEGE if that is the reason.
// Each end with so many queues each way: frames sent on one are received on the one of the same number.
void add_veth_pair(const std::string& one, const std::string& other, unsigned mtu, unsigned queues = 1);
void set_link_up(const std::string& interface, bool up);
void delete_link(const std::string& interface);

}  // namespace nicbench
