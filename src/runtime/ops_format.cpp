// String conversion: f-strings and the interactive prompt.
#include "runtime/ops.h"
#include "runtime/texts.h"

namespace jj::ops {
namespace {

using Conversion = PyObject* (*)(PyObject*);
constexpr Conversion conversions[] = {nullptr, text_of, PyObject_Repr, PyObject_ASCII};
constexpr int kConversionMask = 3, kHasSpec = 4;  // FORMAT_VALUE flags

PyObject* convert(PyObject* value, int kind) { return conversions[kind] ? conversions[kind](value) : new_ref(value); }

PyObject* format(PyObject* value, PyObject* spec) {
  if (!spec && PyUnicode_CheckExact(value)) return new_ref(value);
  return !spec && is_exact_int(value) ? text_of(value) : PyObject_Format(value, spec);
}

}  // namespace

PyObject* display(PyObject* value) {
  PyObject* hook = PySys_GetObject("displayhook");
  if (hook) return PyObject_CallOneArg(hook, value);
  PyErr_SetString(PyExc_RuntimeError, "lost sys.displayhook");
  return nullptr;
}

}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_format_value) {
  bool has_spec = o.arg & kHasSpec;
  PyObject** value = o.sp - 1 - has_spec;
  PyObject* converted = convert(*value, o.arg & kConversionMask);
  if (!converted) return consume(o, 1 + has_spec, -1);
  Py_DECREF(*value);
  *value = converted;
  return replace(o, 1 + has_spec, format(converted, has_spec ? o.top() : nullptr));
}

JJ_STACK_OP(jj_op_convert_value) { return replace(o, 1, convert(o.top(), o.arg & kConversionMask)); }
JJ_STACK_OP(jj_op_format_simple) { return replace(o, 1, format(o.top(), nullptr)); }
JJ_STACK_OP(jj_op_format_with_spec) { return replace(o, 2, PyObject_Format(o.top(2), o.top(1))); }

JJ_STACK_OP(jj_op_print_expr) {
  PyObject* shown = display(o.top());
  int status = shown ? 0 : -1;
  Py_XDECREF(shown);
  return consume(o, 1, status);
}
