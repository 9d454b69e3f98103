// Checks that every operand selects something that exists, so that later stages can index without looking.
#include "bytecode/steps.h"

namespace jj::bytecode {
namespace {

enum class Selects : uint8_t { Nothing, Constant, Name, Slot };

Selects selects(Op op) {
  switch (op) {
    case Op::LoadConst:
    case Op::ReturnConst: return Selects::Constant;
    case Op::LoadFast:
    case Op::LoadFastBound:
    case Op::LoadFastCheck:
    case Op::LoadFastAndClear:
    case Op::StoreFast:
    case Op::DeleteFast:
    case Op::MakeCell:
    case Op::LoadClosure:
    case Op::LoadDeref:
    case Op::StoreDeref:
    case Op::DeleteDeref:
    case Op::LoadClassDeref:
    case Op::LoadFromDictOrDeref: return Selects::Slot;
    case Op::LoadFromDictOrGlobals:
    case Op::LoadGlobal:
    case Op::StoreGlobal:
    case Op::DeleteGlobal:
    case Op::LoadName:
    case Op::StoreName:
    case Op::DeleteName:
    case Op::LoadAttr:
    case Op::LoadMethodNullFirst:
    case Op::LoadMethodSelfSecond:
    case Op::StoreAttr:
    case Op::DeleteAttr:
    case Op::LoadSuperAttr:
    case Op::LoadSuperMethodNullFirst:
    case Op::LoadSuperMethodSelfSecond:
    case Op::ImportName:
    case Op::ImportFrom: return Selects::Name;
    default: return Selects::Nothing;
  }
}

struct Range {
  int32_t low, high;
};

// Operands that number a variant of the operation, or an entry of the stack counted from 1.
Range range(Op op) {
  constexpr int32_t kAny = INT32_MAX;
  switch (op) {
    case Op::Copy:
    case Op::Swap:
    case Op::Rot:
    case Op::ListAppend:
    case Op::SetAdd:
    case Op::MapAdd:
    case Op::ListExtend:
    case Op::SetUpdate:
    case Op::DictUpdate:
    case Op::DictMerge: return {1, kAny};
    case Op::Unary: return {0, 3};
    case Op::Binary: return {0, 12};
    case Op::Compare: return {0, 5};
    case Op::IsOp:
    case Op::ContainsOp: return {0, 1};
    case Op::BuildSlice: return {2, 3};
    case Op::RaiseVarargs: return {0, 2};
    case Op::ConvertValue: return {1, 3};
    case Op::FormatValue: return {0, 7};
    case Op::MakeFunction:
    case Op::MakeFunctionQualname: return {0, 15};
    default: return {0, kAny};
  }
}

const char* wrong_with(const CodeInput& in, const Instr& i) {
  switch (selects(i.op)) {
    case Selects::Constant:
      if (i.arg >= in.nconsts) return "no such constant";
      break;
    case Selects::Name:
      if (i.arg >= in.nnames) return "no such name";
      break;
    case Selects::Slot:
      if (i.arg >= in.nslots) return "no such local variable";
      break;
    case Selects::Nothing: break;
  }
  if (i.op == Op::CallKwNullFirst && i.arg2 >= in.nconsts) return "no such constant";
  if (i.op == Op::CopyFreeVars && i.arg != in.nfrees) return "wrong number of free variables";
  Range r = range(i.op);
  return i.arg < r.low || i.arg > r.high ? "operand out of range" : nullptr;
}

}  // namespace

Failure check_operands(const Code& code) {
  for (const Instr& i : code.instrs)
    if (const char* what = wrong_with(code.input, i)) return error_at(code, i, what);
  return std::nullopt;
}

}  // namespace jj::bytecode
