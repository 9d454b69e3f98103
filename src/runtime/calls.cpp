// Positional calls from native code: functions with native code are entered directly, C functions without their thunks.
#include "runtime/calls.h"
#include "runtime/calls_c.h"
#include "runtime/class_call.h"
#include "runtime/signature.h"

#include "vm/call_site.h"
#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/generators.h"
#include "vm/run_inl.h"

namespace jj::calls {
namespace {

// True when `func` can run natively with `nargs` positional arguments right now.
inline CodeData* native_target(PyThreadState* ts, PyFunctionObject* func, Py_ssize_t nargs) {
  CodeData* cd = vm::code_data(func);
  if (!cd || !cd->body) [[unlikely]]
    return nullptr;
  if (nargs != cd->plain_args && !(cd->plain_args >= 0 && vm::defaults_suffice(func, cd, nargs))) return nullptr;
  return vm::may_enter(ts, cd) && !vm::stack_low() ? cd : nullptr;
}

// Puts arguments and defaults into the callee's frame; on 3.11+ the arguments are moved there.
inline void fill_frame(Frame* callee, PyFunctionObject* func, const CodeData* cd, PyObject** argv, Py_ssize_t nargs) {
  PyObject** slots = frame_slots(callee);
  for (Py_ssize_t i = 0; i < nargs; ++i) {
    if constexpr (!kMovesArguments) Py_INCREF(argv[i]);
    slots[i] = argv[i];
  }
  vm::fill_positional_defaults(slots, func, cd, nargs);
}

// The frame of a call with these arguments, complete; null when there is no room for one.
template <bool kTakesFunction>
[[gnu::always_inline]] inline Frame* callee_frame(PyThreadState* ts, PyFunctionObject* func, CodeData* cd,
                                                  PyObject** argv, Py_ssize_t nargs) {
  Frame* callee = vm::push_frame<kTakesFunction>(ts, func, cd, cd->argcount);
  if (callee) fill_frame(callee, func, cd, argv, nargs);
  return callee;
}

// The same function called without a frame, if it needs none; null: nothing was done.
[[gnu::always_inline]] inline PyObject* call_unseen(PyThreadState* ts, PyFunctionObject* func, CodeData* cd,
                                                    PyObject* const* argv, Py_ssize_t nargs) {
  if (!cd->frameless) return nullptr;
  return nargs == cd->plain_args ? vm::call_frameless(ts, func, cd, argv)
                                 : vm::call_frameless_bound(ts, func, cd, {argv, nargs, nullptr, nullptr});
}

// The frame of a call of a function that has parameters which only take keywords, all of which have defaults. Null: there
// are others, or only call_inline can tell.
[[gnu::noinline]] Frame* keyword_frame(PyThreadState* ts, PyFunctionObject* func, PyObject** argv, Py_ssize_t nargs,
                                       CodeData** target) {
  CodeData* cd = vm::code_data(func);
  if (!cd || !cd->body || !cd->kwonly || (cd->flags & kSuspendingFlags)) return nullptr;
  if (!vm::takes_positionally(func, cd, nargs)) return nullptr;
  if (!vm::may_enter(ts, cd) || vm::stack_low()) return nullptr;
  Frame* callee = vm::push_frame(ts, func, cd);
  if (!callee) return nullptr;
  if (!vm::fill_keyword_defaults(frame_slots(callee), func, cd)) {
    PyErr_Clear();
    vm::pop_frame(ts, callee, cd);
    return nullptr;
  }
  fill_frame(callee, func, cd, argv, nargs);
  *target = cd;
  return callee;
}

// Calls a function that has native code. `moved` tells whether the arguments now belong to the callee.
inline PyObject* call_native(PyThreadState* ts, PyFunctionObject* func, PyObject** argv, Py_ssize_t nargs,
                             bool* moved) {
  *moved = false;
  CodeData* cd = native_target(ts, func, nargs);
  Frame* callee = cd ? callee_frame<false>(ts, func, cd, argv, nargs) : keyword_frame(ts, func, argv, nargs, &cd);
  if (!callee) [[unlikely]]
    return vm::call_inline(reinterpret_cast<PyObject*>(func), argv, static_cast<size_t>(nargs), nullptr);
  *moved = kMovesArguments;
  return vm::run_body(ts, callee, cd, func);
}

// A bound method of a native function on 3.10: the method stays on the stack, its self is only lent.
inline PyObject* call_native_method_310(PyThreadState* ts, const Call& c) {
  PyObject* saved = c.argv[-1];
  c.argv[-1] = PyMethod_GET_SELF(c.callable);
  bool moved;
  auto* func = reinterpret_cast<PyFunctionObject*>(PyMethod_GET_FUNCTION(c.callable));
  PyObject* result = call_native(ts, func, c.argv - 1, c.nargs + 1, &moved);
  c.argv[-1] = saved;
  return result;
}

uint32_t type_version(PyTypeObject* type) {
  if (PY_MINOR_VERSION < 13 && !PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG)) return 0;
  return type->tp_version_tag;
}

// The native __init__ of a class whose instances object.__new__ makes, or null; remembered in the call site's cache.
inline PyFunctionObject* known_init(PyTypeObject* type, Cache* cache) {
  uint32_t version = type_version(type);
  if (cache && version && cache->version == version) return reinterpret_cast<PyFunctionObject*>(cache->word[0]);
  if (type->tp_new != PyBaseObject_Type.tp_new || !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) ||
      PyType_HasFeature(type, Py_TPFLAGS_IS_ABSTRACT))
    return nullptr;
  static PyObject* name = PyUnicode_InternFromString("__init__");
  PyObject* init = name ? _PyType_Lookup(type, name) : nullptr;
  if (!init || !is_native(init)) {
    if (init && vectorcall_of(init) == vm::original_vectorcall) jj_interpreted_callee(init);
    return nullptr;
  }
  if (cache) {
    cache->version = type_version(type);
    CallCache& known = call_cache(cache);
    const CodeData* cd = vm::code_data(reinterpret_cast<PyFunctionObject*>(init));
    known.init = reinterpret_cast<uint64_t>(init);
    const uint64_t number = cd ? cd->number : 0;  // its code may have been replaced by other code
    // Optimised code asks for classes of `type` itself.
    known.other_inits |= !number || (known.init_code && known.init_code != number) || !Py_IS_TYPE(type, &PyType_Type);
    known.init_code = number;
  }
  return reinterpret_cast<PyFunctionObject*>(init);
}

}  // namespace

