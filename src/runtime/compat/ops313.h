// CPython 3.13: what its stack helpers do differently.
#pragma once
#include "internal/pycore_dict.h"
#include "internal/pycore_function.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_intrinsics.h"
#include "internal/pycore_list.h"
#include "internal/pycore_setobject.h"
#include "internal/pycore_typeobject.h"
#include "internal/pycore_unicodeobject.h"

#include "runtime/compat/ops_groups.h"

namespace jj {

// Below the dict that DICT_MERGE updates: the positional arguments, a NULL, then the callable.
constexpr int kCallableBelowMergedDict = 3;
constexpr bool kImportErrorHasNameFrom = true;
constexpr bool kImportFromForgivesErrors = false;
constexpr bool kNamesMissingMethodOnly = false;
constexpr const char* kNotAPatternClass = "called match pattern must be a class";

inline PyObject* default_import(PyThreadState* ts) { return ts->interp->imports.import_func; }
inline void raise_no_locals_for_load(PyObject*) { PyErr_SetString(PyExc_SystemError, "no locals found"); }
inline int get_optional_attr(PyObject* o, PyObject* name, PyObject** value) {
  return PyObject_GetOptionalAttr(o, name, value);
}
inline void stamp_function(PyFunctionObject* func, PyCodeObject* code) {
  _PyFunction_SetVersion(func, code->co_version);
}

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

inline int set_handled_triple(PyThreadState*, PyObject* type, PyObject* value, PyObject* tb) {
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(tb);
  PyErr_SetString(PyExc_SystemError, "not an operation of this Python version");
  return -1;
}

// super(cls, self).name, owned. method: null, or set to 1 when the result is a function still to be called with self.
inline PyObject* find_super_attr(PyTypeObject* cls, PyObject* self, PyObject* name, int* method, bool* handled) {
  *handled = true;
  return _PySuper_Lookup(cls, self, name, method);
}

inline PyObject* run_intrinsic1(PyThreadState* ts, Frame*, int number, PyObject* value) {
  return _PyIntrinsics_UnaryFunctions[number].func(ts, value);
}
inline PyObject* run_intrinsic2(PyThreadState* ts, Frame*, int number, PyObject* a, PyObject* b) {
  return _PyIntrinsics_BinaryFunctions[number].func(ts, a, b);
}
inline PyObject* prepare_reraise_star(PyObject* original, PyObject* excs) {
  return _PyIntrinsics_BinaryFunctions[INTRINSIC_PREP_RERAISE_STAR].func(PyThreadState_Get(), original, excs);
}

}  // namespace jj
