// Arithmetic on exact ints that 64 bits do not hold, in place where an operand dies.
#pragma once
#include "bytecode/instr.h"
#include "runtime/abi.h"

namespace jj {

using bytecode::BinaryKind;

// The result, owned; null, without an exception: not done here (other operators, operands too large, errors, no memory).
// `room`: null, or an exact int that dies with the operation and may become the result; if another does, its value is gone
// nevertheless.
PyObject* big_arithmetic(BinaryKind op, PyObject* a, PyObject* b, PyObject* room);

}  // namespace jj
