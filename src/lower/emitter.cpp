// Lowering of one function: parameters, blocks, the common error block, reference counts and polls.
#include "lower/emitter.h"

#include <algorithm>
#include <utility>

#include "hir/exits.h"
#include "hir/graph.h"

#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

namespace jj::lower {
namespace {

#ifdef NDEBUG
constexpr bool kAlwaysVerify = false;
#else
constexpr bool kAlwaysVerify = true;
#endif

bool has_predecessor(const hir::Function& f, int block) {
  for (const hir::Block& other : f.blocks)
    if (other.succ[0] == block || other.succ[1] == block) return true;
  return false;
}

}  // namespace

Emitter::Emitter(const hir::Function& f, int nconsts, const JJLayout& layout, const std::string& symbol,
                 llvm::Module& module, const LowerOptions& options)
    : b(module.getContext()), f_(f), layout_(layout), module_(module), options_(options) {
  caches_offset_ = layout.cd_tail + ((8 * static_cast<int64_t>(nconsts) + 63) & ~int64_t{63});
  fn_ = has_frame() ? llvm::Function::Create(function_type(b.getContext(), "ppppl"), llvm::Function::ExternalLinkage,
                                             symbol, module)
                    : direct_function(symbol, f.signature);
  fn_->setDoesNotThrow();
  fn_->addFnAttr("frame-pointer", "all");  // profilers walk native frames by the frame pointer
  fn_->setDSOLocal(true);
  thread_ = fn_->getArg(0);
  frame_ = has_frame() ? static_cast<Value*>(fn_->getArg(1)) : llvm::ConstantPointerNull::get(b.getPtrTy());
  code_data_ = fn_->getArg(has_frame() ? 2 : 1);
  entry_ = has_frame() ? fn_->getArg(3) : nullptr;
  thread_->setName("ts");
  code_data_->setName("cd");
  if (has_frame()) frame_->setName("fr"), entry_->setName("entry"), say_frame_is_readable();
  cold_weights_ = llvm::MDBuilder(b.getContext()).createBranchWeights(2000, 1);
  values_.resize(f.nvalues);
  owned_.resize(f.nvalues);
  immortal_.resize(f.nvalues);
  state_numbers_ = hir::state_numbers(f);
  exit_blocks_.resize(f.states.size());
  ends_.resize(f.blocks.size());
}

Lowered Emitter::run() {
  for (const hir::Block& block : f_.blocks)
    for (const hir::Instr& i : block.instrs) {
      hir::Result result = hir::info(i.op).result;
      if (i.id >= 0) owned_[i.id] = result == hir::Result::Owned || result == hir::Result::Next;
    }
  number_labels();
  start();
  for (int id : lowering_order()) lower_block(f_.blocks[static_cast<size_t>(id)]);
  connect_phis();
  if (err_) error_block();
  for (llvm::BasicBlock* block : cold_) block->insertInto(fn_);
  if (options_.optimise) result_.instructions = fn_->getInstructionCount();
  if (options_.optimise || kAlwaysVerify) {
    llvm::raw_string_ostream text(result_.error);
    if (llvm::verifyFunction(*fn_, &text)) result_.error = "invalid LLVM IR: " + text.str();
  }
  return std::move(result_);
}

// LLVM's optimiser places blocks itself.
std::vector<int> Emitter::lowering_order() const {
  if (!options_.optimise) return bytecode_order();
  std::vector<int> order = hir::reverse_postorder(f_);
  std::vector<bool> seen(f_.blocks.size());
  for (int id : order) seen[static_cast<size_t>(id)] = true;
  for (const hir::Block& block : f_.blocks)
    if (!seen[static_cast<size_t>(block.id)]) order.push_back(block.id);
  return order;
}

// The order of the bytecode. Blocks made for edges are numbered last: the one of a backward jump belongs beside that
// jump, the one of a loop's exit in front of the code that it goes on to.
std::vector<int> Emitter::bytecode_order() const {
  std::vector<std::pair<int64_t, int>> keys;
  int32_t last = -1;
  for (const hir::Block& block : f_.blocks) {
    bool on_edge = block.pc <= last;
    last = std::max(last, block.pc);
    int32_t target = block.succ[0] < 0 ? -1 : f_.blocks[static_cast<size_t>(block.succ[0])].pc;
    bool forward = on_edge && block.instrs.back().op == hir::Op::Jump && target > block.pc;
    keys.emplace_back(block.id == 0 ? -1 : forward ? 2 * int64_t{target} - 1 : 2 * int64_t{block.pc}, block.id);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<int> order;
  for (const auto& [key, id] : keys) order.push_back(id);
  return order;
}

// Labels are dense, so that the error block can search them by comparisons.
void Emitter::number_labels() {
  std::vector<int32_t> label_of(f_.blocks.size(), -1);
  for (const hir::Region& region : f_.regions) {
    if (region.block < 0) {
      result_.region_labels.push_back(-1);
      continue;
    }
    int32_t& label = label_of[region.block];
    if (label < 0) {
      label = static_cast<int32_t>(handler_blocks_.size());
      handler_blocks_.push_back(region.block);
    }
    result_.region_labels.push_back(label);
  }
}

// Functions are nearly always entered at 0, which is tested first. Frames that can be suspended go on at any entry.
void Emitter::start() {
  llvm::LLVMContext& context = b.getContext();
  std::vector<int32_t> entries(static_cast<size_t>(f_.nentries));  // number -> block
  bool suspends = false;
  for (const hir::Block& block : f_.blocks) {
    blocks_.push_back(llvm::BasicBlock::Create(context, "b" + llvm::Twine(block.id)));
    if (block.entry >= 0) entries[static_cast<size_t>(block.entry)] = block.id;
    suspends |= block.resume;
  }
  err_ = llvm::BasicBlock::Create(context, "err");
  if (!has_frame()) return begin_direct();
  if (f_.nentries == 1 && !has_predecessor(f_, 0)) return;  // block 0 can be LLVM's entry block
  enter(llvm::BasicBlock::Create(context, "start", fn_));
  if (suspends) split_entry();
  if (suspends && !options_.optimise) {  // the entry behind the last: raises the pending exception
    entries.push_back(static_cast<int32_t>(blocks_.size()));
    blocks_.push_back(err_);
  }
  int first = 0;
  if (!suspends && f_.nentries > 1) {
    llvm::BasicBlock* other = cold_block("entries");
    branch_hot(b.CreateICmpEQ(entry_, int64(0)), blocks_[0], other);
    enter(other);
    first = 1;
  }
  dispatch(entry_, entries, first, static_cast<int>(entries.size()) - 1);
}

void Emitter::lower_block(const hir::Block& block) {
  blocks_[block.id]->insertInto(fn_);
  enter(blocks_[block.id]);
  for (const hir::Phi& phi : block.phis) {
    values_[phi.id] = b.CreatePHI(register_type(b, phi.type), static_cast<unsigned>(phi.args.size()));
  }
  division = {};
  for (const hir::Instr& i : block.instrs) lower_instr(*this, i, block);
  ends_[block.id] = b.GetInsertBlock();
}

void Emitter::connect_phis() {
  for (const hir::Block& block : f_.blocks)
    for (const hir::Phi& phi : block.phis)
      for (const hir::Phi::Arg& arg : phi.args)
        llvm::cast<llvm::PHINode>(values_[phi.id])->addIncoming(values_[arg.value], ends_[arg.block]);
}

// label = jj_unwind(ts, fr, cd): a handler, -1 the exception leaves the function, -2 the interpreter finished the frame.
// Both of the latter return what jj_left_result answers, which is null when nobody has left.
void Emitter::error_block() {
  if (err_->use_empty()) {
    delete err_;
    err_ = nullptr;
    return;
  }
  err_->insertInto(fn_);
  enter(err_);
  Value* label = call(Helper::jj_unwind, {thread_, frame_, code_data_});
  if (handler_blocks_.empty()) {
    b.CreateBr(left_block());
    return;
  }
  llvm::BasicBlock* handled = hot_block("handled");
  b.CreateCondBr(b.CreateICmpSGE(label, int64(0)), handled, left_block());
  enter(handled);
  dispatch(label, handler_blocks_, 0, static_cast<int>(handler_blocks_.size()) - 1);
}

llvm::BasicBlock* Emitter::entry_block(int entry) {
  for (const hir::Block& block : f_.blocks)
    if (entry > 0 && block.entry == entry) return blocks_[static_cast<size_t>(block.id)];
  return nullptr;
}

// Goes to the block that `targets` has at `label`, which lies between low and high.
void Emitter::dispatch(Value* label, const std::vector<int32_t>& targets, int low, int high) {
  if (low == high) {
    b.CreateBr(blocks_[targets[low]]);
    return;
  }
  int middle = (low + high) / 2;
  auto side = [&](int from, int to) { return from == to ? blocks_[targets[from]] : hot_block("among"); };
  llvm::BasicBlock* lower = side(low, middle);
  llvm::BasicBlock* upper = side(middle + 1, high);
  b.CreateCondBr(b.CreateICmpSLE(label, int64(middle)), lower, upper);
  if (low < middle) enter(lower), dispatch(label, targets, low, middle);
  if (middle + 1 < high) enter(upper), dispatch(label, targets, middle + 1, high);
}

llvm::BasicBlock* Emitter::left_block() {
  if (left_) return left_;
  left_ = cold_block("left");
  llvm::IRBuilderBase::InsertPointGuard guard(b);
  enter(left_);
  b.CreateRet(call(Helper::jj_left_result, {thread_}));
  return left_;
}

// -- the world

llvm::Value* Emitter::at(Value* base, int64_t offset) {
  return offset ? b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), base, static_cast<uint64_t>(offset)) : base;
}
llvm::Value* Emitter::load_ptr(Value* base, int64_t offset) { return b.CreateLoad(b.getPtrTy(), at(base, offset)); }
void Emitter::store(Value* value, Value* base, int64_t offset) { b.CreateStore(value, at(base, offset)); }
llvm::Value* Emitter::called_function() { return frameless() ? b.CreateIntToPtr(entry_, b.getPtrTy()) : nullptr; }
llvm::Value* Emitter::cache(int index) {
  return at(code_data_, caches_offset_ + 64 * static_cast<int64_t>(index + f_.first_cache));
}

