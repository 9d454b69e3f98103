// Legacy tracing (sys.settrace, sys.setprofile): keeps the interpreter from reporting the call of a frame that it merely
// takes over. Its caller was told long ago, or was not watching.
#include "vm/internal.h"

namespace jj::vm {

namespace {

thread_local Py_tracefunc real_trace = nullptr, real_profile = nullptr;

int swallow_trace(PyObject* obj, PyFrameObject* fr, int what, PyObject* arg) {
  Py_tracefunc real = real_trace;
  PyThreadState* ts = thread_state();
  if (ts->c_tracefunc == swallow_trace) ts->c_tracefunc = real;
  return what == PyTrace_CALL ? 0 : real(obj, fr, what, arg);
}
int swallow_profile(PyObject* obj, PyFrameObject* fr, int what, PyObject* arg) {
  Py_tracefunc real = real_profile;
  PyThreadState* ts = thread_state();
  if (ts->c_profilefunc == swallow_profile) ts->c_profilefunc = real;
  return what == PyTrace_CALL ? 0 : real(obj, fr, what, arg);
}

bool events_are_sent(PyThreadState* ts) {
#if PY_VERSION_HEX < 0x030C0000
  return ts->cframe->use_tracing != 0;
#else
  return ts->tracing == 0;
#endif
}

}  // namespace

bool hide_call_event(PyThreadState* ts) {
  if ((!ts->c_tracefunc && !ts->c_profilefunc) || !events_are_sent(ts)) return false;
  if (ts->c_tracefunc && ts->c_tracefunc != swallow_trace) {
    real_trace = ts->c_tracefunc;
    ts->c_tracefunc = swallow_trace;
  }
  if (ts->c_profilefunc && ts->c_profilefunc != swallow_profile) {
    real_profile = ts->c_profilefunc;
    ts->c_profilefunc = swallow_profile;
  }
  return true;
}

void show_call_events(PyThreadState* ts) {
  if (ts->c_tracefunc == swallow_trace) ts->c_tracefunc = real_trace;
  if (ts->c_profilefunc == swallow_profile) ts->c_profilefunc = real_profile;
}

#if PY_VERSION_HEX < 0x030B0000
static bool send_return_event(PyThreadState* ts, Py_tracefunc tool, PyObject* self, PyFrameObject* fr,
                              PyObject* value) {
  if (!tool || ts->tracing) return true;
  ++ts->tracing;
  ts->cframe->use_tracing = 0;
  fr->f_lineno = PyCode_Addr2Line(fr->f_code, fr->f_lasti * 2);
  int result = tool(self, fr, PyTrace_RETURN, value);
  fr->f_lineno = 0;
  go_on_tracing(ts);
  return result == 0;
}
bool send_return_events(PyThreadState* ts, PyFrameObject* fr, PyObject* value) {
  bool good = send_return_event(ts, ts->c_tracefunc, ts->c_traceobj, fr, value);
  return good && send_return_event(ts, ts->c_profilefunc, ts->c_profileobj, fr, value);
}
#endif

#if PY_VERSION_HEX >= 0x030B0000
void pause_tracing(PyThreadState* ts) { PyThreadState_EnterTracing(ts); }
void go_on_tracing(PyThreadState* ts) { PyThreadState_LeaveTracing(ts); }
#else
void pause_tracing(PyThreadState* ts) {
  ++ts->tracing;
  ts->cframe->use_tracing = 0;
}
void go_on_tracing(PyThreadState* ts) {
  --ts->tracing;
  ts->cframe->use_tracing = ts->tracing == 0 && (ts->c_tracefunc || ts->c_profilefunc);
}
#endif

}  // namespace jj::vm
