// Numbers the instructions, finds the ranges of every value, and takes the first register that is free in all of them.
#include "engine/registers_x86_64.h"

#include <algorithm>
#include <initializer_list>

#include "llvm/IR/CFG.h"
#include "llvm/IR/Operator.h"

namespace jj::engine {
namespace {

constexpr Reg kParameters[] = {R15, RBX, R14};  // thread, frame, code
// A call sets all but those that its callee saves; its arguments are put into place one after the other.
constexpr Reg kAcrossCalls[] = {R12, R13};
constexpr Reg kUpToCalls[] = {RAX, R10};
constexpr Reg kBetweenCalls[] = {RCX, RDX, RSI, R8, RAX, R10};

bool has_zeros_above(const llvm::Value* value) { return llvm::isa<llvm::LoadInst, llvm::BinaryOperator>(value); }

int width_of(const llvm::Instruction& load) {
  const llvm::Type* type = load.getType();
  return type->isPointerTy() ? 8 : static_cast<int>(type->getIntegerBitWidth()) / 8;
}

}  // namespace

bool is_address(const llvm::Value* value) {
  const auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(value);
  return gep && gep->hasAllConstantIndices();
}

bool is_widened(const llvm::Value* value) {
  const auto* zext = llvm::dyn_cast<llvm::ZExtInst>(value);
  return zext && zext->getSrcTy()->isIntegerTy(32) && has_zeros_above(zext->getOperand(0));
}

bool is_part_of_call(const llvm::Value* value) {
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(value);
  if (!load || !load->hasOneUse() || width_of(*load) < 4) return false;
  const auto* call = llvm::dyn_cast<llvm::CallInst>(*load->user_begin());
  if (!call || call->getParent() != load->getParent() || call->getCalledOperand() == load) return false;
  constexpr int kNear = 8;
  const llvm::Instruction* i = load->getNextNode();
  for (int k = 0; k < kNear && i != call; k++, i = i->getNextNode())
    if (i->mayWriteToMemory()) return false;
  return i == call;
}

bool is_part_of_branch(const llvm::Instruction& compare) {
  if (!llvm::isa<llvm::ICmpInst>(compare) || !compare.hasOneUse()) return false;
  const llvm::Instruction* next = compare.getNextNode();
  return next && llvm::isa<llvm::BranchInst>(next) && *compare.user_begin() == next;
}

Registers::Registers(const llvm::Function& f) {
  number(f);
  collect(f);
  in_stamp_.assign(blocks_.size(), -1);
  out_stamp_.assign(blocks_.size(), -1);
  last_use_.assign(blocks_.size(), -1);
  for (Kept& kept : kept_) {
    if (kept.uses.empty()) continue;
    find_ranges(kept);
    kept.home = choose(kept);
    if (kept.home < kRegisters) used_[kept.home] = true;
    for (const Range& r : ranges_) blocks_[static_cast<size_t>(r.block)].held.push_back({kept.home, r.from, r.to});
  }
  for (const Kept& kept : kept_)
    if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(kept.value)) arrivals_[phi] = kRegisters + slots_++;
}

Home Registers::home(const llvm::Value* value) const {
  auto found = index_.find(value);
  return found == index_.end() ? -1 : kept_[static_cast<size_t>(found->second)].home;
}

void Registers::number(const llvm::Function& f) {
  for (const llvm::BasicBlock& block : f) {
    numbers_[&block] = static_cast<int>(blocks_.size());
    blocks_.emplace_back();
  }
  for (const llvm::BasicBlock& block : f)
    for (const llvm::BasicBlock* next : llvm::successors(&block))
      blocks_[static_cast<size_t>(numbers_[next])].predecessors.push_back(numbers_[&block]);
}

// A compare that is part of a branch happens where the branch does.
template <typename Visit>
void Registers::walk(const llvm::Function& f, Visit visit) {
  int at = 0, number = 0;
  for (const llvm::BasicBlock& llvm_block : f) {
    Block& block = blocks_[static_cast<size_t>(number)];
    block.begin = at++;
    for (const llvm::Instruction& i : llvm_block) {
      if (is_address(&i) || is_widened(&i) || is_part_of_call(&i)) continue;
      visit(i, number, at);
      if (!is_part_of_branch(i)) at++;
    }
    block.end = at++;
    number++;
  }
}

// Blocks need not stand in an order in which definitions come before uses.
void Registers::collect(const llvm::Function& f) {
  for (const llvm::Argument& argument : f.args()) {
    index_[&argument] = static_cast<int>(kept_.size());
    kept_.push_back({&argument, 0, 0, {}});
  }
  walk(f, [this](const llvm::Instruction& i, int block, int at) {
    if (llvm::isa<llvm::CallInst>(i)) blocks_[static_cast<size_t>(block)].calls.push_back(at);
    if (i.getType()->isVoidTy() || is_part_of_branch(i)) return;
    index_[&i] = static_cast<int>(kept_.size());
    kept_.push_back({&i, block, at, {}});
  });
  walk(f, [this](const llvm::Instruction& i, int block, int at) {
    const auto* phi = llvm::dyn_cast<llvm::PHINode>(&i);
    for (unsigned k = 0; k < i.getNumOperands(); k++) {
      const int from = phi ? numbers_[phi->getIncomingBlock(k)] : block;
      note_use(i.getOperand(k), {from, phi ? blocks_[static_cast<size_t>(from)].end - 1 : at});
    }
  });
}