llvm::Value* Emitter::data(Data data) {
  std::string symbol = std::string(name(data)) + kPointerSuffix;
  llvm::GlobalVariable* global = module_.getGlobalVariable(symbol);
  if (!global) {
    global = new llvm::GlobalVariable(module_, b.getPtrTy(), true, llvm::GlobalValue::ExternalLinkage, nullptr, symbol);
    global->setDSOLocal(true);
  }
  return b.CreateAlignedLoad(b.getPtrTy(), global, llvm::Align(8));
}

llvm::Value* Emitter::site(const hir::Instr& i, std::initializer_list<int> order, int extra) {
  int flags = extra, n = 0;
  for (int flag : order)
    if (owned(i, n++)) flags |= flag;
  return int32(i.pc << 4 | flags);
}

// -- calls

llvm::Value* Emitter::call(Helper helper, std::initializer_list<Value*> args) {
  const HelperInfo& row = info(helper);
  llvm::Function* callee = module_.getFunction(row.name);
  if (!callee) {
    callee = llvm::Function::Create(function_type(b.getContext(), row.signature), llvm::Function::ExternalLinkage,
                                    row.name, module_);
    callee->setDSOLocal(true);  // reached by a near call: see the engine's symbol table
    callee->setDoesNotThrow();
  }
  return b.CreateCall(callee, llvm::ArrayRef<Value*>(args.begin(), args.size()));
}

