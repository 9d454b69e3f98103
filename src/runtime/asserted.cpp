// What mode='int' and mode='float' assert of values, and C's arithmetic on ints.
#include "core/api.h"
#include "runtime/ints.h"
#include "runtime/signature.h"
#include "vm/code_slot.h"

namespace jj {
namespace {

bool fits_64_bits(PyObject* o) {
  int64_t v;
  if (int_value(o, v)) return true;
  int overflow = 0;
  PyLong_AsLongLongAndOverflow(o, &overflow);
  return overflow == 0;
}

// "f(): x", or the result.
PyObject* subject(PyCodeObject* code, int place) {
  return place < 0 ? PyUnicode_FromFormat("%U(): the result", code->co_name)
                   : PyUnicode_FromFormat("%U(): '%U'", code->co_name, vm::slot_name(code, place));
}

int complain(Frame* fr, PyObject* value, int asserts, int place, bool too_large) {
  PyCodeObject* code = frame_code(fr);
  PyObject* what = subject(code, place);
  if (!what) return -1;
  const char* mode = asserts == JJ_ASSERTS_INT ? "int" : "float";
  const char* wanted = asserts == JJ_ASSERTS_INT ? "an int" : place < 0 ? "a float" : "a float or an int";
  if (too_large)
    PyErr_Format(PyExc_OverflowError, "%U must fit in 64 bits (mode='%s')", what, mode);
  else
    PyErr_Format(PyExc_TypeError, "%U must be %s, not %.200s (mode='%s')", what, wanted, Py_TYPE(value)->tp_name, mode);
  Py_DECREF(what);
  return -1;
}

// 0, or why not: -1 with an exception set.
int check(Frame* fr, PyObject* value, int asserts, int place) {
  if (!value) return 0;
  if (asserts == JJ_ASSERTS_FLOAT && PyFloat_CheckExact(value)) return 0;
  const bool whole = asserts == JJ_ASSERTS_INT || place >= 0;
  if (whole && PyBool_Check(value)) return 0;
  if (!whole || !is_exact_int(value)) return complain(fr, value, asserts, place, false);
  return fits_64_bits(value) ? 0 : complain(fr, value, asserts, place, true);
}

}  // namespace
}  // namespace jj

using namespace jj;

extern "C" int jj_check_number(Frame* fr, PyObject* value, uint32_t site, int asserts, int place) {
  set_ip(fr, site_index(site));
  const int result = check(fr, value, asserts, place);
  if (site & kOwnFirst) Py_XDECREF(value);
  return result;
}

extern "C" PyObject* jj_wrap_int(Frame* fr, PyObject* value, uint32_t site) {
  if (!is_exact_int(value) || fits_64_bits(value)) return value;
  set_ip(fr, site_index(site));
  const auto bits = static_cast<int64_t>(PyLong_AsUnsignedLongLongMask(value));
  Py_DECREF(value);
  return box_int(bits);
}

JJ_CHECK_HELPER(jj_check_number);
JJ_CHECK_HELPER(jj_wrap_int);
