// Truth tests and unary operators.
#include "bytecode/instr.h"
#include "runtime/ints.h"
#include "runtime/signature.h"

namespace jj {
namespace {

// The truth of objects whose test runs no code, else -1.
inline int known_truth(PyObject* a) {
  if (is_exact_int(a)) return int_nonzero(a);
  if (PyUnicode_CheckExact(a) && PyUnicode_IS_READY(a)) return PyUnicode_GET_LENGTH(a) != 0;
  if (PyList_CheckExact(a) || PyTuple_CheckExact(a)) return Py_SIZE(a) != 0;
  if (PyDict_CheckExact(a)) return PyDict_GET_SIZE(a) != 0;
  return is_exact_float(a) ? float_field(a) != 0.0 : -1;
}

[[gnu::noinline]] int truth_slow(Frame* fr, PyObject* a, uint32_t site) {
  int result = known_truth(a);
  if (JJ_LIKELY(result >= 0)) return drop_owned_then(fr, a, site, kOwnFirst, result);
  set_ip(fr, site_index(site));
  own_operand(a, site, kOwnFirst);
  result = PyObject_IsTrue(a);
  drop(fr, site_index(site), a);
  return result;
}

PyObject* general_unary(Frame* fr, PyObject* a, uint32_t site, PyObject* (*function)(PyObject*)) {
  set_ip(fr, site_index(site));
  own_operand(a, site, kOwnFirst);
  PyObject* result = function(a);
  drop(fr, site_index(site), a);
  return result;
}

inline int truth(Frame* fr, PyObject* a, uint32_t site) {
  if (JJ_LIKELY(a == Py_True || a == Py_False || a == Py_None)) {
    if (site & kOwnFirst) Py_DECREF(a);  // never the last reference
    return a == Py_True;
  }
  return truth_slow(fr, a, site);
}

PyObject* negative(Frame* fr, PyObject* a, uint32_t site) {
  int64_t v;
  if (is_exact_int(a) && int_value(a, v)) return finish_int(fr, a, nullptr, site & ~kOwnSecond, -v);
  if (is_exact_float(a) && (site & kOwnFirst) && sole_reference(a)) {
    float_field(a) = -float_field(a);
    return a;
  }
  return general_unary(fr, a, site, PyNumber_Negative);
}

}  // namespace
}  // namespace jj

using namespace jj;

extern "C" int jj_truth(Frame* fr, PyObject* a, uint32_t site) { return truth(fr, a, site); }

extern "C" int jj_try_truth(PyObject* a, uint32_t site) {
  int result = a == Py_True || a == Py_False || a == Py_None ? a == Py_True : known_truth(a);
  if (site & kOwnFirst) Py_DECREF(a);
  return result;
}

extern "C" PyObject* jj_unary(Frame* fr, PyObject* a, uint32_t site, int kind) {
  switch (static_cast<bytecode::UnaryKind>(kind)) {
    case bytecode::UnaryKind::Negative: return negative(fr, a, site);
    case bytecode::UnaryKind::Positive: return general_unary(fr, a, site, PyNumber_Positive);
    case bytecode::UnaryKind::Not: {
      int result = truth(fr, a, site);
      return result < 0 ? nullptr : bool_object(!result);
    }
    case bytecode::UnaryKind::Invert: {
      int64_t v;
      if (is_exact_int(a) && int_value(a, v)) return finish_int(fr, a, nullptr, site & ~kOwnSecond, ~v);
      return general_unary(fr, a, site, PyNumber_Invert);
    }
  }
  return nullptr;
}

JJ_CHECK_HELPER(jj_truth);
JJ_CHECK_HELPER(jj_try_truth);
JJ_CHECK_HELPER(jj_unary);
