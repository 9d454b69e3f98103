// Whether a class that inline caches knew by its version is still there, and as it was.
//
// An entry of a cache keeps what was found on a class without a reference: who has an object of that version in hand knows
// that it is alive. Who looks at caches without such an object asks here first.
#pragma once
#include "runtime/compat/compat.h"

namespace jj {

// The class has just been given to a cache.
void note_class(PyTypeObject* type);
// A class that was noted has this version now; so what was found on it then is alive.
bool is_current(uint32_t version);

}  // namespace jj
