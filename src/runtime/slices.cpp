// Slices of strs, lists, tuples and bytes with bounds that are small ints or absent.
#include "runtime/slices.h"

namespace jj {

bool quiet_slice(PyObject* container, PyObject* start, PyObject* stop, PyObject** result) {
  PyTypeObject* type = Py_TYPE(container);
  const bool text = type == &PyUnicode_Type;
  if (text ? !PyUnicode_IS_READY(container) : type != &PyList_Type && type != &PyTuple_Type && type != &PyBytes_Type)
    return false;
  const Py_ssize_t length = text ? PyUnicode_GET_LENGTH(container) : Py_SIZE(container);
  Py_ssize_t from, to;
  if (!slice_bound(start, length, 0, &from) || !slice_bound(stop, length, length, &to)) return false;
  if (to < from) to = from;
  if (text)
    *result = PyUnicode_Substring(container, from, to);
  else if (type == &PyList_Type)
    *result = PyList_GetSlice(container, from, to);
  else if (type == &PyTuple_Type)
    *result = PyTuple_GetSlice(container, from, to);
  else if (to - from == length)
    *result = new_ref(container);
  else
    *result = PyBytes_FromStringAndSize(PyBytes_AS_STRING(container) + from, to - from);
  return true;
}

namespace {

struct Steps {
  Py_ssize_t from, step, count;
};

// As PySlice_Unpack and PySlice_AdjustIndices make it, where step is a compact int.
bool steps_of(const PySliceObject* slice, Py_ssize_t length, Steps* steps) {
  if (!is_exact_int(slice->step) || !is_compact(slice->step)) return false;
  const Py_ssize_t step = compact_value(slice->step), least = step < 0 ? -1 : 0;
  Py_ssize_t from, to;
  if (step == 0 || !slice_bound(slice->start, length, step < 0 ? length - 1 : 0, &from, least)) return false;
  if (!slice_bound(slice->stop, length, step < 0 ? -1 : length, &to, least)) return false;
  const Py_ssize_t way = step < 0 ? from - to : to - from, stride = step < 0 ? -step : step;
  *steps = {from, step, way > 0 ? (way - 1) / stride + 1 : 0};
  return true;
}

// Null without an exception: the collector, which ran for the new object, has changed the list.
PyObject* items_at(PyObject* container, const Steps& steps) {
  const Py_ssize_t length = Py_SIZE(container);
  const bool list = PyList_CheckExact(container);
  PyObject* part = list ? PyList_New(steps.count) : PyTuple_New(steps.count);
  if (!part) return nullptr;
  if (Py_SIZE(container) != length) return Py_DECREF(part), nullptr;
  PyObject** to =
      list ? reinterpret_cast<PyListObject*>(part)->ob_item : reinterpret_cast<PyTupleObject*>(part)->ob_item;
  PyObject* const* items =
      list ? reinterpret_cast<PyListObject*>(container)->ob_item : reinterpret_cast<PyTupleObject*>(container)->ob_item;
  for (Py_ssize_t k = 0, at = steps.from; k < steps.count; ++k, at += steps.step) to[k] = new_ref(items[at]);
  return part;
}

PyObject* chars_at(PyObject* text, const Steps& steps) {
  if (steps.count == 0) return PyUnicode_New(0, 0);
  PyObject* part = PyUnicode_New(steps.count, 127);
  if (!part) return nullptr;
  const Py_UCS1* from = PyUnicode_1BYTE_DATA(text);
  Py_UCS1* to = PyUnicode_1BYTE_DATA(part);
  for (Py_ssize_t k = 0, at = steps.from; k < steps.count; ++k, at += steps.step) to[k] = from[at];
  return part;
}

}  // namespace

bool quiet_slice(PyObject* container, const PySliceObject* slice, PyObject** result) {
  if (slice->step == Py_None) return quiet_slice(container, slice->start, slice->stop, result);
  const bool text = PyUnicode_CheckExact(container) && PyUnicode_IS_READY(container) && PyUnicode_IS_ASCII(container);
  if (!text && !PyList_CheckExact(container) && !PyTuple_CheckExact(container)) return false;
  Steps steps;
  if (!steps_of(slice, text ? PyUnicode_GET_LENGTH(container) : Py_SIZE(container), &steps)) return false;
  if (steps.step == 1) return false;  // may be the container itself
  *result = text ? chars_at(container, steps) : items_at(container, steps);
  return *result || PyErr_Occurred();
}

bool put_in_slice(PyObject* list, PyObject* start, PyObject* stop, PyObject* value, int* status) {
  if (!PyList_CheckExact(list) || !(PyList_CheckExact(value) || PyTuple_CheckExact(value))) return false;
  const Py_ssize_t length = PyList_GET_SIZE(list);
  Py_ssize_t from, to;
  if (!slice_bound(start, length, 0, &from) || !slice_bound(stop, length, length, &to)) return false;
  *status = PyList_SetSlice(list, from, to < from ? from : to, value);
  return true;
}

}  // namespace jj
