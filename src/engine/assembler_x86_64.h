// Encodes the few x86-64 instructions that quick code consists of; branches become as short as they can be.
#pragma once
#include <cstdint>
#include <vector>

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace jj::engine {

enum Reg : uint8_t { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, kRegisters };

// As the processor numbers them; the lowest bit negates.
enum Condition : uint8_t {
  kBelow = 2,
  kAboveEqual,
  kEqual,
  kNotEqual,
  kBelowEqual,
  kAbove,
  kLess = 12,
  kGreaterEqual,
  kLessEqual,
  kGreater
};
inline Condition negated(Condition c) { return static_cast<Condition>(c ^ 1); }

enum class Alu : uint8_t { Add = 0, Or = 1, And = 4, Sub = 5, Xor = 6, Cmp = 7 };

struct Memory {
  Reg base;
  int32_t offset;
};

// Four bytes that hold a distance to a symbol.
struct Reference {
  uint32_t at;
  llvm::StringRef symbol;
};

struct QuickCode {
  llvm::SmallVector<char, 0> bytes;
  std::vector<Reference> references;
  std::vector<uint32_t> labels;  // where each begins
};

class Assembler {
 public:
  void move(Reg to, Reg from, bool wide = true);
  void set(Reg to, int64_t value);
  void load(Reg to, Memory from, int width);  // bytes; what is above them is zero
  void store(Memory to, Reg from, int width);
  void store_constant(Memory to, int32_t value, int width);
  void address(Reg to, Memory from);
  void load_symbol(Reg to, llvm::StringRef symbol);  // the word that lies there
  void alu(Alu op, Reg to, Reg from, bool wide);
  void alu(Alu op, Reg to, int32_t value, bool wide);
  void alu(Alu op, Reg to, Memory from, bool wide);
  void shift_right(Reg r, int count, bool wide);
  void test(Reg a, Reg b, bool wide);
  void set_if(Condition c, Reg to);  // 0 or 1, in all 64 bits
  void move_if(Condition c, Reg to, Reg from);
  void push(Reg r);
  void pop(Reg r);
  void call(llvm::StringRef symbol);
  void call(Reg target);
  void leave();  // restores rbp and rsp
  void ret() { byte(0xc3); }
  void trap() { byte(0x0f), byte(0x0b); }

  // Labels are numbered in the order in which they are bound.
  void bind() { labels_.push_back({here(), static_cast<uint32_t>(branches_.size())}); }
  void jump(int label) { branches_.push_back({here(), label, -1, true}); }
  void jump_if(Condition c, int label) { branches_.push_back({here(), label, c, true}); }

  QuickCode finish();

 private:
  struct Place {
    uint32_t at, branches;  // bytes and branches in front of it
  };
  struct Branch {
    uint32_t at;
    int label;
    int condition;  // -1: none
    bool far;
    uint32_t size() const { return !far ? 2 : condition < 0 ? 5 : 6; }
  };
  struct Reach {
    Place place;
    llvm::StringRef symbol;
  };

  uint32_t here() const { return static_cast<uint32_t>(bytes_.size()); }
  void byte(int value) { bytes_.push_back(static_cast<char>(value)); }
  void word(int32_t value);
  void prefix(bool wide, int reg, int base, bool byte_register = false);
  void registers(int reg, int other) { byte(0xc0 | (reg & 7) << 3 | (other & 7)); }
  void memory(int reg, Memory m);
  void reach(llvm::StringRef symbol);
  std::vector<uint32_t> branch_bytes() const;
  bool shorten();

  llvm::SmallVector<char, 0> bytes_;  // without the branches
  std::vector<Branch> branches_;
  std::vector<Place> labels_;
  std::vector<Reach> reaches_;
};

}  // namespace jj::engine
