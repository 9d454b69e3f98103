// What a running generator answers to those who look at it.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

// Before the first native code: interpreted generators may call that.
void look_at_running_generators();

}  // namespace jj::vm
