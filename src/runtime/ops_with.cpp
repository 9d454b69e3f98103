// with statements: entering, and asking __exit__ about an exception.
#include "runtime/calls.h"
#include "runtime/ops.h"
#include "vm/vm.h"

namespace jj::ops {

PyObject* find_special(PyObject* o, PyObject* name) {
  PyTypeObject* type = Py_TYPE(o);
  PyObject* found = _PyType_Lookup(type, name);
  if (!found) return nullptr;
  Py_INCREF(found);
  descrgetfunc get = Py_TYPE(found)->tp_descr_get;
  if (!get) return found;
  PyObject* bound = get(found, o, reinterpret_cast<PyObject*>(type));
  Py_DECREF(found);
  return bound;
}

int finish(const Args& o, int results) {
  if (!calls::traced_since(o.ts, o.fr)) [[likely]]
    return 0;
  vm::reraise.done = results;
  return -1;
}

namespace {

// What a `with` statement calls, and how its error for other objects begins and ends.
struct Protocol {
  PyObject *enter, *exit;
  const char *name, *missed_exit;
};

Protocol plain() { return {JJ_NAME("__enter__"), JJ_NAME("__exit__"), "context manager", " (missed __exit__ method)"}; }
Protocol asynchronous() {
  return {JJ_NAME("__aenter__"), JJ_NAME("__aexit__"), "asynchronous context manager", " (missed __aexit__ method)"};
}

PyObject* need_special(PyObject* manager, PyObject* name, const char* protocol, const char* detail) {
  PyObject* found = find_special(manager, name);
  if (found || PyErr_Occurred()) return found;
  if (kNamesMissingMethodOnly)
    PyErr_SetObject(PyExc_AttributeError, name);
  else
    PyErr_Format(PyExc_TypeError, "'%.200s' object does not support the %s protocol%s", Py_TYPE(manager)->tp_name,
                 protocol, detail);
  return nullptr;
}

// manager -> exit result
int enter(const Args& o, const Protocol& protocol) {
  PyObject* manager = o.top();
  PyObject* enter = need_special(manager, protocol.enter, protocol.name, "");
  if (!enter) return consume(o, 1, -1);
  PyObject* exit = need_special(manager, protocol.exit, protocol.name, protocol.missed_exit);
  if (!exit) {
    Py_DECREF(enter);
    return consume(o, 1, -1);
  }
  Py_DECREF(manager);
  PyObject* result = PyObject_CallNoArgs(enter);
  Py_DECREF(enter);
  if (!result) {
    Py_DECREF(exit);
    return -1;
  }
  o.sp[-1] = exit;
  o.sp[0] = result;
  return 0;
}

// exit(type, value, tb), all borrowed.
PyObject* call_exit(PyObject* exit, PyObject* type, PyObject* value, PyObject* tb) {
  PyObject* args[] = {nullptr, type, value, tb};
  return PyObject_Vectorcall(exit, args + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
}

}  // namespace
}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_before_with) {
  if (enter(o, plain()) < 0) return -1;
  return finish(o, 2);
}
JJ_STACK_OP(jj_op_before_async_with) {
  if (enter(o, asynchronous()) < 0) return -1;
  return finish(o, 2);
}
JJ_STACK_OP(jj_op_setup_with) { return enter(o, plain()); }

JJ_STACK_OP(jj_op_with_except_start) {
  PyObject* exc = o.top();
  PyObject* tb = PyException_GetTraceback(exc);
  PyObject* result = call_exit(o.top(4), PyExceptionInstance_Class(exc), exc, tb ? tb : Py_None);
  Py_XDECREF(tb);
  return push(o, result);
}

JJ_STACK_OP(jj_op_with_except_start_triple) { return push(o, call_exit(o.top(7), o.top(1), o.top(2), o.top(3))); }
