// Definite assignment: which reads of fast locals need no check for being unbound.
#pragma once
#include <vector>

#include "bytecode/instr.h"

namespace jj::translate {

// Per instruction: its slot (arg) certainly holds a value before it. Meaningful for the operations on fast locals.
std::vector<bool> find_bound(const bytecode::Code& code);

}  // namespace jj::translate
