// Where the values of a function of LLVM's are kept: in a register of the processor or in a slot of the stack.
//
// For code that is mostly calls. Parameters that are needed across them have registers of their own; every other value gets
// one that is free from where it is made to its last uses, by blocks, and a slot where there is none.
#pragma once
#include <vector>

#include "engine/assembler_x86_64.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"

namespace jj::engine {

// Not used for values: free for whoever puts together one instruction.
constexpr Reg kScratch = R11, kScratch2 = R9, kScratch3 = RDI;

// A register, or a slot: kRegisters + its number. -1: the value is needed nowhere.
using Home = int;

// Values that are no instruction of their own: part of the address or of the branch that uses them.
bool is_address(const llvm::Value* value);                 // a pointer and a constant
bool is_widened(const llvm::Value* value);                 // 32 bits whose register has zeros above them
bool is_part_of_call(const llvm::Value* load);             // nothing writes until its argument is put into place
bool is_part_of_branch(const llvm::Instruction& compare);  // the next instruction is the only one to ask for it

class Registers {
 public:
  explicit Registers(const llvm::Function& f);

  Home home(const llvm::Value* value) const;  // of a parameter, or of an instruction's result
  // Where the ways to a phi leave what it is to be: no value lives there.
  Home arrivals(const llvm::PHINode& phi) const { return arrivals_.lookup(&phi); }
  int slots() const { return slots_; }
  bool is_used(Reg r) const { return used_[r]; }

 private:
  struct Range {  // in one block; the value is there behind `from` and needed up to `to`
    int block, from, to;
  };
  struct Held {
    Home home;
    int from, to;
  };
  struct Block {
    int begin, end;
    llvm::SmallVector<int, 2> predecessors;
    llvm::SmallVector<int, 2> calls;
    llvm::SmallVector<Held, 4> held;
  };
  struct Use {
    int block, at;
  };
  struct Kept {
    const llvm::Value* value;
    int block, at;
    llvm::SmallVector<Use, 2> uses;
    Home home = -1;
  };

  void number(const llvm::Function& f);
  void collect(const llvm::Function& f);
  template <typename Visit>
  void walk(const llvm::Function& f, Visit visit);
  void note_use(const llvm::Value* value, Use use);
  void find_ranges(const Kept& kept);
  void live_at_begin(int block, int stamp);
  Home choose(const Kept& kept);
  bool is_free(Home home) const;

  llvm::DenseMap<const llvm::BasicBlock*, int> numbers_;
  std::vector<Block> blocks_;
  llvm::DenseMap<const llvm::Value*, int> index_;
  std::vector<Kept> kept_;
  llvm::DenseMap<const llvm::PHINode*, Home> arrivals_;
  // Of the value that is being looked at.
  llvm::SmallVector<Range, 8> ranges_;
  std::vector<int> in_stamp_, out_stamp_, last_use_;
  llvm::SmallVector<int, 8> work_;
  int slots_ = 0;
  bool used_[kRegisters] = {};
};

}  // namespace jj::engine
