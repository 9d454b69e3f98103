// Ways through the code of one operation that come together again, each with its value.
#pragma once
#include <utility>
#include <vector>

#include "lower/lowering.h"

namespace jj::lower {

class Join {
 public:
  explicit Join(Emitter& e) : e_(e), block_(e.hot_block("go")) {}

  llvm::BasicBlock* block() const { return block_; }
  // The block that is being emitted branches to block() by itself, on a condition.
  void comes_with(Value* value) { ways_.emplace_back(value, e_.b.GetInsertBlock()); }
  // The block that is being emitted ends here.
  void arrive(Value* value) {
    comes_with(value);
    e_.b.CreateBr(block_);
  }
  // Emission goes on where all have arrived: the value that came.
  Value* meet() {
    e_.enter(block_);
    llvm::PHINode* phi = e_.b.CreatePHI(ways_.front().first->getType(), static_cast<unsigned>(ways_.size()));
    for (const auto& [value, from] : ways_) phi->addIncoming(value, from);
    return phi;
  }

 private:
  Emitter& e_;
  llvm::BasicBlock* block_;
  std::vector<std::pair<Value*, llvm::BasicBlock*>> ways_;
};

// Steps the iterator over a list, tuple or str: the item that `item` takes from an index, or `none` after the last. An
// exhausted iterator forgets what it went over; one that nobody else knows is released right away, to the same effect.
template <typename Item>
Value* step(Emitter& e, const hir::Instr& i, Value* iterator, int64_t index_at, Value* length, Value* none, Item item) {
  llvm::BasicBlock* some = e.hot_block("some");
  llvm::BasicBlock* end = e.cold_block("none");
  Join join(e);
  Value* index = e.load64(iterator, index_at, Memory::Iterator);
  e.branch_hot(e.b.CreateICmpULT(index, length), some, end);
  e.enter(some);
  Value* taken = item(index);
  e.store(e.b.CreateAdd(index, e.int64(1)), iterator, index_at, Memory::Iterator);
  join.arrive(taken);
  e.enter(end);
  Value* count = e.b.CreateAlignedLoad(e.b.getInt32Ty(), e.at(iterator, e.layout().refcnt), llvm::Align(4));
  e.exit_if(e.b.CreateICmpNE(count, e.int32(1)), i);
  join.arrive(none);
  return join.meet();
}

// The value that a cache of a global noted; where control comes to `look` instead, the one that is found, or leaves.
template <class Find>
void noted_or_found(Emitter& e, const hir::Instr& i, Value* cache, llvm::BasicBlock* look, Find find) {
  Join join(e);
  join.arrive(e.load_ptr(cache, e.layout().cache_global_value, Memory::Code));
  e.enter(look);
  Value* found = find();
  e.exit_if(e.b.CreateIsNull(found), i);
  join.arrive(found);
  e.define(i, join.meet());
}

// The same, the cache's value if that still holds.
template <class Find>
void define_noted(Emitter& e, const hir::Instr& i, Value* holds, Value* cache, Find find) {
  llvm::BasicBlock* noted = e.hot_block("noted");
  llvm::BasicBlock* look = e.cold_block("look");
  e.branch_hot(holds, noted, look);
  e.enter(noted);
  noted_or_found(e, i, cache, look, [&] { return e.mark(find(), Memory::Code); });
}

}  // namespace jj::lower