llvm::Value* Emitter::call_through(Value* base, int64_t offset, Helper like, std::initializer_list<Value*> args) {
  llvm::FunctionType* type = function_type(b.getContext(), info(like).signature);
  return b.CreateCall(type, load_ptr(base, offset), llvm::ArrayRef<Value*>(args.begin(), args.size()));
}

llvm::Value* Emitter::call_or_err(Helper helper, std::initializer_list<Value*> args) {
  Value* result = call(helper, args);
  err_if(b.CreateIsNull(result));
  return result;
}

llvm::Value* Emitter::call_status_or_err(Helper helper, std::initializer_list<Value*> args) {
  Value* status = call(helper, args);
  err_if(b.CreateICmpSLT(status, int32(0)));
  return status;
}

// -- control

llvm::BasicBlock* Emitter::hot_block(const char* name) { return llvm::BasicBlock::Create(b.getContext(), name, fn_); }
llvm::BasicBlock* Emitter::cold_block(const char* name) {
  cold_.push_back(llvm::BasicBlock::Create(b.getContext(), name));
  return cold_.back();
}
void Emitter::branch_hot(Value* cond, llvm::BasicBlock* hot, llvm::BasicBlock* cold) {
  b.CreateCondBr(cond, hot, cold, cold_weights_);
}
void Emitter::err_if(Value* cond) {
  llvm::BasicBlock* next = hot_block("go");
  b.CreateCondBr(cond, err_, next, cold_weights_)->swapProfMetadata();
  enter(next);
}

