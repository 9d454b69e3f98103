// Looks into zip and enumerate objects for the iterators that they are made of.
#include "runtime/iter_shapes.h"

#include "runtime/compat/objects.h"
#include "runtime/refs.h"
#include "runtime/signature.h"

namespace jj {
namespace {

uint32_t leaf_of(PyObject* iterator) {
  PyTypeObject* type = Py_TYPE(iterator);
  if (type == &PyListIter_Type) return JJ_ITER_LIST;
  if (type == &PyTupleIter_Type) return JJ_ITER_TUPLE;
  if (type == &PyRangeIter_Type) return JJ_ITER_RANGE;
  if (type == &PyListRevIter_Type) return JJ_ITER_LIST_REVERSED;
  return JJ_ITER_NONE;
}

uint32_t shape_of_zip(const ZipIterator* zip) {
  if (zip->length < 2 || zip->length > 4 || zip->strict) return JJ_ITER_NONE;
  auto shape = static_cast<uint32_t>(JJ_ITER_ZIP2 + zip->length - 2);
  for (Py_ssize_t k = 0; k < zip->length; ++k) {
    const uint32_t part = leaf_of(PyTuple_GET_ITEM(zip->parts, k));
    if (part == JJ_ITER_NONE) return JJ_ITER_NONE;
    shape |= part << (4 * (k + 1));
  }
  return shape;
}

bool zip_layout_holds() {
  PyObject* zip = PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyZip_Type), "()()[]");
  auto* mirror = reinterpret_cast<ZipIterator*>(zip);
  const bool ok = zip && Py_TYPE(zip)->tp_basicsize == sizeof(ZipIterator) && mirror->length == 3 &&
                  mirror->strict == 0 && PyTuple_CheckExact(mirror->parts) && PyTuple_GET_SIZE(mirror->parts) == 3 &&
                  leaf_of(PyTuple_GET_ITEM(mirror->parts, 2)) == JJ_ITER_LIST;
  Py_XDECREF(zip);
  return ok;
}

bool enumerate_layout_holds() {
  PyObject* it = PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyEnum_Type), "[i]i", 5, 1234);
  auto* mirror = reinterpret_cast<EnumerateHead*>(it);
  const bool ok = it && mirror->index == 1234 && leaf_of(mirror->part) == JJ_ITER_LIST;
  Py_XDECREF(it);
  return ok;
}

bool reverse_layout_holds() {
  PyObject* list = Py_BuildValue("[iii]", 1, 2, 3);
  PyObject* it = list ? PyObject_CallMethod(list, "__reversed__", nullptr) : nullptr;
  auto* mirror = reinterpret_cast<SequenceIterator*>(it);
  const bool ok =
      it && Py_TYPE(it)->tp_basicsize == sizeof(SequenceIterator) && mirror->index == 2 && mirror->seq == list;
  Py_XDECREF(it);
  Py_XDECREF(list);
  return ok;
}

// Whether releasing it so many times runs no code.
bool is_quiet(PyObject* o, Py_ssize_t times) {
  return Py_REFCNT(o) > times || is_exact_int(o) || is_exact_float(o) || PyUnicode_CheckExact(o) ||
         PyBytes_CheckExact(o);
}
bool is_quiet_sequence(PyObject* seq) {
  if (Py_REFCNT(seq) > 1) return true;
  const bool list = PyList_CheckExact(seq);
  if (!list && !PyTuple_CheckExact(seq)) return false;
  PyObject** items =
      list ? reinterpret_cast<PyListObject*>(seq)->ob_item : reinterpret_cast<PyTupleObject*>(seq)->ob_item;
  for (Py_ssize_t k = 0; k < Py_SIZE(seq); ++k)
    if (!is_quiet(items[k], Py_SIZE(seq))) return false;
  return true;
}

}  // namespace

uint32_t shape_of(PyObject* iterator) {
  PyTypeObject* type = Py_TYPE(iterator);
  if (type == &PyZip_Type) return shape_of_zip(reinterpret_cast<ZipIterator*>(iterator));
  if (type != &PyEnum_Type) return leaf_of(iterator);
  const uint32_t part = leaf_of(reinterpret_cast<EnumerateHead*>(iterator)->part);
  return part == JJ_ITER_NONE ? JJ_ITER_NONE : JJ_ITER_ENUMERATE | part << 4;
}

bool iterator_shapes_hold() { return zip_layout_holds() && enumerate_layout_holds() && reverse_layout_holds(); }

}  // namespace jj

using namespace jj;

extern "C" int32_t jj_iter_forget(PyObject* iterator) {
  if (Py_TYPE(iterator) == &PyRangeIter_Type) return 1;
  auto* mirror = reinterpret_cast<SequenceIterator*>(iterator);
  if (!mirror->seq) return 1;
  if (!is_quiet_sequence(mirror->seq)) return 0;
  if (Py_TYPE(iterator) != &PyTupleIter_Type) mirror->index = -1;
  Py_CLEAR(mirror->seq);
  return 1;
}

JJ_CHECK_HELPER(jj_iter_forget);
