// The memory of trackers: tables and flow stores of both address families. One for each worker (sharded), or one for
// all of them (shared; the tables must then be SharedFlowTables).
#pragma once

#include <cstddef>

#include "dataplane/flow_directory.h"
#include "dataplane/flow_store.h"
#include "hashtables/flow_table.h"

namespace nicbench {

template <FlowTable Table>
struct FlowMemory {
  using Key = typename Table::Key;

  // options.capacity: flows; the table gets `entries_per_flow` as many entries. Of several workers each may leave a
  // block of flow numbers half used, for which the store has room beyond the capacity. `more_flows`: further room in
  // the store, so that it is the table that is full first. Throws std::bad_alloc, std::length_error.
  FlowMemory(const TableOptions& options, bool tcp_windows, std::size_t entries_per_flow, std::size_t workers,
             std::size_t more_flows)
      : table(with_capacity(options, options.capacity * entries_per_flow)),
        store(options.capacity + more_flows + (workers > 1 ? workers * FlowStore<Key>::kBlock : 0), options.huge_pages,
              tcp_windows) {}

  std::size_t bytes() const noexcept { return table.memory() + store.memory(); }

  DirectoryTable<Table> table;
  FlowStore<Key> store;

 private:
  static TableOptions with_capacity(TableOptions options, std::size_t capacity) {
    options.capacity = capacity;
    return options;
  }
};

template <FlowTable Table4, FlowTable Table6>
struct TrackerMemory {
  // tcp_windows: trackers check them (TrackerOptions::check_windows).
  TrackerMemory(const TableOptions& options4, const TableOptions& options6, bool tcp_windows,
                std::size_t entries_per_flow = 1, std::size_t workers = 1, std::size_t more_ipv4_flows = 0)
      : ipv4(options4, tcp_windows, entries_per_flow, workers, more_ipv4_flows),
        ipv6(options6, tcp_windows, entries_per_flow, workers, 0) {}

  std::size_t bytes() const noexcept { return ipv4.bytes() + ipv6.bytes(); }
  std::size_t table_bytes() const noexcept { return ipv4.table.memory() + ipv6.table.memory(); }

  FlowMemory<Table4> ipv4;
  FlowMemory<Table6> ipv6;
};

}  // namespace nicbench
