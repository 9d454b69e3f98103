// Range iterators of CPython 3.10 and 3.11: they count.
#pragma once
#include <cstddef>

namespace jj {

struct RangeIterator {
  PyObject ob_base;
  long index, start, step, len;
};
inline bool range_next(PyObject* it, int64_t& value) {
  auto* r = reinterpret_cast<RangeIterator*>(it);
  if (r->index >= r->len) return false;
  value = static_cast<long>(static_cast<unsigned long>(r->start) +
                            static_cast<unsigned long>(r->index++) * static_cast<unsigned long>(r->step));
  return true;
}

inline void range_start(RangeIterator* r, int64_t start, int64_t step, int64_t length) {
  *r = {r->ob_base, 0, start, step, length};
}

// Sets an iterator that was taken over in the middle: its next value, and how many are left.
inline void range_set(PyObject* it, int64_t, int64_t left) {
  auto* r = reinterpret_cast<RangeIterator*>(it);
  r->index = r->len - left;
}
constexpr int kRangeIndexOffset = offsetof(RangeIterator, index);

}  // namespace jj
