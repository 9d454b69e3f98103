// Range iterators of CPython 3.12 and 3.13: they move their start.
#pragma once
#include "internal/pycore_range.h"

namespace jj {

using RangeIterator = _PyRangeIterObject;
inline bool range_next(PyObject* it, int64_t& value) {
  auto* r = reinterpret_cast<RangeIterator*>(it);
  if (r->len <= 0) return false;
  value = r->start;
  r->start = static_cast<long>(static_cast<unsigned long>(r->start) + static_cast<unsigned long>(r->step));
  --r->len;
  return true;
}

inline void range_start(RangeIterator* r, int64_t start, int64_t step, int64_t length) {
  r->start = start;
  r->step = step;
  r->len = length;
}

// Sets an iterator that was taken over in the middle: its next value, and how many are left.
inline void range_set(PyObject* it, int64_t next, int64_t left) {
  auto* r = reinterpret_cast<RangeIterator*>(it);
  r->start = next;
  r->len = left;
}
constexpr int kRangeIndexOffset = -1;

}  // namespace jj
