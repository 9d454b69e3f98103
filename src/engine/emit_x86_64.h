// One function of LLVM IR as machine code.
#pragma once
#include "engine/assembler_x86_64.h"
#include "engine/registers_x86_64.h"

namespace jj::engine {

// False: it has an instruction, a type or a constant that baseline code does not consist of.
bool is_simple(const llvm::Function& f);
QuickCode emit(const llvm::Function& f);  // a simple one; the symbols belong to its module

}  // namespace jj::engine
