// Native entry: what runs when anybody calls a function that has native code.
#include "vm/entry.h"

#include <algorithm>

#include "vm/call_site.h"
#include "vm/code_slot.h"
#include "vm/run_inl.h"
#include "vm/traced_calls.h"

extern "C" void jj_function_created(PyObject* func);  // by whoever decides what becomes native
extern "C" void jj_set_aside(PyFunctionObject* func, jj::CodeData* paused);

namespace jj::vm {

uint64_t fallback_calls = 0;

namespace {

// Tracing or monitoring is on, the recursion limit is reached, or there is no room for a frame.
[[gnu::noinline, gnu::cold]] PyObject* enter_interpreter(PyThreadState* ts, PyObject* func, PyObject* const* args,
                                                         size_t nargsf, PyObject* kwnames) {
  // At the recursion limit the call raises before its first instruction: nothing was executed, natively or otherwise.
  if (recursion_room(ts)) ++fallback_calls;
  if (is_traced(ts, code_data(reinterpret_cast<PyFunctionObject*>(func))))
    return call_while_traced(ts, func, args, nargsf, kwnames);
  return call_original(ts, func, args, nargsf, kwnames);
}

// Little C stack is left. Interpreted calls of an ordinary function use none, so this function becomes one until the
// call returns.
[[gnu::noinline, gnu::cold]] PyObject* enter_deep(PyThreadState* ts, PyObject* func, PyObject* const* args,
                                                  size_t nargsf, PyObject* kwnames) {
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  ++fallback_calls;
  Py_INCREF(func);
  uninstall(f);
  // C code that calls Python again and again has to end where the stack does; native calls have not counted for it.
  int excess = c_recursion_room(ts) - c_calls_left();
  c_recursion_give_back(ts, excess > 0 ? -excess : 0);
  PyObject* result = call_original(ts, func, args, nargsf, kwnames);
  c_recursion_give_back(ts, excess > 0 ? excess : 0);
  install_again(f);
  Py_DECREF(func);
  return result;
}

// The function's __code__ was replaced by one without native code or a generator's: it is the interpreter's again. Or that
// is for now.
[[gnu::noinline, gnu::cold]] PyObject* enter_without_code(PyThreadState* ts, PyObject* func, PyObject* const* args,
                                                          size_t nargsf, PyObject* kwnames) {
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  CodeData* cd = code_data(f);
  if (cd && cd->paused) {
    jj_set_aside(f, cd);
    return enter_interpreter(ts, func, args, nargsf, kwnames);
  }
  uninstall(f);
  jj_function_created(func);  // which may have native code of its own later
  return f->vectorcall(func, args, nargsf, kwnames);
}

// Any arguments. Null without an exception: nothing was done, and the interpreter's own entry finds out why.
PyObject* enter_binding(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, const Arguments& given) {
  PyObject *rest = nullptr, *keywords = nullptr;  // made first: that may run code
  Frame* fr = make_collectors(cd, given, &rest, &keywords) ? push_frame(ts, func, cd) : nullptr;
  if (!fr) {
    PyErr_Clear();
    Py_XDECREF(rest);
    Py_XDECREF(keywords);
    return nullptr;
  }
  PyObject** slots = frame_slots(fr);
  PyObject** next = slots + cd->argcount + cd->kwonly;
  if (rest) *next++ = rest;
  if (keywords) *next = keywords;
  if (bind_arguments(func, cd, given, keywords, slots)) return run_body(ts, fr, cd, func);
  PyErr_Clear();
  pop_frame(ts, fr, cd);
  return nullptr;
}

// Keywords, defaults, * and **.
[[gnu::noinline]] PyObject* enter_general(PyThreadState* ts, PyFunctionObject* func, CodeData* cd,
                                          PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  if (cd->flags & kSuspendingFlags)
    return enter_without_code(ts, reinterpret_cast<PyObject*>(func), args, nargsf, kwnames);
  PyObject* result = enter_binding(ts, func, cd, {args, PyVectorcall_NARGS(nargsf), kwnames, nullptr});
  if (result || exception_pending(ts)) return result;
  return call_original(ts, reinterpret_cast<PyObject*>(func), args, nargsf, kwnames);
}

inline void copy_arguments(PyObject** slots, PyObject* const* args, Py_ssize_t nargs) {
  for (Py_ssize_t i = 0; i < nargs; ++i) {
    slots[i] = new_ref(args[i]);
    __asm__("" : "+r"(i));  // few: an unrolled loop costs more
  }
}

}  // namespace

PyObject* call_frameless_bound(PyThreadState* ts, PyFunctionObject* func, CodeData* cd, const Arguments& given) {
  constexpr Py_ssize_t kMost = 8;
  const Py_ssize_t count = cd->plain_args;
  if (!cd->frameless || count > kMost || given.nargs > count || given.keywords) return nullptr;
  PyObject* bound[kMost];
  for (Py_ssize_t i = 0; i < count; ++i) bound[i] = i < given.nargs ? given.args[i] : positional_default(func, cd, i);
  PyObject* const* parameters = parameter_names(cd->code);
  uint32_t named = 0;
  for (Py_ssize_t k = 0; given.names && k < PyTuple_GET_SIZE(given.names); ++k) {
    Py_ssize_t at = std::max<Py_ssize_t>(given.nargs, cd->posonly);
    while (at < count && parameters[at] != PyTuple_GET_ITEM(given.names, k)) ++at;
    if (at >= count || (named & 1U << at)) return nullptr;  // wrong, or a name that is not interned
    named |= 1U << at;
    bound[at] = given.args[given.nargs + k];
  }
  for (Py_ssize_t i = given.nargs; i < count; ++i)
    if (!bound[i]) return nullptr;
  return call_frameless(ts, func, cd, bound);
}

PyObject* call_native(PyThreadState* ts, PyFunctionObject* func, const Arguments& given) {
  CodeData* cd = code_data(func);
  if (PyObject* result = cd && cd->frameless ? call_frameless_bound(ts, func, cd, given) : nullptr) return result;
  if (!cd || !cd->body || (cd->flags & kSuspendingFlags) || !may_enter(ts, cd) || stack_low()) return nullptr;
  return enter_binding(ts, func, cd, given);
}

bool run_instead(PyThreadState* ts, Frame* given, PyFunctionObject* func, CodeData* cd, PyObject** result) {
  Frame* fr = push_frame(ts, func, cd);
  if (!fr) return false;
  PyObject **from = frame_slots(given), **to = frame_slots(fr);
  for (int i = 0; i < cd->nslots; ++i) {
    to[i] = from[i];
    from[i] = nullptr;
  }
  *result = run_frame(ts, fr, cd, nullptr);
  return true;
}

}  // namespace jj::vm

