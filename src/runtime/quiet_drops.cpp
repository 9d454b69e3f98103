// Which objects go without running code.
#include "runtime/quiet_drops.h"

#include <algorithm>

#include "runtime/compat/gens.h"
#include "runtime/ints.h"

namespace jj {
namespace {

constexpr int kDeepest = 2;            // tuples in tuples
constexpr Py_ssize_t kMostItems = 16;  // looked at

bool goes(PyObject* object, int depth);

bool all_go(PyObject* const* items, Py_ssize_t count, int depth) {
  return count <= kMostItems && depth < kDeepest &&
         std::all_of(items, items + count, [&](PyObject* item) { return goes(item, depth + 1); });
}

bool goes(PyObject* object, int depth) {
  if (!object || Py_REFCNT(object) > 1) return true;
  PyTypeObject* type = Py_TYPE(object);
  if (type == &PyListIter_Type || type == &PyTupleIter_Type) {
    PyObject* items = reinterpret_cast<SequenceIterator*>(object)->seq;
    return !items || Py_REFCNT(items) > 1;
  }
  if (type == &PyTuple_Type) return all_go(&PyTuple_GET_ITEM(object, 0), PyTuple_GET_SIZE(object), depth);
  if (type == &PyList_Type)
    return all_go(reinterpret_cast<PyListObject*>(object)->ob_item, PyList_GET_SIZE(object), depth);
  if (type == &PyGen_Type) {
    auto* gen = reinterpret_cast<PyGenObject*>(object);
    return is_forgotten(gen) && gen_is_over(gen);
  }
  return type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type || type == &PyBytes_Type ||
         type == &PyBool_Type || type == &PyComplex_Type || type == &PyRangeIter_Type;
}

}  // namespace

bool goes_quietly(PyObject* object) { return goes(object, 0); }

bool is_forgotten(PyGenObject* gen) { return !gen->gi_weakreflist && !gen_handles_exception(gen); }

}  // namespace jj
