// Intervals of integers of 64 bits, and what operations make of them.
#pragma once
#include <cstdint>

#include "hir/function.h"

namespace jj::passes {

struct IntRange {
  int64_t low = INT64_MIN, high = INT64_MAX;

  static IntRange only(int64_t value) { return {value, value}; }
  bool operator==(const IntRange&) const = default;
  bool within(int64_t least, int64_t most) const { return low >= least && high <= most; }
  bool has(int64_t value) const { return low <= value && value <= high; }
};

IntRange either(const IntRange& a, const IntRange& b);
IntRange both(const IntRange& a, const IntRange& b);  // one number when they have nothing in common: nobody gets there

// Of a result that is an exact integer; where it does not fit in 64 bits nobody goes on.
IntRange range_of(const hir::Instr& i, const IntRange& a, const IntRange& b);
// Whether the exact result of IntAdd, IntSub or IntMul always fits.
bool always_fits(hir::Op op, const IntRange& a, const IntRange& b);
// What is known of `a` where it compares so with `b` (Py_LT..Py_GE).
IntRange where_compared(int op, const IntRange& a, const IntRange& b);
// The answer of a comparison: 1, 0, or -1 for either.
int decided(int op, const IntRange& a, const IntRange& b);

}  // namespace jj::passes
