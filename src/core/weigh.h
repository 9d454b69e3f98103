// Whether optimised code can be expected to pay for what LLVM takes to make it.
#pragma once
#include "bytecode/instr.h"
#include "hir/function.h"

namespace jj::core {

// Operations on values in registers against operations that are still calls of the runtime, those in loops counting more.
// Where the calls prevail, optimised code is baseline code again, from a compiler that is many times as slow.
bool is_worth_it(const hir::Function& f);
// Whether there is so little of the runtime's that it matters how well loops are compiled.
bool is_mostly_in_registers(const hir::Function& f);
// JJCompiled::may_gain. The same before anything is known of types, from baseline's operations: how much each execution of
// a bytecode may gain, in tenths of a nanosecond; 0 where it could not even then be worth it if all of them became what they
// can become at best.
int32_t possible_gain(const hir::Function& f);

// JJCompiled::call_instrs and loop_instrs: how many instructions a call executes at most outside of loops, and one turn of a
// loop: the mean of all loops, each without the loops in it; 0 without loops.
struct Lengths {
  int32_t call = 0, loop = 0;
};
Lengths lengths_of(const bytecode::Code& code);

}  // namespace jj::core
