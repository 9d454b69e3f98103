// LOWER rows of arithmetic and comparisons on values in registers.
#include "hir/proved.h"
#include "llvm/IR/Intrinsics.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

// Conversions between int64 and double are exact up to here.
constexpr int64_t kExactFloat = int64_t{1} << 53;

Value* int_const(Emitter& e, const Instr& i) {
  return e.int64(static_cast<int64_t>(static_cast<uint32_t>(i.imm[0])) | static_cast<int64_t>(i.imm[1]) << 32);
}

void with_overflow(Emitter& e, const Instr& i, llvm::Intrinsic::ID operation, Value* a, Value* b) {
  Value* both = e.b.CreateBinaryIntrinsic(operation, a, b);
  e.exit_if(e.b.CreateExtractValue(both, 1), i);
  e.define(i, e.b.CreateExtractValue(both, 0));
}

void exit_unless_exact(Emitter& e, const Instr& i, Value* v) {
  Value* shifted = e.b.CreateAdd(v, e.int64(kExactFloat));
  e.exit_if(e.b.CreateICmpUGT(shifted, e.int64(2 * kExactFloat)), i);
}

Value* to_float(Emitter& e, Value* v) { return e.b.CreateSIToFP(v, e.b.getDoubleTy()); }

void exit_if_zero(Emitter& e, const Instr& i, Value* v) {
  e.exit_if(e.b.CreateFCmpOEQ(v, llvm::ConstantFP::get(e.b.getDoubleTy(), 0.0)), i);
}

void define_finite(Emitter& e, const Instr& i, Value* v) {
  Value* size = e.b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, v);
  e.exit_if(e.b.CreateFCmpUEQ(size, llvm::ConstantFP::getInfinity(e.b.getDoubleTy())), i);
  e.define(i, v);
}

// The bounds are exact: nothing between them and the next integers.
void float_to_int(Emitter& e, const Instr& i, Value* v) {
  llvm::Type* type = e.b.getDoubleTy();
  Value* above = e.b.CreateFCmpOGE(v, llvm::ConstantFP::get(type, -0x1p63));
  Value* below = e.b.CreateFCmpOLT(v, llvm::ConstantFP::get(type, 0x1p63));
  e.exit_if(e.b.CreateNot(e.b.CreateAnd(above, below)), i);
  e.define(i, e.b.CreateFPToSI(v, e.b.getInt64Ty()));
}

// In the order of Py_LT..Py_GE.
constexpr llvm::CmpInst::Predicate kIntOrder[] = {llvm::CmpInst::ICMP_SLT, llvm::CmpInst::ICMP_SLE,
                                                  llvm::CmpInst::ICMP_EQ,  llvm::CmpInst::ICMP_NE,
                                                  llvm::CmpInst::ICMP_SGT, llvm::CmpInst::ICMP_SGE};
constexpr llvm::CmpInst::Predicate kFloatOrder[] = {llvm::CmpInst::FCMP_OLT, llvm::CmpInst::FCMP_OLE,
                                                    llvm::CmpInst::FCMP_OEQ, llvm::CmpInst::FCMP_UNE,
                                                    llvm::CmpInst::FCMP_OGT, llvm::CmpInst::FCMP_OGE};

}  // namespace

LOWER(IntConst) { e.define(i, int_const(e, i)); }
LOWER(FloatConst) { e.define(i, e.b.CreateBitCast(int_const(e, i), e.b.getDoubleTy())); }
LOWER(CondConst) { e.define(i, e.int32(i.imm[0])); }

