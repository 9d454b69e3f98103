// Running a native body on a pushed frame, inline: part of the fixed cost of every call.
#pragma once
#include "runtime/feedback.h"
#include "vm/frame_inl.h"

namespace jj::vm {

// A call that was left to the interpreter is over (see hand_over).
[[gnu::noinline, gnu::cold]] inline void end_left_call(CodeData* cd) {
  ++cd->left;
  Py_DECREF(cd->code);
}

// A native call is over: pops its frame, unless it was left to the interpreter.
[[gnu::always_inline]] inline void end_call(PyThreadState* ts, Frame* fr, CodeData* cd) {
  if (current_frame(ts) == fr) [[likely]]
    pop_frame(ts, fr, cd);
  else
    end_left_call(cd);
}

// The call counter has passed its limit: samples types, may compile. The code to run now, of the same code object.
// func: the function that is called, if that is known.
CodeData* look_at_call(Frame* fr, CodeData* cd, PyFunctionObject* func);

// Runs the body on a complete frame and pops that.
[[gnu::always_inline]] inline PyObject* run_frame(PyThreadState* ts, Frame* fr, CodeData* cd, PyFunctionObject* func) {
  if (++cd->native_calls >= cd->call_limit) [[unlikely]]
    cd = look_at_call(fr, cd, func);
  PyObject* result = cd->body(ts, fr, cd, 0);
  end_call(ts, fr, cd);
  return result;
}

// Runs the body on a frame whose arguments are in place, then pops it.
[[gnu::always_inline]] inline PyObject* run_body(PyThreadState* ts, Frame* fr, CodeData* cd, PyFunctionObject* func) {
  if (PY_MINOR_VERSION == 10 && cd->has_cells && frame_prologue(fr, func, cd) != 0) [[unlikely]] {
    pop_frame(ts, fr, cd);
    return nullptr;
  }
  return run_frame(ts, fr, cd, func);
}

// A call has to begin anew with a frame. Where many do, all calls get one at once.
[[gnu::noinline, gnu::cold]] inline void note_begun_anew(CodeData* cd) {
  constexpr uint64_t kFew = 64;
  if (++cd->begun_anew > kFew + cd->native_calls / 8) cd->frameless = nullptr;
}

// Runs a call with as many arguments as there are parameters without a frame. Null: it needs one, nothing was done.
//
// Code that can do so neither calls nor raises nor polls, so that nobody could look at its frame; it begins anew with one
// where it leaves. Counted calls that somebody wants to look at get a frame, too.
[[gnu::always_inline]] inline PyObject* call_frameless(PyThreadState* ts, PyFunctionObject* func, CodeData* cd,
                                                       PyObject* const* args) {
  if (!cd->frameless || cd->native_calls + 1 >= cd->call_limit) return nullptr;
  if (!is_quiet(ts, cd) || !recursion_room(ts) || evaluated_elsewhere(ts)) [[unlikely]]
    return nullptr;
  PyObject* result = cd->frameless(ts, args, cd, func);
  if (JJ_LIKELY(result != nullptr))
    ++cd->native_calls;
  else
    note_begun_anew(cd);
  return result;
}

}  // namespace jj::vm
