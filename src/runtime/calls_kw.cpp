// Calls with keyword names and calls with * and **, as stack helpers.
#include <memory>

#include "runtime/calls.h"
#include "runtime/calls_c.h"
#include "runtime/signature.h"
#include "vm/entry.h"
#include "vm/vm.h"

namespace jj::calls {
namespace {

// Null without an exception: nothing was done.
inline PyObject* try_native(PyThreadState* ts, PyObject* callable, const vm::Arguments& given) {
  if (is_native(callable)) return vm::call_native(ts, reinterpret_cast<PyFunctionObject*>(callable), given);
  return vectorcall_of(callable) == vm::original_vectorcall ? generator_of_call(ts, callable, given) : nullptr;
}

// Keyword calls of C functions, which on 3.11 and 3.12 the interpreter specialises, so that they count as no recursion.
inline bool try_c(PyThreadState* ts, const Call& c, Py_ssize_t names_count, PyObject* names, PyObject** result) {
  constexpr int kConvention = METH_FASTCALL | METH_KEYWORDS;
  if (PY_MINOR_VERSION != 11 && PY_MINOR_VERSION != 12) return false;
  CFunction f = c_function(c);
  if (!f.def || (f.def->ml_flags & kConventions) != kConvention) return false;
  f.nargs -= names_count;
  *result = checked_result(ts, c.callable, invoke<kConvention>(ts, f, names));
  return true;
}

[[gnu::always_inline]] inline int call_keywords(PyThreadState* ts, Frame* fr, PyObject** base, Call c, PyObject* names,
                                                bool names_owned, int idx) {
  set_ip(fr, idx);
  if (kMovesArguments && Py_IS_TYPE(c.callable, &PyMethod_Type)) unpack_method(c);
  Py_ssize_t positional = c.nargs - PyTuple_GET_SIZE(names);
  PyObject* result = run_inline(ts, c.callable, [&] {
    PyObject* native = try_native(ts, c.callable, {c.argv, positional, names, nullptr});
    if (native || exception_pending(ts) || try_c(ts, c, c.nargs - positional, names, &native)) return native;
    serve_class(c.callable);
    return call_any(ts, c.callable, c.argv, static_cast<size_t>(positional) | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
  });
  if (names_owned && kMovesArguments) Py_DECREF(names);
  release(c);
  if (names_owned && !kMovesArguments) Py_DECREF(names);
  result = come_back(ts, fr, base, result, vm::code_data(frame_code(fr)));
  if (!result) return -1;
  base[0] = result;
  return 0;
}

PyObject* argument_error(PyObject* callable, PyObject* argument, const char* what) {
  PyObject* text = _PyObject_FunctionStr(callable);
  if (text) {
    PyErr_Format(PyExc_TypeError, "%U argument after %s, not %.200s", text, what, Py_TYPE(argument)->tp_name);
    Py_DECREF(text);
  }
  return nullptr;
}

PyObject* as_tuple(PyObject* callable, PyObject* args) {
  if (PyTuple_CheckExact(args)) {
    Py_INCREF(args);
    return args;
  }
  if (!Py_TYPE(args)->tp_iter && !PySequence_Check(args))
    return argument_error(callable, args, "* must be an iterable");
  return PySequence_Tuple(args);
}

PyObject* as_dict(PyObject* callable, PyObject* mapping) {
  if (PyDict_CheckExact(mapping)) {
    Py_INCREF(mapping);
    return mapping;
  }
  PyObject* dict = PyDict_New();
  if (dict && PyDict_Update(dict, mapping) == 0) return dict;
  Py_XDECREF(dict);
  if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
    PyErr_Clear();
    return argument_error(callable, mapping, "** must be a mapping");
  }
  return nullptr;
}

bool all_strings(PyObject* dict) {
  PyObject* key;
  for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, nullptr);)
    if (!PyUnicode_Check(key)) return false;
  return true;
}

