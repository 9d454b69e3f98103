// CPython 3.13: what its stack helpers do differently.
#pragma once
#include "internal/pycore_dict.h"
#include "internal/pycore_function.h"
#include "internal/pycore_list.h"
#include "internal/pycore_setobject.h"
#include "internal/pycore_typeobject.h"
#include "internal/pycore_unicodeobject.h"

#include "runtime/compat/ops_since312.h"

namespace jj {

// Below the dict that DICT_MERGE updates: the positional arguments, a NULL, then the callable.
constexpr int kCallableBelowMergedDict = 3;
constexpr bool kImportFromForgivesErrors = false;

inline int get_optional_attr(PyObject* o, PyObject* name, PyObject** value) {
  return PyObject_GetOptionalAttr(o, name, value);
}
inline void stamp_function(PyFunctionObject* func, PyCodeObject* code) {
  _PyFunction_SetVersion(func, code->co_version);
}

// super(cls, self).name, owned. method: null, or set to 1 when the result is a function still to be called with self.
inline PyObject* find_super_attr(PyTypeObject* cls, PyObject* self, PyObject* name, int* method, bool* handled) {
  *handled = true;
  return _PySuper_Lookup(cls, self, name, method);
}

inline PyObject* run_intrinsic1(PyThreadState* ts, Frame*, int number, PyObject* value) {
  return _PyIntrinsics_UnaryFunctions[number].func(ts, value);
}
inline PyObject* run_intrinsic2(PyThreadState* ts, Frame*, int number, PyObject* a, PyObject* b) {
  return _PyIntrinsics_BinaryFunctions[number].func(ts, a, b);
}
inline PyObject* prepare_reraise_star(PyObject* original, PyObject* excs) {
  return _PyIntrinsics_BinaryFunctions[INTRINSIC_PREP_RERAISE_STAR].func(PyThreadState_Get(), original, excs);
}

}  // namespace jj
