// The runtime helpers that StackOp and StackCond name, read from runtime/helpers.def as plain data.
#pragma once
#include <string_view>

namespace jj::hir {

struct StackHelper {
  const char* name;  // C symbol; null for a row that is not a stack helper
  const char* op;    // canonical operation it implements (bytecode/ops.def)
  bool cond;         // STACK_COND
};

// A helper's number is the position of its row among all function rows of helpers.def (lower::Helper counts the same).
int stack_helper_rows();
const StackHelper& stack_helper(int number);
const char* stack_helper_name(int number);            // null when the number is not that of a stack helper
int stack_helper_named(std::string_view name);        // -1: none
int stack_helper_for(std::string_view canonical_op);  // -1: none
int star_call_layout(int number);                     // the same of a call with *
bool gathers_arguments(int number);                   // makes or extends a tuple, list or dict
int keyword_call_layout(int number);                  // layout of a call with keywords (see Op::Call), or -1

}  // namespace jj::hir
