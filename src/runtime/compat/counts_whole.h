// Reference counts of 3.10 and 3.11: one number, and no object is immortal.
#pragma once

namespace jj {

inline bool sole_reference(PyObject* o) { return o->ob_refcnt == 1; }
inline void ref_add(PyObject* o) { ++o->ob_refcnt; }
// True when that was the last reference.
inline bool ref_drop(PyObject* o) { return --o->ob_refcnt == 0; }

}  // namespace jj
