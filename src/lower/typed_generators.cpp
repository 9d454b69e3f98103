// LOWER rows of generators whose operations stand in the loops that consume them.
#include "lower/lowering.h"

namespace jj::lower {
namespace {

const hir::Inlined& site_of(Emitter& e, const Instr& i) { return e.function().inlined[static_cast<size_t>(i.imm[0])]; }

}  // namespace

// Pass unbox replaces these; the verifier refuses what it leaves.
LOWER(ExpectGenerator) {}
LOWER(FinishInner) {}
LOWER(SuspendGenerator) {}

LOWER(GuardGenerator) {
  const hir::Inlined& site = site_of(e, i);
  Value* code = e.int64(e.function().facts.objects[static_cast<size_t>(site.object)]);
  Value* waits = e.call(Helper::jj_generator_waits, {e.thread(), e.frame(), e.load_stack(site.generator),
                                                     e.b.CreateIntToPtr(code, e.b.getPtrTy()), e.int32(site.resumes)});
  e.exit_if(e.b.CreateICmpEQ(waits, e.int32(0)), i);
}

LOWER(FinishGenerator) {
  e.call(Helper::jj_finish_generator, {e.thread(), e.frame(), e.load_stack(site_of(e, i).generator), e.int32(i.pc)});
}

LOWER(FinishQuietly) {
  e.may_leave(i);
  Value* done = e.call(Helper::jj_finish_quietly, {e.thread(), e.load_stack(site_of(e, i).generator)});
  e.leave_if(e.b.CreateICmpEQ(done, e.int32(0)), i);
}

LOWER(GuardIdle) {
  llvm::BasicBlock* pending = e.cold_block("pending");
  e.test_polls(pending);
  llvm::BasicBlock* next = e.b.GetInsertBlock();
  e.enter(pending);
  e.leave_if(e.b.getTrue(), i);
  e.b.CreateBr(next);
  e.enter(next);
  e.may_leave(i);
}

}  // namespace jj::lower
