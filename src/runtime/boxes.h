// Making objects of unboxed values where no exception may be raised: at exits and before operations that can be observed.
#pragma once
#include "runtime/ints.h"

namespace jj {

// New references; never null. Out of memory they come from a reserve, which the next fill_box_reserve() fills up again.
PyObject* box_any_int(int64_t v);
PyObject* box_any_uint(uint64_t v);
PyObject* box_any_float(double v);
PyObject* box_any_complex(Py_complex v);
void fill_box_reserve();  // as far as there is memory; clears no exception and raises none

// The value of an exact int, if it fits in 64 bits.
bool int_fits(PyObject* o, int64_t& value);
// The same of one that is not below 0, without a sign.
bool uint_fits(PyObject* o, uint64_t& value);

// Drops an exact int, float, complex or bool that may be null: nothing can observe it.
inline void drop_box(PyObject* o) {
  if (!o || !ref_drop(o)) return;
  is_exact_int(o) ? release_int(o) : is_exact_float(o) ? release_float(o) : deallocate(o);
}

// Stores the value in a place that holds null or an int, float, complex or bool of its own, which is reused where possible.
inline void put_int(PyObject** place, int64_t v) {
  PyObject* old = *place;
  if (can_overwrite(old, v)) return int_write(old, v);
  *place = box_any_int(v);
  drop_box(old);
}
inline void put_float(PyObject** place, double v) {
  PyObject* old = *place;
  if (old && is_exact_float(old) && sole_reference(old)) {
    float_field(old) = v;
    return;
  }
  *place = box_any_float(v);
  drop_box(old);
}
inline void put_complex(PyObject** place, Py_complex v) {
  PyObject* old = *place;
  if (old && Py_IS_TYPE(old, &PyComplex_Type) && sole_reference(old)) {
    reinterpret_cast<PyComplexObject*>(old)->cval = v;
    return;
  }
  *place = box_any_complex(v);
  drop_box(old);
}
inline void put_object(PyObject** place, PyObject* owned) {
  PyObject* old = *place;
  *place = owned;
  drop_box(old);
}

}  // namespace jj
