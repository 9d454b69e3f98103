// What the stack helpers of CPython 3.10 and 3.11 share: no intrinsics, no instruction for super().
#pragma once
#include "internal/pycore_interp.h"

namespace jj {

// Below the dict that DICT_MERGE updates: the positional arguments, then the callable.
constexpr int kCallableBelowMergedDict = 2;
constexpr bool kImportErrorHasNameFrom = false;
// A failure to read a module's __name__ or __spec__ is taken as "unknown" whatever it is.
constexpr bool kImportFromForgivesErrors = true;
constexpr const char* kNotAPatternClass = "called match pattern must be a type";

inline PyObject* default_import(PyThreadState* ts) { return ts->interp->import_func; }
inline void raise_no_locals_for_load(PyObject* name) {
  PyErr_Format(PyExc_SystemError, "no locals when loading %R", name);
}
inline int get_optional_attr(PyObject* o, PyObject* name, PyObject** value) {
  return _PyObject_LookupAttr(o, name, value);
}
inline void stamp_function(PyFunctionObject*, PyCodeObject*) {}

// The key of the pending KeyError, owned, which is dropped; null (and it stays) when it is not about one key. Inside a
// handler it is normalised already and counts as not about a key, as for the interpreter.
inline PyObject* take_key_error_key() {
  PyObject *type, *value, *tb;
  PyErr_Fetch(&type, &value, &tb);
  if (!value || !PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 1) {
    PyErr_Restore(type, value, tb);
    return nullptr;
  }
  PyObject* key = Py_NewRef(PyTuple_GET_ITEM(value, 0));
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(tb);
  return key;
}

// What these versions have no instructions for.
inline PyObject* find_super_attr(PyTypeObject*, PyObject*, PyObject*, int*, bool* handled) {
  *handled = false;
  return nullptr;
}
inline PyObject* run_intrinsic1(PyThreadState*, Frame*, int, PyObject*) { return no_such_operation(); }
inline PyObject* run_intrinsic2(PyThreadState*, Frame*, int, PyObject*, PyObject*) { return no_such_operation(); }

}  // namespace jj
