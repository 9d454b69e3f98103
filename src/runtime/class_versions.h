// Whether a class that inline caches knew by its version is still there, and as it was.
//
// An entry of a cache keeps what was found on a class without a reference: who has an object of that version in hand knows
// that it is alive. Who looks at caches without such an object asks here first.
#pragma once
#include "runtime/compat/compat.h"

namespace jj {

// The class has just been given to a cache.
void note_class(PyTypeObject* type);
// The class that was noted and has this version now, or null: what was found on it then is not alive any more.
PyTypeObject* class_of(uint32_t version);
inline bool is_current(uint32_t version) { return class_of(version) != nullptr; }
// Keeps the keys that instances share in their dicts (3.10) from being replaced by others; false: no instances share them.
// A class that gives them up has none from then on, so what was an attribute's place among them is its place for good.
bool pin_shared_keys(PyTypeObject* type);

}  // namespace jj
