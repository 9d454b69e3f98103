// LOWER rows of baseline code without a frame: calls of helpers that answer, or have the call begin anew.
#include "lower/lowering.h"

namespace jj::lower {
namespace {

// Not exit_if, which may leave at random: the operands are gone.
void leave_if(Emitter& e, const Instr& i, Value* cond) {
  llvm::BasicBlock* next = e.hot_block("go");
  e.b.CreateCondBr(cond, e.exit_block(i.state), next);
  e.enter(next);
}
void define_some(Emitter& e, const Instr& i, Value* object) {
  leave_if(e, i, e.b.CreateIsNull(object));
  e.define(i, object);
}
void define_known(Emitter& e, const Instr& i, Value* answer) {
  leave_if(e, i, e.b.CreateICmpSLT(answer, e.int32(0)));
  e.define(i, answer);
}
Helper member(Helper first, int index) { return static_cast<Helper>(static_cast<int>(first) + index); }

}  // namespace

LOWER(AttrPeek) { define_some(e, i, e.call(Helper::jj_peek_attr, {e.arg(i, 0), e.cache(i.imm[1])})); }
LOWER(GlobalKnown) { define_some(e, i, e.call(Helper::jj_known_global, {e.called_function(), e.cache(i.imm[1])})); }
LOWER(SubscrPeek) { define_some(e, i, e.call(Helper::jj_peek_item, {e.arg(i, 0), e.arg(i, 1)})); }
LOWER(TryBinary) {
  define_some(e, i, e.call(member(Helper::jj_try_add, i.imm[0]), {e.arg(i, 0), e.arg(i, 1), e.site(i, {1, 2})}));
}
LOWER(TryCompare) {
  define_known(e, i, e.call(Helper::jj_try_compare, {e.arg(i, 0), e.arg(i, 1), e.site(i, {1, 2}), e.int32(i.imm[0])}));
}
LOWER(TryTruth) { define_known(e, i, e.call(Helper::jj_try_truth, {e.arg(i, 0), e.site(i, {1})})); }
LOWER(TryStoreAttr) {
  Value* done = e.call(Helper::jj_try_store_attr, {e.arg(i, 0), e.arg(i, 1), e.cache(i.imm[1]), e.site(i, {4, 1})});
  leave_if(e, i, e.b.CreateICmpEQ(done, e.int32(0)));
}

}  // namespace jj::lower
