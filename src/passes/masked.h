// What pass `unbox` knows of arithmetic of which nothing but the lowest bits matters (unbox_masked.cpp).
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "hir/function.h"

namespace jj::passes {

// What arithmetic whose result is masked needs to know of an operand (unbox_masked.cpp).
struct Masked {
  enum Form : uint8_t {
    Other,
    Signed,    // a number of 64 bits
    Unsigned,  // one of 0 or more, below 2**64
    Low        // nothing but its lowest 64 bits is in the register
  } form = Other;
  bool guarded = false;             // in a register, or a constant; else an object that a guard will find to be so
  std::optional<int64_t> constant;  // its bits
  bool not_negative() const { return form == Unsigned || (form == Signed && constant && *constant >= 0); }
};
// Operations that lead to a mask. Between the first and the last nothing happens but loads, and all exits are the first one's.
struct Chain {
  bool begun = false;
  size_t end = 0;                           // position of the last
  std::map<hir::ValueId, Masked> operands;  // by value of the input
};

}  // namespace jj::passes
