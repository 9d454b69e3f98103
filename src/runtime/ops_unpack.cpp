// Taking iterables apart: a, b = x and a, *b, c = x.
#include "runtime/ops.h"

namespace jj::ops {
namespace {

// One unpacking: writes items downwards from `next`, so that the first ends on top.
struct Unpacking {
  PyObject* iterator;
  PyObject** next;
  int before;
  int after;  // -1: no starred target

  void put(PyObject* item) { *--next = item; }
};

PyObject* unpack_iterator(PyObject* seq) {
  PyObject* it = PyObject_GetIter(seq);
  if (!it && PyErr_ExceptionMatches(PyExc_TypeError) && !Py_TYPE(seq)->tp_iter && !PySequence_Check(seq))
    PyErr_Format(PyExc_TypeError, "cannot unpack non-iterable %.200s object", Py_TYPE(seq)->tp_name);
  return it;
}

bool take_first(Unpacking& u) {
  for (int i = 0; i < u.before; ++i) {
    PyObject* item = PyIter_Next(u.iterator);
    if (item) {
      u.put(item);
      continue;
    }
    if (PyErr_Occurred()) return false;
    if (u.after < 0)
      PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected %d, got %d)", u.before, i);
    else
      PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %d, got %d)", u.before + u.after,
                   i);
    return false;
  }
  return true;
}

bool expect_end(const Unpacking& u) {
  PyObject* extra = PyIter_Next(u.iterator);
  if (!extra) return !PyErr_Occurred();
  Py_DECREF(extra);
  PyErr_Format(PyExc_ValueError, "too many values to unpack (expected %d)", u.before);
  return false;
}

// The starred target's list, then what it gives up again for the targets after it.
bool take_rest(Unpacking& u) {
  PyObject* list = PySequence_List(u.iterator);
  if (!list) return false;
  u.put(list);
  Py_ssize_t size = PyList_GET_SIZE(list);
  if (size < u.after) {
    PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %d, got %zd)", u.before + u.after,
                 u.before + size);
    return false;
  }
  for (Py_ssize_t i = size - u.after; i < size; ++i) u.put(PyList_GET_ITEM(list, i));
  Py_SET_SIZE(list, size - u.after);
  return true;
}

// Replaces the sequence on top by its parts.
int unpack(const Args& o, int before, int after) {
  PyObject** base = o.sp - 1;
  PyObject* seq = *base;
  PyObject** end = base + before + (after < 0 ? 0 : 1 + after);
  PyObject* it = unpack_iterator(seq);
  if (!it) return consume(o, 1, -1);
  Unpacking u{it, end, before, after};
  bool ok = take_first(u) && (after < 0 ? expect_end(u) : take_rest(u));
  if (!ok) release(u.next, end);
  Py_DECREF(it);
  Py_DECREF(seq);
  return ok ? 0 : -1;
}

}  // namespace
}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_unpack_sequence) {
  PyObject* seq = o.top();
  PyObject** items = nullptr;
  if (PyTuple_CheckExact(seq))
    items = reinterpret_cast<PyTupleObject*>(seq)->ob_item;
  else if (PyList_CheckExact(seq))
    items = reinterpret_cast<PyListObject*>(seq)->ob_item;
  if (!items || Py_SIZE(seq) != o.arg) return unpack(o, o.arg, -1);
  PyObject** end = o.sp - 1 + o.arg;
  for (int i = 0; i < o.arg; ++i) *--end = new_ref(items[i]);
  Py_DECREF(seq);
  return 0;
}

JJ_STACK_OP(jj_op_unpack_ex) { return unpack(o, o.arg, o.arg2); }
