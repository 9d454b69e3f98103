// Truth tests and unary operators.
#include "bytecode/instr.h"
#include "runtime/ints.h"
#include "runtime/signature.h"

namespace jj {
namespace {

[[gnu::noinline]] int truth_slow(Frame* fr, PyObject* a, uint32_t site) {
  int result;
  if (is_exact_int(a))
    result = int_nonzero(a);
  else if (PyUnicode_CheckExact(a) && PyUnicode_IS_READY(a))
    result = PyUnicode_GET_LENGTH(a) != 0;
  else if (PyList_CheckExact(a) || PyTuple_CheckExact(a))
    result = Py_SIZE(a) != 0;
  else if (PyDict_CheckExact(a))
    result = PyDict_GET_SIZE(a) != 0;
  else if (is_exact_float(a))
    result = float_field(a) != 0.0;
  else {
    set_ip(fr, site_index(site));
    own_operand(a, site, kOwnFirst);
    result = PyObject_IsTrue(a);
    drop(fr, site_index(site), a);
    return result;
  }
  drop_owned(fr, a, site, kOwnFirst);
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
JJ_CHECK_HELPER(jj_unary);