LOWER(IntAdd) { with_overflow(e, i, llvm::Intrinsic::sadd_with_overflow, e.arg(i, 0), e.arg(i, 1)); }
LOWER(IntSub) { with_overflow(e, i, llvm::Intrinsic::ssub_with_overflow, e.arg(i, 0), e.arg(i, 1)); }
LOWER(IntMul) { with_overflow(e, i, llvm::Intrinsic::smul_with_overflow, e.arg(i, 0), e.arg(i, 1)); }
LOWER(IntNeg) { with_overflow(e, i, llvm::Intrinsic::ssub_with_overflow, e.int64(0), e.arg(i, 0)); }
LOWER(IntAbs) {
  e.exit_if(e.b.CreateICmpEQ(e.arg(i, 0), e.int64(INT64_MIN)), i);
  e.define(i, e.b.CreateBinaryIntrinsic(llvm::Intrinsic::abs, e.arg(i, 0), e.b.getTrue()));
}
LOWER(IntAddWrap) { e.define(i, e.b.CreateAdd(e.arg(i, 0), e.arg(i, 1), "", false, i.imm[0] != 0)); }
LOWER(IntSubWrap) { e.define(i, e.b.CreateSub(e.arg(i, 0), e.arg(i, 1), "", false, i.imm[0] != 0)); }
LOWER(IntMulWrap) { e.define(i, e.b.CreateMul(e.arg(i, 0), e.arg(i, 1), "", false, i.imm[0] != 0)); }
LOWER(GuardWithin) {
  auto bound = [&](size_t n) { return int64_t{static_cast<uint32_t>(i.imm[n])} | int64_t{i.imm[n + 1]} << 32; };
  Value* above = e.b.CreateSub(e.arg(i, 0), e.int64(bound(0)));
  Value* room = e.int64(static_cast<int64_t>(static_cast<uint64_t>(bound(2)) - static_cast<uint64_t>(bound(0))));
  e.exit_if(e.b.CreateICmpUGT(above, room), i);
  e.define(i, e.arg(i, 0));
}
LOWER(IntKnown) { e.define(i, e.arg(i, 0)); }

LOWER(IntTrueDiv) {
  if (!(i.imm[0] & hir::kNotZero)) e.exit_if(e.b.CreateICmpEQ(e.arg(i, 1), e.int64(0)), i);
  for (int n = 0; n < 2 && !(i.imm[0] & hir::kExact); n++) exit_unless_exact(e, i, e.arg(i, n));
  e.define(i, e.b.CreateFDiv(to_float(e, e.arg(i, 0)), to_float(e, e.arg(i, 1))));
}
LOWER(IntPow) {
  Value* result = e.scratch();
  e.exit_if(e.b.CreateICmpEQ(e.call(Helper::jj_int_pow, {e.arg(i, 0), e.arg(i, 1), result}), e.int32(0)), i);
  e.define(i, e.b.CreateLoad(e.b.getInt64Ty(), result));
}
LOWER(IntLshift) {
  Value *a = e.arg(i, 0), *count = e.arg(i, 1);
  if (!(i.imm[0] & hir::kCountFits)) e.exit_if(e.b.CreateICmpUGT(count, e.int64(62)), i);
  Value* result = e.b.CreateShl(a, count);
  if (!(i.imm[0] & hir::kFits)) e.exit_if(e.b.CreateICmpNE(e.b.CreateAShr(result, count), a), i);
  e.define(i, result);
}
LOWER(IntRshift) {
  Value* count = e.arg(i, 1);
  if (i.imm[0] & hir::kCountFits) return e.define(i, e.b.CreateAShr(e.arg(i, 0), count));
  e.exit_if(e.b.CreateICmpSLT(count, e.int64(0)), i);
  Value* limited = e.b.CreateSelect(e.b.CreateICmpSGT(count, e.int64(63)), e.int64(63), count);
  e.define(i, e.b.CreateAShr(e.arg(i, 0), limited));
}
LOWER(IntAnd) { e.define(i, e.b.CreateAnd(e.arg(i, 0), e.arg(i, 1))); }
LOWER(IntOr) { e.define(i, e.b.CreateOr(e.arg(i, 0), e.arg(i, 1))); }
LOWER(IntXor) { e.define(i, e.b.CreateXor(e.arg(i, 0), e.arg(i, 1))); }
LOWER(IntInvert) { e.define(i, e.b.CreateNot(e.arg(i, 0))); }

