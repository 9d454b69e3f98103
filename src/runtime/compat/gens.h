// Generators, coroutines and async generators of the running version: their frame and state under one set of names.
//
// gens310.h and gens311.h describe the objects; all three types share one layout.
#pragma once
#include "runtime/compat/compat.h"

#include <utility>

namespace jj {

// What asend() and __anext__() of an async generator return; declared in no header, checked when the slots are replaced.
struct AsyncGenSend {
  PyObject ob_base;
  PyAsyncGenObject* gen;
  PyObject* value;  // what to send first, or null
  int state;        // AwaitState
};
enum AwaitState { kAwaitNew = 0, kAwaitRuns = 1, kAwaitClosed = 2 };
// What `yield` of an async generator hands to the asend() object.
struct AsyncGenValue {
  PyObject ob_base;
  PyObject* value;
};
// coroutine.__await__()
struct CoroutineWrapper {
  PyObject ob_base;
  PyGenObject* coroutine;
};

}  // namespace jj

#if PY_VERSION_HEX >= 0x030B0000
#include "runtime/compat/gens311.h"
#else
#include "runtime/compat/gens310.h"
#endif

namespace jj {

// PyObject_GC_Track without asking for the thread.
inline void gc_track(PyThreadState* ts, PyObject* object) {
  PyGC_Head *gc = _Py_AS_GC(object), *young = ts->interp->gc.generation0;
  auto* last = reinterpret_cast<PyGC_Head*>(young->_gc_prev);
  _PyGCHead_SET_NEXT(last, gc);
  _PyGCHead_SET_PREV(gc, last);
  _PyGCHead_SET_NEXT(gc, young);
  young->_gc_prev = reinterpret_cast<uintptr_t>(gc);
}

// Undoes gen_enter: the frame is no longer the current one and its handled exception is the generator's again.
inline void gen_leave(PyThreadState* ts, PyGenObject* gen, Frame* fr) {
  ts->exc_info = gen->gi_exc_state.previous_item;
  gen->gi_exc_state.previous_item = nullptr;
  set_current_frame(ts, frame_previous(fr));
  recursion_leave(ts);
}
inline void gen_become_current(PyThreadState* ts, PyGenObject* gen, Frame* fr) {
  gen->gi_exc_state.previous_item = ts->exc_info;
  ts->exc_info = &gen->gi_exc_state;
  set_current_frame(ts, fr);
  recursion_enter(ts);
}
// Makes the frame of a waiting generator the current one, with `value` (stolen) on its stack.
inline void gen_enter(PyThreadState* ts, PyGenObject* gen, Frame* fr, PyObject* value) {
  gen_link(gen, fr, current_frame(ts));
  gen_push_sent(fr, value);
  gen_become_current(ts, gen, fr);
}
// The same for one that goes on in the middle: what is on its stack is dead.
inline void gen_enter_within(PyThreadState* ts, PyGenObject* gen, Frame* fr) {
  gen_link(gen, fr, current_frame(ts));
  gen_run_natively(fr);
  gen_become_current(ts, gen, fr);
}

}  // namespace jj
