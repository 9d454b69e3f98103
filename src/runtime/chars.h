// Strings of one ASCII character, of which the interpreter has one object each: their code says all about them.
#pragma once
#include <array>

#include "runtime/abi.h"

namespace jj {

PyObject* const* ascii_chars();  // the objects by code, kept alive for ever; null from 128 on, up to 255

// The code of such an object, else -1.
inline int char_code(PyObject* o) {
  if (!PyUnicode_CheckExact(o) || !PyUnicode_IS_COMPACT_ASCII(o) || PyUnicode_GET_LENGTH(o) != 1) return -1;
  const Py_UCS1 code = *PyUnicode_1BYTE_DATA(o);
  return ascii_chars()[code] == o ? code : -1;
}

PyTypeObject* ascii_iterator_type();  // of the iterators over ASCII text (3.10: over any)

// The ASCII characters for which `c in o` holds, as bits, where these are the only such strings; else none.
using CharSet = std::array<uint64_t, 2>;
CharSet chars_in(PyObject* o);

}  // namespace jj
