// Coverage-guided fuzzing of every table against std::unordered_map (clang, libFuzzer):
//
//   cmake -S native/hashtables -B build-fuzz -DCMAKE_CXX_COMPILER=clang++ -DNICBENCH_FUZZ=ON
//   cmake --build build-fuzz --target table-fuzzer && build-fuzz/table-fuzzer -max_len=4096 -max_total_time=60
//
// The first byte picks table and key type, the rest is a script (tests/script.h).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "hashtables/registry.h"
#include "hashtables/tests/script.h"

namespace nicbench {
namespace {

template <class... Tags>
std::string run_nth(TableList<Tags...> /*list*/, std::size_t n, std::span<const std::uint8_t> script) {
  using Run = std::string (*)(std::span<const std::uint8_t>);
  static constexpr Run kRuns[] = {testing::run_script<typename Tags::template Table<FiveTuple4, std::uint32_t>>...,
                                  testing::run_script<typename Tags::template Table<FiveTuple6, std::uint32_t>>...};
  return kRuns[n % std::size(kRuns)](script);
}

}  // namespace
}  // namespace nicbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string failure = nicbench::run_nth(nicbench::Tables{}, data[0], {data + 1, size - 1});
  if (!failure.empty()) {
    std::fprintf(stderr, "%s\n", failure.c_str());
    std::abort();
  }
  return 0;
}
