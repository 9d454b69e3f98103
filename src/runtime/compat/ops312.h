// CPython 3.12: what its stack helpers do differently.
#pragma once
#include "opcode.h"

#include "runtime/compat/ops_since312.h"
#include "vm/vm.h"

namespace jj {

// Below the dict that DICT_MERGE updates: the positional arguments, then the callable.
constexpr int kCallableBelowMergedDict = 2;
// A failure to read a module's __name__ or __spec__ is taken as "unknown" whatever it is.
constexpr bool kImportFromForgivesErrors = true;

inline int get_optional_attr(PyObject* o, PyObject* name, PyObject** value) {
  return _PyObject_LookupAttr(o, name, value);
}
inline void stamp_function(PyFunctionObject* func, PyCodeObject* code) { func->func_version = code->co_version; }
inline PyObject* prepare_reraise_star(PyObject* original, PyObject* excs) {
  return _PyExc_PrepReraiseStar(original, excs);
}

// -- super().name without making a super object; this version does not export its own look-up
namespace supers {

// The attribute that the classes after `cls` in `mro` have under `name`, owned; null, perhaps with an exception.
inline PyObject* find_after(PyObject* mro, PyTypeObject* cls, PyObject* name) {
  Py_ssize_t n = PyTuple_GET_SIZE(mro), i = 0;
  while (i < n && PyTuple_GET_ITEM(mro, i) != reinterpret_cast<PyObject*>(cls)) ++i;
  PyObject* found = nullptr;
  for (++i; i < n && !found && !PyErr_Occurred(); ++i) {
    PyObject* dict = PyType_GetDict(reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(mro, i)));
    if (!dict) continue;
    found = Py_XNewRef(PyDict_GetItemWithError(dict, name));
    Py_DECREF(dict);
  }
  return found;
}

}  // namespace supers

// The class whose MRO super(cls, self) searches: that of an instance, or the class itself. Null: ask self.__class__.
inline PyTypeObject* searched_class(PyTypeObject* cls, PyObject* self) {
  auto* as_class = reinterpret_cast<PyTypeObject*>(self);
  if (PyType_Check(self) && PyType_IsSubtype(as_class, cls)) return as_class;
  return PyType_IsSubtype(Py_TYPE(self), cls) ? Py_TYPE(self) : nullptr;
}

// super(cls, self).name, owned. method: null, or set to 1 when the result is a function still to be called with self. Not
// handled: the general way must be gone. (super().__class__ never comes here.)
inline PyObject* find_super_attr(PyTypeObject* cls, PyObject* self, PyObject* name, int* method, bool* handled) {
  PyTypeObject* type = searched_class(cls, self);
  *handled = false;
  if (!type) return nullptr;
  PyObject* mro = Py_XNewRef(type->tp_mro);
  if (!mro) return nullptr;
  PyObject* found = supers::find_after(mro, cls, name);
  Py_DECREF(mro);
  *handled = found || PyErr_Occurred();
  if (!found) return nullptr;
  if (method && PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_METHOD_DESCRIPTOR)) {
    *method = 1;
  } else if (descrgetfunc get = Py_TYPE(found)->tp_descr_get) {
    auto* owner = reinterpret_cast<PyObject*>(type);
    Py_SETREF(found, get(found, self == owner ? nullptr : self, owner));
  }
  return found;
}

// -- intrinsics that exist only inside the interpreter: functions whose body is that one instruction
namespace intrinsics {

inline PyObject* template_code() {
  PyObject* module = Py_CompileString("lambda a, b: a + b", "<intrinsic>", Py_eval_input);
  if (!module) return nullptr;
  PyObject* code = Py_NewRef(PyTuple_GET_ITEM(reinterpret_cast<PyCodeObject*>(module)->co_consts, 0));
  Py_DECREF(module);
  return code;
}

inline PyObject* make_code(int opcode, int number, int nargs) {
  const char bytes[] = {static_cast<char>(RESUME),       0, static_cast<char>(LOAD_FAST), 0,
                        static_cast<char>(LOAD_FAST),    1, static_cast<char>(opcode),    static_cast<char>(number),
                        static_cast<char>(RETURN_VALUE), 0};
  const char unary[] = {bytes[0], bytes[1], bytes[2], bytes[3], bytes[6], bytes[7], bytes[8], bytes[9]};
  PyObject* base = template_code();
  PyObject* replace = base ? PyObject_GetAttrString(base, "replace") : nullptr;
  PyObject* empty = PyTuple_New(0);
  PyObject* changes = nargs == 1 ? Py_BuildValue("{s:y#}", "co_code", unary, static_cast<Py_ssize_t>(sizeof unary))
                                 : Py_BuildValue("{s:y#}", "co_code", bytes, static_cast<Py_ssize_t>(sizeof bytes));
  PyObject* code = replace && empty && changes ? PyObject_Call(replace, empty, changes) : nullptr;
  Py_XDECREF(base);
  Py_XDECREF(replace);
  Py_XDECREF(empty);
  Py_XDECREF(changes);
  return code;
}

// `code` is where this instruction's code object is kept.
inline PyObject* run(PyThreadState* ts, PyObject*& code, int opcode, int number, Frame* fr, PyObject* a, PyObject* b) {
  if (!code) code = make_code(opcode, number, b ? 2 : 1);
  PyObject* func = code ? PyFunction_New(code, frame_globals(fr)) : nullptr;
  if (!func) return nullptr;
  PyObject* args[] = {a, b ? b : a};  // the unary form ignores its second parameter
  // Not by its own entry: when everything is compiled, the native code of this function would come here again.
  PyObject* result = vm::call_original(ts, func, args, 2, nullptr);
  Py_DECREF(func);
  return result;
}

}  // namespace intrinsics

inline PyObject* run_intrinsic1(PyThreadState* ts, Frame* fr, int number, PyObject* value) {
  static PyObject* codes[MAX_INTRINSIC_1 + 1];
  return intrinsics::run(ts, codes[number], CALL_INTRINSIC_1, number, fr, value, nullptr);
}
inline PyObject* run_intrinsic2(PyThreadState* ts, Frame* fr, int number, PyObject* a, PyObject* b) {
  static PyObject* codes[MAX_INTRINSIC_2 + 1];
  return intrinsics::run(ts, codes[number], CALL_INTRINSIC_2, number, fr, a, b);
}

}  // namespace jj
