// Operators of classes that Python code has made: what they are met with, for the optimiser.
#pragma once
#include "bytecode/instr.h"
#include "runtime/abi.h"

namespace jj {

// A binary operator, or a subscription, between an instance of a class whose method is a Python function and one other type.
struct OperatorSeen {
  OperatorSeen* next;
  int32_t index;       // of the instruction
  int32_t operation;   // see JJInlined
  bool right_first;    // the right operand is released first
  bool others;         // more was met than the rest of this says
  uint8_t other;       // the other operand's JJTypeKind; HEAP: of the same class
  uint32_t version;    // of the class that has the method
  PyObject* function;  // of that, borrowed (runtime/class_versions.h)
};

// Notes the operands of an operation, JJInlined::operation but for JJ_OPERATION_RIGHT, that is about to be done. Never raises.
void note_operator(Frame* fr, int index, PyObject* a, PyObject* b, int32_t operation);
void free_operators(CodeData* cd);

// What the interpreter does when the method of an operator that was noted has answered NotImplemented: an owned result, or
// null.
PyObject* go_on_unanswered(int32_t operation, PyObject* a, PyObject* b);

// The order in which the instruction gives up its operands.
bool releases_right_first(int32_t operation);

}  // namespace jj
