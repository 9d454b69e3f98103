// Polling: what native code does when the interpreter, another thread or a tracer wants its attention.
#include <algorithm>
#include <climits>

#include "vm/internal.h"

namespace jj::vm {

namespace {

thread_local uintptr_t stack_end = 0;  // lowest address of this thread's C stack, once asked

}  // namespace

uint8_t ignored_tools = 0;
__thread uintptr_t stack_mark __attribute__((tls_model("initial-exec"))) = UINTPTR_MAX;

bool tracing_active(PyThreadState* ts, CodeData* cd) { return is_traced(ts, cd); }
bool entry_allowed(PyThreadState* ts, CodeData* cd) { return may_enter(ts, cd); }

int handle_pending(PyThreadState* ts, CodeData* cd) {
  if (int result = serve_requests(ts)) return result;
  return is_traced(ts, cd) ? 2 : 0;
}

void yield_gil_if_asked(bool asked) {
  if (asked) PyEval_RestoreThread(PyEval_SaveThread());
}

#if PY_VERSION_HEX >= 0x030C0000
bool monitored(PyThreadState* ts, CodeData* cd) {
  uint8_t tools = 0;
  for (uint8_t t : ts->interp->monitors.tools) tools |= t;
  if (const _PyCoMonitoringData* data = cd->code->_co_monitoring)
    for (uint8_t t : data->local_monitors.tools) tools |= t;
  if (tools & ~ignored_tools) return true;
#if PY_VERSION_HEX >= 0x030D0000
  cd->clean = ts->eval_breaker & ~static_cast<uintptr_t>(_PY_EVAL_EVENTS_MASK);
#else
  cd->clean = ts->interp->monitoring_version;
#endif
  return false;
}
#endif

bool stack_low_slow() {
  uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (stack_mark == UINTPTR_MAX) {
    StackBounds bounds = c_stack_bounds();
    uintptr_t size = bounds.high - bounds.low;
    // Room for C code that native code calls, whose nesting the interpreter limits by a count.
    stack_mark = bounds.low ? bounds.low + size / 2 : 0;
    stack_end = bounds.low;
  }
  return here < stack_mark;
}

int c_calls_left() {
  constexpr uintptr_t per_call = 1024, margin = 64 * 1024;
  uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (!stack_end || here < stack_end + margin) return 0;
  return static_cast<int>(std::min<uintptr_t>((here - stack_end - margin) / per_call, INT_MAX));
}

}  // namespace jj::vm
