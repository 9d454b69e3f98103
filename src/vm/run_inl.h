// Running a native body on a pushed frame, inline: part of the fixed cost of every call.
#pragma once
#include "runtime/feedback.h"
#include "vm/frame_inl.h"

namespace jj::vm {

// Runs the body on a complete frame and pops it, unless it was left to the interpreter.
inline PyObject* run_frame(PyThreadState* ts, Frame* fr, CodeData* cd) {
  // Leaving drops the frame and with it perhaps the last reference to the code that we return into.
  PyObject* code = reinterpret_cast<PyObject*>(cd->code);
  Py_INCREF(code);
  if (++cd->native_calls % kSampleCalls == 1) [[unlikely]]
    sample_types(fr, cd, -1);
  PyObject* result = cd->body(ts, fr, cd, 0);
  if (current_frame(ts) == fr) [[likely]] {
    ++cd->completed;
    pop_frame(ts, fr, cd);
  }
  Py_DECREF(code);
  return result;
}

// Runs the body on a frame whose arguments are in place, then pops it.
inline PyObject* run_body(PyThreadState* ts, Frame* fr, CodeData* cd, PyFunctionObject* func) {
  if (PY_MINOR_VERSION == 10 && cd->has_cells && frame_prologue(fr, func, cd) != 0) [[unlikely]] {
    pop_frame(ts, fr, cd);
    return nullptr;
  }
  return run_frame(ts, fr, cd);
}

}  // namespace jj::vm
