// How the opcode tables (py310.def .. py313.def) are declared and looked up.
//
// NATIVE(name, number, op, rule, value, caches)   one opcode: the canonical operation it becomes, how its operand is
//                                                 read, a constant that the rule uses, and its inline cache units
// VARIANT(name, number, base)                     a specialised or instrumented form of another opcode
#pragma once
#include "bytecode/instr.h"

namespace jj::bytecode {

// How arg, arg2 and target follow from the native operand. `value` is the table's column.
enum class Rule : uint8_t {
  Fixed,             // arg = value; the operand means nothing
  Arg,               // arg = operand, arg2 = value
  InPlace,           // arg = value, arg2 = 1
  BinaryOp,          // operand counts the binary operators, then once more their in-place forms
  Compare312,        // operand >> 4; the low bits only help specialisation
  Compare313,        // operand >> 5; bit 16: convert the result to bool
  Cell,              // 3.10: cells are numbered apart from the locals
  UnpackEx,          // low byte before the star, the rest after it
  LowBit,            // arg = operand & 1
  Resume,            // arg = operand & 3; the rest is bookkeeping
  Awaitable,         // 3.10: what is awaited shows in the instruction before
  AttrOrMethod,      // name = operand >> 1; bit 1: the method form, which is operation `value`
  SuperAttr,         // name = operand >> 2; bit 1: the method form, which is operation `value`; bit 2: two arguments
  GlobalNullFirst,   // name = operand >> 1; bit 1: pushes NULL before the value
  GlobalNullSecond,  // name = operand >> 1; bit 1: pushes NULL after the value
  Twice,             // the same instruction two times, arg = value
  Pair,              // two instructions: op with the high nibble, operation `value` with the low nibble
  KwNames,           // one instruction with the call that follows
  Precall,           // the call that follows does the work
  Forward,           // target = next + operand, arg = value
  Backward,          // target = next - operand, arg = value
  Absolute,          // target = operand; arg = value where that is backward
  ForIter,           // target = next + operand + value: past the instructions that pop the iterator
  ExtendedArg,
};

struct NativeRow {
  const char* name;
  int number;
  const char* base;
  Op op;
  Rule rule;
  int value;
  int caches;
};

// The row of an opcode as it appears in bytecode (variants give the row of their base), or null when it is none.
const NativeRow* native_row(int python, int number);

}  // namespace jj::bytecode
