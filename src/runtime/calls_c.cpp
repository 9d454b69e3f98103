// Handlers of call sites that call C: one per convention, and for what the interpreter has instructions of its own.
#include "runtime/calls_c.h"

#include <cstring>

#include "runtime/consumers.h"
#include "runtime/intrinsics.h"
#include "runtime/quiet_keys.h"
#include "runtime/raising.h"
#include "runtime/signature.h"
#include "runtime/texts.h"
#include "vm/entry.h"

namespace jj::calls {
namespace {

// -- the three layouts: how operands lie, and the helper for everything unexpected
struct Plain {
  static constexpr auto split = plain_call;
  static constexpr CallHandler helper = jj_call_plain;
};
struct NullFirst {
  static constexpr auto split = null_first_call;
  static constexpr CallHandler helper = jj_call_null_first;
};
struct SelfSecond {
  static constexpr auto split = self_second_call;
  static constexpr CallHandler helper = jj_call_self_second;
};

// Every handler: `perform` answers false when the call is not what it expects, and then nothing was done.
template <class Layout, class Expected>
PyObject* handle(PyThreadState* ts, Frame* fr, PyObject** base, int64_t nargs, Cache* cache, int32_t idx) {
  Call c = Layout::split(base, nargs);
  PyObject* result;
  set_ip(fr, idx);
  if (JJ_UNLIKELY(!Expected::perform(ts, c, &result))) return Layout::helper(ts, fr, base, nargs, cache, idx);
  result = checked_result(ts, c.callable, result);
  release(c);
  return come_back(ts, fr, base, result, call_cache(cache).owner);
}

template <PyTypeObject* kType, int kConvention>
struct Convention {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (!Py_IS_TYPE(c.callable, kType)) return false;
    CFunction f = c_function(c);
    if (!f.def || (f.def->ml_flags & kConventions) != kConvention || !invocable<kConvention>(ts, f)) return false;
    *result = invoke<kConvention>(ts, f);
    return true;
  }
};

// The interpreter has an instruction of its own for len() on 3.11+, which counts as no call.
struct Length {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (c.nargs != 1 || !is_builtin(c.callable, builtin_len)) return false;
    if (PY_MINOR_VERSION == 10 && !recursion_room(ts)) return false;
    if (quick_length(c.argv[0], result)) return true;
    if constexpr (PY_MINOR_VERSION == 10) return Convention<&PyCFunction_Type, METH_O>::perform(ts, c, result);
    *result = builtin_len->ml_meth(c_function(c).self, c.argv[0]);
    return true;
  }
};
struct IsInstance {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (c.nargs != 2 || !is_builtin(c.callable, builtin_isinstance) || !recursion_room(ts)) return false;
    const int answer = quick_isinstance(c.argv[0], c.argv[1]);
    *result = answer < 0 ? invoke<METH_FASTCALL>(ts, c_function(c)) : bool_object(answer);
    return true;
  }
};
struct ListAppend {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (c.nargs != 2 || !is_method(c.callable, list_append) || !PyList_CheckExact(c.argv[0])) return false;
    if (counts_as_recursion(METH_O) && !recursion_room(ts)) return false;
    *result = append(c.argv[0], c.argv[1]) == 0 ? new_ref(Py_None) : nullptr;
    return true;
  }
};
// dict.get, dict.setdefault and set.add for keys that can be looked up here; nothing else is asked of the object.
template <PyMethodDef** kRow, PyTypeObject* kOwner, int kConvention, Py_ssize_t kMost>
bool looks_up(PyThreadState* ts, const Call& c) {
  if (c.nargs < 2 || c.nargs > kMost + 1 || !is_method(c.callable, *kRow)) return false;
  return Py_IS_TYPE(c.argv[0], kOwner) && (!counts_as_recursion(kConvention) || recursion_room(ts));
}
struct DictGet {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (!looks_up<&dict_get, &PyDict_Type, METH_FASTCALL, 2>(ts, c)) return false;
    PyObject* item = c.nargs == 3 ? c.argv[2] : Py_None;
    if (find_in_dict(c.argv[0], c.argv[1], quiet_hash(c.argv[1]), &item) == Found::Unknown) return false;
    *result = new_ref(item);
    return true;
  }
};
struct DictSetdefault {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (!looks_up<&dict_setdefault, &PyDict_Type, METH_FASTCALL, 2>(ts, c)) return false;
    PyObject* item = c.nargs == 3 ? c.argv[2] : Py_None;
    const Py_hash_t hash = quiet_hash(c.argv[1]);
    const Found found = find_in_dict(c.argv[0], c.argv[1], hash, &item);
    if (found == Found::Unknown) return false;
    const bool done = found == Found::Yes || put_in_dict(c.argv[0], c.argv[1], hash, item) == 0;
    *result = done ? new_ref(item) : nullptr;
    return true;
  }
};
struct SetAdd {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (!looks_up<&set_add, &PySet_Type, METH_O, 1>(ts, c)) return false;
    const Found found = find_in_set(c.argv[0], c.argv[1], quiet_hash(c.argv[1]));
    *result = found == Found::Yes || PySet_Add(c.argv[0], c.argv[1]) == 0 ? new_ref(Py_None) : nullptr;
    return true;
  }
};
struct TypeOf {
  static bool perform(PyThreadState*, const Call& c, PyObject** result) {
    if (c.nargs != 1 || c.callable != reinterpret_cast<PyObject*>(&PyType_Type)) return false;
    *result = new_ref(reinterpret_cast<PyObject*>(Py_TYPE(c.argv[0])));
    return true;
  }
};
struct TextOf {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (c.nargs != 1 || c.callable != reinterpret_cast<PyObject*>(&PyUnicode_Type)) return false;
    if (PY_MINOR_VERSION == 10 && !recursion_room(ts)) return false;
    if constexpr (PY_MINOR_VERSION == 10) recursion_enter(ts);  // later versions have an instruction for it
    *result = text_of(c.argv[0]);
    if constexpr (PY_MINOR_VERSION == 10) recursion_leave(ts);
    return true;
  }
};
struct PlainException {
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (!makes_plain_exceptions(c.callable) || !recursion_room(ts)) return false;
    *result = new_exception(c.callable, c.argv, c.nargs);
    return true;
  }
};
// Builtins that take all items of a generator, which may have native code sooner or later.
struct Consumes {
  static bool can_feed(const Call& c) { return c.nargs > 0 && PyGen_CheckExact(c.argv[c.nargs - 1]); }
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    const Consuming what = can_feed(c) ? consuming_of(c) : Consuming::Nothing;
    if (what == Consuming::Nothing) return false;
    const CFunction f = c_function(c);
    const bool counts = f.def && counts_as_recursion(f.def->ml_flags & kConventions);
    if (counts && !recursion_room(ts)) return false;
    if (counts) recursion_enter(ts);
    *result = consume(ts, what, c);
    if (counts) recursion_leave(ts);
    return true;
  }
};
// 3.11+, where a method's function and object may take its place.
bool is_native_method(PyObject* callable) {
  return kMovesArguments && Py_IS_TYPE(callable, &PyMethod_Type) && is_native(PyMethod_GET_FUNCTION(callable));
}
template <class Layout>
PyObject* handle_bound_method(PyThreadState* ts, Frame* fr, PyObject** base, int64_t nargs, Cache* cache, int32_t idx) {
  Call c = Layout::split(base, nargs);
  if (JJ_UNLIKELY(!is_native_method(c.callable))) return Layout::helper(ts, fr, base, nargs, cache, idx);
  set_ip(fr, idx);
  unpack_method(c);
  PyObject* result = run_inline(ts, c.callable, [&] { return call_function(ts, c.callable, c.argv, c.nargs); });
  Py_DECREF(c.callable);
  return come_back(ts, fr, base, result, call_cache(cache).owner);
}

