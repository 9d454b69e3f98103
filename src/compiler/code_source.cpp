// Captures a code object as plain data.
#include "compiler/code_source.h"

#include <bit>
#include <cstring>

#include "bytecode/instr.h"
#include "runtime/boxes.h"
#include "runtime/chars.h"
#include "vm/code_slot.h"

namespace jj::compiler {
namespace {

// The text of a str attribute; anything odd (surrogates) becomes "?".
std::string text_of(PyObject* str) {
  const char* utf8 = str && PyUnicode_Check(str) ? PyUnicode_AsUTF8(str) : nullptr;
  if (utf8) return utf8;
  PyErr_Clear();
  return "?";
}

uint8_t const_kind(PyObject* value) {
  using bytecode::ConstKind;
  PyTypeObject* type = Py_TYPE(value);
  ConstKind kind = value == Py_None          ? ConstKind::None
                   : value == Py_True        ? ConstKind::True
                   : value == Py_False       ? ConstKind::False
                   : value == Py_Ellipsis    ? ConstKind::Ellipsis
                   : type == &PyLong_Type    ? ConstKind::Int
                   : type == &PyFloat_Type   ? ConstKind::Float
                   : type == &PyComplex_Type ? ConstKind::Complex
                   : type == &PyUnicode_Type ? char_code(value) >= 0 ? ConstKind::Char : ConstKind::Str
                   : type == &PyTuple_Type   ? ConstKind::Tuple
                   : type == &PyCode_Type    ? ConstKind::Code
                   : type == &PyBytes_Type   ? ConstKind::Bytes
                                             : ConstKind::Other;
  return static_cast<uint8_t>(kind);
}

// The number in a constant; an int that does not fit changes its kind. One that fits without a sign has those bits, else 0.
int64_t const_word(PyObject* value, uint8_t& kind) {
  int64_t word = 0;
  if (kind == static_cast<uint8_t>(bytecode::ConstKind::Float)) {
    const double number = PyFloat_AS_DOUBLE(value);
    std::memcpy(&word, &number, sizeof word);
  } else if (kind == static_cast<uint8_t>(bytecode::ConstKind::Int)) {
    int overflow = 0;
    word = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow) {
      kind = static_cast<uint8_t>(bytecode::ConstKind::BigInt);
      uint64_t bits = 0;
      word = uint_fits(value, bits) ? static_cast<int64_t>(bits) : 0;
    }
  } else if (kind == static_cast<uint8_t>(bytecode::ConstKind::Char)) {
    word = char_code(value);
  }
  return word;
}

CharSet parts_of(PyObject* complex) {
  const Py_complex number = PyComplex_AsCComplex(complex);
  return {std::bit_cast<uint64_t>(number.real), std::bit_cast<uint64_t>(number.imag)};
}

// A str that could be the name of a parameter, or the strs of a tuple; empty: it is something else.
std::string names_in(PyObject* value) {
  if (PyUnicode_CheckExact(value)) return PyUnicode_IsIdentifier(value) == 1 ? text_of(value) : std::string();
  if (!PyTuple_CheckExact(value)) return {};
  std::string names;
  for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(value); ++k) {
    PyObject* item = PyTuple_GET_ITEM(value, k);
    const std::string name = PyUnicode_CheckExact(item) ? names_in(item) : std::string();
    if (name.empty()) return {};
    names += (k ? " " : "") + name;
  }
  return names;
}

bool copy_bytes(PyCodeObject* code, const char* attribute, std::vector<uint8_t>& to) {
  PyObject* bytes = PyObject_GetAttrString(reinterpret_cast<PyObject*>(code), attribute);
  if (!bytes) return false;
  auto* start = reinterpret_cast<const uint8_t*>(PyBytes_AS_STRING(bytes));
  to.assign(start, start + PyBytes_GET_SIZE(bytes));
  Py_DECREF(bytes);
  return true;
}

