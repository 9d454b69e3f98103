// Making functions and classes, super(), and the few loads that belong to statements.
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

// Methods found through super(), by the low bits of the version of the object's class. Only Python functions and the like,
// which bind to the object in the same way whatever it is.
struct SuperMethod {
  uint32_t version;
  PyObject* after;   // the class behind which the search began; compared, and alive as long as the version is valid
  PyObject* name;    // owned
  PyObject* method;  // borrowed: alive as long as the version is valid
};
constexpr uint32_t kSuperMethods = 256;
SuperMethod super_methods[kSuperMethods];

SuperMethod& super_entry(uint32_t version, PyObject* name) {
  return super_methods[(version * 7 + (reinterpret_cast<uintptr_t>(name) >> 5)) % kSuperMethods];
}
void remember_super_method(PyObject* cls, PyObject* self, PyObject* name, PyObject* method) {
  PyTypeObject* type = Py_TYPE(self);
  uint32_t version = type_version(type);
  if (!version || PyType_Check(self) || !PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(cls))) return;
  // Classes of C are shared by interpreters that count versions on their own.
  if (!PyType_HasFeature(reinterpret_cast<PyTypeObject*>(cls), Py_TPFLAGS_HEAPTYPE)) return;
  SuperMethod& entry = super_entry(version, name);
  Py_INCREF(name);
  Py_XSETREF(entry.name, name);
  entry = {version, cls, name, method};
}

// The attribute that super(..).name gives, owned; the operands stay. method: see find_super_attr.
PyObject* super_attr(const Args& o, int* method) {
  PyObject *super_type = o.top(3), *cls = o.top(2), *self = o.top(1), *name = o.name();
  if (super_type == reinterpret_cast<PyObject*>(&PySuper_Type) && PyType_Check(cls)) {
    bool handled;
    uint32_t version = type_version(Py_TYPE(self));
    const SuperMethod& known = super_entry(version, name);
    if (method && version && known.version == version && known.after == cls && known.name == name) {
      *method = 1;
      return new_ref(known.method);
    }
    PyObject* found = find_super_attr(reinterpret_cast<PyTypeObject*>(cls), self, name, method, &handled);
    if (found && method && *method) remember_super_method(cls, self, name, found);
    if (handled) return found;
  }
  PyObject* args[] = {cls, self};
  PyObject* super = PyObject_Vectorcall(super_type, args, o.arg2 ? 2 : 0, nullptr);
  if (!super) return nullptr;
  PyObject* value = PyObject_GetAttr(super, name);
  Py_DECREF(super);
  return value;
}

// Puts a callable and what goes with it in place of the three operands.
int load_super_method(const Args& o, bool null_first) {
  PyObject** base = o.sp - 3;
  PyObject* self = o.top();
  int method = 0;
  PyObject* value = super_attr(o, Py_TYPE(self)->tp_getattro == PyObject_GenericGetAttr ? &method : nullptr);
  release(base, base + 2);
  if (!value || !method) {
    Py_DECREF(self);
    self = nullptr;
  }
  if (!value) return -1;
  bool null_at_bottom = null_first && !self;
  base[0] = null_at_bottom ? nullptr : value;
  base[1] = null_at_bottom ? value : self;
  return 0;
}

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

JJ_STACK_OP(jj_op_load_super_attr) { return replace(o, 3, super_attr(o, nullptr)); }
JJ_STACK_OP(jj_op_load_super_method_null_first) { return load_super_method(o, true); }
JJ_STACK_OP(jj_op_load_super_method_self_second) { return load_super_method(o, false); }