// Everything else, as the interpreter calls it: C functions of the rarer conventions, objects with __call__, classes of
// metaclasses that have it, too. Functions, methods and other classes have better ways, if not now then later.
struct OwnEntry {
  static bool fits(PyObject* callable) {
    PyTypeObject* type = Py_TYPE(callable);
    return type != &PyFunction_Type && type != &vm::JitFunction_Type && type != &PyMethod_Type && !is_class(callable);
  }
  static bool perform(PyThreadState* ts, const Call& c, PyObject** result) {
    if (!fits(c.callable)) return false;
    if (vectorcallfunc entry = vectorcall_of(c.callable))
      *result = entry(c.callable, c.argv, static_cast<size_t>(c.nargs) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    else
      *result = _PyObject_MakeTpCall(ts, c.callable, c.argv, c.nargs, nullptr);
    return true;
  }
};

// Static types with a vectorcall of their own.
struct BuiltinClass {
  static vectorcallfunc entry_of(PyObject* callable) {
    if (!Py_IS_TYPE(callable, &PyType_Type)) return nullptr;
    auto* type = reinterpret_cast<PyTypeObject*>(callable);
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE ? nullptr : type->tp_vectorcall;
  }
  static bool perform(PyThreadState*, const Call& c, PyObject** result) {
    vectorcallfunc entry = entry_of(c.callable);
    if (!entry) return false;
    *result = entry(c.callable, c.argv, static_cast<size_t>(c.nargs) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    return true;
  }
};

template <class Layout, PyTypeObject* kType>
CallHandler by_convention(int convention) {
  switch (convention) {
    case METH_O: return handle<Layout, Convention<kType, METH_O>>;
    case METH_NOARGS: return handle<Layout, Convention<kType, METH_NOARGS>>;
    case METH_FASTCALL: return handle<Layout, Convention<kType, METH_FASTCALL>>;
    case METH_FASTCALL | METH_KEYWORDS: return handle<Layout, Convention<kType, METH_FASTCALL | METH_KEYWORDS>>;
    default: return handle<Layout, OwnEntry>;
  }
}

template <class Layout>
CallHandler handler_for(const Call& c) {
  if (Consumes::can_feed(c) && consuming_of(c) != Consuming::Nothing) return handle<Layout, Consumes>;
  if (Py_IS_TYPE(c.callable, &PyType_Type)) {
    if (c.callable == reinterpret_cast<PyObject*>(&PyType_Type) && c.nargs == 1) return handle<Layout, TypeOf>;
    if (c.callable == reinterpret_cast<PyObject*>(&PyUnicode_Type) && c.nargs == 1) return handle<Layout, TextOf>;
    if (makes_plain_exceptions(c.callable)) return handle<Layout, PlainException>;
    return BuiltinClass::entry_of(c.callable) ? handle<Layout, BuiltinClass> : Layout::helper;
  }
  if (is_native_method(c.callable)) return handle_bound_method<Layout>;
  CFunction f = c_function(c);
  if (!f.def) return OwnEntry::fits(c.callable) ? handle<Layout, OwnEntry> : Layout::helper;
  if (is_method(c.callable, list_append) && PyList_CheckExact(f.self) && f.nargs == 1)
    return handle<Layout, ListAppend>;
  if (is_method(c.callable, dict_get)) return handle<Layout, DictGet>;
  if (is_method(c.callable, dict_setdefault)) return handle<Layout, DictSetdefault>;
  if (is_method(c.callable, set_add)) return handle<Layout, SetAdd>;
  if (Py_IS_TYPE(c.callable, &PyMethodDescr_Type))
    return by_convention<Layout, &PyMethodDescr_Type>(f.def->ml_flags & kConventions);
  if (is_builtin(c.callable, builtin_isinstance)) return handle<Layout, IsInstance>;
  if (is_builtin(c.callable, builtin_len) && c.nargs == 1) return handle<Layout, Length>;
  return by_convention<Layout, &PyCFunction_Type>(f.def->ml_flags & kConventions);
}

}  // namespace

void expect_callable(Cache* cache, const Call& c) {
  CallHandler& handler = call_cache(cache).handler;
  ++cache->misses;
  switch (cache->kind) {
    case JJ_CACHE_CALL: handler = handler_for<Plain>(c); break;
    case JJ_CACHE_CALL_NULL_FIRST: handler = handler_for<NullFirst>(c); break;
    default: handler = handler_for<SelfSecond>(c);
  }
}

bool call_c(PyThreadState* ts, const Call& c, PyObject** result) {
  CFunction f = c_function(c);
  if (!f.def) return false;
  auto attempt = [&]<int kConvention>() {
    if (!invocable<kConvention>(ts, f)) return false;
    *result = checked_result(ts, c.callable, invoke<kConvention>(ts, f));
    return true;
  };
  switch (f.def->ml_flags & kConventions) {
    case METH_O: return attempt.template operator()<METH_O>();
    case METH_NOARGS: return attempt.template operator()<METH_NOARGS>();
    case METH_FASTCALL: return attempt.template operator()<METH_FASTCALL>();
    case METH_FASTCALL | METH_KEYWORDS: return attempt.template operator()<METH_FASTCALL | METH_KEYWORDS>();
    default: return false;
  }
}

}  // namespace jj::calls

namespace jj {

void init_call_cache(Cache* cache, CodeData* owner) {
  if (cache->kind != JJ_CACHE_CALL && cache->kind != JJ_CACHE_CALL_NULL_FIRST &&
      cache->kind != JJ_CACHE_CALL_SELF_SECOND)
    return;
  CallHandler& handler = call_cache(cache).handler;
  call_cache(cache).owner = owner;
  switch (cache->kind) {
    case JJ_CACHE_CALL: handler = jj_call_plain; break;
    case JJ_CACHE_CALL_NULL_FIRST: handler = jj_call_null_first; break;
    case JJ_CACHE_CALL_SELF_SECOND: handler = jj_call_self_second; break;
    default: break;
  }
}

}  // namespace jj
