// LOWER rows of operations on ints of any size.
#include "lower/lowering.h"

namespace jj::lower {
namespace {

void new_int(Emitter& e, const Instr& i, Helper helper) {
  e.may_leave(i);
  Value* result = e.call(helper, {e.int32(i.imm[0]), e.arg(i, 0), e.arg(i, 1)});
  e.leave_if(e.b.CreateIsNull(result), i);
  e.define(i, result);
}

}  // namespace

LOWER(BigBinary) { new_int(e, i, Helper::jj_big_binary); }
LOWER(BigByInt) { new_int(e, i, Helper::jj_big_by_int); }
LOWER(BigOfInts) { new_int(e, i, Helper::jj_big_of_ints); }
LOWER(BigToInt) {
  Value* word = e.scratch();
  Value* fits = e.call(Helper::jj_big_to_int, {e.int32(i.imm[0]), e.arg(i, 0), e.arg(i, 1), word});
  e.exit_if(e.b.CreateICmpEQ(fits, e.int32(0)), i);
  e.define(i, e.b.CreateAlignedLoad(e.b.getInt64Ty(), word, llvm::Align(8)));
}

}  // namespace jj::lower
