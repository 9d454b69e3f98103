// Translates canonical bytecode to HIR over the slots of the interpreter frame, with a lazy operand stack.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "bytecode/instr.h"
#include "core/api.h"
#include "hir/function.h"

namespace jj::translate {

// Why a code object stays with the interpreter.
struct Refusal {
  std::string reason;
  int32_t index = -1;  // code unit it is about, or -1
};

// What the user asserts (jit(mode=...)).
struct Asserted {
  JJAsserts numbers = JJ_ASSERTS_NOTHING;
  bool wraps = false;
};

// Native entries are the start, loop heads, where suspended frames go on, and the instructions that start at the code units
// `more_entries`.
std::variant<hir::Function, Refusal> translate(const bytecode::Code& code,
                                               const std::vector<int32_t>& more_entries = {},
                                               const Asserted& asserted = {});

}  // namespace jj::translate
