// Range iterators of CPython 3.10 and 3.11: they count.
#pragma once

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

}  // namespace jj
