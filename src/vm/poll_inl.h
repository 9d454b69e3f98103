// What a poll looks at first, inline.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

// Signals, a request for the GIL, pending calls or the like wait to be served.
inline bool requests_waiting(PyThreadState* ts) {
#if PY_VERSION_HEX >= 0x030D0000
  return (ts->eval_breaker & _PY_EVAL_EVENTS_MASK) != 0;
#else
  return ts->interp->ceval.eval_breaker._value != 0;
#endif
}

}  // namespace jj::vm
