// Making functions and classes, and the few loads that belong to statements.
#include "runtime/ops.h"

extern "C" void jj_function_created(PyObject* func);

namespace jj::ops {
namespace {

enum FunctionPart { kDefaults = 1, kKwDefaults = 2, kAnnotations = 4, kClosure = 8 };

PyObject*& part_of(PyFunctionObject* func, int part) {
  switch (part) {
    case kDefaults: return func->func_defaults;
    case kKwDefaults: return func->func_kwdefaults;
    case kAnnotations: return func->func_annotations;
    default: return func->func_closure;
  }
}

// Replaces `pops` entries by a new function. The parts that `flags` name lie below the `pops - parts` others.
int finish_function(const Args& o, int pops, int flags, PyFunctionObject* func, PyCodeObject* code) {
  PyObject** next = o.sp - pops;
  if (!func) return consume(o, pops, -1);
  PyObject** base = next;
  for (int part : {kDefaults, kKwDefaults, kAnnotations, kClosure})
    if (flags & part) part_of(func, part) = *next++;
  stamp_function(func, code);
  release(next, o.sp);
  *base = reinterpret_cast<PyObject*>(func);
  jj_function_created(*base);
  return 0;
}

int count_parts(int flags) { return (flags & 1) + (flags >> 1 & 1) + (flags >> 2 & 1) + (flags >> 3 & 1); }

}  // namespace
}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_make_function) {
  PyObject* code = o.top();
  PyObject* func = PyFunction_New(code, frame_globals(o.fr));
  return finish_function(o, 1 + count_parts(o.arg), o.arg, reinterpret_cast<PyFunctionObject*>(func),
                         reinterpret_cast<PyCodeObject*>(code));
}

JJ_STACK_OP(jj_op_make_function_qualname) {
  PyObject* code = o.top(2);
  PyObject* func = PyFunction_NewWithQualName(code, frame_globals(o.fr), o.top());
  return finish_function(o, 2 + count_parts(o.arg), o.arg, reinterpret_cast<PyFunctionObject*>(func),
                         reinterpret_cast<PyCodeObject*>(code));
}

JJ_STACK_OP(jj_op_set_function_attribute) {
  PyObject *attribute = o.top(2), *func = o.top(1);
  part_of(reinterpret_cast<PyFunctionObject*>(func), o.arg) = attribute;
  o.sp[-2] = func;
  return 0;
}

JJ_STACK_OP(jj_op_load_build_class) {
  PyObject* found = find_item(frame_builtins(o.fr), JJ_NAME("__build_class__"));
  if (!found && !PyErr_Occurred()) PyErr_SetString(PyExc_NameError, "__build_class__ not found");
  return push(o, found);
}

JJ_STACK_OP(jj_op_load_assertion_error) { return push(o, new_ref(PyExc_AssertionError)); }

JJ_STACK_OP(jj_op_delete_attr) { return consume(o, 1, PyObject_SetAttr(o.top(), o.name(), nullptr)); }
