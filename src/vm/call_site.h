// Where calls of functions with an entry of ours come from, and what the interpreter would save there.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

enum class CallSite : uint8_t {
  Native,  // native code, which needs no entry
  Call,    // an instruction of interpreted code that calls, looks up an attribute, subscribes, or calls with *
  Attribute,
  Subscript,
  Starred,
  Other  // C code
};
constexpr int kCallSites = static_cast<int>(CallSite::Other) + 1;

// The site of a call that has just come in through func's entry.
CallSite call_site(PyThreadState* ts, PyObject* func, PyObject* const* args);

// Nanoseconds that interpreted calls at such a site take less than through the interpreter's C entry, and native ones
// more than what passes in our entry: the interpreter runs simple calls of its own functions within its loop.
double inline_advantage_ns(PyThreadState* ts, CallSite site);

}  // namespace jj::vm