void Registers::note_use(const llvm::Value* value, Use use) {
  while (is_address(value) || is_widened(value) || is_part_of_call(value))
    value = llvm::cast<llvm::Instruction>(value)->getOperand(0);
  auto found = index_.find(value);
  if (found != index_.end()) kept_[static_cast<size_t>(found->second)].uses.push_back(use);
}

void Registers::live_at_begin(int block, int stamp) {
  if (in_stamp_[static_cast<size_t>(block)] == stamp) return;
  in_stamp_[static_cast<size_t>(block)] = stamp;
  work_.push_back(block);
}

void Registers::find_ranges(const Kept& kept) {
  const int stamp = static_cast<int>(&kept - kept_.data());
  ranges_.clear();
  int last_here = kept.at;
  llvm::SmallVector<int, 8> touched;
  for (const Use& use : kept.uses) {
    if (use.block == kept.block) {
      last_here = std::max(last_here, use.at);
      continue;
    }
    int& last = last_use_[static_cast<size_t>(use.block)];
    if (in_stamp_[static_cast<size_t>(use.block)] != stamp) last = -1, touched.push_back(use.block);
    last = std::max(last, use.at);
    live_at_begin(use.block, stamp);
  }
  while (!work_.empty()) {
    const Block& block = blocks_[static_cast<size_t>(work_.pop_back_val())];
    for (int before : block.predecessors) {
      out_stamp_[static_cast<size_t>(before)] = stamp;
      if (before == kept.block || in_stamp_[static_cast<size_t>(before)] == stamp) continue;
      last_use_[static_cast<size_t>(before)] = -1;
      touched.push_back(before);
      live_at_begin(before, stamp);
    }
  }
  const Block& home = blocks_[static_cast<size_t>(kept.block)];
  const bool goes_on = out_stamp_[static_cast<size_t>(kept.block)] == stamp;
  ranges_.push_back({kept.block, kept.at, goes_on ? home.end : last_here});
  for (int number : touched) {
    const Block& block = blocks_[static_cast<size_t>(number)];
    const bool through = out_stamp_[static_cast<size_t>(number)] == stamp;
    ranges_.push_back({number, block.begin, through ? block.end : last_use_[static_cast<size_t>(number)]});
  }
}

bool Registers::is_free(Home home) const {
  for (const Range& r : ranges_)
    for (const Held& held : blocks_[static_cast<size_t>(r.block)].held)
      if (held.home == home && held.from < r.to && r.from < held.to) return false;
  return true;
}

Home Registers::choose(const Kept& kept) {
  const auto* argument = llvm::dyn_cast<llvm::Argument>(kept.value);
  const bool has_register = argument && argument->getArgNo() < std::size(kParameters);
  bool crosses = false, reaches = llvm::isa<llvm::CallInst>(kept.value);
  for (const Range& r : ranges_)
    for (int call : blocks_[static_cast<size_t>(r.block)].calls) {
      crosses |= r.from < call && call < r.to;
      reaches |= call == r.to;
    }
  auto first_free = [&](llvm::ArrayRef<Reg> among) {
    for (Reg r : among)
      if (is_free(r)) return static_cast<Home>(r);
    return -1;
  };
  // Small code without a frame need not save registers. Other parameters still are where arguments come in.
  Home found = has_register && !crosses ? first_free(kUpToCalls) : -1;
  if (has_register) return found >= 0 ? found : kParameters[argument->getArgNo()];
  if (!crosses && !reaches) {
    // Where an operand dies, its register needs no move.
    if (const auto* operation = llvm::dyn_cast<llvm::BinaryOperator>(kept.value)) {
      Home same = home(operation->getOperand(0));
      bool any = same >= 0 && same < kRegisters &&
                 std::find(std::begin(kBetweenCalls), std::end(kBetweenCalls), same) != std::end(kBetweenCalls);
      if (any && is_free(same)) return same;
    }
    found = first_free(kBetweenCalls);
  } else if (!crosses) {
    found = first_free(kUpToCalls);
  }
  if (found < 0) found = first_free(kAcrossCalls);
  for (int slot = 0; found < 0; slot++) {
    if (!is_free(kRegisters + slot)) continue;
    found = kRegisters + slot;
    slots_ = std::max(slots_, slot + 1);
  }
  return found;
}

}  // namespace jj::engine
