// Texts of ints, and texts put together, without what the interpreter does for every kind of object.
#include "runtime/texts.h"

#include <charconv>
#include <cstring>

#include "runtime/ints.h"
#include "runtime/ops.h"

namespace jj {

PyObject* text_of(PyObject* o) {
  int64_t value;
  // Which object stands for a text of one character is the interpreter's to say.
  if (!is_exact_int(o) || !int_value(o, value) || (value >= 0 && value < 10)) return PyObject_Str(o);
  char text[24];
  const auto length = std::to_chars(text, text + sizeof text, value).ptr - text;
  PyObject* result = PyUnicode_New(length, 127);
  if (result) std::memcpy(PyUnicode_1BYTE_DATA(result), text, static_cast<size_t>(length));
  return result;
}

PyObject* join_texts(PyObject* const* parts, Py_ssize_t n) {
  static PyObject* const separator = PyUnicode_New(0, 0);
  Py_ssize_t length = 0;
  bool ascii = n > 1 && n < 64;
  for (Py_ssize_t k = 0; k < n && ascii; k++) {
    ascii = PyUnicode_CheckExact(parts[k]) && PyUnicode_IS_COMPACT_ASCII(parts[k]);
    if (ascii) length += PyUnicode_GET_LENGTH(parts[k]);
  }
  if (!ascii || length < 2 || length > 1 << 20) return _PyUnicode_JoinArray(separator, parts, n);
  PyObject* result = PyUnicode_New(length, 127);
  if (!result) return nullptr;
  Py_UCS1* to = PyUnicode_1BYTE_DATA(result);
  for (Py_ssize_t k = 0; k < n; k++) {
    const auto size = static_cast<size_t>(PyUnicode_GET_LENGTH(parts[k]));
    std::memcpy(to, PyUnicode_1BYTE_DATA(parts[k]), size);
    to += size;
  }
  return result;
}

}  // namespace jj
