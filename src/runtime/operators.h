// Operators of classes that Python code has made: what they are met with, for the optimiser.
#pragma once
#include "bytecode/instr.h"
#include "runtime/abi.h"

namespace jj {

// A binary operator between an instance of a class whose method is a Python function and one other type.
struct OperatorSeen {
  OperatorSeen* next;
  int32_t index;  // of the instruction
  bytecode::BinaryKind kind;
  bool inplace, right_first;  // as the instruction; the right operand is released first
  bool others;                // more was met than the rest of this says
  uint8_t right;              // JJTypeKind; HEAP: of the left operand's class
  uint32_t version;           // of the left operand's class
  PyObject* function;         // of the class, borrowed (runtime/class_versions.h)
};

// Notes the operands of an operation that is about to be done. Never raises.
void note_operator(Frame* fr, int index, PyObject* a, PyObject* b, const OperatorSeen& instruction);
void free_operators(CodeData* cd);

// What the interpreter does when the left operand's method, of an operator that was noted, has answered NotImplemented: an
// owned result, or null.
PyObject* go_on_without_left(int32_t operation, PyObject* a, PyObject* b);

// The order in which the instruction gives up its operands.
bool releases_right_first(int32_t operation);

// JJInlined::operation
constexpr int32_t kInplaceOperation = 1 << 8;

}  // namespace jj
