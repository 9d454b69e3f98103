// Binary operators: jj_binary_* leave the result to the caller, jj_binary_*_into store it in a fast local.
#include "runtime/arith.h"
#include "runtime/operators.h"
#include "runtime/signature.h"

namespace jj {

static PyObject* finish_other_int(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int64_t v) {
  PyObject* result = box_int(v);
  if (JJ_UNLIKELY(!result)) set_ip(fr, site_index(site));
  if (site & kOwnFirst) drop_int(a);
  if (site & kOwnSecond) drop_int(b);
  return result;
}
PyObject* finish_new_int(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int64_t v) {
  if (JJ_LIKELY(!(site & (kOwnFirst | kOwnSecond)))) {
    if (is_small_int(v)) return new_ref(small_ints[v - kSmallIntMin]);
    if (JJ_LIKELY(int_pool.head && fits_two_digits(v) && !tracing_memory())) {
      PyObject* o = int_pool.take();
      int_write(o, v);
      return o;
    }
  }
  return finish_other_int(fr, a, b, site, v);
}

namespace {

// Two ints are compact, as nearly always: the only case worth having in the caller's path.
inline bool compact_ints(PyObject* a, PyObject* b) {
  return JJ_LIKELY(is_exact_int(a)) && JJ_LIKELY(is_exact_int(b)) && JJ_LIKELY(both_compact(a, b));
}
inline bool as_double(PyObject* o, double& d) {
  if (JJ_LIKELY(is_exact_float(o))) {
    d = float_field(o);
    return true;
  }
  int64_t v;
  if (!is_exact_int(o) || !int_value(o, v)) return false;
  d = static_cast<double>(v);  // rounds to nearest even, as the interpreter does
  return true;
}
// The operands as doubles, when the operation on doubles is what Python specifies for them.
template <class Op>
inline bool as_doubles(PyObject* a, PyObject* b, double& x, double& y) {
  if (is_exact_float(a) || is_exact_float(b)) return as_double(a, x) && as_double(b, y);
  if constexpr (Op::kQuotient) {  // int / int: rounded once, if both operands are exact as doubles
    constexpr int64_t exact = int64_t{1} << 53;
    int64_t i, j;
    if (!is_exact_int(a) || !is_exact_int(b) || !int_value(a, i) || !int_value(b, j)) return false;
    if (i > exact || i < -exact || j > exact || j < -exact) return false;
    x = static_cast<double>(i);
    y = static_cast<double>(j);
    return true;
  }
  return false;
}
[[gnu::noinline]] PyObject* finish_int_called(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int64_t v) {
  return finish_int(fr, a, b, site, v);
}
inline PyObject* finish_float(Frame* fr, PyObject* a, PyObject* b, uint32_t site, double v) {
  if ((site & kOwnFirst) && is_exact_float(a) && sole_reference(a)) {
    float_field(a) = v;
    if (site & kOwnSecond) drop_number(b);
    return a;
  }
  if ((site & kOwnSecond) && is_exact_float(b) && sole_reference(b)) {
    float_field(b) = v;
    if (site & kOwnFirst) drop_number(a);
    return b;
  }
  PyObject* result = box_float(v);
  if (JJ_UNLIKELY(!result)) set_ip(fr, site_index(site));
  if (site & kOwnFirst) drop_number(a);
  if (site & kOwnSecond) drop_number(b);
  return result;
}

void drop_operands(PyObject* a, PyObject* b, uint32_t site, PyObject* kept) {
  if ((site & kOwnFirst) && a != kept) drop_int(a);
  if ((site & kOwnSecond) && b != kept) drop_int(b);
}
// Ints whose result does not fit in two digits; null: it is not done here.
[[gnu::noinline]] PyObject* big_result(BinaryKind op, PyObject* a, PyObject* b, uint32_t site) {
  const bool first = (site & kOwnFirst) && sole_reference(a), second = (site & kOwnSecond) && sole_reference(b);
  PyObject* result = big_arithmetic(op, a, b, first ? a : second ? b : nullptr);
  if (result) drop_operands(a, b, site, result);
  return result;
}
// The same into a fast local, whose old int may become the result.
[[gnu::noinline]] bool store_big(Frame* fr, BinaryKind op, PyObject* a, PyObject* b, uint32_t site, int slot) {
  PyObject** place = &frame_slots(fr)[slot];
  PyObject* old = *place;
  if (!old || !is_exact_int(old) || !sole_reference(old)) return false;
  PyObject* result = big_arithmetic(op, a, b, old);
  if (!result) return false;
  drop_operands(a, b, site, nullptr);
  if (result == old) return true;
  *place = result;
  drop_int(old);
  return true;
}

// Any operands: the interpreter's own operation, references dropped in its order.
[[gnu::noinline]] PyObject* general_binary(Frame* fr, PyObject* a, PyObject* b, uint32_t site, BinaryFunction function,
                                           bool right_first) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(a, site, kOwnFirst);
  own_operand(b, site, kOwnSecond);
  PyObject* result = function(a, b);
  drop(fr, idx, right_first ? b : a);
  drop(fr, idx, right_first ? a : b);
  return result;
}

// str + str. A long left operand that dies here grows in place. Nothing runs Python code.
PyObject* concatenate(Frame* fr, PyObject* a, PyObject* b, uint32_t site) {
  constexpr Py_ssize_t kLong = 256;  // to copy a short one takes less than to find out whether it can grow
  set_ip(fr, site_index(site));
  bool grows = (site & kOwnFirst) && a != b && sole_reference(a) && PyUnicode_GET_LENGTH(a) >= kLong;
  PyObject* result = a;
  if (grows)
    PyUnicode_Append(&result, b);  // consumes it; null on failure
  else
    result = PyUnicode_Concat(a, b);
  if (!grows) drop_owned(fr, a, site, kOwnFirst);
  return drop_owned_then(fr, b, site, kOwnSecond, result);
}

template <class Op>
[[gnu::noinline]] PyObject* binary_slow(Frame* fr, PyObject* a, PyObject* b, uint32_t site) {
  if constexpr (Op::kFloats) {
    double x, y, r;
    if (as_doubles<Op>(a, b, x, y) && Op::floats(x, y, r)) return finish_float(fr, a, b, site, r);
  }
  if constexpr (Op::kInts) {
    int64_t x, y, r;
    if (is_exact_int(a) && is_exact_int(b)) {
      if (int_value(a, x) && int_value(b, y) && Op::ints(x, y, r)) return finish_int_called(fr, a, b, site, r);
      if (PyObject* result = big_result(Op::kKind, a, b, site)) return result;
    }
  }
  if constexpr (Op::kConcat) {
    if (PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b)) return concatenate(fr, a, b, site);
  }
  const bool inplace = site & kInplace;
  if ((Py_TYPE(a)->tp_flags | Py_TYPE(b)->tp_flags) & Py_TPFLAGS_HEAPTYPE)
    note_operator(fr, site_index(site), a, b, static_cast<int32_t>(Op::kKind) | (inplace ? JJ_OPERATION_INPLACE : 0));
  return general_binary(fr, a, b, site, inplace ? Op::inplace : Op::general, !inplace && Op::kDropRightFirst);
}

