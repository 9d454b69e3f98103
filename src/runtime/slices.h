// Slices of the interpreter's own sequences without a slice object.
#pragma once
#include "runtime/ints.h"
#include "runtime/refs.h"

namespace jj {

// A bound of a slice, as PySlice_Unpack and PySlice_AdjustIndices make it; false: it is neither a compact int nor None.
// `least` is -1 where the step is negative.
inline bool slice_bound(PyObject* bound, Py_ssize_t length, Py_ssize_t absent, Py_ssize_t* at, Py_ssize_t least = 0) {
  if (bound == Py_None) {
    *at = absent;
    return true;
  }
  if (!is_exact_int(bound) || !is_compact(bound)) return false;
  Py_ssize_t i = compact_value(bound);
  if (i < 0) i += length;
  *at = i < least ? least : i > length + least ? length + least : i;
  return true;
}

// container[start:stop], or [start:stop:step]; false: nothing was done. True with a null result: out of memory.
bool quiet_slice(PyObject* container, PyObject* start, PyObject* stop, PyObject** result);
bool quiet_slice(PyObject* container, const PySliceObject* slice, PyObject** result);
// list[start:stop] = value, another list or a tuple, as the list's own assignment does it; false: nothing was done.
bool put_in_slice(PyObject* list, PyObject* start, PyObject* stop, PyObject* value, int* status);

}  // namespace jj
