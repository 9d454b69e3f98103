// Methods of built-in types for optimised code, keys of dicts and sets, and isinstance(). What fails has done nothing.
#include "runtime/boxes.h"
#include "runtime/calls_c.h"
#include "runtime/compat/objects.h"
#include "runtime/intrinsics.h"
#include "runtime/quiet_keys.h"
#include "runtime/signature.h"
#include "vm/vm.h"

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

// A number that is no index of the list or tuple.
bool is_outside(PyObject* sequence, int64_t index) {
  const Py_ssize_t length = Py_SIZE(sequence);
  return index >= length || index < -length;
}
bool is_sequence(PyObject* o) { return PyList_CheckExact(o) || PyTuple_CheckExact(o); }

int32_t answer(Found found) { return found == Found::Unknown ? -1 : found == Found::Yes; }

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

extern "C" PyObject* jj_dict_find(PyObject* dict, PyObject* key) {
  PyObject* item = nullptr;
  find_in_dict(dict, key, quiet_hash(key), &item);
  return item;
}
extern "C" PyObject* jj_dict_find_int(PyObject* dict, int64_t key) {
  PyObject* item = nullptr;
  find_int_in_dict(dict, key, &item);
  return item;
}
extern "C" int32_t jj_key_in(PyObject* container, PyObject* key) { return answer(find_in_container(container, key)); }
extern "C" int32_t jj_int_in(PyObject* container, int64_t key) { return answer(find_int_in_container(container, key)); }
extern "C" PyObject* jj_dict_find_or(PyObject* dict, PyObject* key, PyObject* item) {
  return find_in_dict(dict, key, quiet_hash(key), &item) == Found::Unknown ? nullptr : item;
}
extern "C" PyObject* jj_dict_find_int_or(PyObject* dict, int64_t key, PyObject* item) {
  return find_int_in_dict(dict, key, &item) == Found::Unknown ? nullptr : item;
}
extern "C" PyObject* jj_dict_get(PyObject* dict, PyObject* key, PyObject* item) {
  PyObject* found = jj_dict_find_or(dict, key, item);
  Py_XINCREF(found);
  return found;
}
extern "C" PyObject* jj_dict_setdefault(PyObject* dict, PyObject* key, PyObject* item) {
  const Py_hash_t hash = quiet_hash(key);
  const Found found = find_in_dict(dict, key, hash, &item);
  if (found == Found::Unknown || (found == Found::No && !put(dict, key, hash, item))) return nullptr;
  return new_ref(item);
}
extern "C" PyObject* jj_set_add(PyObject* set, PyObject* key, PyObject*) {
  const Found found = find_in_set(set, key, quiet_hash(key));
  if (found == Found::Unknown) return nullptr;
  if (found == Found::Yes || PySet_Add(set, key) == 0) return new_ref(Py_None);
  PyErr_Clear();
  return nullptr;
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

extern "C" int32_t jj_misses(PyThreadState* ts, CodeData* cd, PyObject* container, int32_t errors, PyObject* key) {
  bool misses = false;
  int64_t index;
  PyObject* item;
  if (!container || !key) return 0;  // variables without values
  if (errors & JJ_KEY_ERROR && PyDict_CheckExact(container))
    misses = find_in_dict(container, key, quiet_hash(key), &item) == Found::No;
  else if (errors & JJ_INDEX_ERROR && is_sequence(container) && is_exact_int(key) && int_value(key, index))
    misses = is_outside(container, index);
  return misses && !vm::tracing_active(ts, cd);
}
extern "C" int32_t jj_misses_int(PyThreadState* ts, CodeData* cd, PyObject* container, int32_t errors, int64_t key) {
  bool misses = false;
  PyObject* item;
  if (!container) return 0;
  if (errors & JJ_KEY_ERROR && PyDict_CheckExact(container))
    misses = find_int_in_dict(container, key, &item) == Found::No;
  else if (errors & JJ_INDEX_ERROR && is_sequence(container))
    misses = is_outside(container, key);
  return misses && !vm::tracing_active(ts, cd);
}
extern "C" int32_t jj_is_instance(PyThreadState* ts, PyObject* object, PyObject* classes) {
  return PyTuple_CheckExact(classes) && !recursion_room(ts) ? -1 : quick_isinstance(object, classes);
}

JJ_CHECK_HELPER(jj_method);
JJ_CHECK_HELPER(jj_dict_find);
JJ_CHECK_HELPER(jj_dict_find_int);
JJ_CHECK_HELPER(jj_key_in);
JJ_CHECK_HELPER(jj_int_in);
JJ_CHECK_HELPER(jj_dict_find_or);
JJ_CHECK_HELPER(jj_dict_find_int_or);
JJ_CHECK_HELPER(jj_dict_get);
JJ_CHECK_HELPER(jj_dict_setdefault);
JJ_CHECK_HELPER(jj_set_add);
JJ_CHECK_HELPER(jj_is_instance);
JJ_CHECK_HELPER(jj_misses);
JJ_CHECK_HELPER(jj_misses_int);
JJ_CHECK_HELPER(jj_dict_put);
JJ_CHECK_HELPER(jj_dict_put_int);
