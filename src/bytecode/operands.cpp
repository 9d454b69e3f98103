// Checks that every operand selects something that exists, so that later stages can index without looking.
#include "bytecode/steps.h"

namespace jj::bytecode {
namespace {

const char* wrong_with(const CodeInput& in, const Instr& i) {
  const Operand operand = op_operand(i.op);
  switch (operand.kind) {
    case Operand::Constant:
      if (i.arg >= in.nconsts) return "no such constant";
      break;
    case Operand::Name:
      if (i.arg >= in.nnames) return "no such name";
      break;
    case Operand::Slot:
      if (i.arg >= in.nslots) return "no such local variable";
      break;
    case Operand::Number: break;
  }
  if (i.op == Op::CallKwNullFirst && i.arg2 >= in.nconsts) return "no such constant";
  if (i.op == Op::CopyFreeVars && i.arg != in.nfrees) return "wrong number of free variables";
  return i.arg < operand.low || i.arg > operand.high ? "operand out of range" : nullptr;
}

}  // namespace

Failure check_operands(const Code& code) {
  for (const Instr& i : code.instrs)
    if (const char* what = wrong_with(code.input, i)) return error_at(code, i, what);
  return std::nullopt;
}

}  // namespace jj::bytecode
