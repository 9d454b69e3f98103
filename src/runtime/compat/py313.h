// CPython 3.13: as 3.12, with the current frame in the thread state and the instruction pointer at the instruction.
#pragma once
#include "internal/pycore_frame.h"

#include <cstddef>

namespace jj {

using Frame = _PyInterpreterFrame;

// -- code objects
inline const _Py_CODEUNIT* code_units(PyCodeObject* code) { return _PyCode_CODE(code); }
inline const _Py_CODEUNIT* first_instruction(PyCodeObject* code) {
  return _PyCode_CODE(code) + code->_co_firsttraceable;
}
inline int code_nlocalsplus(PyCodeObject* code) { return code->co_nlocalsplus; }
inline int code_framesize(PyCodeObject* code) { return code->co_framesize; }

// -- frames
inline PyCodeObject* frame_code(Frame* fr) { return reinterpret_cast<PyCodeObject*>(fr->f_executable); }
inline PyObject** frame_slots(Frame* fr) { return fr->localsplus; }
inline PyObject** frame_stack(Frame* fr, PyCodeObject* code) { return fr->localsplus + code->co_nlocalsplus; }
inline PyObject* frame_globals(Frame* fr) { return fr->f_globals; }
inline PyObject* frame_builtins(Frame* fr) { return fr->f_builtins; }
inline PyObject* frame_namespace(Frame* fr) { return fr->f_locals; }  // may be null
inline void set_frame_namespace(Frame* fr, PyObject* owned) { Py_XSETREF(fr->f_locals, owned); }
inline PyFunctionObject* frame_function(Frame* fr) { return reinterpret_cast<PyFunctionObject*>(fr->f_funcobj); }
inline bool frame_object_exists(Frame* fr) { return fr->frame_obj != nullptr; }
inline Frame* frame_previous(Frame* fr) { return fr->previous; }
inline void set_ip(Frame* fr, int idx) { fr->instr_ptr = _PyCode_CODE(frame_code(fr)) + idx; }
inline int get_ip(Frame* fr) { return static_cast<int>(fr->instr_ptr - _PyCode_CODE(frame_code(fr))); }
inline void set_resume_ip(Frame* fr, int idx) { set_ip(fr, idx); }  // idx is the next instruction
inline void set_stack_depth(Frame* fr, PyCodeObject* code, int depth) { fr->stacktop = code->co_nlocalsplus + depth; }
// Fills everything but the slots and the link to the caller; takes over a reference to the function. At `start`, the
// first instruction, the prologue is done, which makes the frame visible.
inline void frame_init(Frame* fr, PyFunctionObject* func, PyCodeObject* code, const void* start) {
  Py_INCREF(code);
  fr->f_funcobj = reinterpret_cast<PyObject*>(func);
  fr->f_executable = reinterpret_cast<PyObject*>(code);
  fr->f_globals = func->func_globals;
  fr->f_builtins = func->func_builtins;
  fr->f_locals = nullptr;
  fr->frame_obj = nullptr;
  fr->instr_ptr = static_cast<_Py_CODEUNIT*>(const_cast<void*>(start));
  fr->stacktop = -1;
  fr->return_offset = 0;
  fr->owner = FRAME_OWNED_BY_THREAD;
}
inline void frame_release_specials(Frame* fr) {
  Py_XDECREF(fr->f_locals);
  Py_DECREF(fr->f_funcobj);
  Py_DECREF(fr->f_executable);
}

// -- thread state
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
inline Frame* current_frame(PyThreadState* ts) { return ts->current_frame; }
inline void set_current_frame(PyThreadState* ts, Frame* fr) { ts->current_frame = fr; }
inline void recursion_enter(PyThreadState* ts) { --ts->py_recursion_remaining; }
inline void recursion_leave(PyThreadState* ts) { ++ts->py_recursion_remaining; }
inline bool recursion_room(PyThreadState* ts) { return ts->py_recursion_remaining > 1; }
inline void c_recursion_give_back(PyThreadState* ts, int units) { ts->c_recursion_remaining += units; }
inline int c_recursion_room(PyThreadState* ts) { return ts->c_recursion_remaining; }
inline bool exception_pending(PyThreadState* ts) { return ts->current_exception != nullptr; }

// -- exception state
// Takes the pending exception, its traceback set; owned.
inline PyObject* take_exception(PyThreadState* ts) {
  PyObject* exc = ts->current_exception;
  ts->current_exception = nullptr;
  return exc;
}
// Makes `exc` (stolen) the pending exception, with its own traceback.
inline void restore_exception(PyThreadState*, PyObject* exc) { PyErr_SetRaisedException(exc); }
// Replaces the handled exception of the current execution context by `exc` (stolen, may be null); the old one, owned,
// is returned.
inline PyObject* swap_handled_exception(PyThreadState* ts, PyObject* exc) {
  PyObject* old = ts->exc_info->exc_value;
  ts->exc_info->exc_value = exc;
  return old;
}

}  // namespace jj
