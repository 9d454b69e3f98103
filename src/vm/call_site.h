// Where calls of functions with an entry of ours come from, and what the interpreter would save there.
#pragma once
#include "runtime/abi.h"
#include "vm/vm.h"

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

// Whether the interpreter would run this call in a loop of its own: C code calls, not an instruction of Python code.
bool nests_slow(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf);
inline bool nests(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf) {
  if constexpr (!kCountsC) return false;
  Frame* caller = current_frame(ts);
  const bool near = caller && (nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET) && args - 2 >= frame_slots(caller) &&
                    is_on_data_stack(ts, args);
  // 3.13 has a null between a function that is no method and its arguments.
  if (__builtin_expect(near && (args[-1] == func || (!args[-1] && args[-2] == func)), 1)) return false;
  return nests_slow(ts, func, args, nargsf);
}

// Calls by the interpreter's own entry, through one of ours: gives back the units that only this way costs.
PyObject* call_interpreted(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames);

}  // namespace jj::vm
