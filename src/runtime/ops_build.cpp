// Building containers, slices and strings from stack entries, and growing what comprehensions and displays build.
#include "runtime/ops.h"
#include "runtime/slices.h"
#include "runtime/texts.h"

#include <algorithm>

namespace jj::ops {
namespace {

// dict with `n` items; key i is at keys[i * key_step], value i at values[i * value_step].
PyObject* dict_from(PyObject* const* keys, int key_step, PyObject* const* values, int value_step, int n) {
  PyObject* dict = n > 5 ? _PyDict_NewPresized(n) : PyDict_New();
  for (int i = 0; dict && i < n; ++i)
    if (PyDict_SetItem(dict, keys[i * key_step], values[i * value_step]) < 0) Py_CLEAR(dict);
  return dict;
}

bool iterable(PyObject* o) { return Py_TYPE(o)->tp_iter || PySequence_Check(o); }

PyObject* slice_of(const Args& o) { return PySlice_New(o.top(2), o.top(1), nullptr); }

void raise_not_a_mapping(PyObject* func, PyObject* operand) {
  PyErr_Clear();
  PyObject* shown = _PyObject_FunctionStr(func);
  if (!shown) return;
  PyErr_Format(PyExc_TypeError, "%U argument after ** must be a mapping, not %.200s", shown, Py_TYPE(operand)->tp_name);
  Py_DECREF(shown);
}

// A KeyError that says which keyword came twice becomes the caller's TypeError; any other stays.
void raise_duplicate_keyword(PyObject* func) {
  PyObject* key = take_key_error_key();
  if (!key) return;
  if (PyObject* shown = _PyObject_FunctionStr(func)) {
    PyErr_Format(PyExc_TypeError, "%U got multiple values for keyword argument '%S'", shown, key);
    Py_DECREF(shown);
  }
  Py_DECREF(key);
}

}  // namespace
}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

// -- displays; a sequence takes its items' references over from the stack
JJ_STACK_OP(jj_op_build_tuple) {
  PyObject** items = o.sp - o.arg;
  PyObject* tuple = PyTuple_New(o.arg);
  if (!tuple) return consume(o, o.arg, -1);
  std::copy(items, o.sp, reinterpret_cast<PyTupleObject*>(tuple)->ob_item);
  *items = tuple;
  return 0;
}

JJ_STACK_OP(jj_op_build_list) {
  PyObject** items = o.sp - o.arg;
  PyObject* list = PyList_New(o.arg);
  if (!list) return consume(o, o.arg, -1);
  std::copy(items, o.sp, reinterpret_cast<PyListObject*>(list)->ob_item);
  *items = list;
  return 0;
}

JJ_STACK_OP(jj_op_build_set) {
  PyObject* set = PySet_New(nullptr);
  for (PyObject** item = o.sp - o.arg; set && item < o.sp; ++item)
    if (PySet_Add(set, *item) < 0) Py_CLEAR(set);
  return replace(o, o.arg, set);
}

JJ_STACK_OP(jj_op_build_map) {
  PyObject** items = o.sp - 2 * o.arg;
  return replace(o, 2 * o.arg, dict_from(items, 2, items + 1, 2, o.arg));
}

JJ_STACK_OP(jj_op_build_const_key_map) {
  PyObject* keys = o.top();
  if (!PyTuple_CheckExact(keys) || PyTuple_GET_SIZE(keys) != o.arg) {
    PyErr_SetString(PyExc_SystemError, "bad BUILD_CONST_KEY_MAP keys argument");
    return consume(o, o.arg + 1, -1);
  }
  PyObject** values = o.sp - 1 - o.arg;
  return replace(o, o.arg + 1, dict_from(reinterpret_cast<PyTupleObject*>(keys)->ob_item, 1, values, 1, o.arg));
}

JJ_STACK_OP(jj_op_build_string) { return replace(o, o.arg, join_texts(o.sp - o.arg, o.arg)); }

JJ_STACK_OP(jj_op_build_slice) {
  PyObject** part = o.sp - o.arg;
  return replace(o, o.arg, PySlice_New(part[0], part[1], o.arg == 3 ? part[2] : nullptr));
}

