// raise, except and except*.
#include "runtime/ops.h"
#include "runtime/patch_level.h"
#include "runtime/raising.h"

#include "vm/vm.h"

namespace jj::ops {
namespace {

// The instance that raising `raised` (a class or an instance) is about, owned; null with a TypeError that starts with
// `refusal` when it is neither.
PyObject* exception_from(PyObject* raised, const char* refusal) {
  if (PyExceptionInstance_Check(raised)) return new_ref(raised);
  if (!PyExceptionClass_Check(raised)) {
    PyErr_SetString(PyExc_TypeError, refusal);
    return nullptr;
  }
  const bool plain = makes_plain_exceptions(raised) && recursion_room(thread_state());
  PyObject* made = plain ? new_exception(raised, nullptr, 0) : PyObject_CallNoArgs(raised);
  if (made && !PyExceptionInstance_Check(made)) {
    PyErr_Format(PyExc_TypeError, "calling %R should have returned an instance of BaseException, not %R", raised,
                 reinterpret_cast<PyObject*>(Py_TYPE(made)));
    Py_CLEAR(made);
  }
  return made;
}

bool set_cause(PyObject* exc, PyObject* cause) {
  PyObject* made = nullptr;
  if (patch_level.cause_unchecked && PyExceptionClass_Check(cause))
    made = PyObject_CallNoArgs(cause);
  else if (cause != Py_None)
    made = exception_from(cause, "exception causes must derive from BaseException");
  if (!made && cause != Py_None) return false;
  PyException_SetCause(exc, made);
  return true;
}

void raise(PyObject* raised, PyObject* cause) {
  PyObject* exc = exception_from(raised, "exceptions must derive from BaseException");
  if (!exc) return;
  PyObject* type = PyExceptionClass_Check(raised) ? raised : PyExceptionInstance_Class(exc);
  if (!cause || set_cause(exc, cause)) PyErr_SetObject(type, exc);
  Py_DECREF(exc);
}

void raise_again(PyThreadState* ts) {
  if (raise_handled_again(ts))
    vm::reraise = {true, false, -1};
  else
    PyErr_SetString(PyExc_RuntimeError, "No active exception to reraise");
}

bool all_exception_classes(PyObject* type) {
  if (!PyTuple_Check(type)) return PyExceptionClass_Check(type);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type); ++i)
    if (!PyExceptionClass_Check(PyTuple_GET_ITEM(type, i))) return false;
  return true;
}

bool check_catchable(PyObject* type) {
  if (all_exception_classes(type)) return true;
  PyErr_SetString(PyExc_TypeError, "catching classes that do not inherit from BaseException is not allowed");
  return false;
}

// 1 `type` is, or as a tuple holds, a class of exception groups; 0 not; -1 error.
int names_group_class(PyObject* type) {
  if (!PyTuple_Check(type)) return PyObject_IsSubclass(type, exception_group_type());
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type); ++i) {
    int is_group = PyObject_IsSubclass(PyTuple_GET_ITEM(type, i), exception_group_type());
    if (is_group != 0) return is_group;
  }
  return 0;
}

bool check_star_catchable(PyObject* type) {
  if (!check_catchable(type)) return false;
  int is_group = names_group_class(type);
  if (is_group > 0)
    PyErr_SetString(PyExc_TypeError, "catching ExceptionGroup with except* is not allowed. Use except instead.");
  return is_group == 0;
}

// How an except* clause divides what is left of an exception; both owned, None for nothing. match is null on error.
struct Division {
  PyObject* match;
  PyObject* rest;
};

Division split_group(PyObject* group, PyObject* type) {
  PyObject* pair = PyObject_CallMethod(group, "split", "(O)", type);
  if (!pair) return {};
  Division d{};
  if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) < 2)
    PyErr_Format(PyExc_TypeError, "%.200s.split must return a 2-tuple", Py_TYPE(group)->tp_name);
  else
    d = {new_ref(PyTuple_GET_ITEM(pair, 0)), new_ref(PyTuple_GET_ITEM(pair, 1))};
  Py_DECREF(pair);
  return d;
}

// A naked exception in a group of its own.
PyObject* wrap(const Args& o, PyObject* exc) {
  PyObject* excs = PyTuple_Pack(1, exc);
  PyObject* wrapped = excs ? new_group(excs) : nullptr;
  Py_XDECREF(excs);
  if (!wrapped || !patch_level.naked_traced) return wrapped;
  restore_exception(o.ts, wrapped);
  vm::add_traceback(o.ts, o.fr);
  return take_exception(o.ts);
}

Division divide(const Args& o, PyObject* exc, PyObject* type) {
  if (exc == Py_None) return {new_ref(Py_None), new_ref(Py_None)};
  bool group = is_exception_group(exc);
  if (!PyErr_GivenExceptionMatches(exc, type))
    return group ? split_group(exc, type) : Division{new_ref(Py_None), new_ref(exc)};
  if (group) return {new_ref(exc), new_ref(Py_None)};
  PyObject* wrapped = wrap(o, exc);
  return {wrapped, wrapped ? new_ref(Py_None) : nullptr};
}

}  // namespace

int exception_matches(PyObject* exception, PyObject* type) {
  if (!check_catchable(type)) return -1;
  return PyErr_GivenExceptionMatches(exception, type) ? 1 : 0;
}

}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_raise_varargs) {
  if (o.arg == 0)
    raise_again(o.ts);
  else
    raise(o.top(o.arg), o.arg == 2 ? o.top() : nullptr);
  return consume(o, o.arg, -1);
}

JJ_STACK_OP(jj_op_reraise) {
  int lasti = -1;
  if (o.arg > 0) {
    PyObject* index = o.top(1 + o.arg);
    if (!PyLong_Check(index)) {
      PyErr_SetString(PyExc_SystemError, "lasti is not an int");
      return consume(o, 1, -1);
    }
    lasti = static_cast<int>(PyLong_AsLong(index));
  }
  restore_exception(o.ts, o.top());
  vm::reraise = {true, false, lasti};
  return -1;
}

JJ_STACK_OP(jj_op_push_exc_info) {
  PyObject* exc = o.top();
  PyObject* previous = swap_handled_exception(o.ts, new_ref(exc));
  o.sp[-1] = previous ? previous : new_ref(Py_None);
  o.sp[0] = exc;
  return 0;
}

JJ_STACK_OP(jj_op_pop_except) {
  PyObject* previous = o.top();
  if (previous == Py_None) Py_CLEAR(previous);
  PyObject* old = swap_handled_exception(o.ts, previous);
  Py_XDECREF(old);
  return 0;
}

JJ_STACK_OP(jj_op_check_exc_match) {
  int matches = exception_matches(o.top(2), o.top(1));
  return replace(o, 1, matches < 0 ? nullptr : bool_object(matches));
}

JJ_STACK_OP(jj_op_check_eg_match) {
  PyObject *exc = o.top(2), *type = o.top(1);
  Division d{};
  if (check_star_catchable(type)) d = divide(o, exc, type);
  release(o.sp - 2, o.sp);
  if (!d.match) return -1;
  o.sp[-2] = d.rest;
  o.sp[-1] = d.match;
  if (d.match != Py_None) set_handled_exception(o.ts, d.match);
  return 0;
}

JJ_STACK_OP(jj_op_prep_reraise_star) { return replace(o, 2, prepare_reraise_star(o.top(2), o.top(1))); }
