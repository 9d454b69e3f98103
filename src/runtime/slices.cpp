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

}  // namespace jj