template <class Op>
inline PyObject* binary(Frame* fr, PyObject* a, PyObject* b, uint32_t site) {
  if constexpr (Op::kInts) {
    int64_t r;
    if (compact_ints(a, b) && JJ_LIKELY(Op::ints(compact_value(a), compact_value(b), r)))
      return finish_int(fr, a, b, site, r);
  }
  return binary_slow<Op>(fr, a, b, site);
}

// Stores an owned result as STORE_FAST does. The slot is read only now: the operation may have changed it.
[[gnu::noinline]] int store_local(Frame* fr, PyObject* result, int slot, int idx2) {
  if (JJ_UNLIKELY(!result)) return -1;
  PyObject** place = &frame_slots(fr)[slot];
  PyObject* old = *place;
  *place = result;
  if (old) drop(fr, idx2, old);
  return 0;
}
[[gnu::noinline]] int store_new_int(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int64_t v, int slot, int idx2) {
  return store_local(fr, finish_int(fr, a, b, site, v), slot, idx2);
}
[[gnu::always_inline]] inline int store_int(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int64_t v, int slot,
                                            int idx2) {
  PyObject* old = frame_slots(fr)[slot];
  if (JJ_LIKELY(can_overwrite(old, v))) {
    int_write(old, v);
    if (site & kOwnFirst) drop_int(a);
    if (site & kOwnSecond) drop_int(b);
    return 0;
  }
  return store_new_int(fr, a, b, site, v, slot, idx2);
}
inline int store_float(Frame* fr, PyObject* a, PyObject* b, uint32_t site, double v, int slot, int idx2) {
  PyObject* old = frame_slots(fr)[slot];
  if (JJ_LIKELY(old && is_exact_float(old) && sole_reference(old))) {
    float_field(old) = v;
    if (site & kOwnFirst) drop_number(a);
    if (site & kOwnSecond) drop_number(b);
    return 0;
  }
  return store_local(fr, finish_float(fr, a, b, site, v), slot, idx2);
}

