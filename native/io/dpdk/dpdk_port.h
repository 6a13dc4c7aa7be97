// The port of all wires of DPDK (ethdev): bursts of mbufs, which lie in the device's pool.
//
//   receive()  lends the mbufs' own bytes. A Frame's `buffer` says which mbuf it is: its distance from the pool's
//   start,
//              in cache lines
//   forward()  hands the same mbufs to the device
//   send()     copies into new mbufs: of frames that are zero behind their headers only those, into mbufs that are so
//
// The device's driver says whether a frame is copied on top of that: those of NICs do not.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "common/counter.h"
#include "io/dpdk/device.h"
#include "io/dpdk/request.h"
#include "io/port.h"

namespace nicbench {

// Of a device with as many queues. Throws UserError.
PortQueues open_dpdk_device_queues(const DpdkRequest& request);

// That of a device which has been started, and outlives it. name: for people. received: of the device's receive queues,
// each counts the frames that are taken from it.
std::unique_ptr<Port> port_on_device(DpdkDevice& device, const std::string& name, std::span<Counter> received);

}  // namespace nicbench
