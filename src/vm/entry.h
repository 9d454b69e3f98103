// Native function entry: the vectorcalls that stand in jitted functions, and argument binding.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

// Calls of functions with native code that the interpreter ran instead (tracing, recursion limit, deep stack).
extern uint64_t fallback_calls;

// What a call passes. Keywords: names, whose values follow the positional arguments, and a dict; either may be null.
struct Arguments {
  PyObject* const* args;
  Py_ssize_t nargs;
  PyObject* names;
  PyObject* keywords;
};

// Makes what * and ** parameters hold; false with an exception set.
bool make_collectors(const CodeData* cd, const Arguments& given, PyObject** rest, PyObject** keywords);

// Binds a call's arguments to the parameters in the empty slots of a new frame; surplus keywords go to `extra_keywords`
// (may be null). False when the call is wrong in any way, or only the interpreter can tell: its own entry raises the
// error, perhaps another than what is set here. The slots own what they hold in either case.
bool bind_arguments(PyFunctionObject* func, const CodeData* cd, const Arguments& given, PyObject* extra_keywords,
                    PyObject** slots);

// The same where * and ** parameters have to be made, too.
bool bind_everything(PyFunctionObject* func, const CodeData* cd, const Arguments& given, PyObject** slots);

// Calls it without a frame (vm/run_inl.h), with keywords and defaults. Null without an exception: nothing was done.
PyObject* call_frameless_bound(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, const Arguments& given);

// Calls a function natively. Null without an exception: nothing was done, it has to be called.
PyObject* call_native(PyThreadState* ts, PyFunctionObject* func, const Arguments& given);

// Default of the missing positional parameter `index`, borrowed; null when there is none.
inline PyObject* positional_default(PyFunctionObject* func, const CodeData* cd, Py_ssize_t index) {
  PyObject* defaults = func->func_defaults;
  if (!defaults) return nullptr;
  Py_ssize_t at = index - (cd->argcount - PyTuple_GET_SIZE(defaults));
  return at >= 0 ? PyTuple_GET_ITEM(defaults, at) : nullptr;
}

// Whether a call with `nargs` positional arguments and nothing else leaves only parameters that have defaults.
inline bool defaults_suffice(PyFunctionObject* func, const CodeData* cd, Py_ssize_t nargs) {
  return nargs < cd->argcount && positional_default(func, cd, nargs);
}
// The same where that may be none. Parameters that only take keywords are another matter.
inline bool takes_positionally(PyFunctionObject* func, const CodeData* cd, Py_ssize_t nargs) {
  if (cd->flags & (CO_VARARGS | CO_VARKEYWORDS)) return false;
  return nargs == cd->argcount || defaults_suffice(func, cd, nargs);
}
inline void fill_positional_defaults(PyObject** slots, PyFunctionObject* func, const CodeData* cd, Py_ssize_t nargs) {
  for (Py_ssize_t i = nargs; i < cd->argcount; ++i) {
    slots[i] = positional_default(func, cd, i);
    Py_INCREF(slots[i]);
  }
}

// Fills the empty slots of parameters that only take keywords. False, with or without an exception set: one
// has no default, or only the interpreter can tell.
bool fill_keyword_defaults(PyObject** slots, PyFunctionObject* func, const CodeData* cd);

// As an instruction of Python code calls a function with native code, wherever the arguments are. C code calls
// jj_vectorcall, which counts how deep such calls nest.
PyObject* call_inline(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames);

// Takes over a call that the eval-frame hook saw: moves the bound arguments out of `given` (not linked, at its start)
// into a native frame and runs that. False: nothing was done.
bool run_instead(PyThreadState* ts, Frame* given, PyFunctionObject* func, CodeData* cd, PyObject** result);

// Runs class, module or exec code that has native code, names living in `mapping`; its return value, or null.
PyObject* run_in_namespace(PyFunctionObject* func, PyObject* mapping);

}  // namespace jj::vm

// The vectorcall of a function with native code.
PyObject* jj_vectorcall(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames);
