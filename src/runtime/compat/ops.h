// Where the stack helpers differ between versions (see ops31x.h).
#pragma once
#include "runtime/compat/compat.h"

namespace jj {

// For the helpers of instructions that the running version does not have.
inline PyObject* no_such_operation() {
  PyErr_SetString(PyExc_SystemError, "not an operation of this Python version");
  return nullptr;
}

}  // namespace jj

#if PY_VERSION_HEX >= 0x030D0000
#include "runtime/compat/ops313.h"
#elif PY_VERSION_HEX >= 0x030C0000
#include "runtime/compat/ops312.h"
#elif PY_VERSION_HEX >= 0x030B0000
#include "runtime/compat/ops311.h"
#else
#include "runtime/compat/ops310.h"
#endif
