// with statements: entering, and asking __exit__ about an exception.
#include "runtime/calls.h"
#include "runtime/ops.h"
#include "vm/vm.h"

namespace jj::ops {

namespace {

// What `o`, whose class has `found`, has then; consumes that.
PyObject* bind(PyObject* found, PyObject* o) {
  descrgetfunc get = Py_TYPE(found)->tp_descr_get;
  if (!get) return found;
  PyObject* bound = get(found, o, reinterpret_cast<PyObject*>(Py_TYPE(o)));
  Py_DECREF(found);
  return bound;
}

PyObject* find_unbound(PyObject* o, PyObject* name) {
  PyObject* found = _PyType_Lookup(Py_TYPE(o), name);
  Py_XINCREF(found);
  return found;
}

}  // namespace

PyObject* find_special(PyObject* o, PyObject* name) {
  PyObject* found = find_unbound(o, name);
  return found ? bind(found, o) : nullptr;
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

void raise_missing(PyObject* manager, PyObject* name, const char* protocol, const char* detail) {
  if (PyErr_Occurred()) return;
  if (kNamesMissingMethodOnly)
    PyErr_SetObject(PyExc_AttributeError, name);
  else
    PyErr_Format(PyExc_TypeError, "'%.200s' object does not support the %s protocol%s", Py_TYPE(manager)->tp_name,
                 protocol, detail);
}

bool takes_self(PyObject* callable) { return PyType_HasFeature(Py_TYPE(callable), Py_TPFLAGS_METHOD_DESCRIPTOR); }

// Consumes both; a method that is bound may not need the object.
PyObject* call_enter(PyThreadState* ts, PyObject* method, bool bound, PyObject* self) {
  PyObject *args[] = {nullptr, self}, *result;
  if (!bound) {
    result = calls::call_as_c(ts, method, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
    Py_DECREF(self);
  } else {
    Py_DECREF(self);
    result = PyObject_CallNoArgs(method);
  }
  Py_DECREF(method);
  return result;
}

// manager -> exit result
int enter(const Args& o, const Protocol& protocol) {
  PyObject* manager = o.top();
  PyObject* enter = find_unbound(manager, protocol.enter);
  const bool bound = enter && !takes_self(enter);
  if (bound) enter = bind(enter, manager);
  if (!enter) raise_missing(manager, protocol.enter, protocol.name, "");
  PyObject* exit = enter ? find_special(manager, protocol.exit) : nullptr;
  if (enter && !exit) raise_missing(manager, protocol.exit, protocol.name, protocol.missed_exit);
  if (!exit) {
    Py_XDECREF(enter);
    return consume(o, 1, -1);
  }
  PyObject* result = call_enter(o.ts, enter, bound, manager);
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
