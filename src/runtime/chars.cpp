// What optimised code needs to keep single characters as their codes.
#include "runtime/chars.h"

#include <cstring>

#include "runtime/signature.h"

namespace jj {
namespace {

struct Table {
  PyObject* objects[256] = {};
  PyTypeObject* iterator = nullptr;
  Table() {
    for (int code = 0; code < 128; ++code) objects[code] = PyUnicode_FromOrdinal(code);
    PyObject* some = objects['a'] ? PyObject_GetIter(objects['a']) : nullptr;
    if (some) iterator = Py_TYPE(some);
    Py_XDECREF(some);
    PyErr_Clear();
  }
};
const Table& table() {
  static const Table the_table;
  return the_table;
}

void add(CharSet& set, int code) { set[static_cast<size_t>(code / 64)] |= uint64_t{1} << code % 64; }

// Other members than characters do not matter: a character is equal to none of them, if they are strings.
CharSet chars_of(PyObject* const* items, Py_ssize_t count) {
  CharSet set{};
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!PyUnicode_CheckExact(items[i])) return {};
    const bool single = PyUnicode_IS_COMPACT_ASCII(items[i]) && PyUnicode_GET_LENGTH(items[i]) == 1;
    if (single) add(set, *PyUnicode_1BYTE_DATA(items[i]));
  }
  return set;
}

}  // namespace

PyObject* const* ascii_chars() { return table().objects; }
PyTypeObject* ascii_iterator_type() { return table().iterator; }

CharSet chars_in(PyObject* o) {
  CharSet set{};
  if (PyUnicode_CheckExact(o)) {
    if (!PyUnicode_IS_COMPACT_ASCII(o)) return set;
    const Py_UCS1* text = PyUnicode_1BYTE_DATA(o);
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(o); ++i) add(set, text[i]);
  } else if (PyTuple_CheckExact(o)) {
    set = chars_of(reinterpret_cast<PyTupleObject*>(o)->ob_item, PyTuple_GET_SIZE(o));
  } else if (PyFrozenSet_CheckExact(o)) {
    if (PyObject* items = PySequence_Tuple(o)) {
      set = chars_in(items);
      Py_DECREF(items);
    }
    PyErr_Clear();
  }
  return set;
}

}  // namespace jj

using namespace jj;

// The code of the character at an index from the start; -1: there is none, or it is not ASCII.
extern "C" int64_t jj_char_at(PyObject* text, int64_t index) {
  if (!PyUnicode_IS_READY(text)) return -1;
  const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
  if (index < 0) index += length;
  if (index < 0 || index >= length) return -1;
  const Py_UCS4 code = PyUnicode_READ_CHAR(text, index);
  return code < 128 ? static_cast<int64_t>(code) : -1;
}

extern "C" int32_t jj_same_text(PyObject* a, PyObject* b) {
  if (a == b) return 1;
  if (!PyUnicode_IS_READY(a) || !PyUnicode_IS_READY(b)) return PyUnicode_Compare(a, b) == 0;
  const Py_ssize_t length = PyUnicode_GET_LENGTH(a);
  const auto kind = static_cast<size_t>(PyUnicode_KIND(a));
  if (length != PyUnicode_GET_LENGTH(b) || kind != static_cast<size_t>(PyUnicode_KIND(b))) return 0;
  return std::memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), static_cast<size_t>(length) * kind) == 0;
}

// Room for one more item, or 0. The list grows as it does when it is appended to.
extern "C" int32_t jj_list_grow(PyObject* list) {
  if (PyList_Append(list, Py_None) < 0) {
    PyErr_Clear();
    return 0;
  }
  Py_SET_SIZE(list, Py_SIZE(list) - 1);
  Py_DECREF(Py_None);
  return 1;
}

JJ_CHECK_HELPER(jj_char_at);
JJ_CHECK_HELPER(jj_same_text);
JJ_CHECK_HELPER(jj_list_grow);