JJ_STACK_OP(jj_op_list_to_tuple) { return replace(o, 1, PyList_AsTuple(o.top())); }

// -- growing; the container is the arg-th entry below the operands
JJ_STACK_OP(jj_op_list_append) {
  auto* list = reinterpret_cast<PyListObject*>(o.top(1 + o.arg));
  Py_ssize_t size = Py_SIZE(list);
  if (size >= list->allocated) return consume(o, 1, PyList_Append(reinterpret_cast<PyObject*>(list), o.top()));
  list->ob_item[size] = o.top();
  Py_SET_SIZE(list, size + 1);
  return 0;
}

JJ_STACK_OP(jj_op_set_add) { return consume(o, 1, PySet_Add(o.top(1 + o.arg), o.top())); }

JJ_STACK_OP(jj_op_map_add) { return consume(o, 2, PyDict_SetItem(o.top(2 + o.arg), o.top(2), o.top(1))); }

JJ_STACK_OP(jj_op_list_extend) {
  PyObject* operand = o.top();
  PyObject* none = _PyList_Extend(reinterpret_cast<PyListObject*>(o.top(1 + o.arg)), operand);
  if (!none && PyErr_ExceptionMatches(PyExc_TypeError) && !iterable(operand)) {
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "Value after * must be an iterable, not %.200s", Py_TYPE(operand)->tp_name);
  }
  int status = none ? 0 : -1;
  Py_XDECREF(none);
  return consume(o, 1, status);
}

JJ_STACK_OP(jj_op_set_update) { return consume(o, 1, _PySet_Update(o.top(1 + o.arg), o.top())); }

JJ_STACK_OP(jj_op_dict_update) {
  int status = PyDict_Update(o.top(1 + o.arg), o.top());
  if (status < 0 && PyErr_ExceptionMatches(PyExc_AttributeError))
    PyErr_Format(PyExc_TypeError, "'%.200s' object is not a mapping", Py_TYPE(o.top())->tp_name);
  return consume(o, 1, status);
}

JJ_STACK_OP(jj_op_dict_merge) {
  int status = _PyDict_MergeEx(o.top(1 + o.arg), o.top(), 2);
  if (status < 0) {
    PyObject* func = o.top(1 + o.arg + kCallableBelowMergedDict);
    if (PyErr_ExceptionMatches(PyExc_AttributeError))
      raise_not_a_mapping(func, o.top());
    else if (PyErr_ExceptionMatches(PyExc_KeyError))
      raise_duplicate_keyword(func);
  }
  return consume(o, 1, status);
}

// -- items and slices of existing containers
JJ_STACK_OP(jj_op_delete_subscr) { return consume(o, 2, PyObject_DelItem(o.top(2), o.top(1))); }

JJ_STACK_OP(jj_op_binary_slice) {
  PyObject* result;
  if (quiet_slice(o.top(3), o.top(2), o.top(1), &result)) return replace(o, 3, result);
  PyObject* slice = slice_of(o);
  result = slice ? PyObject_GetItem(o.top(3), slice) : nullptr;
  Py_XDECREF(slice);
  return replace(o, 3, result);
}

JJ_STACK_OP(jj_op_store_slice) {
  int status;
  if (put_in_slice(o.top(3), o.top(2), o.top(1), o.top(4), &status)) return consume(o, 4, status);
  PyObject* slice = slice_of(o);
  status = slice ? PyObject_SetItem(o.top(3), slice, o.top(4)) : -1;
  Py_XDECREF(slice);
  return consume(o, 4, status);
}

JJ_STACK_OP(jj_op_get_len) {
  Py_ssize_t length = PyObject_Length(o.top());
  return push(o, length < 0 ? nullptr : PyLong_FromSsize_t(length));
}

// What takes no reference from the stack when it fails: null, without an exception.
extern "C" PyObject* jj_make_tuple(PyThreadState* ts, PyObject** items, int count) {
  PyObject* tuple = collects_when_allocating(ts) ? nullptr : PyTuple_New(count);
  if (tuple)
    std::copy(items, items + count, &PyTuple_GET_ITEM(tuple, 0));
  else
    PyErr_Clear();
  return tuple;
}

JJ_CHECK_HELPER(jj_make_tuple);
