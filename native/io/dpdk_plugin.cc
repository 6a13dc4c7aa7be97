#include "io/dpdk_plugin.h"

#include <dlfcn.h>

namespace nicbench {
namespace {

DpdkPlugin load() {
#if defined(NICBENCH_DPDK)
  // Beside what loads it, or wherever LD_LIBRARY_PATH says.
  void* const library = dlopen("nicbench_dpdk.so", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library != nullptr) return {static_cast<const DpdkFunctions*>(dlsym(library, kDpdkFunctionsSymbol)), ""};
  const std::string why = dlerror();
  if (why.starts_with("nicbench_dpdk.so")) return {nullptr, "its plug-in: npm run build:native (" + why + ")"};
  return {nullptr, "its library: apt-get install -y dpdk (" + why + ")"};
#else
  return {nullptr, "its library: apt-get install -y libdpdk-dev dpdk && npm run build:native"};
#endif
}

}  // namespace

const DpdkPlugin& dpdk_plugin() {
  static const DpdkPlugin the_plugin = load();
  return the_plugin;
}

}  // namespace nicbench
