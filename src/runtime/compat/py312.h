// CPython 3.12: as 3.11, with one-object exceptions and C-recursion units.
#pragma once
#include "internal/pycore_frame.h"

namespace jj {

using Frame = _PyInterpreterFrame;

inline PyCodeObject* frame_code(Frame* fr) { return fr->f_code; }
inline PyFunctionObject* frame_function(Frame* fr) { return reinterpret_cast<PyFunctionObject*>(fr->f_funcobj); }
inline void frame_set_owners(Frame* fr, PyFunctionObject* func, PyCodeObject* code) {
  fr->f_funcobj = reinterpret_cast<PyObject*>(func);
  fr->f_code = code;
  fr->return_offset = 0;
}
inline _Py_CODEUNIT*& frame_instruction(Frame* fr) { return fr->prev_instr; }
constexpr int kResumeOffset = -1;
// Where a frame stands, from its call instruction, while a Python function that this calls runs, and if that raises.
constexpr int kCalleeRunsAt = INLINE_CACHE_ENTRIES_CALL;
inline int code_framesize(PyCodeObject* code) { return code->co_framesize; }

inline Frame* current_frame(PyThreadState* ts) { return ts->cframe->current_frame; }
inline void set_current_frame(PyThreadState* ts, Frame* fr) { ts->cframe->current_frame = fr; }

// Whether the next object that the collector knows would have it run: it only does where requests are served.
inline bool collects_when_allocating(PyThreadState*) { return false; }

}  // namespace jj

#include "runtime/compat/frames_datastack.h"
#include "runtime/compat/threads_object.h"
