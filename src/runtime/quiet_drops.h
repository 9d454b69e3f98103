// Which objects go without running code.
#pragma once
#include "runtime/abi.h"

namespace jj {

// Whether giving up a reference runs no code: it is not the last one, or nothing of what goes with it has a finaliser or is
// watched. What is not looked into counts as if it had.
bool goes_quietly(PyObject* object);  // may be null
bool is_forgotten(PyGenObject* gen);  // it has no weak references, and handles no exception

}  // namespace jj
