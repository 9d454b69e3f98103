// CPython's structs behind one set of names: the only way by which runtime/ and vm/ reach interpreter internals.
//
// compat/py31x.h holds frames, thread state and exception state of one version; objects31x.h ints, dicts and instances.
#pragma once

#define PY_SSIZE_T_CLEAN
#ifndef Py_BUILD_CORE_MODULE
#define Py_BUILD_CORE_MODULE 1
#endif
#include <Python.h>
// g++ 12 cannot take CPython's <stdatomic.h> branch in C++ (3.10-3.12); the __atomic branch has the same layout.
#undef HAVE_STD_ATOMIC

#include "internal/pycore_call.h"
#include "internal/pycore_ceval.h"
#include "internal/pycore_code.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_long.h"
#include "internal/pycore_object.h"
#include "internal/pycore_pyerrors.h"
#include "internal/pycore_pystate.h"

#include <cstdint>

#include "runtime/compat/counts.h"

#if PY_VERSION_HEX >= 0x030D0000 && PY_VERSION_HEX < 0x030E0000
#include "runtime/compat/py313.h"
#elif PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
#include "runtime/compat/py312.h"
#elif PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030C0000
#include "runtime/compat/py311.h"
#elif PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030B0000
#include "runtime/compat/py310.h"
#else
#error "JustJIT supports CPython 3.10 to 3.13"
#endif

namespace jj {

// The exception being handled, None and "no exception" both as null; borrowed. Looks through suspended generators, as
// a bare `raise` does.
inline PyObject* topmost_exception(PyThreadState* ts) {
  const _PyErr_StackItem* item = ts->exc_info;
  while ((item->exc_value == nullptr || item->exc_value == Py_None) && item->previous_item) item = item->previous_item;
  return item->exc_value == Py_None ? nullptr : item->exc_value;
}

}  // namespace jj