LOWER(FloatAdd) { e.define(i, e.b.CreateFAdd(e.arg(i, 0), e.arg(i, 1))); }
LOWER(FloatSub) { e.define(i, e.b.CreateFSub(e.arg(i, 0), e.arg(i, 1))); }
LOWER(FloatMul) { e.define(i, e.b.CreateFMul(e.arg(i, 0), e.arg(i, 1))); }
LOWER(FloatDiv) {
  exit_if_zero(e, i, e.arg(i, 1));
  e.define(i, e.b.CreateFDiv(e.arg(i, 0), e.arg(i, 1)));
}
LOWER(FloatFloorDiv) {
  exit_if_zero(e, i, e.arg(i, 1));
  e.define(i, e.call(Helper::jj_float_floordiv, {e.arg(i, 0), e.arg(i, 1)}));
}
// What is left of a whole number is often wanted: x % 1.0 takes no division.
LOWER(FloatMod) {
  auto* divisor = llvm::dyn_cast<llvm::ConstantFP>(e.arg(i, 1));
  if (divisor && divisor->isExactlyValue(1.0)) {
    Value* whole = e.b.CreateUnaryIntrinsic(llvm::Intrinsic::floor, e.arg(i, 0));
    return e.define(i, e.b.CreateFSub(e.arg(i, 0), whole));
  }
  exit_if_zero(e, i, e.arg(i, 1));
  e.define(i, e.call(Helper::jj_float_mod, {e.arg(i, 0), e.arg(i, 1)}));
}
LOWER(FloatNeg) { e.define(i, e.b.CreateFNeg(e.arg(i, 0))); }
LOWER(FloatAbs) { e.define(i, e.b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, e.arg(i, 0))); }

LOWER(IntToFloat) { e.define(i, to_float(e, e.arg(i, 0))); }
LOWER(IntToFloatExact) {
  exit_unless_exact(e, i, e.arg(i, 0));
  e.define(i, to_float(e, e.arg(i, 0)));
}
LOWER(FloatToInt) { float_to_int(e, i, e.arg(i, 0)); }
LOWER(FloatWhole) {
  constexpr llvm::Intrinsic::ID kModes[] = {llvm::Intrinsic::floor, llvm::Intrinsic::ceil, llvm::Intrinsic::roundeven};
  e.define(i, e.b.CreateUnaryIntrinsic(kModes[i.imm[0]], e.arg(i, 0)));
}
LOWER(FloatSqrt) {
  e.exit_if(e.b.CreateFCmpOLT(e.arg(i, 0), llvm::ConstantFP::get(e.b.getDoubleTy(), 0.0)), i);
  e.define(i, e.b.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, e.arg(i, 0)));
}
LOWER(FloatMath) { define_finite(e, i, e.call(Helper::jj_math1, {e.int32(i.imm[0]), e.arg(i, 0)})); }
LOWER(FloatMath2) { define_finite(e, i, e.call(Helper::jj_math2, {e.int32(i.imm[0]), e.arg(i, 0), e.arg(i, 1)})); }
LOWER(IntGcd) {
  Value* divisor = e.call(Helper::jj_int_gcd, {e.arg(i, 0), e.arg(i, 1)});
  e.exit_if(e.b.CreateICmpSLT(divisor, e.int64(0)), i);
  e.define(i, divisor);
}
LOWER(IntSqrt) {
  e.exit_if(e.b.CreateICmpSLT(e.arg(i, 0), e.int64(0)), i);
  e.define(i, e.call(Helper::jj_int_sqrt, {e.arg(i, 0)}));
}
LOWER(CondToInt) { e.define(i, e.b.CreateZExt(e.arg(i, 0), e.b.getInt64Ty())); }

LOWER(IntCompare) { e.define(i, condition(e, e.b.CreateICmp(kIntOrder[i.imm[0]], e.arg(i, 0), e.arg(i, 1)))); }
LOWER(FloatCompare) { e.define(i, condition(e, e.b.CreateFCmp(kFloatOrder[i.imm[0]], e.arg(i, 0), e.arg(i, 1)))); }
LOWER(IntTruth) { e.define(i, condition(e, e.b.CreateICmpNE(e.arg(i, 0), e.int64(0)))); }
LOWER(FloatTruth) {
  e.define(i, condition(e, e.b.CreateFCmpUNE(e.arg(i, 0), llvm::ConstantFP::get(e.b.getDoubleTy(), 0.0))));
}

}  // namespace jj::lower