// A Python function with ** arguments: laid out for its vectorcall. All in `flat` is owned while the call runs.
PyObject* call_flat(PyThreadState* ts, PyObject* callable, PyObject* args, PyObject* keywords) {
  Py_ssize_t nargs = PyTuple_GET_SIZE(args), nkeywords = PyDict_GET_SIZE(keywords);
  PyObject* names = PyTuple_New(nkeywords);
  if (!names) return nullptr;
  auto total = static_cast<size_t>(nargs + nkeywords);
  std::unique_ptr<PyObject*[]> space(new PyObject*[total + 1]);
  PyObject** flat = space.get() + 1;
  for (Py_ssize_t i = 0; i < nargs; ++i) flat[i] = PyTuple_GET_ITEM(args, i);
  PyObject *key, *value;
  Py_ssize_t count = 0;
  for (Py_ssize_t at = 0; count < nkeywords && PyDict_Next(keywords, &at, &key, &value); ++count) {
    Py_INCREF(key);
    PyTuple_SET_ITEM(names, count, key);
    flat[nargs + count] = value;
  }
  for (size_t i = 0; i < total; ++i) Py_INCREF(flat[i]);
  PyObject* result = call_any(ts, callable, flat, static_cast<size_t>(nargs) | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
  for (size_t i = 0; i < total; ++i) Py_DECREF(flat[i]);
  Py_DECREF(names);
  return result;
}

PyObject* call_with(PyThreadState* ts, PyObject* callable, PyObject* args, PyObject* keywords) {
  PyObject* result = try_native(ts, callable, {&PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args), nullptr, keywords});
  if (result || exception_pending(ts)) return result;
  serve_class(callable);
  if (!is_python_function(vectorcall_of(callable))) return PyObject_Call(callable, args, keywords);
  if (!keywords || PyDict_GET_SIZE(keywords) == 0)
    return call_any(ts, callable, &PyTuple_GET_ITEM(args, 0), static_cast<size_t>(PyTuple_GET_SIZE(args)), nullptr);
  return all_strings(keywords) ? call_flat(ts, callable, args, keywords) : PyObject_Call(callable, args, keywords);
}

// `operands` is [args, optional mapping], both owned, as is the callable.
int call_starred(PyThreadState* ts, Frame* fr, PyObject** base, PyObject* callable, PyObject** operands, bool has_dict,
                 int idx) {
  set_ip(fr, idx);
  PyObject *args = nullptr, *keywords = nullptr, *result = nullptr;
  bool good = !has_dict || (keywords = as_dict(callable, operands[1])) != nullptr;
  if (good) args = as_tuple(callable, operands[0]);
  if (args) {
    // The originals go before the call where they were replaced by a tuple or dict of their own.
    Py_DECREF(operands[0]);
    if (has_dict) Py_DECREF(operands[1]);
    result = call_with(ts, callable, args, keywords);
  } else {
    Py_DECREF(operands[0]);
    if (has_dict) Py_DECREF(operands[1]);
  }
  Py_DECREF(callable);
  Py_XDECREF(args);
  Py_XDECREF(keywords);
  result = come_back(ts, fr, base, result, vm::code_data(frame_code(fr)));
  if (!result) return -1;
  base[0] = result;
  return 0;
}

}  // namespace
}  // namespace jj::calls

extern "C" {

int jj_op_call_kw_plain(PyThreadState* ts, jj::Frame* fr, PyObject** sp, int arg, int, int idx) {
  PyObject** base = sp - arg - 2;
  return jj::calls::call_keywords(ts, fr, base, jj::calls::plain_call(base, arg), sp[-1], true, idx);
}
int jj_op_call_kw_null_first(PyThreadState* ts, jj::Frame* fr, PyObject** sp, int arg, int arg2, int idx) {
  PyObject** base = sp - arg - 2;
  PyObject* names = PyTuple_GET_ITEM(jj::frame_code(fr)->co_consts, arg2);
  return jj::calls::call_keywords(ts, fr, base, jj::calls::null_first_call(base, arg), names, false, idx);
}
int jj_op_call_kw_self_second(PyThreadState* ts, jj::Frame* fr, PyObject** sp, int arg, int, int idx) {
  PyObject** base = sp - arg - 3;
  return jj::calls::call_keywords(ts, fr, base, jj::calls::self_second_call(base, arg), sp[-1], true, idx);
}
int jj_op_call_ex_plain(PyThreadState* ts, jj::Frame* fr, PyObject** sp, int arg, int, int idx) {
  PyObject** base = sp - 2 - (arg & 1);
  return jj::calls::call_starred(ts, fr, base, base[0], base + 1, arg & 1, idx);
}
int jj_op_call_ex_null_first(PyThreadState* ts, jj::Frame* fr, PyObject** sp, int arg, int, int idx) {
  PyObject** base = sp - 3 - (arg & 1);
  return jj::calls::call_starred(ts, fr, base, base[1], base + 2, arg & 1, idx);
}
int jj_op_call_ex_self_second(PyThreadState* ts, jj::Frame* fr, PyObject** sp, int arg, int, int idx) {
  PyObject** base = sp - 3 - (arg & 1);
  return jj::calls::call_starred(ts, fr, base, base[0], base + 2, arg & 1, idx);
}

}  // extern "C"

JJ_CHECK_HELPER(jj_op_call_kw_plain);
JJ_CHECK_HELPER(jj_op_call_kw_null_first);
JJ_CHECK_HELPER(jj_op_call_kw_self_second);
JJ_CHECK_HELPER(jj_op_call_ex_plain);
JJ_CHECK_HELPER(jj_op_call_ex_null_first);
JJ_CHECK_HELPER(jj_op_call_ex_self_second);
