// Exception groups and the handled exception as one object: CPython 3.11 and later.
#pragma once

namespace jj {

constexpr bool kHasExceptStar = true;
constexpr bool kNamesMissingMethodOnly = false;

inline PyObject* exception_group_type() { return PyExc_BaseExceptionGroup; }
inline bool is_exception_group(PyObject* exc) {
  return PyObject_TypeCheck(exc, reinterpret_cast<PyTypeObject*>(PyExc_BaseExceptionGroup));
}
// A group without a message around the exceptions of a list or tuple.
inline PyObject* new_group(PyObject* excs) { return PyObject_CallFunction(PyExc_BaseExceptionGroup, "sO", "", excs); }

inline void set_handled_exception(PyThreadState*, PyObject* exc) { PyErr_SetHandledException(exc); }

// Makes the exception being handled the pending one; false when there is none.
inline bool raise_handled_again(PyThreadState* ts) {
  PyObject* exc = topmost_exception(ts);
  if (exc) restore_exception(ts, Py_NewRef(exc));
  return exc != nullptr;
}

// Only 3.10 keeps three entries of a handled exception.
inline int set_handled_triple(PyThreadState*, PyObject* type, PyObject* value, PyObject* tb) {
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(tb);
  no_such_operation();
  return -1;
}

}  // namespace jj
