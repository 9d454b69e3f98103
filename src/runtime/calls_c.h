// Calls of C functions by their own conventions, without thunks and argument tuples.
#pragma once
#include "runtime/caches.h"
#include "runtime/calls.h"

extern "C" {
PyObject* jj_call_plain(PyThreadState* ts, jj::Frame* fr, PyObject** base, int64_t nargs, jj::Cache* cache,
                        int32_t idx);
PyObject* jj_call_null_first(PyThreadState* ts, jj::Frame* fr, PyObject** base, int64_t nargs, jj::Cache* cache,
                             int32_t idx);
PyObject* jj_call_self_second(PyThreadState* ts, jj::Frame* fr, PyObject** base, int64_t nargs, jj::Cache* cache,
                              int32_t idx);
}

namespace jj::calls {

// What a call of a C function needs.
struct CFunction {
  PyMethodDef* def = nullptr;
  PyObject* self;
  PyObject** args;
  Py_ssize_t nargs;
};
// The C function behind a builtin or a method descriptor whose object fits; def is null for everything else.
inline CFunction c_function(const Call& c) {
  PyTypeObject* type = Py_TYPE(c.callable);
  if (type == &PyCFunction_Type) {
    auto* function = reinterpret_cast<PyCFunctionObject*>(c.callable);
    PyObject* self = function->m_ml->ml_flags & METH_STATIC ? nullptr : function->m_self;
    return {function->m_ml, self, c.argv, c.nargs};
  }
  if (type != &PyMethodDescr_Type || c.nargs < 1) return {};
  auto* descr = reinterpret_cast<PyMethodDescrObject*>(c.callable);
  if (!PyObject_TypeCheck(c.argv[0], descr->d_common.d_type)) return {};
  return {descr->d_method, c.argv[0], c.argv + 1, c.nargs - 1};
}

constexpr int kConventions = METH_VARARGS | METH_FASTCALL | METH_NOARGS | METH_O | METH_KEYWORDS | METH_METHOD;

// Whether the interpreter's own way of calling counts a call of this convention as recursion: as that of Python code, or
// (3.12+) as one more level of C code.
constexpr bool counts(int convention) { return PY_MINOR_VERSION == 10 || !(convention & METH_FASTCALL); }
constexpr bool counts_as_recursion(int convention) { return !kCountsC && counts(convention); }
constexpr bool counts_as_nesting(int convention) { return kCountsC && counts(convention); }
// Whether this is a convention that `invoke` knows, the number of arguments is right, and there is room to recurse.
template <int kConvention>
inline bool invocable(PyThreadState* ts, const CFunction& f) {
  if constexpr (kConvention == METH_O)
    if (f.nargs != 1) return false;
  if constexpr (kConvention == METH_NOARGS)
    if (f.nargs != 0) return false;
  if constexpr (counts_as_nesting(kConvention)) return c_recursion_allows(ts, 1);
  return !counts_as_recursion(kConvention) || recursion_room(ts);
}
template <int kConvention>
inline PyObject* invoke(PyThreadState* ts, const CFunction& f, PyObject* names = nullptr) {
  using Fast = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
  using FastKeywords = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
  auto* meth = reinterpret_cast<void*>(f.def->ml_meth);
  PyObject* result;
  if constexpr (counts_as_recursion(kConvention)) recursion_enter(ts);
  if constexpr (counts_as_nesting(kConvention)) c_recursion_give_back(ts, -1);
  if constexpr (kConvention == METH_O)
    result = f.def->ml_meth(f.self, f.args[0]);
  else if constexpr (kConvention == METH_NOARGS)
    result = f.def->ml_meth(f.self, nullptr);
  else if constexpr (kConvention == METH_FASTCALL)
    result = reinterpret_cast<Fast>(meth)(f.self, f.args, f.nargs);
  else
    result = reinterpret_cast<FastKeywords>(meth)(f.self, f.args, f.nargs, names);
  if constexpr (counts_as_recursion(kConvention)) recursion_leave(ts);
  if constexpr (counts_as_nesting(kConvention)) c_recursion_give_back(ts, 1);
  return result;
}

// What a C function has returned; SystemError, as from the interpreter, where result and exception contradict each other.
inline PyObject* checked_result(PyThreadState* ts, PyObject* callable, PyObject* result) {
  if (JJ_LIKELY((result != nullptr) != exception_pending(ts))) return result;
  return _Py_CheckFunctionResult(ts, callable, result, nullptr);
}

// Calls what is a C function of one of these conventions. False: nothing was done.
bool call_c(PyThreadState* ts, const Call& c, PyObject** result);

// From now on the site expects callables like this one.
void expect_callable(Cache* cache, const Call& c);

}  // namespace jj::calls

namespace jj {

void init_call_cache(Cache* cache, CodeData* owner);  // nothing, if it is not that of a call

}  // namespace jj
