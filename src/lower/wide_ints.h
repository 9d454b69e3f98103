// Ints of more than one digit, read where a loop's registers are not to be disturbed.
#pragma once
#include "lower/lowering.h"

namespace jj::lower {

struct WideInt {
  Value *value, *fits;  // fits: 0 where 64 bits do not hold the number
};
// `object` is an exact int of two digits or more.
WideInt read_wide_int(Emitter& e, Value* object);

}  // namespace jj::lower
