// Reference counts of 3.12 and 3.13: the lower half counts, the upper one is zero; from 2**31 on the object is immortal.
//
// A processor cannot forward a narrow store to a wider load. The interpreter stores the lower half and loads the whole;
// loading the half and storing the whole goes well with both.
#pragma once

namespace jj {

inline uint32_t ref_half(PyObject* o) { return o->ob_refcnt_split[PY_BIG_ENDIAN]; }
inline void ref_write(PyObject* o, uint32_t count) { o->ob_refcnt = static_cast<Py_ssize_t>(count); }
inline bool sole_reference(PyObject* o) { return ref_half(o) == 1; }

inline void ref_add(PyObject* o) {
  uint32_t count = ref_half(o) + 1;
  if (count != 0) ref_write(o, count);
}
// True when that was the last reference.
inline bool ref_drop(PyObject* o) {
  uint32_t count = ref_half(o);
  if (static_cast<int32_t>(count) < 0) return false;
  ref_write(o, count - 1);
  return count == 1;
}

}  // namespace jj
