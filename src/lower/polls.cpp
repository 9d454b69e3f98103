// Lowering of what watches from inside: the instruction pointer, polls for pending work, samples of types.
#include "lower/emitter.h"

namespace jj::lower {

void Emitter::set_ip(int pc) {
  if (layout_.ip_is_index) {
    store(int32(pc), frame_, layout_.frame_ip);
    return;
  }
  Value* base = load_ptr(code_data_, layout_.cd_instr_base);
  store(at(base, 2 * static_cast<int64_t>(pc)), frame_, layout_.frame_ip);
}

llvm::Value* Emitter::poll_base(const JJPollTest& test) {
  switch (test.base) {
    case JJ_POLL_THREAD: return thread_;
    case JJ_POLL_THREAD_FIELD: return load_ptr(thread_, test.deref);
    case JJ_POLL_INTERP: return load_ptr(code_data_, layout_.cd_interp);
    default:
      if (!has_frame()) return b.CreateIntToPtr(int64(f_.code), b.getPtrTy());
      return load_ptr(code_data_, layout_.cd_code);
  }
}

// Counts a back-edge, which leads to native entry `entry` (-1: to none).
void Emitter::count_backedge(const hir::Instr& i, int entry) {
  Value* count = at(code_data_, layout_.cd_backedges);
  Value* passed = b.CreateAdd(b.CreateLoad(b.getInt64Ty(), count), int64(1));
  b.CreateStore(passed, count);
  Value* limit = b.CreateLoad(b.getInt64Ty(), at(code_data_, layout_.cd_backedge_limit));
  llvm::BasicBlock* look = cold_block("look");
  llvm::BasicBlock* next = hot_block("go");
  branch_hot(b.CreateICmpULT(passed, limit), next, look);
  enter(look);
  Value* answer = call(Helper::jj_backedge, {thread_, frame_, code_data_, int32(i.pc), int32(entry)});
  llvm::BasicBlock* stop = cold_block("stop");
  branch_hot(b.CreateICmpEQ(answer, int32(0)), next, stop);
  enter(stop);
  b.CreateCondBr(b.CreateICmpEQ(answer, int32(1)), err_, left_block());
  enter(next);
}

// The words are read anew each time, whatever LLVM's optimiser knows about memory.
void Emitter::test_polls(llvm::BasicBlock* slow) {
  for (int k = 0; k < layout_.npolls; k++) {
    const JJPollTest& test = layout_.polls[k];
    llvm::Type* type = b.getIntNTy(static_cast<unsigned>(8 * test.width));
    llvm::LoadInst* seen = b.CreateLoad(type, at(poll_base(test), test.offset));
    if (options_.optimise) seen->setAtomic(llvm::AtomicOrdering::Monotonic);
    if (options_.optimise) seen->setAlignment(llvm::Align(static_cast<uint64_t>(test.width)));
    Value* clean = test.against_clean ? b.CreateLoad(type, at(code_data_, layout_.cd_clean))
                                      : static_cast<Value*>(llvm::Constant::getNullValue(type));
    llvm::BasicBlock* next = hot_block("go");
    branch_hot(b.CreateICmpEQ(seen, clean), next, slow);
    enter(next);
  }
}

void Emitter::poll(const hir::Instr& i) {
  if (!layout_.npolls) return;
  llvm::BasicBlock* slow = cold_block("poll");
  test_polls(slow);
  llvm::BasicBlock* go = b.GetInsertBlock();
  enter(slow);
  Value* answer = call(Helper::jj_poll_slow, {thread_, frame_, code_data_, int32(i.pc)});
  llvm::BasicBlock* stop = cold_block("stop");
  branch_hot(b.CreateICmpEQ(answer, int32(0)), go, stop);
  enter(stop);
  b.CreateCondBr(b.CreateICmpEQ(answer, int32(1)), err_, left_block());
  enter(go);
}

}  // namespace jj::lower
