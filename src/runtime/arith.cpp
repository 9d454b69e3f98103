// Binary operators: jj_binary_* leave the result to the caller, jj_binary_*_into store it in a fast local.
#include "runtime/arith.h"
#include "runtime/signature.h"

namespace jj {
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

// str + str whose left operand dies here: grows it in place. b is kept alive by its owner; nothing runs Python code.
PyObject* append_str(Frame* fr, PyObject* a, PyObject* b, uint32_t site) {
  set_ip(fr, site_index(site));
  PyUnicode_Append(&a, b);  // consumes a; null on failure
  drop_owned(fr, b, site, kOwnSecond);
  return a;
}

template <class Op>
[[gnu::noinline]] PyObject* binary_slow(Frame* fr, PyObject* a, PyObject* b, uint32_t site) {
  if constexpr (Op::kFloats) {
    double x, y, r;
    if (as_doubles<Op>(a, b, x, y) && Op::floats(x, y, r)) return finish_float(fr, a, b, site, r);
  }
  if constexpr (Op::kInts) {
    int64_t x, y, r;
    if (is_exact_int(a) && is_exact_int(b) && int_value(a, x) && int_value(b, y) && Op::ints(x, y, r))
      return finish_int_called(fr, a, b, site, r);
  }
  if constexpr (Op::kConcat) {
    if (PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b) && (site & kOwnFirst) && a != b && sole_reference(a))
      return append_str(fr, a, b, site);
  }
  bool inplace = site & kInplace;
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
[[gnu::always_inline]] inline int store_int(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int64_t v, int slot,
                                            int idx2) {
  PyObject* old = frame_slots(fr)[slot];
  if (JJ_LIKELY(can_overwrite(old, v))) {
    int_write(old, v);
    if (site & kOwnFirst) drop_int(a);
    if (site & kOwnSecond) drop_int(b);
    return 0;
  }
  return store_local(fr, finish_int_called(fr, a, b, site, v), slot, idx2);
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
    if (is_exact_int(a) && is_exact_int(b) && int_value(a, x) && int_value(b, y) && Op::ints(x, y, r))
      return store_int(fr, a, b, site, r, slot, idx2);
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
  JJ_CHECK_HELPER(jj_binary_##name);                                                                               \
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
