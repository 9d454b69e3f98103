// How the process-wide mode learns of functions that it has not seen: function watchers (3.12+) or the eval-frame hook.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

// True where functions are found only by running them, and counted there (3.10).
constexpr bool kHookCounts = PY_MINOR_VERSION == 10;

struct Discovery {
  void (*created)(PyFunctionObject* func);  // 3.12+: was just made
  // 3.10, 3.11: a call is about to be interpreted. Native code to run instead, or null. func is null on 3.10.
  CodeData* (*called)(PyCodeObject* code, PyFunctionObject* func);
};

// A debug build of 3.11 asserts that functions are of the exact type, so that ours can be found by the hook alone.
#if defined(Py_DEBUG) && PY_MINOR_VERSION == 11
constexpr bool kHookOnly = true;
#else
constexpr bool kHookOnly = false;
#endif
void keep_hook();

// exact: every function is seen before its first call. Otherwise 3.11 looks in short windows only, because its
// interpreter stops inlining calls while a hook is set. False with a Python exception set.
bool start_discovery(const Discovery& discovery, bool exact);
void stop_discovery();

}  // namespace jj::vm
