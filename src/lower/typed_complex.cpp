// LOWER rows of complex numbers, which are vectors of two doubles.
#include "llvm/IR/Intrinsics.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

Value* part(Emitter& e, Value* number, unsigned which) { return e.b.CreateExtractElement(number, which); }

Value* vector(Emitter& e, Value* real, Value* imag) {
  Value* none = llvm::PoisonValue::get(llvm::FixedVectorType::get(e.b.getDoubleTy(), 2));
  return e.b.CreateInsertElement(e.b.CreateInsertElement(none, real, uint64_t{0}), imag, 1);
}

// What a helper has written.
Value* load_parts(Emitter& e, Value* from) {
  return e.b.CreateAlignedLoad(llvm::FixedVectorType::get(e.b.getDoubleTy(), 2), from, llvm::Align(8));
}

void binary(Emitter& e, const Instr& i, Helper helper) {
  Value *a = e.arg(i, 0), *b = e.arg(i, 1), *out = e.scratch();
  Value* good = e.call(helper, {part(e, a, 0), part(e, a, 1), part(e, b, 0), part(e, b, 1), out});
  e.exit_if(e.b.CreateICmpEQ(good, e.int32(0)), i);
  e.define(i, load_parts(e, out));
}

// Answers where the result is.
Value* math(Emitter& e, const Instr& i) {
  Value *a = e.arg(i, 0), *out = e.scratch();
  Value* good = e.call(Helper::jj_complex_math, {e.int32(i.imm[0]), part(e, a, 0), part(e, a, 1), out});
  e.exit_if(e.b.CreateICmpEQ(good, e.int32(0)), i);
  return out;
}

}  // namespace

LOWER(UnboxComplex) {
  Value* object = e.arg(i, 0);
  e.exit_if(e.b.CreateICmpNE(e.class_of(object), e.data(Data::jj_type_complex)), i);
  e.define(i, e.mark(load_parts(e, e.at(object, e.layout().complex_value)), Memory::Number));
}
LOWER(BoxComplex) { e.define(i, e.call(Helper::jj_box_complex, {part(e, e.arg(i, 0), 0), part(e, e.arg(i, 0), 1)})); }

LOWER(ComplexOf) { e.define(i, vector(e, e.arg(i, 0), e.arg(i, 1))); }
LOWER(ComplexReal) { e.define(i, part(e, e.arg(i, 0), 0)); }
LOWER(ComplexImag) { e.define(i, part(e, e.arg(i, 0), 1)); }

LOWER(ComplexAdd) { e.define(i, e.b.CreateFAdd(e.arg(i, 0), e.arg(i, 1))); }
LOWER(ComplexSub) { e.define(i, e.b.CreateFSub(e.arg(i, 0), e.arg(i, 1))); }
// Each product and sum is rounded, as the interpreter does it.
LOWER(ComplexMul) {
  Value *a = e.arg(i, 0), *b = e.arg(i, 1);
  Value *ar = part(e, a, 0), *ai = part(e, a, 1), *br = part(e, b, 0), *bi = part(e, b, 1);
  Value* real = e.b.CreateFSub(e.b.CreateFMul(ar, br), e.b.CreateFMul(ai, bi));
  Value* imag = e.b.CreateFAdd(e.b.CreateFMul(ar, bi), e.b.CreateFMul(ai, br));
  e.define(i, vector(e, real, imag));
}
LOWER(ComplexDiv) { binary(e, i, Helper::jj_complex_div); }
LOWER(ComplexPow) { binary(e, i, Helper::jj_complex_pow); }
LOWER(ComplexFinite) {
  Value* size = e.b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, e.arg(i, 0));
  Value* infinite = e.b.CreateFCmpOEQ(size, llvm::ConstantFP::getInfinity(size->getType()));
  e.exit_if(e.b.CreateOr(part(e, infinite, 0), part(e, infinite, 1)), i);
  e.define(i, e.arg(i, 0));
}
LOWER(ComplexNeg) { e.define(i, e.b.CreateFNeg(e.arg(i, 0))); }
LOWER(ComplexAbs) {
  Value* size = e.call(Helper::jj_complex_abs, {part(e, e.arg(i, 0), 0), part(e, e.arg(i, 0), 1)});
  e.exit_if(e.b.CreateFCmpOLT(size, llvm::ConstantFP::get(e.b.getDoubleTy(), 0.0)), i);
  e.define(i, size);
}
LOWER(ComplexEqual) {
  Value* both = e.b.CreateFCmpOEQ(e.arg(i, 0), e.arg(i, 1));
  Value* equal = e.b.CreateAnd(part(e, both, 0), part(e, both, 1));
  e.define(i, e.b.CreateZExt(equal, e.b.getInt32Ty()));
}
LOWER(ComplexMath) { e.define(i, load_parts(e, math(e, i))); }
LOWER(ComplexPhase) { e.define(i, e.b.CreateLoad(e.b.getDoubleTy(), math(e, i))); }

}  // namespace jj::lower
