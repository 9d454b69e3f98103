// CPython 3.10: a generator holds a frame object, whose own state says what the generator does.
#pragma once

namespace jj {

inline Frame* gen_frame(PyGenObject* gen) { return gen->gi_frame; }  // null once it is finished
inline PyCodeObject* gen_code(PyGenObject* gen) { return reinterpret_cast<PyCodeObject*>(gen->gi_code); }
inline PyGenObject* frame_generator(Frame* fr) { return reinterpret_cast<PyGenObject*>(fr->f_gen); }  // or null
inline PyGenObject* running_generator(Frame* fr) { return frame_generator(fr); }  // of a generator's frame
inline bool gen_waits(PyGenObject* gen) { return gen->gi_frame && gen->gi_frame->f_state < FRAME_EXECUTING; }
inline bool gen_is_new(PyGenObject* gen) { return gen->gi_frame->f_state == FRAME_CREATED; }  // of one that waits
// Finished, and its frame is released.
inline bool gen_is_over(PyGenObject* gen) {
  const _PyErr_StackItem& handled = gen->gi_exc_state;
  return !gen->gi_frame && !handled.exc_type && !handled.exc_value && !handled.exc_traceback;
}
inline bool gen_handles_exception(PyGenObject* gen) {
  PyObject* type = gen->gi_exc_state.exc_type;
  return type && type != Py_None;
}
// `gen` waits in a `yield from` or `await` at code unit `index`.
inline bool gen_delegates(PyGenObject* gen, int index) {
  constexpr int yield_from = 72;
  return _Py_OPCODE(code_units(gen_code(gen))[index]) == yield_from;
}
inline bool closing_runs_nothing(PyGenObject*, int) { return false; }
inline PyObject** gen_origin(PyGenObject* gen) { return &reinterpret_cast<PyCoroObject*>(gen)->cr_origin; }
inline PyCodeObject* gen_take_code(PyGenObject* gen) {  // of one that is over, owned
  return reinterpret_cast<PyCodeObject*>(std::exchange(gen->gi_code, nullptr));
}
// The frame, not the generator, is asked how a run ended.
inline bool run_suspended(PyGenObject*, Frame* fr) { return fr->f_state == FRAME_SUSPENDED; }
inline bool run_goes_on(PyGenObject*, Frame* fr) { return fr->f_state == FRAME_EXECUTING; }

inline int resume_index(Frame* fr, const void*) { return fr->f_lasti + 1; }

// A waiting frame runs, with its stack as it was; then it gets what is sent (stolen).
inline void gen_link(PyGenObject*, Frame* fr, Frame* previous) {
  fr->f_state = FRAME_EXECUTING;
  Py_XINCREF(previous);
  fr->f_back = previous;
}
inline void gen_run_natively(Frame* fr) { fr->f_stackdepth = -1; }
inline void gen_push_sent(Frame* fr, PyObject* value) {
  fr->f_valuestack[fr->f_stackdepth] = value;
  gen_run_natively(fr);
}
inline PyObject* waiting_top(Frame* fr) {
  return fr->f_valuestack[fr->f_stackdepth - 1];
}  // of a waiting frame's stack
inline void gen_unlink(Frame* fr) { Py_CLEAR(fr->f_back); }
// Where a waiting frame that delegates stands. While its receiver runs, its stack stays as it is, so that this is all that
// changes.
using RestingPlace = int;
inline RestingPlace resting_place(Frame* fr) { return fr->f_lasti; }
inline void gen_rest(PyGenObject*, Frame* fr, RestingPlace place) {
  fr->f_lasti = place;
  fr->f_state = FRAME_SUSPENDED;
}
inline void gen_set_suspended(PyGenObject*, Frame* fr, const void*, int, int index, int depth, bool) {
  fr->f_lasti = index - 1;
  fr->f_stackdepth = depth;
  fr->f_state = FRAME_SUSPENDED;
}

// The interpreter has run the frame for native code: what its caller does then, except for releasing what has finished.
inline void gen_end_interpreted(PyThreadState* ts, PyGenObject* gen, Frame* fr) {
  ts->exc_info = gen->gi_exc_state.previous_item;
  gen->gi_exc_state.previous_item = nullptr;
  gen_unlink(fr);
}

}  // namespace jj
