// Are there reserved huge pages to spare for DPDK? It decides once a process, when it starts.
#pragma once

#include <fstream>

namespace nicbench {

inline bool has_huge_pages_for_dpdk() {
  constexpr int kLeast = 128;  // two ports with rings of 8192 slots
  int pages = 0;
  return std::ifstream("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") >> pages && pages >= kLeast;
}

// The driver of AF_XDP receives nothing into small pages.
inline constexpr const char* kReserveHugePages = "echo 1024 > /proc/sys/vm/nr_hugepages, as root";

}  // namespace nicbench
