// Each instruction by itself, on the homes that its values have.
#include "engine/emit_x86_64.h"

#include <algorithm>

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Operator.h"

namespace jj::engine {
namespace {

constexpr Reg kArguments[] = {RDI, RSI, RDX, RCX, R8, R9};
constexpr Reg kSaved[] = {RBX, R12, R13, R14, R15};

int width_of(const llvm::Type* type) {
  return type->isPointerTy() ? 8 : static_cast<int>(type->getIntegerBitWidth() + 7) / 8;
}

Condition condition_of(llvm::CmpInst::Predicate predicate) {
  switch (predicate) {
    case llvm::CmpInst::ICMP_EQ: return kEqual;
    case llvm::CmpInst::ICMP_NE: return kNotEqual;
    case llvm::CmpInst::ICMP_ULT: return kBelow;
    case llvm::CmpInst::ICMP_ULE: return kBelowEqual;
    case llvm::CmpInst::ICMP_UGT: return kAbove;
    case llvm::CmpInst::ICMP_UGE: return kAboveEqual;
    case llvm::CmpInst::ICMP_SLT: return kLess;
    case llvm::CmpInst::ICMP_SLE: return kLessEqual;
    case llvm::CmpInst::ICMP_SGT: return kGreater;
    default: return kGreaterEqual;
  }
}

// A constant as the bits that a register holds; false: another kind of value.
bool constant_of(const llvm::Value* value, int64_t* bits) {
  if (const auto* expression = llvm::dyn_cast<llvm::ConstantExpr>(value))
    return expression->getOpcode() == llvm::Instruction::IntToPtr && constant_of(expression->getOperand(0), bits);
  if (llvm::isa<llvm::ConstantPointerNull>(value)) return *bits = 0, true;
  const auto* number = llvm::dyn_cast<llvm::ConstantInt>(value);
  if (number) *bits = static_cast<int64_t>(number->getZExtValue());
  return number;
}

class Emission {
 public:
  explicit Emission(const llvm::Function& f) : f_(f), homes_(f) {}
  QuickCode run();

 private:
  void prologue();
  void epilogue();
  void instruction(const llvm::Instruction& i);
  void branch(const llvm::BranchInst& i);
  void arrive(const llvm::BasicBlock& from, const llvm::BasicBlock& at);
  void load(const llvm::LoadInst& i, Reg to);
  void store(const llvm::StoreInst& i);
  void binary(const llvm::BinaryOperator& i);
  void select(const llvm::SelectInst& i);
  void call(const llvm::CallInst& i);
  void compare(const llvm::ICmpInst& i);

  Memory slot(Home home) const { return {RBP, -8 * (saved_ + home - kRegisters + 1)}; }
  void put(const llvm::Value* value, Reg to);                      // the value itself into a register
  Reg get(const llvm::Value* value, Reg scratch);                  // the register that has it
  Memory place(const llvm::Value* pointer, Reg scratch);           // what it points to
  Reg target(const llvm::Instruction& i, Reg scratch = kScratch);  // where a result is made
  void keep(const llvm::Instruction& i, Reg made);                 // brings it home
  int label(const llvm::BasicBlock* block) const { return labels_.find(block)->second; }