void Emitter::leave_or_go_on(Value* answer) {
  llvm::BasicBlock* next = hot_block("go");
  llvm::BasicBlock* stop = cold_block("stop");
  branch_hot(b.CreateICmpEQ(answer, int32(0)), next, stop);
  enter(stop);
  b.CreateCondBr(b.CreateICmpEQ(answer, int32(1)), err_, left_block());
  enter(next);
}

// -- reference counts

// 3.12+: the 32-bit count of an immortal object is saturated and must stay so. The upper half is zero; storing it too lets
// the processor forward the store to loads of either width.
void Emitter::incref(Value* object) {
  if (!layout_.immortal) {
    Value* count = b.CreateAdd(load64(object, layout_.refcnt, Memory::Count), int64(1));
    return store(count, object, layout_.refcnt, Memory::Count);
  }
  llvm::BasicBlock* mortal = hot_block("incref");
  llvm::BasicBlock* next = hot_block("go");
  Value* before = mark(b.CreateLoad(b.getInt32Ty(), at(object, layout_.refcnt)), Memory::Count);
  Value* count = b.CreateAdd(before, int32(1));
  b.CreateCondBr(b.CreateICmpEQ(count, int32(0)), next, mortal);
  enter(mortal);
  store(b.CreateZExt(count, b.getInt64Ty()), object, layout_.refcnt, Memory::Count);
  b.CreateBr(next);
  enter(next);
}

void Emitter::incref_or_null(Value* object) {
  if (llvm::isa<llvm::ConstantPointerNull>(object)) return;
  llvm::BasicBlock* some = hot_block("some");
  Value* null = b.CreateIsNull(object);
  llvm::BasicBlock* from = b.GetInsertBlock();
  enter(some);
  incref(object);
  llvm::BasicBlock* next = hot_block("go");
  b.CreateBr(next);
  enter(from);
  b.CreateCondBr(null, next, some);
  enter(next);
}

void Emitter::decref(Value* object, int pc, bool quiet) {
  llvm::BasicBlock* dead = cold_block("dead");
  llvm::BasicBlock* mortal = layout_.immortal ? hot_block("decref") : nullptr;
  llvm::BasicBlock* next = hot_block("go");
  llvm::Type* type = layout_.immortal ? b.getInt32Ty() : b.getInt64Ty();
  Value* before = mark(b.CreateLoad(type, at(object, layout_.refcnt)), Memory::Count);
  if (mortal) {
    b.CreateCondBr(b.CreateICmpSLT(before, int32(0)), next, mortal);
    enter(mortal);
  }
  Value* count = b.CreateSub(before, llvm::ConstantInt::get(type, 1));
  store(mortal ? b.CreateZExt(count, b.getInt64Ty()) : count, object, layout_.refcnt, Memory::Count);
  branch_hot(b.CreateICmpNE(count, llvm::Constant::getNullValue(type)), next, dead);
  enter(dead);
  Value* release = call(Helper::jj_dealloc, {frame_, object, int32(pc)});
  if (quiet) mark(release, Memory::Values);
  b.CreateBr(next);
  enter(next);
}

void Emitter::decref_or_null(Value* object, int pc) {
  if (llvm::isa<llvm::ConstantPointerNull>(object)) return;
  llvm::BasicBlock* some = hot_block("some");
  Value* null = b.CreateIsNull(object);
  llvm::BasicBlock* from = b.GetInsertBlock();
  enter(some);
  decref(object, pc);
  // decref ends in an empty block: it serves as the meeting point too.
  llvm::BasicBlock* next = b.GetInsertBlock();
  enter(from);
  b.CreateCondBr(null, next, some);
  enter(next);
}

Lowered lower(const hir::Function& f, int nconsts, const JJLayout& layout, const std::string& symbol,
              llvm::Module& module, const LowerOptions& options) {
  return Emitter(f, nconsts, layout, symbol, module, options).run();
}

}  // namespace jj::lower
