// What the stack helpers of CPython 3.12 and 3.13 share.
#pragma once
#include "internal/pycore_interp.h"
#include "internal/pycore_intrinsics.h"

#include "runtime/compat/ops_groups.h"

namespace jj {

constexpr bool kImportErrorHasNameFrom = true;
constexpr const char* kNotAPatternClass = "called match pattern must be a class";

inline PyObject* default_import(PyThreadState* ts) { return ts->interp->imports.import_func; }
inline void raise_no_locals_for_load(PyObject*) { PyErr_SetString(PyExc_SystemError, "no locals found"); }

// The key of the pending KeyError, owned, which is dropped; null (and it stays) when it is not about one key.
inline PyObject* take_key_error_key() {
  PyObject* exc = PyErr_GetRaisedException();
  PyObject* args = reinterpret_cast<PyBaseExceptionObject*>(exc)->args;
  if (!PyTuple_Check(args) || PyTuple_GET_SIZE(args) != 1) {
    PyErr_SetRaisedException(exc);
    return nullptr;
  }
  PyObject* key = Py_NewRef(PyTuple_GET_ITEM(args, 0));
  Py_DECREF(exc);
  return key;
}

}  // namespace jj
