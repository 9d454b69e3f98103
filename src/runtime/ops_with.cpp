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

namespace {

using RaiseMissing = void (*)(PyObject* manager, PyObject* name, const char* detail);

void raise_not_a_manager(PyObject* manager, PyObject*, const char* detail) {
  PyErr_Format(PyExc_TypeError, "'%.200s' object does not support the context manager protocol%s",
               Py_TYPE(manager)->tp_name, detail);
}
void raise_attribute_error(PyObject*, PyObject* name, const char*) { PyErr_SetObject(PyExc_AttributeError, name); }

PyObject* need_special(PyObject* manager, PyObject* name, RaiseMissing raise_missing, const char* detail) {
  PyObject* found = find_special(manager, name);
  if (!found && !PyErr_Occurred()) raise_missing(manager, name, detail);
  return found;
}

// manager -> exit result
int enter(const Args& o, RaiseMissing raise_missing) {
  PyObject* manager = o.top();
  PyObject* enter = need_special(manager, JJ_NAME("__enter__"), raise_missing, "");
  if (!enter) return consume(o, 1, -1);
  PyObject* exit = need_special(manager, JJ_NAME("__exit__"), raise_missing, " (missed __exit__ method)");
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
  if (enter(o, raise_not_a_manager) < 0) return -1;
  if (!calls::traced_since(o.ts, o.fr)) [[likely]]
    return 0;
  vm::reraise.done = 2;  // __enter__ has switched tracing on
  return -1;
}
JJ_STACK_OP(jj_op_setup_with) { return enter(o, raise_attribute_error); }

JJ_STACK_OP(jj_op_with_except_start) {
  PyObject* exc = o.top();
  PyObject* tb = PyException_GetTraceback(exc);
  PyObject* result = call_exit(o.top(4), PyExceptionInstance_Class(exc), exc, tb ? tb : Py_None);
  Py_XDECREF(tb);
  return push(o, result);
}

JJ_STACK_OP(jj_op_with_except_start_triple) { return push(o, call_exit(o.top(7), o.top(1), o.top(2), o.top(3))); }
