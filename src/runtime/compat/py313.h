// CPython 3.13: as 3.12, with the current frame in the thread state and the instruction pointer at the instruction.
#pragma once
#include "internal/pycore_frame.h"

namespace jj {

using Frame = _PyInterpreterFrame;

inline PyCodeObject* frame_code(Frame* fr) { return reinterpret_cast<PyCodeObject*>(fr->f_executable); }
inline PyFunctionObject* frame_function(Frame* fr) { return reinterpret_cast<PyFunctionObject*>(fr->f_funcobj); }
inline void frame_set_owners(Frame* fr, PyFunctionObject* func, PyCodeObject* code) {
  fr->f_funcobj = reinterpret_cast<PyObject*>(func);
  fr->f_executable = reinterpret_cast<PyObject*>(code);
  fr->return_offset = 0;
}
inline _Py_CODEUNIT*& frame_instruction(Frame* fr) { return fr->instr_ptr; }
constexpr int kResumeOffset = 0;
constexpr int kCalleeRunsAt = 0;
inline int code_framesize(PyCodeObject* code) { return code->co_framesize; }

inline Frame* current_frame(PyThreadState* ts) { return ts->current_frame; }
inline void set_current_frame(PyThreadState* ts, Frame* fr) { ts->current_frame = fr; }

// Whether the next object that the collector knows would have it run: it only does where requests are served.
inline bool collects_when_allocating(PyThreadState*) { return false; }

}  // namespace jj

#include "runtime/compat/frames_datastack.h"
#include "runtime/compat/threads_object.h"
