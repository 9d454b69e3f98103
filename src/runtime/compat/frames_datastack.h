// Frames on the thread's data stack, and the handled exception as one object: CPython 3.11 to 3.13.
//
// py31x.h has said before what its struct calls the parts (frame_code, frame_function, frame_set_owners,
// frame_instruction), and where the pointer of a frame stands that goes on at an instruction (kResumeOffset).
#pragma once

namespace jj {

// -- code objects
inline const _Py_CODEUNIT* code_units(PyCodeObject* code) { return _PyCode_CODE(code); }
inline const _Py_CODEUNIT* first_instruction(PyCodeObject* code) {
  return _PyCode_CODE(code) + code->_co_firsttraceable;
}
inline int code_nlocalsplus(PyCodeObject* code) { return code->co_nlocalsplus; }

// -- frames
inline PyObject** frame_slots(Frame* fr) { return fr->localsplus; }
inline PyObject** frame_stack(Frame* fr, PyCodeObject* code) { return fr->localsplus + code->co_nlocalsplus; }
inline PyObject* frame_globals(Frame* fr) { return fr->f_globals; }
inline PyObject* frame_builtins(Frame* fr) { return fr->f_builtins; }
inline PyObject* frame_namespace(Frame* fr) { return fr->f_locals; }  // may be null
inline void set_frame_namespace(Frame* fr, PyObject* owned) { Py_XSETREF(fr->f_locals, owned); }
inline bool frame_object_exists(Frame* fr) { return fr->frame_obj != nullptr; }
inline Frame* frame_previous(Frame* fr) { return fr->previous; }
inline void set_ip(Frame* fr, int idx) { frame_instruction(fr) = _PyCode_CODE(frame_code(fr)) + idx; }
inline int get_ip(Frame* fr) { return static_cast<int>(frame_instruction(fr) - _PyCode_CODE(frame_code(fr))); }
inline void set_resume_ip(Frame* fr, int idx) { set_ip(fr, idx + kResumeOffset); }  // idx is the next instruction
inline void set_stack_depth(Frame* fr, PyCodeObject* code, int depth) { fr->stacktop = code->co_nlocalsplus + depth; }
// In place of the stack's depth, which is not kept while a frame runs; the interpreter has -1.
constexpr int kRunsNatively = -2;
// Fills everything but the slots and the link to the caller; takes over a reference to the function. At `start`, the
// first instruction, the prologue is done, which makes the frame visible.
inline void frame_init(Frame* fr, PyFunctionObject* func, PyCodeObject* code, const void* start) {
  Py_INCREF(code);
  frame_set_owners(fr, func, code);
  fr->f_globals = func->func_globals;
  fr->f_builtins = func->func_builtins;
  fr->f_locals = nullptr;
  fr->frame_obj = nullptr;
  frame_instruction(fr) = static_cast<_Py_CODEUNIT*>(const_cast<void*>(start));
  fr->stacktop = kRunsNatively;
  fr->owner = FRAME_OWNED_BY_THREAD;
}
inline void frame_release_specials(Frame* fr) {
  Py_XDECREF(fr->f_locals);
  Py_DECREF(frame_function(fr));
  Py_DECREF(frame_code(fr));
}

// Replaces the handled exception of the current execution context by `exc` (stolen, may be null); the old one, owned,
// is returned.
inline PyObject* swap_handled_exception(PyThreadState* ts, PyObject* exc) {
  PyObject* old = ts->exc_info->exc_value;
  ts->exc_info->exc_value = exc;
  return old;
}

// Words of this thread's stack of frames that the frame below an inlined __init__ takes (3.13; its code needs a stack of
// two), or 0 where the present chunk does not have room for both, so that nothing is inlined.
inline int outer_frame_room(PyThreadState* ts, PyCodeObject* init) {
  constexpr int kOuterFrame = 2 + static_cast<int>(FRAME_SPECIALS_SIZE);
  bool fits = ts->datastack_top && code_framesize(init) + kOuterFrame < ts->datastack_limit - ts->datastack_top;
  return fits ? kOuterFrame : 0;
}
// Of an address behind a frame of the innermost chunk: whether it is still in that.
inline bool is_on_data_stack(PyThreadState* ts, PyObject* const* place) { return place < ts->datastack_limit; }
inline void data_stack_spend(PyThreadState* ts, int words) { ts->datastack_top += words; }

}  // namespace jj