// The slot of the free variable __class__, if super() finds its object in the first parameter's own slot; else 0.
int32_t class_cell(PyCodeObject* code, PyObject* frees, int32_t first_free) {
  if (code->co_argcount == 0) return 0;
  PyObject* cells = PyObject_GetAttrString(reinterpret_cast<PyObject*>(code), "co_cellvars");
  const int in_a_cell = cells ? PySequence_Contains(cells, vm::slot_name(code, 0)) : -1;
  Py_XDECREF(cells);
  if (in_a_cell < 0) PyErr_Clear();
  if (in_a_cell != 0) return 0;
  for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(frees); ++k)
    if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(frees, k), "__class__") == 0)
      return first_free + static_cast<int32_t>(k);
  return 0;
}

}  // namespace

bool CodeSource::capture(PyCodeObject* code) {
  if (!capture_bytes(code) || !capture_names(code)) return false;
  capture_consts(code);
  code_.first_line = code->co_firstlineno;
  code_.flags = code->co_flags;
  code_.argcount = code->co_argcount;
  code_.posonly = code->co_posonlyargcount;
  code_.kwonly = code->co_kwonlyargcount;
  code_.stacksize = code->co_stacksize;
  code_.nnames = static_cast<int32_t>(PyTuple_GET_SIZE(code->co_names));
  return true;
}

// co_code, not the memory that runs: that may be specialised or instrumented.
bool CodeSource::capture_bytes(PyCodeObject* code) {
  if (!copy_bytes(code, "co_code", bytecode_)) return false;
  code_.code = bytecode_.data();
  code_.code_size = bytecode_.size();
  if (!copy_bytes(code, "co_exceptiontable", exception_table_)) {
    PyErr_Clear();  // 3.10 has none
    return true;
  }
  code_.exception_table = exception_table_.data();
  code_.exception_table_size = exception_table_.size();
  return true;
}

bool CodeSource::capture_names(PyCodeObject* code) {
  auto* object = reinterpret_cast<PyObject*>(code);
  PyObject* frees = PyObject_GetAttrString(object, "co_freevars");
  PyObject* qualname = PyObject_GetAttrString(object, "co_qualname");
  if (!qualname) PyErr_Clear();  // 3.10
  if (!frees) {
    Py_XDECREF(qualname);
    return false;
  }
  code_.nslots = code_nlocalsplus(code);
  code_.nlocals = code->co_nlocals;
  code_.nfrees = static_cast<int32_t>(PyTuple_GET_SIZE(frees));
  code_.ncells = code_.nslots - code_.nlocals - code_.nfrees;
  code_.class_cell = class_cell(code, frees, code_.nslots - code_.nfrees);
  texts_.reserve(static_cast<size_t>(code_.nslots) + 3);
  texts_.push_back(text_of(code->co_name));
  texts_.push_back(text_of(qualname ? qualname : code->co_name));
  texts_.push_back(text_of(code->co_filename));
  for (int i = 0; i < code_.nslots; ++i) texts_.push_back(text_of(vm::slot_name(code, i)));
  for (size_t i = 3; i < texts_.size(); ++i) varnames_.push_back(texts_[i].c_str());
  code_.name = texts_[0].c_str();
  code_.qualname = texts_[1].c_str();
  code_.filename = texts_[2].c_str();
  code_.varnames = varnames_.data();
  Py_DECREF(frees);
  Py_XDECREF(qualname);
  return true;
}

void CodeSource::capture_consts(PyCodeObject* code) {
  Py_ssize_t count = PyTuple_GET_SIZE(code->co_consts);
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* value = PyTuple_GET_ITEM(code->co_consts, i);
    const_kinds_.push_back(const_kind(value));
    const_words_.push_back(const_word(value, const_kinds_.back()));
    name_texts_.push_back(names_in(value));
    const CharSet bits = PyComplex_CheckExact(value) ? parts_of(value) : chars_in(value);
    const_chars_.insert(const_chars_.end(), bits.begin(), bits.end());
  }
  for (const std::string& names : name_texts_) const_names_.push_back(names.empty() ? nullptr : names.c_str());
  code_.const_names = const_names_.data();
  code_.nconsts = static_cast<int32_t>(count);
  code_.const_kinds = const_kinds_.data();
  code_.const_words = const_words_.data();
  code_.const_chars = const_chars_.data();
}

}  // namespace jj::compiler
