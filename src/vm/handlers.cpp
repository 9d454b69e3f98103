// 3.11+: entering exception handlers that an exception table describes; what 3.10 needs for its blocks is empty here.
#include "vm/internal.h"

#if PY_VERSION_HEX >= 0x030B0000

namespace jj::vm {

int frame_prologue(Frame*, PyFunctionObject*, CodeData*) { return 0; }
void rebuild_blocks(Frame*, const CodeData*, int) {}
int block_lasti(Frame*, const CodeData*, int) { return -1; }
void enter_handler_block(Frame*, const CodeData*, const JJRegion*) {}
void push_handler_block(Frame*, const CodeData*, const JJRegion*) {}
PyObject** pop_except310(PyThreadState*, Frame*, int, PyObject** sp) { return sp; }

PyObject* suspend_traced(PyThreadState* ts, Frame* fr, CodeData* cd, PyObject* value, const Suspension& at) {
  int yield = at.index - 1;  // the interpreter does it
  frame_slots(fr)[cd->nslots + at.depth] = value;
  return hand_over(ts, fr, cd, {yield, yield, at.depth + 1, false}, ExitReason::Tracing);
}

PyObject** push_handler_entries(PyThreadState* ts, Frame* fr, const JJRegion* region, PyObject** sp) {
  if (region->push_lasti) {
    PyObject* lasti = PyLong_FromLong(get_ip(fr));
    if (!lasti) return nullptr;
    *sp++ = lasti;
  }
  *sp++ = take_exception(ts);
  return sp;
}

void push_reraised(PyThreadState* ts, PyObject** sp) { *sp = take_exception(ts); }

void raise_unbound_local(PyCodeObject* code, int slot) {
  PyErr_Format(PyExc_UnboundLocalError, "cannot access local variable '%U' where it is not associated with a value",
               PyTuple_GET_ITEM(code->co_localsplusnames, slot));
}

void add_traceback(PyThreadState* ts, Frame* fr) {
  if (_PyFrame_IsIncomplete(fr)) return;  // still in its prologue: not to be seen
  PyFrameObject* object = PyThreadState_GetFrame(ts);
  if (!object) {
    PyErr_NoMemory();  // it took the place of the exception, and was cleared
    return;
  }
  PyTraceBack_Here(object);
  Py_DECREF(object);
}

}  // namespace jj::vm

#endif
