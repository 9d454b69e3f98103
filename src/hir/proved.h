// What pass prove_ranges notes on operations that would have to check it: the immediate `proved`.
#pragma once

namespace jj::hir {

enum Proved : int {
  kNotZero = 1,          // the divisor
  kFits = 2,             // the result, in 64 bits
  kNotNegative = 4,      // both operands of a division; an index
  kDivisorPositive = 8,  // the divisor, where it is not 0
  kHalf = 16,            // both operands, in 32 bits: with their sign, or kNotNegative
  kCountFits = 32,       // that of a shift to the left lies in 0..62, to the right in 0..63
  kExact = 64            // both operands are doubles, too
};

}  // namespace jj::hir