// With a frame. A function of its own: what it keeps in registers would cost calls without one.
[[gnu::noinline]] static PyObject* enter_framed(PyObject* func, PyObject* const* args, size_t nargsf,
                                                PyObject* kwnames) {
  using namespace jj;
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  CodeData* cd = vm::code_data(f);
  PyThreadState* ts = thread_state();
  if (!cd || !cd->body) [[unlikely]]
    return vm::enter_without_code(ts, func, args, nargsf, kwnames);
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  bool plain = nargs == cd->plain_args && !kwnames;
  if (!vm::may_enter(ts, cd)) [[unlikely]]
    return vm::enter_interpreter(ts, func, args, nargsf, kwnames);
  if (vm::stack_low()) [[unlikely]]
    return vm::enter_deep(ts, func, args, nargsf, kwnames);
  if (!plain) return vm::enter_general(ts, f, cd, args, nargsf, kwnames);
  Frame* fr = vm::push_frame(ts, f, cd, static_cast<int>(nargs));
  if (!fr) [[unlikely]]
    return vm::enter_interpreter(ts, func, args, nargsf, kwnames);
  vm::copy_arguments(frame_slots(fr), args, nargs);
  return vm::run_body(ts, fr, cd, f);
}

// Without a frame; null: nothing was done.
[[gnu::always_inline]] static inline PyObject* enter_frameless(PyObject* func, PyObject* const* args, size_t nargsf,
                                                               PyObject* kwnames) {
  using namespace jj;
  auto* f = reinterpret_cast<PyFunctionObject*>(func);
  CodeData* cd = vm::code_data(f);
  if (!cd || !cd->frameless) return nullptr;
  PyThreadState* ts = thread_state();
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  return nargs == cd->plain_args && !kwnames ? vm::call_frameless(ts, f, cd, args)
                                             : vm::call_frameless_bound(ts, f, cd, {args, nargs, kwnames, nullptr});
}

// Called from C: takes the units of the loop that the interpreter would start, which ends where there are none left.
[[gnu::noinline]] static PyObject* enter_nested(PyObject* func, PyObject* const* args, size_t nargsf,
                                                PyObject* kwnames) {
  using namespace jj;
  PyThreadState* ts = thread_state();
  if (!c_recursion_allows(ts, kUnitsOfLoop + 1)) return vm::original_vectorcall(func, args, nargsf, kwnames);
  c_recursion_give_back(ts, -kUnitsOfLoop);
  PyObject* result = enter_framed(func, args, nargsf, kwnames);
  c_recursion_give_back(ts, kUnitsOfLoop);
  return result;
}

PyObject* jj_vectorcall(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  PyObject* result = enter_frameless(func, args, nargsf, kwnames);
  if (JJ_LIKELY(result != nullptr)) return result;
  if (jj::vm::nests(jj::thread_state(), func, args, nargsf)) return enter_nested(func, args, nargsf, kwnames);
  return enter_framed(func, args, nargsf, kwnames);
}

PyObject* jj::vm::call_inline(PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  PyObject* result = enter_frameless(func, args, nargsf, kwnames);
  return result ? result : enter_framed(func, args, nargsf, kwnames);
}
