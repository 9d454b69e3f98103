// CPython 3.10: frames are heap objects, the handled exception is a triple.
#pragma once
#include "frameobject.h"

namespace jj {

using Frame = PyFrameObject;

// -- code objects
inline const _Py_CODEUNIT* code_units(PyCodeObject* code) {
  return reinterpret_cast<const _Py_CODEUNIT*>(PyBytes_AS_STRING(code->co_code));
}
inline const _Py_CODEUNIT* first_instruction(PyCodeObject* code) { return code_units(code); }
inline int code_nlocalsplus(PyCodeObject* code) {
  return code->co_nlocals + static_cast<int>(PyTuple_GET_SIZE(code->co_cellvars) + PyTuple_GET_SIZE(code->co_freevars));
}

// -- frames
inline PyCodeObject* frame_code(Frame* fr) { return fr->f_code; }
inline PyObject** frame_slots(Frame* fr) { return fr->f_localsplus; }
inline PyObject** frame_stack(Frame* fr, PyCodeObject*) { return fr->f_valuestack; }
inline PyObject* frame_globals(Frame* fr) { return fr->f_globals; }
inline PyObject* frame_builtins(Frame* fr) { return fr->f_builtins; }
inline PyObject* frame_namespace(Frame* fr) { return fr->f_locals; }  // may be null
inline void set_frame_namespace(Frame* fr, PyObject* owned) { Py_XSETREF(fr->f_locals, owned); }
inline PyFunctionObject* frame_function(Frame*) { return nullptr; }       // 3.10 frames do not know it
inline bool frame_object_exists(Frame* fr) { return Py_REFCNT(fr) > 1; }  // someone else holds the frame
inline Frame* frame_previous(Frame* fr) { return fr->f_back; }
constexpr int kCalleeRunsAt = 0;  // see py311.h
inline void set_ip(Frame* fr, int idx) { fr->f_lasti = idx; }
inline int get_ip(Frame* fr) { return fr->f_lasti; }
inline void set_resume_ip(Frame* fr, int idx) { fr->f_lasti = idx - 1; }  // idx is the next instruction
inline void set_stack_depth(Frame* fr, PyCodeObject*, int depth) { fr->f_stackdepth = depth; }

// -- thread state
inline Frame* current_frame(PyThreadState* ts) { return ts->frame; }
inline void set_current_frame(PyThreadState* ts, Frame* fr) { ts->frame = fr; }
inline void recursion_enter(PyThreadState* ts) { ++ts->recursion_depth; }
inline void recursion_leave(PyThreadState* ts) { --ts->recursion_depth; }
inline void recursion_units_spend(PyThreadState* ts, int units) { ts->recursion_depth += units; }
inline int recursion_units_left(PyThreadState* ts) { return ts->interp->ceval.recursion_limit - ts->recursion_depth; }
inline int outer_frame_room(PyThreadState*, PyCodeObject*) { return 0; }  // see frames_datastack.h
inline void data_stack_spend(PyThreadState*, int) {}
inline bool is_on_data_stack(PyThreadState*, PyObject* const*) { return false; }
inline bool recursion_room(PyThreadState* ts) { return ts->recursion_depth < ts->interp->ceval.recursion_limit; }

// Replaces the handled exception of the current execution context by `exc` (stolen, may be null); the old one, owned,
// is returned. Its type and traceback are dropped: only handlers need them, see handled_triple.
inline PyObject* swap_handled_exception(PyThreadState* ts, PyObject* exc) {
  _PyErr_StackItem* item = ts->exc_info;
  PyObject *type = item->exc_type, *old = item->exc_value, *tb = item->exc_traceback;
  item->exc_value = exc;
  item->exc_type = nullptr;
  item->exc_traceback = nullptr;
  if (exc && exc != Py_None) {
    item->exc_type = reinterpret_cast<PyObject*>(Py_TYPE(exc));
    Py_INCREF(item->exc_type);
    item->exc_traceback = PyException_GetTraceback(exc);
  }
  Py_XDECREF(type);
  Py_XDECREF(tb);
  return old;
}

// Whether the next object that the collector knows would have it run.
inline bool collects_when_allocating(PyThreadState* ts) {
  const auto& gc = ts->interp->gc;
  const auto& young = gc.generations[0];
  return young.count >= young.threshold && gc.enabled && young.threshold && !gc.collecting;
}

}  // namespace jj

#include "runtime/compat/threads_triple.h"
