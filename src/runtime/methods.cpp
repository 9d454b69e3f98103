// Methods of built-in types for optimised code, and items of dicts whose keys are all str. What fails has done nothing.
#include "runtime/boxes.h"
#include "runtime/calls_c.h"
#include "runtime/compat/objects.h"
#include "runtime/quiet_keys.h"
#include "runtime/signature.h"

namespace jj {
namespace {

bool is_quiet(PyObject* o) {
  return is_exact_int(o) || is_exact_float(o) || PyUnicode_CheckExact(o) || o == Py_None || PyBool_Check(o);
}

bool put(PyObject* dict, PyObject* key, Py_hash_t hash, PyObject* value) {
  if (put_in_dict(dict, key, hash, value) == 0) return true;
  PyErr_Clear();
  return false;
}

}  // namespace
}  // namespace jj

using namespace jj;
using namespace jj::calls;

extern "C" PyObject* jj_method(PyObject* descr, PyObject* self, PyObject* a, PyObject* b) {
  using Fast = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
  using FastKeywords = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
  PyMethodDef* def = reinterpret_cast<PyMethodDescrObject*>(descr)->d_method;
  auto* function = reinterpret_cast<void*>(def->ml_meth);
  PyObject* all[] = {self, a, b};
  const Py_ssize_t nargs = (a != nullptr) + (b != nullptr);
  PyObject* result;
  switch (def->ml_flags & kConventions) {
    case METH_NOARGS: result = def->ml_meth(self, nullptr); break;
    case METH_O: result = def->ml_meth(self, a); break;
    case METH_FASTCALL: result = reinterpret_cast<Fast>(function)(self, all + 1, nargs); break;
    case METH_FASTCALL | METH_KEYWORDS:
      result = reinterpret_cast<FastKeywords>(function)(self, all + 1, nargs, nullptr);
      break;
    default: result = PyObject_Vectorcall(descr, all, static_cast<size_t>(nargs) + 1, nullptr);
  }
  if (JJ_UNLIKELY(!result)) PyErr_Clear();
  return result;
}

extern "C" int32_t jj_has_str_keys(PyObject* dict) { return dict_has_only_str(dict); }

extern "C" PyObject* jj_dict_find(PyObject* dict, PyObject* key) {
  PyObject* item = nullptr;
  find_in_dict(dict, key, quiet_hash(key), &item);
  return item;
}
extern "C" int32_t jj_dict_has(PyObject* dict, PyObject* key) {
  PyObject* item;
  const Found found = find_in_dict(dict, key, quiet_hash(key), &item);
  return found == Found::Unknown ? -1 : found == Found::Yes;
}
extern "C" int32_t jj_dict_put(PyObject* dict, PyObject* key, PyObject* value) {
  const Py_hash_t hash = quiet_hash(key);
  PyObject* old = nullptr;
  if (find_in_dict(dict, key, hash, &old) == Found::Unknown) return 0;
  return (!old || is_quiet(old)) && put(dict, key, hash, value);
}
// A number that nobody else has takes the new value.
extern "C" int32_t jj_dict_put_int(PyObject* dict, PyObject* key, int64_t value) {
  const Py_hash_t hash = quiet_hash(key);
  PyObject* old = nullptr;
  if (find_in_dict(dict, key, hash, &old) == Found::Unknown || (old && !is_quiet(old))) return 0;
  if (can_overwrite(old, value)) {
    int_write(old, value);
    return 1;
  }
  PyObject* box = box_any_int(value);
  const bool done = put(dict, key, hash, box);
  Py_DECREF(box);
  return done;
}

JJ_CHECK_HELPER(jj_method);
JJ_CHECK_HELPER(jj_has_str_keys);
JJ_CHECK_HELPER(jj_dict_find);
JJ_CHECK_HELPER(jj_dict_has);
JJ_CHECK_HELPER(jj_dict_put);
JJ_CHECK_HELPER(jj_dict_put_int);
