// Leaving optimised code: one block per exit state stores the values in registers and calls jj_exit. Cold blocks belong to
// no function yet, so memory accesses in them name their alignment.
#include "hir/exits.h"

#include <algorithm>

#include "lower/direct.h"
#include "lower/emitter.h"

namespace jj::lower {

void Emitter::exit_if(Value* cond, const hir::Instr& i) {
  if (options_.deopt_stress) {
    Value* asked =
        call(Helper::jj_deopt_stress, {code_data_, int32(frameless() || !has_frame() ? -1 : state_number(i.state))});
    cond = b.CreateOr(cond, b.CreateICmpNE(asked, int32(0)));
  }
  leave_if(cond, i);
}

void Emitter::leave_if(Value* cond, const hir::Instr& i) {
  llvm::BasicBlock* next = hot_block("go");
  b.CreateCondBr(cond, exit_block(i.state), next, cold_weights_)->swapProfMetadata();
  enter(next);
}

void Emitter::may_leave(const hir::Instr& i) {
  if (options_.deopt_stress) exit_if(b.getFalse(), i);
}

// Without a frame there is nothing to make real.
llvm::BasicBlock* Emitter::start_again_block() {
  if (again_) return again_;
  again_ = cold_block("again");
  llvm::IRBuilderBase::InsertPointGuard guard(b);
  enter(again_);
  b.CreateRet(llvm::ConstantPointerNull::get(b.getPtrTy()));
  return again_;
}

llvm::BasicBlock* Emitter::exit_block(int state) {
  if (frameless()) return start_again_block();
  llvm::BasicBlock*& block = exit_blocks_[static_cast<size_t>(state)];
  if (block) return block;
  if (!has_frame())
    return block = give_up(f_.states[static_cast<size_t>(state)].exit == JJ_EXIT_POLL ? kPolled : kStuck);
  block = cold_block("exit");
  llvm::IRBuilderBase::InsertPointGuard guard(b);
  enter(block);
  if (tails_.empty()) find_shared_words();
  const std::vector<hir::ValueId> words = hir::exit_buffer(f_.states[static_cast<size_t>(state)]).words;
  leave_with(words, words.size(), int32(state_number(state)));
  return block;
}

llvm::Value* Emitter::store_pending(int state) {
  const hir::ExitBuffer buffer = hir::exit_buffer(f_.states[static_cast<size_t>(state)]);
  for (size_t k = 0; k < buffer.words.size(); k++) store_word(buffer.words[k], k);
  return buffer.words.empty() ? llvm::ConstantPointerNull::get(b.getPtrTy()) : exit_words();
}

// Room for what any exit stores; null where none does.
llvm::Value* Emitter::exit_words() {
  if (buffer_) return buffer_;
  size_t most = 0;
  for (const hir::FrameState& s : f_.states) most = std::max(most, hir::exit_buffer(s).words.size());
  if (!most) return llvm::ConstantPointerNull::get(b.getPtrTy());
  return room(buffer_, static_cast<unsigned>(most));
}

void Emitter::store_word(hir::ValueId id, size_t number) {
  if (id < 0) return;  // the second word of the one in front
  Value* word = values_[id];
  if (word->getType()->isIntegerTy(32)) word = b.CreateZExt(word, b.getInt64Ty());
  b.CreateAlignedStore(word, at(exit_words(), 8 * static_cast<int64_t>(number)), llvm::Align(8));
}

// Of two words.
llvm::Value* Emitter::scratch() { return room(scratch_, 2); }

// Stack memory that is made where the function begins.
llvm::Value* Emitter::room(Value*& memory, unsigned words) {
  if (memory) return memory;
  llvm::IRBuilderBase::InsertPointGuard guard(b);
  llvm::BasicBlock& entry = fn_->getEntryBlock();
  b.SetInsertPoint(&entry, entry.begin());
  return memory = b.CreateAlloca(llvm::ArrayType::get(b.getInt64Ty(), words));
}

}  // namespace jj::lower
