// Comparisons: as objects (jj_compare) and as branch conditions (jj_cond_*), and `in`.
#include "runtime/ints.h"
#include "runtime/quiet_keys.h"
#include "runtime/signature.h"

namespace jj {
namespace {

constexpr int kUnknown = 2;  // no fast answer

template <class T>
inline int ordered(T x, T y, int op) {
  switch (op) {
    case Py_LT: return x < y;
    case Py_LE: return x <= y;
    case Py_EQ: return x == y;
    case Py_NE: return x != y;
    case Py_GT: return x > y;
    default: return x >= y;
  }
}

inline bool exact_double(PyObject* o, double& d) {
  if (is_exact_float(o)) {
    d = float_field(o);
    return true;
  }
  int64_t v;
  constexpr int64_t exact = int64_t{1} << 53;
  if (!is_exact_int(o) || !int_value(o, v) || v > exact || v < -exact) return false;
  d = static_cast<double>(v);
  return true;
}

inline int same_text(PyObject* a, PyObject* b) {
  if (a == b) return 1;
  Py_ssize_t n = PyUnicode_GET_LENGTH(a);
  int kind = static_cast<int>(PyUnicode_KIND(a));
  if (n != PyUnicode_GET_LENGTH(b) || kind != static_cast<int>(PyUnicode_KIND(b))) return 0;
  return std::memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), static_cast<size_t>(n) * static_cast<size_t>(kind)) == 0;
}

// Texts of one byte a character; their order is that of the bytes.
inline bool is_narrow_text(PyObject* o) {
  return PyUnicode_CheckExact(o) && PyUnicode_IS_READY(o) && PyUnicode_KIND(o) == PyUnicode_1BYTE_KIND;
}
inline int text_order(PyObject* a, PyObject* b) {
  const Py_ssize_t x = PyUnicode_GET_LENGTH(a), y = PyUnicode_GET_LENGTH(b);
  const auto common = static_cast<size_t>(x < y ? x : y);
  const int order = std::memcmp(PyUnicode_1BYTE_DATA(a), PyUnicode_1BYTE_DATA(b), common);
  return order ? order : (x > y) - (x < y);
}

// 1 or 0 for operands whose comparison is known to run no code, else kUnknown. Two compact ints are done before.
int fast_compare(PyObject* a, PyObject* b, int op) {
  if (is_exact_int(a) && is_exact_int(b)) {
    int64_t x, y;
    return int_value(a, x) && int_value(b, y) ? ordered(x, y, op) : kUnknown;
  }
  if (is_exact_float(a) || is_exact_float(b)) {
    double x, y;
    return exact_double(a, x) && exact_double(b, y) ? ordered(x, y, op) : kUnknown;
  }
  if ((op == Py_EQ || op == Py_NE) && PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b) && PyUnicode_IS_READY(a) &&
      PyUnicode_IS_READY(b))
    return same_text(a, b) == (op == Py_EQ);
  if (is_narrow_text(a) && is_narrow_text(b)) return ordered(text_order(a, b), 0, op);
  return kUnknown;
}

PyObject* general_compare(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int op) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(a, site, kOwnFirst);
  own_operand(b, site, kOwnSecond);
  PyObject* result = PyObject_RichCompare(a, b, op);
  drop(fr, idx, a);
  drop(fr, idx, b);
  return result;
}

// The truth of an owned object, which is consumed; -1 when the object is null or its test raises.
int consume_truth(Frame* fr, int idx, PyObject* o) {
  if (JJ_UNLIKELY(!o)) return -1;
  int truth = o == Py_True ? 1 : o == Py_False || o == Py_None ? 0 : PyObject_IsTrue(o);
  drop(fr, idx, o);
  return truth;
}

[[gnu::noinline]] int cond_slow(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int op) {
  int fast = fast_compare(a, b, op);
  if (fast == kUnknown) return consume_truth(fr, site_index(site), general_compare(fr, a, b, site, op));
  drop_owned(fr, a, site, kOwnFirst);
  drop_owned(fr, b, site, kOwnSecond);
  return fast;
}

template <int op>
inline int cond(Frame* fr, PyObject* a, PyObject* b, uint32_t site) {
  if (JJ_LIKELY(is_exact_int(a)) && JJ_LIKELY(is_exact_int(b)) && JJ_LIKELY(both_compact(a, b))) {
    int result = ordered(compact_value(a), compact_value(b), op);
    if (site & kOwnFirst) drop_int(a);
    if (site & kOwnSecond) drop_int(b);
    return result;
  }
  return cond_slow(fr, a, b, site, op);
}

}  // namespace
}  // namespace jj

using namespace jj;

extern "C" {

PyObject* jj_compare(Frame* fr, PyObject* a, PyObject* b, uint32_t site, int op) {
  int fast = fast_compare(a, b, op);
  if (fast == kUnknown) return general_compare(fr, a, b, site, op);
  drop_owned(fr, a, site, kOwnFirst);
  drop_owned(fr, b, site, kOwnSecond);
  return bool_object(fast);
}

int jj_try_compare(PyObject* a, PyObject* b, uint32_t site, int op) {
  int result = fast_compare(a, b, op);
  if (site & kOwnFirst) Py_DECREF(a);
  if (site & kOwnSecond) Py_DECREF(b);
  return result == kUnknown ? -1 : result;
}

int jj_cond_lt(Frame* fr, PyObject* a, PyObject* b, uint32_t site) { return cond<Py_LT>(fr, a, b, site); }
int jj_cond_le(Frame* fr, PyObject* a, PyObject* b, uint32_t site) { return cond<Py_LE>(fr, a, b, site); }
int jj_cond_eq(Frame* fr, PyObject* a, PyObject* b, uint32_t site) { return cond<Py_EQ>(fr, a, b, site); }
int jj_cond_ne(Frame* fr, PyObject* a, PyObject* b, uint32_t site) { return cond<Py_NE>(fr, a, b, site); }
int jj_cond_gt(Frame* fr, PyObject* a, PyObject* b, uint32_t site) { return cond<Py_GT>(fr, a, b, site); }
int jj_cond_ge(Frame* fr, PyObject* a, PyObject* b, uint32_t site) { return cond<Py_GE>(fr, a, b, site); }

int jj_contains(Frame* fr, PyObject* item, PyObject* container, uint32_t site) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(item, site, kOwnFirst);
  own_operand(container, site, kOwnSecond);
  const Found quiet = find_in_container(container, item);
  const int result = quiet == Found::Unknown ? PySequence_Contains(container, item) : quiet == Found::Yes;
  drop(fr, idx, item);
  drop(fr, idx, container);
  return result;
}

}  // extern "C"

JJ_CHECK_HELPER(jj_compare);
JJ_CHECK_HELPER(jj_try_compare);
JJ_CHECK_HELPER(jj_cond_lt);
JJ_CHECK_HELPER(jj_cond_le);
JJ_CHECK_HELPER(jj_cond_eq);
JJ_CHECK_HELPER(jj_cond_ne);
JJ_CHECK_HELPER(jj_cond_gt);
JJ_CHECK_HELPER(jj_cond_ge);
JJ_CHECK_HELPER(jj_contains);
