// Pushing and popping the frame of a native call, inline: the fixed cost of every call.
#pragma once
#include "runtime/abi.h"
#include "runtime/refs.h"
#include "vm/poll_inl.h"
#include "vm/vm.h"

namespace jj::vm {

extern bool forced_exits_on;   // see set_forced_exit
void forget_frame(Frame* fr);  // forced exits: the call that ran on `fr` is over

bool monitored(PyThreadState* ts, CodeData* cd);  // 3.12+: full check, and notes in cd->clean when nobody watches

// Whether it is plain that neither a request waits nor anybody traces or monitors the code.
inline bool is_quiet(PyThreadState* ts, [[maybe_unused]] const CodeData* cd) {
#if PY_VERSION_HEX < 0x030C0000
  return !requests_waiting(ts) && !ts->cframe->use_tracing;
#elif PY_VERSION_HEX < 0x030D0000
  return !requests_waiting(ts) && ts->interp->monitoring_version == cd->clean && !cd->code->_co_monitoring;
#else
  return ts->eval_breaker == cd->clean && !cd->code->_co_monitoring;  // no request waits in a clean word
#endif
}

inline bool is_traced(PyThreadState* ts, [[maybe_unused]] CodeData* cd) {
#if PY_VERSION_HEX < 0x030C0000
  return ts->cframe->use_tracing != 0;
#elif PY_VERSION_HEX < 0x030D0000
  if (ts->interp->monitoring_version == cd->clean && !cd->code->_co_monitoring) return false;
  return monitored(ts, cd);
#else
  if (ts->eval_breaker == cd->clean && !cd->code->_co_monitoring) return false;
  return monitored(ts, cd);
#endif
}

// Somebody else evaluates frames (PEP 523: debuggers, perf's trampoline) and is to see every call.
#if PY_VERSION_HEX < 0x030C0000
extern _PyFrameEvalFunction usual_evaluator;  // as the interpreter state has it when nobody does
inline bool evaluated_elsewhere(PyThreadState* ts) { return ts->interp->eval_frame != usual_evaluator; }
#else
inline bool evaluated_elsewhere(PyThreadState* ts) { return ts->interp->eval_frame != nullptr; }
#endif

inline bool may_enter(PyThreadState* ts, CodeData* cd) {
  return recursion_room(ts) && !is_traced(ts, cd) && !evaluated_elsewhere(ts);
}

#if PY_VERSION_HEX < 0x030B0000

Frame* make_frame(PyThreadState* ts, PyFunctionObject* func, PyCodeObject* code);

template <bool kTakesFunction = false>
inline Frame* push_frame(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, int = 0) {
  static_assert(!kTakesFunction, "frames do not hold their function");
  Frame* fr = make_frame(ts, func, cd->code);
  if (!fr) return nullptr;
  fr->f_state = FRAME_EXECUTING;
  fr->f_stackdepth = -1;
  set_current_frame(ts, fr);
  recursion_enter(ts);
  return fr;
}

// A frame that nobody else holds dies here; its locals may run code, so the recursion unit is kept meanwhile.
inline void drop_frame(PyThreadState* ts, Frame* fr) {
  if (Py_REFCNT(fr) > 1) {
    Py_DECREF(fr);
    if (!_PyObject_GC_IS_TRACKED(fr)) PyObject_GC_Track(fr);
    return;
  }
  recursion_enter(ts);
  Py_DECREF(fr);
  recursion_leave(ts);
}

inline void pop_frame(PyThreadState* ts, Frame* fr, CodeData*) {
  if (__builtin_expect(forced_exits_on, 0)) forget_frame(fr);
  fr->f_stackdepth = 0;
  fr->f_state = exception_pending(ts) ? FRAME_RAISED : FRAME_RETURNED;
  set_current_frame(ts, fr->f_back);
  recursion_leave(ts);
  drop_frame(ts, fr);
}

#else

PyObject** grow_data_stack(PyThreadState* ts, int size);  // room in a new chunk, or null
void shrink_data_stack(PyThreadState* ts, Frame* fr);     // `fr` is the first frame of its chunk
// Parts with the frame object: true when it escaped and has taken over all the frame owns (`count` valid slots).
bool outlived_by_object(Frame* fr, int count);

// The caller will fill the first `filled` slots. kTakesFunction: a reference to the function moves into the frame.
template <bool kTakesFunction = false>
inline Frame* push_frame(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, int filled = 0) {
  PyObject** base = ts->datastack_top;
  if (__builtin_expect(base != nullptr && cd->framesize < ts->datastack_limit - base, 1)) {
    ts->datastack_top = base + cd->framesize;
  } else {
    base = grow_data_stack(ts, cd->framesize);
    if (!base) return nullptr;
  }
  Frame* fr = reinterpret_cast<Frame*>(base);
  if constexpr (!kTakesFunction) Py_INCREF(func);
  frame_init(fr, func, cd->code, cd->start);
  for (int i = filled; i < cd->nslots; ++i) {
    fr->localsplus[i] = nullptr;
    __asm__("" : "+r"(i));  // a call of memset costs more than these few stores
  }
  fr->previous = current_frame(ts);
  set_current_frame(ts, fr);
  recursion_enter(ts);
  return fr;
}

// Releases the first `count` slots of a frame that nobody sees any more.
[[gnu::always_inline]] inline void release_slots(Frame* fr, int count) {
  for (int i = 0; i < count; ++i) {
    PyObject* o = fr->localsplus[i];
    if (o && ref_drop(o)) is_exact_int(o) ? release_int(o) : is_exact_float(o) ? release_float(o) : deallocate(o);
  }
}

// Releases an unlinked frame whose first `count` slots are valid, and its place on the data stack.
[[gnu::always_inline]] inline void clear_frame(PyThreadState* ts, Frame* fr, int count) {
  if (JJ_LIKELY(fr->frame_obj == nullptr) || !outlived_by_object(fr, count)) {
    release_slots(fr, count);
    frame_release_specials(fr);
  }
  if (__builtin_expect(reinterpret_cast<PyObject**>(fr) == &ts->datastack_chunk->data[0], 0)) {
    shrink_data_stack(ts, fr);
  } else {
    ts->datastack_top = reinterpret_cast<PyObject**>(fr);
  }
}

[[gnu::always_inline]] inline void pop_frame(PyThreadState* ts, Frame* fr, CodeData* cd) {
  if (__builtin_expect(forced_exits_on, 0)) forget_frame(fr);
  set_current_frame(ts, fr->previous);
  recursion_leave(ts);
  clear_frame(ts, fr, cd->nslots);
}

#endif

}  // namespace jj::vm
