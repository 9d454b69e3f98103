// Living inside CPython 3.12: monitoring instead of tracing flags, C-recursion units, scheduled collections.
#include <cstddef>

#include "vm/internal.h"

namespace jj::vm {

namespace {

// lambda: None; running it lets the interpreter do what is scheduled. Nobody sees its frame: it does what is scheduled
// in front of its first traceable instruction.
PyObject* pause_function = nullptr;

bool anybody_watches(PyThreadState* ts) {
  uint8_t tools = 0;
  for (uint8_t t : ts->interp->monitors.tools) tools |= t;
  return tools != 0;
}

}  // namespace

PyObject* run_interpreter(PyThreadState* ts, Frame* fr, CodeData* cd, int ip, int depth, bool throwing) {
  set_stack_depth(fr, cd->code, depth);
  throwing ? set_ip(fr, ip) : set_resume_ip(fr, ip);
  recursion_leave(ts);
  set_current_frame(ts, fr->previous);  // the interpreter links it again, and pops it in the end
  c_recursion_give_back(ts, kUnitsOfLoop);
  bool hidden = throwing && hide_call_event(ts);  // throwing into a frame reports a call
  PyObject* result = _PyEval_EvalFrameDefault(ts, fr, throwing);
  if (hidden) show_call_events(ts);
  c_recursion_give_back(ts, -kUnitsOfLoop);
  return result;
}

// An inline call returns to the last of the call's caches. Only where lines are traced does anybody look.
void stand_behind_call(PyThreadState* ts, PyObject* func, PyObject* const* args) {
  Frame* caller = current_frame(ts);
  if (!caller || caller->owner == FRAME_OWNED_BY_CSTACK || caller->stacktop == kRunsNatively) return;
  _PyCoMonitoringData* data = frame_code(caller)->_co_monitoring;
  if (!data || !data->lines) return;
  PyObject* const* stack = frame_slots(caller) + frame_code(caller)->co_nlocalsplus;
  if (args <= stack || args > stack + frame_code(caller)->co_stacksize || args[-1] != func) return;  // C code calls
  caller->prev_instr += INLINE_CACHE_ENTRIES_CALL;
}

int serve_requests(PyThreadState* ts) {
  auto& ceval = ts->interp->ceval;
  if (!ceval.eval_breaker._value) return 0;
  if (Py_MakePendingCalls() < 0) return 1;
  if (ts->async_exc) return 2;
  if (ceval.gc_scheduled._value || ceval.pending.calls_to_do._value) {
    if (anybody_watches(ts)) return 2;  // would see the function below
    PyObject* result = call_original(ts, pause_function, nullptr, 0, nullptr);
    if (!result) return 1;
    Py_DECREF(result);
  }
  yield_gil_if_asked(ceval.gil_drop_request._value != 0);
  return 0;
}

void fill_polls(JJLayout* layout) {
  layout->frame_ip = offsetof(Frame, prev_instr);
  layout->npolls = 3;
  layout->polls[0] = {JJ_POLL_INTERP, 0, offsetof(PyInterpreterState, ceval.eval_breaker), 4, 0};
  layout->polls[1] = {JJ_POLL_INTERP, 0, offsetof(PyInterpreterState, monitoring_version), 8, 1};
  layout->polls[2] = {JJ_POLL_CODE, 0, offsetof(PyCodeObject, _co_monitoring), 8, 0};
}

bool init_version() {
  pause_function = PyRun_String("lambda: None", Py_eval_input, PyEval_GetBuiltins(), PyEval_GetBuiltins());
  if (!pause_function) return false;
  auto* code = reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(pause_function));
  code->_co_firsttraceable = static_cast<int>(Py_SIZE(code)) - 1;
  return true;
}

const char* probe_version(Frame*, PyObject*) { return nullptr; }

void mark_as_called(PyFunctionObject* func, vectorcallfunc entry) { PyFunction_SetVectorcall(func, entry); }
void unmark_as_called(PyFunctionObject* func) { PyFunction_SetVectorcall(func, original_vectorcall); }

}  // namespace jj::vm
