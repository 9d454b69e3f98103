// Complex numbers of optimised code: their boxes, and operations that are more than arithmetic on their parts.
#include <cerrno>

#include "runtime/boxes.h"
#include "runtime/builtins.h"
#include "runtime/signature.h"

namespace jj {
namespace {

Py_complex complex_field(PyObject* o) { return reinterpret_cast<PyComplexObject*>(o)->cval; }

// An object on the C stack, for functions of the interpreter that look at nothing but its value.
class Box {
 public:
  explicit Box(Py_complex value) {
    complex_.cval = value;
    object()->ob_refcnt = 1;
    Py_SET_TYPE(object(), &PyComplex_Type);
  }
  PyObject* object() { return reinterpret_cast<PyObject*>(&complex_); }

 private:
  PyComplexObject complex_{};
};

// What the interpreter made of it; false where that was an error or something else.
bool take(PyObject* result, double* out) {
  if (!result) return PyErr_Clear(), false;
  const bool is_complex = Py_IS_TYPE(result, &PyComplex_Type);
  const bool known = is_complex || PyFloat_CheckExact(result);
  if (is_complex)
    out[0] = complex_field(result).real, out[1] = complex_field(result).imag;
  else if (known)
    out[0] = PyFloat_AS_DOUBLE(result);
  Py_DECREF(result);
  return known;
}

}  // namespace
}  // namespace jj

using namespace jj;

extern "C" PyObject* jj_box_complex(double real, double imag) { return box_any_complex({real, imag}); }
extern "C" void jj_sync_complex(Frame* fr, int32_t slot, double real, double imag) {
  put_complex(&frame_slots(fr)[slot], {real, imag});
}
extern "C" int32_t jj_complex_div(double a_real, double a_imag, double b_real, double b_imag, double* out) {
  errno = 0;
  const Py_complex quotient = _Py_c_quot({a_real, a_imag}, {b_real, b_imag});
  out[0] = quotient.real, out[1] = quotient.imag;
  return errno != EDOM;
}
// Small whole exponents have a way of their own, which the interpreter does not export.
extern "C" int32_t jj_complex_pow(double a_real, double a_imag, double b_real, double b_imag, double* out) {
  Box base({a_real, a_imag}), exponent({b_real, b_imag});
  return take(PyComplex_Type.tp_as_number->nb_power(base.object(), exponent.object(), Py_None), out);
}
extern "C" double jj_complex_abs(double real, double imag) {
  errno = 0;
  const double size = _Py_c_abs({real, imag});
  return errno == ERANGE ? -1 : size;
}
extern "C" int32_t jj_complex_math(int32_t function, double real, double imag, double* out) {
  const PyMethodDef* row = math_row(static_cast<uint32_t>(function));
  if (!row || row->ml_flags != METH_O) return 0;
  Box operand({real, imag});
  return take(row->ml_meth(nullptr, operand.object()), out);
}

JJ_CHECK_HELPER(jj_box_complex);
JJ_CHECK_HELPER(jj_sync_complex);
JJ_CHECK_HELPER(jj_complex_div);
JJ_CHECK_HELPER(jj_complex_pow);
JJ_CHECK_HELPER(jj_complex_abs);
JJ_CHECK_HELPER(jj_complex_math);
