// Thread states of CPython 3.12 and 3.13: the pending exception is one object, calls from C are counted apart.
#pragma once
#include <cstddef>

namespace jj {

extern std::ptrdiff_t thread_state_offset;  // of the interpreter's word from the thread pointer; 0: not known
inline PyThreadState* thread_state() {
#ifdef __x86_64__
  if (__builtin_expect(thread_state_offset != 0, 1)) {
    PyThreadState* ts;
    __asm__ volatile("movq %%fs:(%1), %0" : "=r"(ts) : "r"(thread_state_offset));
    return ts;
  }
#endif
  return _PyThreadState_GET();  // two calls into other libraries
}
inline void recursion_enter(PyThreadState* ts) { --ts->py_recursion_remaining; }
inline void recursion_leave(PyThreadState* ts) { ++ts->py_recursion_remaining; }
inline void recursion_units_spend(PyThreadState* ts, int units) { ts->py_recursion_remaining -= units; }
inline int recursion_units_left(PyThreadState* ts) { return ts->py_recursion_remaining - 1; }
inline bool recursion_room(PyThreadState* ts) { return ts->py_recursion_remaining > 1; }
// How deep C code nests is counted apart, in units, of which an interpreter loop takes several.
constexpr int kUnitsOfLoop = 2;
constexpr bool kCountsC = true;
inline void c_recursion_give_back(PyThreadState* ts, int units) { ts->c_recursion_remaining += units; }
inline bool c_recursion_allows(PyThreadState* ts, int units) { return ts->c_recursion_remaining >= units; }
inline int c_recursion_room(PyThreadState* ts) { return ts->c_recursion_remaining; }
inline bool exception_pending(PyThreadState* ts) { return ts->current_exception != nullptr; }
inline bool exception_has_traceback(PyThreadState* ts) {
  return reinterpret_cast<PyBaseExceptionObject*>(ts->current_exception)->traceback != nullptr;
}

// Takes the pending exception, its traceback set; owned.
inline PyObject* take_exception(PyThreadState* ts) {
  PyObject* exc = ts->current_exception;
  ts->current_exception = nullptr;
  return exc;
}
// Makes `exc` (stolen) the pending exception, with its own traceback.
inline void restore_exception(PyThreadState*, PyObject* exc) { PyErr_SetRaisedException(exc); }

}  // namespace jj
