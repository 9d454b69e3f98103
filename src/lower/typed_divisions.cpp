// LOWER rows of divisions of ints: quotient and remainder come from one division, rounded down as Python does.
#include "hir/proved.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

using Division = Emitter::Division;

// Whether the operands' signs differ and the remainder is not zero: then Python's quotient is one less than C's.
Value* rounds_down(Emitter& e, Value* rest, const Instr& i) {
  Value* divisor = e.arg(i, 1);
  if (i.imm[0] & hir::kNotNegative) return e.b.getFalse();
  if (i.imm[0] & hir::kDivisorPositive) return e.b.CreateICmpSLT(rest, e.int64(0));
  Value* differ = e.b.CreateICmpSLT(e.b.CreateXor(rest, divisor), e.int64(0));
  return e.b.CreateAnd(e.b.CreateICmpNE(rest, e.int64(0)), differ);
}

void exit_if_zero(Emitter& e, const Instr& i) {
  if (!(i.imm[0] & hir::kNotZero)) e.exit_if(e.b.CreateICmpEQ(e.arg(i, 1), e.int64(0)), i);
}

// In 64 bits, or in 32 where that is proved. The smallest number by -1 traps in the processor, and its quotient does not fit.
Division divide(Emitter& e, const Instr& i) {
  Value *a = e.arg(i, 0), *b = e.arg(i, 1);
  const int proved = i.imm[0];
  exit_if_zero(e, i);
  Value* smallest = e.b.CreateICmpEQ(a, e.int64(INT64_MIN));
  if (!(proved & hir::kFits)) e.exit_if(e.b.CreateAnd(smallest, e.b.CreateICmpEQ(b, e.int64(-1))), i);
  Value* quotient = nullptr;
  if (proved & hir::kHalf) {
    Value *x = e.b.CreateTrunc(a, e.b.getInt32Ty()), *y = e.b.CreateTrunc(b, e.b.getInt32Ty());
    quotient = proved & hir::kNotNegative ? e.b.CreateZExt(e.b.CreateUDiv(x, y), e.b.getInt64Ty())
                                          : e.b.CreateSExt(e.b.CreateSDiv(x, y), e.b.getInt64Ty());
  } else {
    quotient = proved & hir::kNotNegative ? e.b.CreateUDiv(a, b) : e.b.CreateSDiv(a, b);
  }
  Value* rest = e.b.CreateSub(a, e.b.CreateMul(quotient, b));
  Value* down = rounds_down(e, rest, i);
  return {a, b, e.b.CreateSub(quotient, e.b.CreateZExt(down, e.b.getInt64Ty())),
          e.b.CreateAdd(rest, e.b.CreateSelect(down, b, e.int64(0)))};
}

// Whether it is worth looking if both operands are without a sign and fit in 32 bits: that division is the shortest, and has
// no corrections that a loop would have to wait for.
bool may_be_short(const Instr& i, Value* b) {
  if (i.imm[0] & hir::kHalf) return false;
  const auto* divisor = llvm::dyn_cast<llvm::ConstantInt>(b);
  if (!divisor) return true;
  return !(i.imm[0] & hir::kNotNegative) && !divisor->isZero() && divisor->getValue().isIntN(32);
}

Division divide_short_or_long(Emitter& e, const Instr& i) {
  Value *a = e.arg(i, 0), *b = e.arg(i, 1);
  llvm::BasicBlock* half = e.hot_block("half");
  llvm::BasicBlock* whole = e.cold_block("whole");
  Value* high = e.b.CreateLShr(llvm::isa<llvm::ConstantInt>(b) ? a : e.b.CreateOr(a, b), e.int64(32));
  e.branch_hot(e.b.CreateICmpEQ(high, e.int64(0)), half, whole);
  llvm::BasicBlock* next = e.hot_block("go");
  e.enter(half);
  exit_if_zero(e, i);
  Value *x = e.b.CreateTrunc(a, e.b.getInt32Ty()), *y = e.b.CreateTrunc(b, e.b.getInt32Ty());
  auto wide = [&](Value* v) { return e.b.CreateZExt(v, e.b.getInt64Ty()); };
  const Division c = {a, b, wide(e.b.CreateUDiv(x, y)), wide(e.b.CreateURem(x, y))};
  half = e.b.GetInsertBlock();
  e.b.CreateBr(next);
  e.enter(whole);
  const Division d = divide(e, i);
  whole = e.b.GetInsertBlock();
  e.b.CreateBr(next);
  e.enter(next);
  auto either = [&](Value* of_half, Value* of_whole) {
    llvm::PHINode* phi = e.b.CreatePHI(e.b.getInt64Ty(), 2);
    phi->addIncoming(of_half, half);
    phi->addIncoming(of_whole, whole);
    return phi;
  };
  return {a, b, either(c.quotient, d.quotient), either(c.rest, d.rest)};
}

Division divide_as_python(Emitter& e, const Instr& i) {
  Value *a = e.arg(i, 0), *b = e.arg(i, 1);
  const auto* divisor = llvm::dyn_cast<llvm::ConstantInt>(b);
  if (divisor && divisor->getSExtValue() > 0 && divisor->getValue().isPowerOf2()) {
    Value* count = e.int64(divisor->getValue().logBase2());
    return {a, b, e.b.CreateAShr(a, count), e.b.CreateAnd(a, e.int64(divisor->getSExtValue() - 1))};
  }
  return may_be_short(i, b) ? divide_short_or_long(e, i) : divide(e, i);
}

const Division& divided(Emitter& e, const Instr& i) {
  if (e.division.a != e.arg(i, 0) || e.division.b != e.arg(i, 1)) e.division = divide_as_python(e, i);
  return e.division;
}

}  // namespace

LOWER(IntFloorDiv) { e.define(i, divided(e, i).quotient); }
LOWER(IntMod) { e.define(i, divided(e, i).rest); }

}  // namespace jj::lower