  const llvm::Function& f_;
  Registers homes_;
  Assembler a_;
  llvm::DenseMap<const llvm::BasicBlock*, int> labels_;
  int saved_ = 0;
};

void Emission::prologue() {
  a_.push(RBP);
  a_.move(RBP, RSP);
  for (Reg r : kSaved)
    if (homes_.is_used(r)) a_.push(r), saved_++;
  const int room = 8 * (homes_.slots() + (saved_ + homes_.slots()) % 2);  // the stack is aligned at calls
  if (room) a_.alu(Alu::Sub, RSP, room, true);
  for (const llvm::Argument& argument : f_.args()) {
    Home home = homes_.home(&argument);
    Reg from = kArguments[argument.getArgNo()];
    if (home >= kRegisters) a_.store(slot(home), from, 8);
    if (home >= 0 && home < kRegisters) a_.move(static_cast<Reg>(home), from);
  }
}

void Emission::epilogue() {
  if (homes_.slots() || saved_ % 2) a_.address(RSP, {RBP, -8 * saved_});
  for (int k = std::size(kSaved); k-- > 0;)
    if (homes_.is_used(kSaved[k])) a_.pop(kSaved[k]);
  a_.pop(RBP);
  a_.ret();
}

void Emission::put(const llvm::Value* value, Reg to) {
  int64_t bits = 0;
  if (constant_of(value, &bits)) return a_.set(to, bits);
  if (is_widened(value)) return put(llvm::cast<llvm::Instruction>(value)->getOperand(0), to);
  if (is_address(value)) return a_.address(to, place(value, to));
  if (is_part_of_call(value)) return load(llvm::cast<llvm::LoadInst>(*value), to);
  Home home = homes_.home(value);
  home < kRegisters ? a_.move(to, static_cast<Reg>(home)) : a_.load(to, slot(home), 8);
}

Reg Emission::get(const llvm::Value* value, Reg scratch) {
  if (is_widened(value)) return get(llvm::cast<llvm::Instruction>(value)->getOperand(0), scratch);
  Home home = homes_.home(value);
  if (home >= 0 && home < kRegisters) return static_cast<Reg>(home);
  put(value, scratch);
  return scratch;
}

Memory Emission::place(const llvm::Value* pointer, Reg scratch) {
  int64_t offset = 0;
  while (is_address(pointer)) {
    const auto* gep = llvm::cast<llvm::GetElementPtrInst>(pointer);
    offset += llvm::cast<llvm::ConstantInt>(gep->getOperand(1))->getSExtValue();
    pointer = gep->getPointerOperand();
  }
  return {get(pointer, scratch), static_cast<int32_t>(offset)};
}

Reg Emission::target(const llvm::Instruction& i, Reg scratch) {
  Home home = homes_.home(&i);
  return home >= 0 && home < kRegisters ? static_cast<Reg>(home) : scratch;
}

void Emission::keep(const llvm::Instruction& i, Reg made) {
  Home home = homes_.home(&i);
  if (home >= kRegisters)
    a_.store(slot(home), made, 8);
  else if (home >= 0)
    a_.move(static_cast<Reg>(home), made);
}

void Emission::load(const llvm::LoadInst& i, Reg to) {
  if (const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(i.getPointerOperand()))
    a_.load_symbol(to, global->getName());
  else
    a_.load(to, place(i.getPointerOperand(), kScratch), width_of(i.getType()));
}

void Emission::store(const llvm::StoreInst& i) {
  const llvm::Value* value = i.getValueOperand();
  const int width = width_of(value->getType());
  Memory to = place(i.getPointerOperand(), kScratch);
  int64_t bits = 0;
  if (width >= 4 && constant_of(value, &bits) && (width == 4 || bits == static_cast<int32_t>(bits)))
    a_.store_constant(to, static_cast<int32_t>(bits), width);
  else
    a_.store(to, get(value, kScratch2), width);
}

void Emission::binary(const llvm::BinaryOperator& i) {
  const bool wide = width_of(i.getType()) == 8;
  if (i.getOpcode() == llvm::Instruction::LShr) {
    put(i.getOperand(0), kScratch);
    a_.shift_right(kScratch, static_cast<int>(llvm::cast<llvm::ConstantInt>(i.getOperand(1))->getZExtValue()), wide);
    return keep(i, kScratch);
  }
  Alu op = Alu::Xor;
  switch (i.getOpcode()) {
    case llvm::Instruction::Add: op = Alu::Add; break;
    case llvm::Instruction::Sub: op = Alu::Sub; break;
    case llvm::Instruction::And: op = Alu::And; break;
    case llvm::Instruction::Or: op = Alu::Or; break;
    default: break;
  }
  int64_t bits = 0;
  const bool constant = constant_of(i.getOperand(1), &bits);
  const bool fits = constant && (!wide || bits == static_cast<int32_t>(bits));
  Reg other = fits ? kScratch2 : get(i.getOperand(1), kScratch2);
  Reg to = target(i);
  if (to == other && !fits) to = kScratch;
  put(i.getOperand(0), to);
  fits ? a_.alu(op, to, static_cast<int32_t>(bits), wide) : a_.alu(op, to, other, wide);
  keep(i, to);
}

// Sets the flags.
void Emission::compare(const llvm::ICmpInst& i) {
  const bool wide = width_of(i.getOperand(0)->getType()) == 8;
  Reg left = get(i.getOperand(0), kScratch);
  int64_t bits = 0;
  const bool constant = constant_of(i.getOperand(1), &bits);
  if (constant && bits == 0)
    a_.test(left, left, wide);
  else if (constant && (!wide || bits == static_cast<int32_t>(bits)))
    a_.alu(Alu::Cmp, left, static_cast<int32_t>(bits), wide);
  else
    a_.alu(Alu::Cmp, left, get(i.getOperand(1), kScratch2), wide);
}

void Emission::select(const llvm::SelectInst& i) {
  put(i.getFalseValue(), kScratch);
  put(i.getTrueValue(), kScratch2);
  Reg condition = get(i.getCondition(), kScratch3);
  a_.test(condition, condition, false);
  a_.move_if(kNotEqual, kScratch, kScratch2);
  keep(i, kScratch);
}

// Where values are that reach a call, no argument is put (see Registers).
void Emission::call(const llvm::CallInst& i) {
  for (unsigned k = 0; k < i.arg_size(); k++) put(i.getArgOperand(k), kArguments[k]);
  if (const llvm::Function* callee = i.getCalledFunction())
    a_.call(callee->getName());
  else
    a_.call(get(i.getCalledOperand(), kScratch));
  if (!i.getType()->isVoidTy()) keep(i, RAX);
}

// What the phis of `at` will be is put where nobody else looks: they may be one another's.
void Emission::arrive(const llvm::BasicBlock& from, const llvm::BasicBlock& at) {
  for (const llvm::PHINode& phi : at.phis())
    if (homes_.home(&phi) >= 0)
      a_.store(slot(homes_.arrivals(phi)), get(phi.getIncomingValueForBlock(&from), kScratch), 8);
}

void Emission::branch(const llvm::BranchInst& i) {
  for (unsigned k = 0; k < i.getNumSuccessors(); k++) arrive(*i.getParent(), *i.getSuccessor(k));
  const int next = label(i.getParent()) + 1;
  const int yes = label(i.getSuccessor(0));
  if (i.isUnconditional()) {
    if (yes != next) a_.jump(yes);
    return;
  }
  const int no = label(i.getSuccessor(1));
  Condition condition = kNotEqual;
  const auto* icmp = llvm::dyn_cast<llvm::ICmpInst>(i.getCondition());
  if (icmp && is_part_of_branch(*icmp)) {
    compare(*icmp);
    condition = condition_of(icmp->getPredicate());
  } else {
    Reg bit = get(i.getCondition(), kScratch);
    a_.test(bit, bit, false);
  }
  if (yes == next) return a_.jump_if(negated(condition), no);
  a_.jump_if(condition, yes);
  if (no != next) a_.jump(no);
}

void Emission::instruction(const llvm::Instruction& i) {
  if (is_address(&i) || is_widened(&i) || is_part_of_call(&i) || is_part_of_branch(i)) return;
  switch (i.getOpcode()) {
    case llvm::Instruction::Load: load(llvm::cast<llvm::LoadInst>(i), target(i)); return keep(i, target(i));
    case llvm::Instruction::Store: return store(llvm::cast<llvm::StoreInst>(i));
    case llvm::Instruction::PHI: {
      if (homes_.home(&i) < 0) return;
      Reg to = target(i);
      a_.load(to, slot(homes_.arrivals(llvm::cast<llvm::PHINode>(i))), 8);
      return keep(i, to);
    }
    case llvm::Instruction::Call: return call(llvm::cast<llvm::CallInst>(i));
    case llvm::Instruction::Br: return branch(llvm::cast<llvm::BranchInst>(i));
    case llvm::Instruction::Select: return select(llvm::cast<llvm::SelectInst>(i));
    case llvm::Instruction::Unreachable: return a_.trap();
    case llvm::Instruction::Ret:
      if (i.getNumOperands()) put(i.getOperand(0), RAX);
      return epilogue();
    case llvm::Instruction::ICmp: {
      const auto& icmp = llvm::cast<llvm::ICmpInst>(i);
      compare(icmp);
      a_.set_if(condition_of(icmp.getPredicate()), kScratch);
      return keep(i, kScratch);
    }
    case llvm::Instruction::ZExt: {
      // A call's answer has anything above its 32 bits; conditions and what is loaded have zeros.
      Reg from = get(i.getOperand(0), kScratch);
      a_.move(kScratch, from, false);
      return keep(i, kScratch);
    }
    case llvm::Instruction::PtrToInt:
    case llvm::Instruction::IntToPtr: return keep(i, get(i.getOperand(0), kScratch));
    default: return binary(llvm::cast<llvm::BinaryOperator>(i));
  }
}

QuickCode Emission::run() {
  int number = 0;
  for (const llvm::BasicBlock& block : f_) labels_[&block] = number++;
  prologue();
  for (const llvm::BasicBlock& block : f_) {
    a_.bind();
    for (const llvm::Instruction& i : block) instruction(i);
  }
  return a_.finish();
}

// -- what is known

bool is_simple_type(const llvm::Type* type) {
  return type->isPointerTy() || type->isIntegerTy(1) || type->isIntegerTy(8) || type->isIntegerTy(16) ||
         type->isIntegerTy(32) || type->isIntegerTy(64);
}

bool is_simple_operand(const llvm::Value* value) {
  int64_t bits;
  if (!llvm::isa<llvm::Constant>(value)) return is_simple_type(value->getType()) || value->getType()->isLabelTy();
  return llvm::isa<llvm::Function, llvm::GlobalVariable>(value) || constant_of(value, &bits);
}

// Numbers of 8 and 16 bits are only loaded, stored, and compared with one another.
bool is_small(const llvm::Type* type) { return type->isIntegerTy() && type->getIntegerBitWidth() < 32; }

bool is_simple_call(const llvm::CallInst& call) {
  const llvm::Function* callee = call.getCalledFunction();
  if (callee ? callee->isIntrinsic() : llvm::isa<llvm::Constant>(call.getCalledOperand())) return false;
  if (call.arg_size() > std::size(kArguments) || call.getFunctionType()->isVarArg() || call.isInlineAsm()) return false;
  for (const llvm::Value* argument : call.args())
    if (is_small(argument->getType()) || llvm::isa<llvm::GlobalValue>(argument)) return false;
  return true;
}

bool is_simple_access(const llvm::Value* pointer, const llvm::Type* type) {
  if (type->isIntegerTy(1)) return false;
  return !llvm::isa<llvm::GlobalValue>(pointer) || (llvm::isa<llvm::GlobalVariable>(pointer) && type->isPointerTy());
}

bool is_simple(const llvm::Instruction& i) {
  if (!i.getType()->isVoidTy() && !is_simple_type(i.getType())) return false;
  for (const llvm::Value* operand : i.operands())
    if (!is_simple_operand(operand)) return false;
  if (const auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(&i))
    return is_address(gep) && gep->getNumIndices() == 1 && gep->getSourceElementType()->isIntegerTy(8) &&
           !llvm::isa<llvm::Constant>(gep->getPointerOperand()) &&
           llvm::isInt<31>(llvm::cast<llvm::ConstantInt>(gep->getOperand(1))->getSExtValue());
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&i))
    return !load->isAtomic() && is_simple_access(load->getPointerOperand(), load->getType());
  if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&i))
    return !store->isAtomic() && !llvm::isa<llvm::GlobalValue>(store->getValueOperand()) &&
           !llvm::isa<llvm::GlobalValue>(store->getPointerOperand()) &&
           is_simple_access(store->getPointerOperand(), store->getValueOperand()->getType());
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&i)) return is_simple_call(*call);
  if (const auto* icmp = llvm::dyn_cast<llvm::ICmpInst>(&i))
    return !is_small(icmp->getOperand(0)->getType()) || icmp->isEquality() || icmp->isUnsigned();
  if (llvm::isa<llvm::BinaryOperator>(i)) {
    unsigned op = i.getOpcode();
    if (op == llvm::Instruction::LShr && !llvm::isa<llvm::ConstantInt>(i.getOperand(1))) return false;
    return !is_small(i.getType()) &&
           (op == llvm::Instruction::Add || op == llvm::Instruction::Sub || op == llvm::Instruction::And ||
            op == llvm::Instruction::Or || op == llvm::Instruction::Xor || op == llvm::Instruction::LShr);
  }
  if (llvm::isa<llvm::PHINode>(i)) return !is_small(i.getType());
  if (llvm::isa<llvm::PtrToIntInst>(i)) return i.getType()->isIntegerTy(64);
  if (llvm::isa<llvm::IntToPtrInst>(i)) return i.getOperand(0)->getType()->isIntegerTy(64);
  return llvm::isa<llvm::BranchInst, llvm::ReturnInst, llvm::SelectInst, llvm::UnreachableInst, llvm::ZExtInst>(i);
}

}  // namespace

bool is_simple(const llvm::Function& f) {
  if (f.isVarArg() || f.arg_size() > 4) return false;
  for (const llvm::BasicBlock& block : f)
    for (const llvm::Instruction& i : block)
      if (!is_simple(i)) return false;
  return true;
}

QuickCode emit(const llvm::Function& f) { return Emission(f).run(); }

}  // namespace jj::engine
