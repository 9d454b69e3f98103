// LOWER rows of numbers without a sign, which are their 64 bits.
#include "lower/lowering.h"

namespace jj::lower {

LOWER(UnboxUint) {
  Value* object = e.arg(i, 0);
  e.exit_if(e.b.CreateICmpNE(e.class_of(object), e.data(Data::jj_type_int)), i);
  Value* word = e.scratch();
  Value* fits = e.mark(e.call(Helper::jj_unbox_uint, {object, word}), Memory::Number);
  e.exit_if(e.b.CreateICmpEQ(fits, e.int32(0)), i);
  e.define(i, e.b.CreateAlignedLoad(e.b.getInt64Ty(), word, llvm::Align(8)));
}
LOWER(LowBits) {
  Value* object = e.arg(i, 0);
  e.exit_if(e.b.CreateICmpNE(e.class_of(object), e.data(Data::jj_type_int)), i);
  e.define(i, e.mark(e.call(Helper::jj_low_bits, {object}), Memory::Number));
}
LOWER(BoxUint) { e.define(i, e.call(Helper::jj_box_uint, {e.arg(i, 0)})); }
LOWER(UintShift) { e.define(i, e.b.CreateLShr(e.arg(i, 0), e.arg(i, 1))); }
LOWER(UintDiv) { e.define(i, e.b.CreateUDiv(e.arg(i, 0), e.arg(i, 1))); }
LOWER(UintMod) { e.define(i, e.b.CreateURem(e.arg(i, 0), e.arg(i, 1))); }

}  // namespace jj::lower
