// The steps of decode(), one file each; every step reports the first thing that is wrong.
#pragma once
#include <optional>

#include "bytecode/decode.h"

namespace jj::bytecode {

using Failure = std::optional<DecodeError>;

// Names the function, the offset and the opcode of instruction `i`.
DecodeError error_at(const Code& code, const Instr& i, const std::string& what);

// Fills code.instrs and code.at, with every jump target checked.
Failure read_instructions(Code& code);
// Operands within the tables and ranges they select from (constants, names, slots, operator numbers).
Failure check_operands(const Code& code);
// 3.11+: code.regions and code.region_of from the exception table.
Failure read_exception_table(Code& code);
// code.depth; on 3.10 also code.regions and code.region_of, by following the block stack.
Failure follow_stack(Code& code);

}  // namespace jj::bytecode
