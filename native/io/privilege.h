// May this process use wires of the kernel, and make interfaces for them?
#pragma once

#include <string>

namespace nicbench {

// The capabilities(7) that the calling thread lacks, in words, with the way to get them; empty if it lacks none.
std::string missing_privilege();

}  // namespace nicbench
