// Encodings, and the choice between short and long branches.
#include "engine/assembler_x86_64.h"

#include <cstring>

namespace jj::engine {
namespace {

bool is_byte(int64_t value) { return value == static_cast<int8_t>(value); }

}  // namespace

void Assembler::word(int32_t value) {
  char raw[4];
  std::memcpy(raw, &value, 4);
  bytes_.append(raw, raw + 4);
}

// byte_register: the low bytes of rsi and rdi are named only where there is a prefix.
void Assembler::prefix(bool wide, int reg, int base, bool byte_register) {
  int rex = (wide ? 8 : 0) | (reg >= 8 ? 4 : 0) | (base >= 8 ? 1 : 0);
  if (rex || (byte_register && reg >= 4)) byte(0x40 | rex);
}

void Assembler::memory(int reg, Memory m) {
  const int base = m.base & 7;
  const bool no_offset = m.offset == 0 && base != RBP;
  const int mode = no_offset ? 0 : is_byte(m.offset) ? 1 : 2;
  byte(mode << 6 | (reg & 7) << 3 | base);
  if (base == RSP) byte(0x24);
  if (mode == 1) byte(m.offset);
  if (mode == 2) word(m.offset);
}

void Assembler::move(Reg to, Reg from, bool wide) {
  if (to == from && wide) return;
  prefix(wide, from, to);
  byte(0x89);
  registers(from, to);
}

void Assembler::set(Reg to, int64_t value) {
  if (value == 0) {  // the flags are lost
    prefix(false, to, to);
    byte(0x31);
    registers(to, to);
  } else if (value == static_cast<int64_t>(static_cast<uint32_t>(value))) {
    prefix(false, 0, to);
    byte(0xb8 | (to & 7));
    word(static_cast<int32_t>(value));
  } else if (value == static_cast<int32_t>(value)) {
    prefix(true, 0, to);
    byte(0xc7);
    registers(0, to);
    word(static_cast<int32_t>(value));
  } else {
    prefix(true, 0, to);
    byte(0xb8 | (to & 7));
    word(static_cast<int32_t>(value));
    word(static_cast<int32_t>(value >> 32));
  }
}

void Assembler::load(Reg to, Memory from, int width) {
  prefix(width == 8, to, from.base);
  if (width < 4) byte(0x0f);
  byte(width == 1 ? 0xb6 : width == 2 ? 0xb7 : 0x8b);
  memory(to, from);
}

void Assembler::store(Memory to, Reg from, int width) {
  if (width == 2) byte(0x66);
  prefix(width == 8, from, to.base, width == 1);
  byte(width == 1 ? 0x88 : 0x89);
  memory(from, to);
}

void Assembler::store_constant(Memory to, int32_t value, int width) {
  prefix(width == 8, 0, to.base);
  byte(0xc7);
  memory(0, to);
  word(value);
}

void Assembler::address(Reg to, Memory from) {
  if (from.offset == 0) return move(to, from.base);
  prefix(true, to, from.base);
  byte(0x8d);
  memory(to, from);
}

void Assembler::reach(llvm::StringRef symbol) {
  reaches_.push_back({{here(), static_cast<uint32_t>(branches_.size())}, symbol});
  word(0);
}

void Assembler::load_symbol(Reg to, llvm::StringRef symbol) {
  prefix(true, to, 0);
  byte(0x8b);
  byte((to & 7) << 3 | 5);
  reach(symbol);
}

void Assembler::alu(Alu op, Reg to, Reg from, bool wide) {
  prefix(wide, from, to);
  byte(static_cast<int>(op) << 3 | 1);
  registers(from, to);
}

void Assembler::alu(Alu op, Reg to, int32_t value, bool wide) {
  prefix(wide, 0, to);
  byte(is_byte(value) ? 0x83 : 0x81);
  registers(static_cast<int>(op), to);
  is_byte(value) ? byte(value) : word(value);
}

void Assembler::alu(Alu op, Reg to, Memory from, bool wide) {
  prefix(wide, to, from.base);
  byte(static_cast<int>(op) << 3 | 3);
  memory(to, from);
}

void Assembler::shift_right(Reg r, int count, bool wide) {
  prefix(wide, 0, r);
  byte(0xc1);
  registers(5, r);
  byte(count);
}

void Assembler::test(Reg a, Reg b, bool wide) {
  prefix(wide, b, a);
  byte(0x85);
  registers(b, a);
}

void Assembler::set_if(Condition c, Reg to) {
  byte(0x40 | (to >= 8));  // so that the low byte is meant
  byte(0x0f), byte(0x90 | c);
  registers(0, to);
  byte(0x40 | (to >= 8 ? 5 : 0));
  byte(0x0f), byte(0xb6);
  registers(to, to);
}

void Assembler::move_if(Condition c, Reg to, Reg from) {
  prefix(true, to, from);
  byte(0x0f), byte(0x40 | c);
  registers(to, from);
}

void Assembler::push(Reg r) {
  prefix(false, 0, r);
  byte(0x50 | (r & 7));
}

void Assembler::pop(Reg r) {
  prefix(false, 0, r);
  byte(0x58 | (r & 7));
}

void Assembler::call(llvm::StringRef symbol) {
  byte(0xe8);
  reach(symbol);
}

void Assembler::call(Reg target) {
  prefix(false, 0, target);
  byte(0xff);
  registers(2, target);
}

void Assembler::leave() { byte(0xc9); }

// How many bytes all branches before the k-th take.
std::vector<uint32_t> Assembler::branch_bytes() const {
  std::vector<uint32_t> sums(branches_.size() + 1);
  for (size_t k = 0; k < branches_.size(); k++) sums[k + 1] = sums[k] + branches_[k].size();
  return sums;
}

// Distances only become less, so what is near enough stays so.
bool Assembler::shorten() {
  const std::vector<uint32_t> sums = branch_bytes();
  bool changed = false;
  for (size_t k = 0; k < branches_.size(); k++) {
    Branch& branch = branches_[k];
    if (!branch.far) continue;
    const Place& target = labels_[static_cast<size_t>(branch.label)];
    int64_t distance = int64_t{target.at} + sums[target.branches] - branch.at - sums[k + 1];
    if (distance < -120 || distance > 127) continue;  // a short one ends a few bytes earlier
    branch.far = false;
    changed = true;
  }
  return changed;
}

QuickCode Assembler::finish() {
  while (shorten()) {}
  const std::vector<uint32_t> sums = branch_bytes();
  QuickCode out;
  auto final_place = [&](const Place& p) { return p.at + sums[p.branches]; };
  for (const Place& label : labels_) out.labels.push_back(final_place(label));
  for (const Reach& r : reaches_) out.references.push_back({final_place(r.place), r.symbol});
  llvm::SmallVector<char, 0> plain = std::move(bytes_);
  bytes_.clear();
  bytes_.reserve(plain.size() + sums.back());
  uint32_t copied = 0;
  for (size_t k = 0; k < branches_.size(); k++) {
    const Branch& branch = branches_[k];
    bytes_.append(plain.begin() + copied, plain.begin() + branch.at);
    copied = branch.at;
    auto distance = static_cast<int32_t>(out.labels[static_cast<size_t>(branch.label)] - branch.at - sums[k + 1]);
    if (branch.far) {
      if (branch.condition >= 0) byte(0x0f);
      byte(branch.condition < 0 ? 0xe9 : 0x80 | branch.condition);
      word(distance);
    } else {
      byte(branch.condition < 0 ? 0xeb : 0x70 | branch.condition);
      byte(distance);
    }
  }
  bytes_.append(plain.begin() + copied, plain.end());
  out.bytes = std::move(bytes_);
  return out;
}

}  // namespace jj::engine
