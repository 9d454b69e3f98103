// Thread states of CPython 3.10 and 3.11: the pending exception is a triple, calls from C are not counted apart.
#pragma once

namespace jj {

inline PyThreadState* thread_state() { return _PyThreadState_GET(); }
constexpr int kUnitsOfLoop = 0;  // see threads_object.h
constexpr bool kCountsC = false;
inline void c_recursion_give_back(PyThreadState*, int) {}
inline bool c_recursion_allows(PyThreadState*, int) { return true; }
inline int c_recursion_room(PyThreadState*) { return 0; }
inline bool exception_pending(PyThreadState* ts) { return ts->curexc_type != nullptr; }
inline bool exception_has_traceback(PyThreadState* ts) { return ts->curexc_traceback != nullptr; }

// Takes the pending exception: normalised, its traceback set; owned.
inline PyObject* take_exception(PyThreadState*) {
  PyObject *type, *value, *tb;
  PyErr_Fetch(&type, &value, &tb);
  PyErr_NormalizeException(&type, &value, &tb);
  PyException_SetTraceback(value, tb ? tb : Py_None);
  Py_XDECREF(type);
  Py_XDECREF(tb);
  return value;
}
// Makes `exc` (stolen) the pending exception, with its own traceback.
inline void restore_exception(PyThreadState*, PyObject* exc) {
  PyObject* type = reinterpret_cast<PyObject*>(Py_TYPE(exc));
  Py_INCREF(type);
  PyErr_Restore(type, exc, PyException_GetTraceback(exc));
}

}  // namespace jj
