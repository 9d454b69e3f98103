// Reference counts behind one set of names, and what becomes of an object without references.
#pragma once

#if PY_VERSION_HEX >= 0x030C0000
#include "runtime/compat/counts_half.h"
#else
#include "runtime/compat/counts_whole.h"
#endif

namespace jj {

// Frees an object whose count has become zero. Interpreters that were built with a profile inline this into their own
// releases; the function that they export is then long, and costs more than what many kinds of objects do in it.
inline void deallocate(PyObject* o) {
#if defined(Py_DEBUG) || defined(Py_TRACE_REFS) || PY_VERSION_HEX >= 0x030D0000
  _Py_Dealloc(o);  // tells those who look on; 3.13: PyRefTracer_SetTracer
#else
  Py_TYPE(o)->tp_dealloc(o);
#endif
}

inline void ref_release(PyObject* o) {
  if (ref_drop(o)) deallocate(o);
}
inline void ref_add_or_null(PyObject* o) {
  if (o) ref_add(o);
}
inline void ref_release_or_null(PyObject* o) {
  if (o) ref_release(o);
}

}  // namespace jj

#ifndef Py_REF_DEBUG
#undef Py_INCREF
#undef Py_DECREF
#undef Py_XINCREF
#undef Py_XDECREF
#define Py_INCREF(o) ::jj::ref_add(_PyObject_CAST(o))
#define Py_DECREF(o) ::jj::ref_release(_PyObject_CAST(o))
#define Py_XINCREF(o) ::jj::ref_add_or_null(_PyObject_CAST(o))
#define Py_XDECREF(o) ::jj::ref_release_or_null(_PyObject_CAST(o))
#endif
