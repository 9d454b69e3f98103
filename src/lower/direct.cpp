// Functions without a frame: their calls, what they make sure of when they begin, and giving up.
#include "lower/direct.h"

#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Module.h"
#include "lower/emitter.h"

namespace jj::lower {
namespace {

constexpr unsigned kFirstParameter = 3;  // behind thread, code data and stack mark

}  // namespace

llvm::Function* Emitter::direct_function(const std::string& symbol, const hir::Signature& signature) {
  if (llvm::Function* known = module_.getFunction(symbol)) return known;
  std::vector<llvm::Type*> params{b.getPtrTy(), b.getPtrTy(), b.getInt64Ty()};
  for (hir::Result kind : signature.params) params.push_back(register_type(b, kind));
  llvm::Type* result = llvm::StructType::get(register_type(b, signature.result), b.getInt32Ty());
  auto* fn = llvm::Function::Create(llvm::FunctionType::get(result, params, false), llvm::Function::InternalLinkage,
                                    symbol, module_);
  fn->setDoesNotThrow();
  return fn;
}

llvm::Value* Emitter::call_direct(int number, int levels) {
  llvm::Function* fn =
      direct_function(direct_symbol(static_cast<size_t>(number)), f_.direct[static_cast<size_t>(number)]);
  std::vector<Value*> args{thread_, code_data_, stack_mark()};
  args.insert(args.end(), passed_.begin(), passed_.end());
  passed_.clear();
  Value* before = levels ? depth() : nullptr;
  if (levels) set_depth(b.CreateAdd(before, int32(layout_.recursion_left >= 0 ? -levels : levels)));
  Value* answer = b.CreateCall(fn, args);
  if (levels) set_depth(before);
  given_up_ = b.CreateExtractValue(answer, 1);
  return b.CreateExtractValue(answer, 0);
}

llvm::Value* Emitter::parameter(int number) { return fn_->getArg(kFirstParameter + static_cast<unsigned>(number)); }

// The thread's own, asked for once where a function with a frame begins.
llvm::Value* Emitter::stack_mark() {
  if (!has_frame()) return fn_->getArg(kFirstParameter - 1);
  if (stack_mark_) return stack_mark_;
  llvm::IRBuilderBase::InsertPointGuard guard(b);
  llvm::BasicBlock& entry = fn_->getEntryBlock();
  b.SetInsertPoint(&entry, entry.begin());
  return stack_mark_ = call(Helper::jj_stack_mark, {});
}

// Python's count of nested calls, or of those that are left.
llvm::Value* Emitter::depth() {
  const int64_t place = layout_.recursion_left >= 0 ? layout_.recursion_left : layout_.recursion_depth;
  return b.CreateAlignedLoad(b.getInt32Ty(), at(thread_, place), llvm::Align(4));
}
void Emitter::set_depth(Value* value) {
  const int64_t place = layout_.recursion_left >= 0 ? layout_.recursion_left : layout_.recursion_depth;
  b.CreateAlignedStore(value, at(thread_, place), llvm::Align(4));
}

// What a call with a frame would look at: nesting, the C stack, and pending work, tracing and monitoring among it.
void Emitter::begin_direct() {
  auto go_on_if = [&](Value* cond) {
    llvm::BasicBlock* next = hot_block("go");
    branch_hot(cond, next, give_up(kStuck));
    enter(next);
  };
  enter(llvm::BasicBlock::Create(b.getContext(), "start", fn_));
  const bool counts_down = layout_.recursion_left >= 0;
  depth_ = depth();
  if (counts_down) {
    go_on_if(b.CreateICmpSGT(depth_, int32(1)));
  } else {
    Value* place = at(load_ptr(code_data_, layout_.cd_interp), layout_.recursion_limit);
    Value* limit = b.CreateAlignedLoad(b.getInt32Ty(), place, llvm::Align(4));
    go_on_if(b.CreateICmpSLT(depth_, limit));
  }
  Value* here = b.CreateIntrinsic(llvm::Intrinsic::frameaddress, {b.getPtrTy()}, {int32(0)});
  go_on_if(b.CreateICmpUGE(b.CreatePtrToInt(here, b.getInt64Ty()), stack_mark()));
  test_polls(give_up(kPolled));
  set_depth(b.CreateAdd(depth_, int32(counts_down ? -1 : 1)));
  b.CreateBr(blocks_[0]);
}

llvm::BasicBlock* Emitter::give_up(int why) {
  llvm::BasicBlock*& block = give_up_[why];
  if (block) return block;
  block = cold_block("give_up");
  llvm::IRBuilderBase::InsertPointGuard guard(b);
  enter(block);
  set_depth(depth_);
  Value* answer = llvm::Constant::getNullValue(fn_->getReturnType());
  b.CreateRet(b.CreateInsertValue(answer, int32(why), 1));
  return block;
}

void Emitter::return_number(Value* result) {
  set_depth(depth_);
  Value* answer = llvm::Constant::getNullValue(fn_->getReturnType());
  answer = b.CreateInsertValue(answer, result, 0);
  if (origin_) answer = b.CreateInsertValue(answer, b.CreateNeg(b.CreateTrunc(origin_, b.getInt32Ty())), 1);
  origin_ = nullptr;
  b.CreateRet(answer);
}

}  // namespace jj::lower
