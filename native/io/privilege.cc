#include "io/privilege.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nicbench {

std::string missing_privilege() {
  struct Needed {
    unsigned capability;
    const char* name;
  };
  // Network namespaces and XDP programs, interfaces, raw sockets.
  constexpr Needed kNeeded[] = {
      {CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {CAP_NET_RAW, "CAP_NET_RAW"}};
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, sets) != 0) return "";  // opening a wire will say
  std::string names;
  for (const auto& [capability, name] : kNeeded) {
    if ((sets[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0) continue;
    names.append(names.empty() ? "" : ", ").append(name);
  }
  return names.empty() ? "" : "privilege (" + names + "): run as root";
}

}  // namespace nicbench
