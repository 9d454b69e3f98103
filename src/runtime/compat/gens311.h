// CPython 3.11 and later: the frame is part of the generator, which has the state.
#pragma once

namespace jj {

inline Frame* gen_frame(PyGenObject* gen) { return reinterpret_cast<Frame*>(gen->gi_iframe); }
inline PyCodeObject* gen_code(PyGenObject* gen) { return frame_code(gen_frame(gen)); }  // of one that waits
inline PyGenObject* frame_generator(Frame* fr) {
  return fr->owner == FRAME_OWNED_BY_GENERATOR ? _PyFrame_GetGenerator(fr) : nullptr;
}
inline PyGenObject* running_generator(Frame* fr) { return _PyFrame_GetGenerator(fr); }  // of a generator's frame
inline bool gen_waits(PyGenObject* gen) { return gen->gi_frame_state < FRAME_EXECUTING; }
inline bool gen_is_new(PyGenObject* gen) { return gen->gi_frame_state == FRAME_CREATED; }
// Finished, and its frame is released.
inline bool gen_is_over(PyGenObject* gen) {
  return gen->gi_frame_state == FRAME_CLEARED && !gen->gi_exc_state.exc_value;
}
inline bool gen_handles_exception(PyGenObject* gen) {
  PyObject* handled = gen->gi_exc_state.exc_value;
  return handled && handled != Py_None;
}
// `gen` waits in a `yield from` or `await`; `index`: of its RESUME.
inline bool gen_delegates(PyGenObject* gen, [[maybe_unused]] int index) {
#if PY_VERSION_HEX >= 0x030D0000
  return gen->gi_frame_state == FRAME_SUSPENDED_YIELD_FROM;
#elif PY_VERSION_HEX >= 0x030C0000
  return code_units(gen_code(gen))[index].op.arg >= 2;
#else
  return _Py_OPARG(code_units(gen_code(gen))[index]) >= 2;
#endif
}
// `gen` waits where no handler is, and the interpreter ends it without running anything.
inline bool closing_runs_nothing([[maybe_unused]] PyGenObject* gen, [[maybe_unused]] int index) {
#if PY_VERSION_HEX >= 0x030D0000
  constexpr int outside_handlers = 4;  // but for the one that all generators have
  return code_units(gen_code(gen))[index].op.arg & outside_handlers;
#else
  return false;
#endif
}
inline PyObject** gen_origin(PyGenObject* gen) { return &gen->gi_origin_or_finalizer; }  // of a coroutine
// Of one that is over: what the frame has given up keeps its code object for the generator (3.12).
inline PyCodeObject* gen_take_code(PyGenObject* gen) {
#if PY_VERSION_HEX < 0x030C0000
  return std::exchange(gen->gi_code, nullptr);
#else
  return gen_code(gen);
#endif
}
inline bool run_suspended(PyGenObject* gen, Frame*) { return gen->gi_frame_state < FRAME_EXECUTING; }
inline bool run_goes_on(PyGenObject* gen, Frame*) { return gen->gi_frame_state == FRAME_EXECUTING; }

// Where execution goes on, in code units from `base`.
inline int resume_index(Frame* fr, const void* base) {
  return static_cast<int>(frame_instruction(fr) - static_cast<const _Py_CODEUNIT*>(base)) - kResumeOffset;
}

// A waiting frame runs, with its stack as it was; then it gets what is sent (stolen).
inline void gen_link(PyGenObject* gen, Frame* fr, Frame* previous) {
  gen->gi_frame_state = FRAME_EXECUTING;
  fr->previous = previous;
}
inline void gen_run_natively(Frame* fr) { fr->stacktop = kRunsNatively; }
inline void gen_push_sent(Frame* fr, PyObject* value) {
  fr->localsplus[fr->stacktop] = value;
  gen_run_natively(fr);
}
inline PyObject* waiting_top(Frame* fr) { return fr->localsplus[fr->stacktop - 1]; }  // of a waiting frame's stack
inline void gen_unlink(Frame* fr) { fr->previous = nullptr; }
#if PY_VERSION_HEX < 0x030C0000
// The interpreter has run the frame for native code: what its caller does then, except for releasing what has finished.
inline void gen_end_interpreted(PyThreadState* ts, PyGenObject* gen, Frame* fr) {
  if (gen->gi_frame_state == FRAME_EXECUTING) gen->gi_frame_state = FRAME_COMPLETED;
  ts->exc_info = gen->gi_exc_state.previous_item;
  gen->gi_exc_state.previous_item = nullptr;
  gen_unlink(fr);
}
#endif
// Where a waiting frame that delegates stands. While its receiver runs, its stack stays as it is, so that this is all that
// changes.
using RestingPlace = _Py_CODEUNIT*;
inline RestingPlace resting_place(Frame* fr) { return frame_instruction(fr); }
inline void gen_rest(PyGenObject* gen, Frame* fr, RestingPlace place) {
  frame_instruction(fr) = place;
#if PY_VERSION_HEX >= 0x030D0000
  gen->gi_frame_state = FRAME_SUSPENDED_YIELD_FROM;
#else
  gen->gi_frame_state = FRAME_SUSPENDED;
#endif
}
// base: the first code unit.
inline void gen_set_suspended(PyGenObject* gen, Frame* fr, const void* base, int nslots, int index, int depth,
                              [[maybe_unused]] bool delegating) {
  auto* units = static_cast<_Py_CODEUNIT*>(const_cast<void*>(base));
  frame_instruction(fr) = units + index + kResumeOffset;
  fr->stacktop = nslots + depth;
#if PY_VERSION_HEX >= 0x030D0000
  gen->gi_frame_state = delegating ? FRAME_SUSPENDED_YIELD_FROM : FRAME_SUSPENDED;
#else
  gen->gi_frame_state = FRAME_SUSPENDED;
#endif
}

}  // namespace jj
