// CPython 3.10: what its stack helpers do differently.
#pragma once
#include "internal/pycore_interp.h"

namespace jj {

// Below the dict that DICT_MERGE updates: the positional arguments, then the callable.
constexpr int kCallableBelowMergedDict = 2;
constexpr bool kImportErrorHasNameFrom = false;
// A failure to read a module's __name__ or __spec__ is taken as "unknown" whatever it is.
constexpr bool kImportFromForgivesErrors = true;
constexpr bool kHasExceptStar = false;
// What `with` says of an object without the methods: the name of the missing one.
constexpr bool kNamesMissingMethodOnly = true;
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
  PyObject* key = PyTuple_GET_ITEM(value, 0);
  Py_INCREF(key);
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(tb);
  return key;
}

// Makes the exception being handled the pending one; false when there is none.
inline bool raise_handled_again(PyThreadState* ts) {
  _PyErr_StackItem* item = _PyErr_GetTopmostException(ts);
  if (!item->exc_type || item->exc_type == Py_None) return false;
  Py_INCREF(item->exc_type);
  Py_XINCREF(item->exc_value);
  Py_XINCREF(item->exc_traceback);
  PyErr_Restore(item->exc_type, item->exc_value, item->exc_traceback);
  return true;
}
// Takes the three entries over as the handled exception and drops the old one.
inline int set_handled_triple(PyThreadState* ts, PyObject* type, PyObject* value, PyObject* tb) {
  _PyErr_StackItem* item = ts->exc_info;
  PyObject *old_type = item->exc_type, *old_value = item->exc_value, *old_tb = item->exc_traceback;
  item->exc_type = type;
  item->exc_value = value;
  item->exc_traceback = tb;
  Py_XDECREF(old_type);
  Py_XDECREF(old_value);
  Py_XDECREF(old_tb);
  return 0;
}
inline void set_handled_exception(PyThreadState*, PyObject*) {}

// What this version has no instructions for.
inline PyObject* no_such_operation() {
  PyErr_SetString(PyExc_SystemError, "not an operation of this Python version");
  return nullptr;
}
inline bool is_exception_group(PyObject*) { return false; }
inline PyObject* exception_group_type() { return nullptr; }
inline PyObject* new_group(PyObject*) { return no_such_operation(); }
inline PyObject* prepare_reraise_star(PyObject*, PyObject*) { return no_such_operation(); }
inline PyObject* find_super_attr(PyTypeObject*, PyObject*, PyObject*, int*, bool* handled) {
  *handled = false;
  return nullptr;
}
inline PyObject* run_intrinsic1(PyThreadState*, Frame*, int, PyObject*) { return no_such_operation(); }
inline PyObject* run_intrinsic2(PyThreadState*, Frame*, int, PyObject*, PyObject*) { return no_such_operation(); }

}  // namespace jj