// s += t where s is the local itself: the string grows in place when only the local holds it. On failure the local is
// left unbound, as the interpreter leaves it.
int append_to_local(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int slot) {
  set_ip(fr, site_index(site));
  if (site & kOwnFirst) drop(fr, site_index(site), a);  // the local still holds it
  own_operand(b, site, kOwnSecond);                     // s += s: then there is a second holder, and a copy
  PyUnicode_Append(&frame_slots(fr)[slot], b);
  drop(fr, site_index(site), b);
  return frame_slots(fr)[slot] ? 0 : -1;
}

template <class Op>
[[gnu::noinline]] int binary_into_slow(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int slot, int idx2) {
  if constexpr (Op::kFloats) {
    double x, y, r;
    if (as_doubles<Op>(a, b, x, y) && Op::floats(x, y, r)) return store_float(fr, a, b, site, r, slot, idx2);
  }
  if constexpr (Op::kInts) {
    int64_t x, y, r;
    if (is_exact_int(a) && is_exact_int(b)) {
      if (int_value(a, x) && int_value(b, y) && Op::ints(x, y, r)) return store_int(fr, a, b, site, r, slot, idx2);
      if (store_big(fr, Op::kKind, a, b, site, slot)) return 0;
    }
  }
  if constexpr (Op::kConcat) {
    if (PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b) && frame_slots(fr)[slot] == a)
      return append_to_local(fr, a, b, site, slot);
  }
  return store_local(fr, binary_slow<Op>(fr, a, b, site), slot, idx2);
}

template <class Op>
inline int binary_into(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int slot, int idx2) {
  if constexpr (Op::kInts) {
    int64_t r;
    if (compact_ints(a, b) && JJ_LIKELY(Op::ints(compact_value(a), compact_value(b), r)))
      return store_int(fr, a, b, site, r, slot, idx2);
  }
  return binary_into_slow<Op>(fr, a, b, site, slot, idx2);
}

// The operation where it runs no code and raises nothing, else null. Either way the owned operands are consumed: they are
// results of such operations, whose release runs no code.
template <class Op>
PyObject* attempt(PyObject* a, PyObject* b) {
  if constexpr (Op::kInts) {
    int64_t x, y, r;
    if (is_exact_int(a) && is_exact_int(b))
      return int_value(a, x) && int_value(b, y) && Op::ints(x, y, r) ? box_int(r)
                                                                     : big_arithmetic(Op::kKind, a, b, nullptr);
  }
  if constexpr (Op::kFloats) {
    double x, y, r;
    if (as_doubles<Op>(a, b, x, y)) return Op::floats(x, y, r) ? box_float(r) : nullptr;
  }
  if constexpr (Op::kConcat)
    if (PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b)) return PyUnicode_Concat(a, b);
  return nullptr;
}
[[gnu::noinline, gnu::cold]] PyObject* leave_quietly() {
  PyErr_Clear();  // no memory: the operation finds out itself
  return nullptr;
}
template <class Op>
inline PyObject* try_binary(PyObject* a, PyObject* b, uint32_t site) {
  PyObject* result = attempt<Op>(a, b);
  if (site & kOwnFirst) Py_DECREF(a);
  if (site & kOwnSecond) Py_DECREF(b);
  return JJ_LIKELY(result != nullptr) ? result : leave_quietly();
}

}  // namespace
}  // namespace jj

using namespace jj;

#define BINARY(name, Op)                                                                                           \
  extern "C" PyObject* jj_binary_##name(Frame* fr, PyObject* a, PyObject* b, uint32_t site) {                      \
    return binary<op::Op>(fr, a, b, site);                                                                         \
  }                                                                                                                \
  extern "C" int jj_binary_##name##_into(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int slot, int idx2) { \
    return binary_into<op::Op>(fr, a, b, site, slot, idx2);                                                        \
  }                                                                                                                \
  extern "C" PyObject* jj_try_##name(PyObject* a, PyObject* b, uint32_t site) {                                    \
    return try_binary<op::Op>(a, b, site);                                                                         \
  }                                                                                                                \
  JJ_CHECK_HELPER(jj_binary_##name);                                                                               \
  JJ_CHECK_HELPER(jj_try_##name);                                                                                  \
  JJ_CHECK_HELPER(jj_binary_##name##_into);
BINARY(add, Add)
BINARY(and, And)
BINARY(floordiv, FloorDivide)
BINARY(lshift, Lshift)
BINARY(matmul, MatrixMultiply)
BINARY(mul, Multiply)
BINARY(mod, Remainder)
BINARY(or, Or)
BINARY(pow, Power)
BINARY(rshift, Rshift)
BINARY(sub, Subtract)
BINARY(truediv, TrueDivide)
BINARY(xor, Xor)
