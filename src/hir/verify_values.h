// The part of the verifier about values without references: numbers and conditions, which may cross blocks.
#pragma once
#include <string>

#include "hir/function.h"

namespace jj::hir {

// Checks definitions, operands, phis and pending values; empty when all is well. The function's tables and blocks
// must be well-formed.
std::string verify_values(const Function& f);

}  // namespace jj::hir
