// CPython 3.11: frames live on the thread's data stack, reached through the C frame.
#pragma once
#include "internal/pycore_frame.h"

namespace jj {

using Frame = _PyInterpreterFrame;

inline PyCodeObject* frame_code(Frame* fr) { return fr->f_code; }
inline PyFunctionObject* frame_function(Frame* fr) { return fr->f_func; }
inline void frame_set_owners(Frame* fr, PyFunctionObject* func, PyCodeObject* code) {
  fr->f_func = func;
  fr->f_code = code;
  fr->is_entry = false;
}
inline _Py_CODEUNIT*& frame_instruction(Frame* fr) { return fr->prev_instr; }
constexpr int kResumeOffset = -1;
// Where a frame stands, from its call instruction, while a Python function that this calls runs, and if that raises.
constexpr int kCalleeRunsAt = INLINE_CACHE_ENTRIES_CALL;
inline int code_framesize(PyCodeObject* code) {
  return code->co_nlocalsplus + code->co_stacksize + static_cast<int>(FRAME_SPECIALS_SIZE);
}

inline Frame* current_frame(PyThreadState* ts) { return ts->cframe->current_frame; }
inline void set_current_frame(PyThreadState* ts, Frame* fr) { ts->cframe->current_frame = fr; }
inline void recursion_enter(PyThreadState* ts) { --ts->recursion_remaining; }
inline void recursion_leave(PyThreadState* ts) { ++ts->recursion_remaining; }
inline void recursion_units_spend(PyThreadState* ts, int units) { ts->recursion_remaining -= units; }
inline int recursion_units_left(PyThreadState* ts) { return ts->recursion_remaining - 1; }
inline bool recursion_room(PyThreadState* ts) { return ts->recursion_remaining > 1; }

// Whether the next object that the collector knows would have it run.
inline bool collects_when_allocating(PyThreadState* ts) {
  const auto& gc = ts->interp->gc;
  const auto& young = gc.generations[0];
  return young.count >= young.threshold && gc.enabled && young.threshold && !gc.collecting;
}

}  // namespace jj

#include "runtime/compat/frames_datastack.h"
#include "runtime/compat/threads_triple.h"
