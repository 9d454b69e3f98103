// The LOWER row of powers of floats: squares and square roots without a call.
//
// pow() of the C library rounds nearly, but not always, to the nearest double: it is off by less than 0.56 units in the last
// place (0.54 by the comment of glibc's own sysdeps/ieee754/dbl-64/e_pow.c, which is that of Arm's optimized routines). Where
// the exact result is closer than kSure of such a unit to a double, that is pow()'s answer: every other double is too far
// away. x * x and sqrt(x) are the nearest double, and how far they are off is found without rounding, in arithmetic of
// doubles that are split in halves.
#include "llvm/IR/Intrinsics.h"
#include "lower/join.h"

namespace jj::lower {
namespace {

constexpr double kSure = 0.42;
constexpr double kLeast = 0x1p-900, kMost = 0x1p900;  // beyond, halves could overflow or lose bits

struct Known {
  Value *nearest, *sure;  // sure: pow() answers that
};

Value* number(Emitter& e, double v) { return llvm::ConstantFP::get(e.b.getDoubleTy(), v); }

// What x * x has lost by rounding to `product`.
Value* lost_in_square(Emitter& e, Value* x, Value* product) {
  Value* scaled = e.b.CreateFMul(x, number(e, 0x1p27 + 1));
  Value* high = e.b.CreateFSub(scaled, e.b.CreateFSub(scaled, x));
  Value* low = e.b.CreateFSub(x, high);
  Value* rest = e.b.CreateFSub(e.b.CreateFMul(high, high), product);
  rest = e.b.CreateFAdd(rest, e.b.CreateFMul(e.b.CreateFMul(high, number(e, 2)), low));
  return e.b.CreateFAdd(rest, e.b.CreateFMul(low, low));
}

// So much of a unit in the last place of a positive number.
Value* units(Emitter& e, Value* v, double share) {
  Value* exponent = e.b.CreateAnd(e.b.CreateBitCast(v, e.b.getInt64Ty()), e.int64(int64_t{0x7ff} << 52));
  return e.b.CreateFMul(e.b.CreateBitCast(exponent, e.b.getDoubleTy()), number(e, share * 0x1p-52));
}

Value* is_below(Emitter& e, Value* v, Value* limit) {
  return e.b.CreateFCmpOLT(e.b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, v), limit);
}
Value* is_moderate(Emitter& e, Value* v) {
  return e.b.CreateAnd(e.b.CreateFCmpOGT(v, number(e, kLeast)), e.b.CreateFCmpOLT(v, number(e, kMost)));
}

Known square(Emitter& e, Value* x) {
  Value* product = e.b.CreateFMul(x, x);
  Value* close = is_below(e, lost_in_square(e, x, product), units(e, product, kSure));
  return {product, e.b.CreateAnd(close, is_moderate(e, product))};
}

// The exact root lies rest / (2 * root) above the nearest double.
Known square_root(Emitter& e, Value* x) {
  Value* root = e.b.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x);
  Value* product = e.b.CreateFMul(root, root);
  Value* rest = e.b.CreateFSub(e.b.CreateFSub(x, product), lost_in_square(e, root, product));
  Value* limit = e.b.CreateFMul(e.b.CreateFMul(root, number(e, 2)), units(e, root, kSure));
  return {root, e.b.CreateAnd(is_below(e, rest, limit), is_moderate(e, x))};
}

Value* call_pow(Emitter& e, const Instr& i) {
  Value* result = e.scratch();
  e.exit_if(e.b.CreateICmpEQ(e.call(Helper::jj_float_pow, {e.arg(i, 0), e.arg(i, 1), result}), e.int32(0)), i);
  return e.b.CreateAlignedLoad(e.b.getDoubleTy(), result, llvm::Align(8));
}

}  // namespace

LOWER(FloatPow) {
  auto* exponent = llvm::dyn_cast<llvm::ConstantFP>(e.arg(i, 1));
  const bool squares = exponent && exponent->isExactlyValue(2.0);
  if (!squares && !(exponent && exponent->isExactlyValue(0.5))) return e.define(i, call_pow(e, i));
  const Known known = squares ? square(e, e.arg(i, 0)) : square_root(e, e.arg(i, 0));
  llvm::BasicBlock* unsure = e.cold_block("unsure");
  Join join(e);
  join.comes_with(known.nearest);
  e.branch_hot(known.sure, join.block(), unsure);
  e.enter(unsure);
  join.arrive(call_pow(e, i));
  e.define(i, join.meet());
}

}  // namespace jj::lower