PyFunctionObject* native_init(PyTypeObject* type, Cache* cache) { return known_init(type, cache); }

PyObject* checked_instance(PyObject* self, PyObject* result) {
  if (result == Py_None) [[likely]] {
    Py_DECREF(result);
    return self;
  }
  if (result) {
    PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(result)->tp_name);
    Py_DECREF(result);
  }
  Py_DECREF(self);
  return nullptr;
}

namespace {

// Instance creation with a native __init__: no argument tuples. argv[-1] becomes self.
PyObject* instantiate(PyThreadState* ts, PyTypeObject* type, PyFunctionObject* init, Call& c) {
  static PyObject* no_arguments = PyTuple_New(0);
  Py_INCREF(init);
  PyObject* self = type->tp_new(type, no_arguments, nullptr);
  if (!self) {
    Py_DECREF(init);
    return nullptr;
  }
  Py_INCREF(self);
  c.argv[-1] = self;
  bool moved = false;
  PyObject* result;
  if (is_native(reinterpret_cast<PyObject*>(init))) [[likely]]
    result = call_native(ts, init, c.argv - 1, c.nargs + 1, &moved);
  else
    result = call_any(ts, reinterpret_cast<PyObject*>(init), c.argv - 1, static_cast<size_t>(c.nargs) + 1, nullptr);
  if (moved)
    c.nargs = 0;
  else
    Py_DECREF(self);
  Py_DECREF(init);
  return checked_instance(self, result);
}

PyObject* call_class(PyThreadState* ts, Call& c, Cache* cache) {
  auto* type = reinterpret_cast<PyTypeObject*>(c.callable);
  PyFunctionObject* init = known_init(type, cache);
  ClassCall call(ts, init, init && Py_IS_TYPE(type, &PyType_Type), c.nargs);
  if (!init || !call.has_room())
    return call_any(ts, c.callable, c.argv, static_cast<size_t>(c.nargs) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  call.enter();
  PyObject* result = instantiate(ts, type, init, c);
  call.leave();
  return result;
}

// The vectorcall of classes with a native __init__, for callers that are not native: without argument tuples, too.
PyObject* class_vectorcall(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* names) {
  static Cache caches[64];
  static PyObject* no_arguments = PyTuple_New(0);
  constexpr int kMostCopied = 8;
  PyThreadState* ts = thread_state();
  auto* type = reinterpret_cast<PyTypeObject*>(callable);
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  bool room_below = nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET;
  PyFunctionObject* init = known_init(type, &caches[reinterpret_cast<uintptr_t>(type) / sizeof(PyTypeObject) % 64]);
  bool native = init && is_native(reinterpret_cast<PyObject*>(init)) && Py_IS_TYPE(callable, &PyType_Type);
  if (!native) type->tp_vectorcall = nullptr;  // until a native __init__ fills an instance again
  ClassCall call(ts, init, init && !names && vm::call_site(ts, callable, args) == vm::CallSite::Call, nargs);
  if (!native || !(room_below || (!names && nargs <= kMostCopied)) || !call.has_room())
    return _PyObject_MakeTpCall(ts, callable, args, nargs, names);
  Py_INCREF(init);
  call.enter();
  PyObject *self = type->tp_new(type, no_arguments, nullptr), *result = nullptr;
  if (self) {
    PyObject* copied[kMostCopied + 1];
    copied[0] = nullptr;
    PyObject** argv = room_below ? const_cast<PyObject**>(args) - 1 : copied;
    PyObject* below = argv[0];
    for (Py_ssize_t i = 0; i < nargs && !room_below; ++i) argv[i + 1] = args[i];
    argv[0] = self;
    result = vm::call_inline(reinterpret_cast<PyObject*>(init), argv, static_cast<size_t>(nargs) + 1, names);
    argv[0] = below;
    result = checked_instance(self, result);
  }
  call.leave();
  Py_DECREF(init);
  return result;
}

PyObject* call_other(PyThreadState* ts, Call& c, Cache* cache) {
  PyObject* result = nullptr;
  if (may_change(cache, kMaxCallMisses)) expect_callable(cache, c);
  if (!call_c(ts, c, &result)) {
    if (is_class(c.callable))
      result = call_class(ts, c, cache);
    else
      result = run_inline(ts, c.callable, [&] {
        return call_any(ts, c.callable, c.argv, static_cast<size_t>(c.nargs) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
      });
  }
  assert((result != nullptr) != exception_pending(ts));
  release(c);
  return result;
}

// Native code that suspends, of such a function; or null.
CodeData* suspending_code(PyFunctionObject* func) {
  CodeData* cd = vm::code_data(func);
  return cd && cd->body && (cd->flags & kSuspendingFlags) ? cd : nullptr;
}

// What a call of a function with suspending native code gives, consuming the operands; null: it has to be called.
[[gnu::noinline]] PyObject* made_by_call(PyThreadState* ts, PyObject* callable, PyObject** argv, Py_ssize_t nargs) {
  auto* func = reinterpret_cast<PyFunctionObject*>(callable);
  CodeData* cd = func->vectorcall == vm::original_vectorcall ? suspending_code(func) : nullptr;
  if (!cd) return nullptr;
  bool moved;
  PyObject* made =
      vm::make_generator(ts, func, cd, {argv, nargs, nullptr, nullptr}, kMovesArguments ? &moved : nullptr);
  if (made && !(kMovesArguments && moved)) release({callable, argv, nargs});
  return made;
}

// The call's parts come one by one: a struct in memory is slow to read right after it was written in pieces.
[[gnu::noinline]] PyObject* call_general(PyThreadState* ts, PyObject* callable, PyObject** argv, Py_ssize_t nargs,
                                         Cache* cache) {
  Call c{callable, argv, nargs};
  if (Py_IS_TYPE(c.callable, &PyMethod_Type)) {
    if (may_change(cache, kMaxCallMisses)) expect_callable(cache, c);
    if constexpr (kMovesArguments) {
      unpack_method(c);
    } else if (is_native(PyMethod_GET_FUNCTION(c.callable))) {
      PyObject* result = call_native_method_310(ts, c);
      release(c);
      return result;
    } else if (PyObject* func = PyMethod_GET_FUNCTION(c.callable); vectorcall_of(func) == vm::original_vectorcall) {
      jj_interpreted_callee(func);
    }
  }
  if (!is_native(c.callable)) return call_other(ts, c, cache);
  bool moved;
  PyObject* result = run_inline(ts, c.callable, [&] {
    return call_native(ts, reinterpret_cast<PyFunctionObject*>(c.callable), c.argv, c.nargs, &moved);
  });
  if (moved)
    Py_DECREF(c.callable);
  else
    release(c);
  return result;
}

[[gnu::always_inline]] inline PyObject* call(PyThreadState* ts, Frame* fr, const Call& c, Cache* cache, int32_t idx) {
  if (JJ_LIKELY(is_native(c.callable))) {
    set_ip(fr, idx + kCalleeRunsAt);
    auto* func = reinterpret_cast<PyFunctionObject*>(c.callable);
    CodeData* cd = native_target(ts, func, c.nargs);
    if (PyObject* result = cd ? call_unseen(ts, func, cd, c.argv, c.nargs) : nullptr) {
      release(c);
      return result;
    }
    Frame* callee = cd ? callee_frame<kMovesArguments>(ts, func, cd, c.argv, c.nargs) : nullptr;
    if (JJ_LIKELY(callee != nullptr)) {
      PyObject* result = vm::run_body(ts, callee, cd, func);
      if constexpr (!kMovesArguments) release(c);
      return result;
    }
  }
  set_ip(fr, idx);
  if (Py_IS_TYPE(c.callable, &PyFunction_Type)) {
    PyObject* made = made_by_call(ts, c.callable, c.argv, c.nargs);
    if (made) return made;
  }
  return call_general(ts, c.callable, c.argv, c.nargs, cache);
}

}  // namespace

void serve_class(PyObject* callable) {
  auto* type = reinterpret_cast<PyTypeObject*>(callable);
  if (!Py_IS_TYPE(callable, &PyType_Type) || type->tp_vectorcall) return;
  if (native_init(type, nullptr)) type->tp_vectorcall = class_vectorcall;
}

PyObject* leave_behind(PyObject** base, PyObject* result) {
  base[0] = result;
  vm::reraise.done = 1;
  return nullptr;
}

PyObject* generator_of_call(PyThreadState* ts, PyObject* callable, const vm::Arguments& given) {
  auto* func = reinterpret_cast<PyFunctionObject*>(callable);
  CodeData* cd = suspending_code(func);
  return cd ? vm::make_generator(ts, func, cd, given, nullptr) : nullptr;
}

PyObject* call_any(PyThreadState* ts, PyObject* callable, PyObject* const* argv, size_t nargsf, PyObject* names) {
  vectorcallfunc entry = vectorcall_of(callable);
  if (entry == vm::original_vectorcall) {
    PyObject* made = generator_of_call(ts, callable, {argv, PyVectorcall_NARGS(nargsf), names, nullptr});
    if (made) return made;
    jj_interpreted_callee(callable);
    return vm::call_original(ts, callable, argv, nargsf, names);
  }
  if (entry == jj_vectorcall) return vm::call_inline(callable, argv, nargsf, names);
  if (entry) return entry(callable, argv, nargsf, names);
  return PyObject_Vectorcall(callable, argv, nargsf, names);
}

PyObject* call_as_c(PyThreadState* ts, PyObject* callable, PyObject* const* argv, size_t nargsf) {
  if (vectorcall_of(callable) == vm::original_vectorcall && c_recursion_allows(ts, kUnitsOfLoop + 1)) {
    PyObject* made = generator_of_call(ts, callable, {argv, PyVectorcall_NARGS(nargsf), nullptr, nullptr});
    if (made) return made;
    jj_interpreted_callee(callable);
  }
  return PyObject_Vectorcall(callable, argv, nargsf, nullptr);
}

PyObject* call_function(PyThreadState* ts, PyObject* callable, PyObject** argv, Py_ssize_t nargs) {
  if (JJ_LIKELY(is_native(callable))) {
    auto* func = reinterpret_cast<PyFunctionObject*>(callable);
    CodeData* cd = native_target(ts, func, nargs);
    if (PyObject* result = cd ? call_unseen(ts, func, cd, argv, nargs) : nullptr) {
      for (Py_ssize_t i = 0; i < nargs; ++i) Py_DECREF(argv[i]);
      return result;
    }
    Frame* callee = cd ? callee_frame<false>(ts, func, cd, argv, nargs) : keyword_frame(ts, func, argv, nargs, &cd);
    if (JJ_LIKELY(callee != nullptr)) {
      PyObject* result = vm::run_body(ts, callee, cd, func);
      for (Py_ssize_t i = 0; !kMovesArguments && i < nargs; ++i) Py_DECREF(argv[i]);
      return result;
    }
  }
  Py_INCREF(callable);
  Call c{callable, argv, nargs};
  PyObject* result = call_any(ts, callable, argv, static_cast<size_t>(nargs) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  release(c);
  return result;
}

}  // namespace jj::calls

extern "C" {

PyObject* jj_call_plain(PyThreadState* ts, jj::Frame* fr, PyObject** base, int64_t nargs, jj::Cache* cache,
                        int32_t idx) {
  PyObject* result = jj::calls::call(ts, fr, jj::calls::plain_call(base, nargs), cache, idx);
  return jj::calls::come_back(ts, fr, base, result, jj::call_cache(cache).owner);
}
PyObject* jj_call_null_first(PyThreadState* ts, jj::Frame* fr, PyObject** base, int64_t nargs, jj::Cache* cache,
                             int32_t idx) {
  PyObject* result = jj::calls::call(ts, fr, jj::calls::null_first_call(base, nargs), cache, idx);
  return jj::calls::come_back(ts, fr, base, result, jj::call_cache(cache).owner);
}
PyObject* jj_call_self_second(PyThreadState* ts, jj::Frame* fr, PyObject** base, int64_t nargs, jj::Cache* cache,
                              int32_t idx) {
  PyObject* result = jj::calls::call(ts, fr, jj::calls::self_second_call(base, nargs), cache, idx);
  return jj::calls::come_back(ts, fr, base, result, jj::call_cache(cache).owner);
}

}  // extern "C"

JJ_CHECK_HELPER(jj_call_plain);
JJ_CHECK_HELPER(jj_call_null_first);
JJ_CHECK_HELPER(jj_call_self_second);
