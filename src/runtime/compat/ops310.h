// CPython 3.10: what its stack helpers do differently.
#pragma once
#include "runtime/compat/ops_until311.h"

namespace jj {

constexpr bool kHasExceptStar = false;
// What `with` says of an object without the methods: the name of the missing one.
constexpr bool kNamesMissingMethodOnly = true;

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
inline bool is_exception_group(PyObject*) { return false; }
inline PyObject* exception_group_type() { return nullptr; }
inline PyObject* new_group(PyObject*) { return no_such_operation(); }
inline PyObject* prepare_reraise_star(PyObject*, PyObject*) { return no_such_operation(); }
}  // namespace jj
