// The walk over the instructions: blocks, loop heads, regions, and one handler per instruction.
#include "translate/translate.h"

#include "translate/bound.h"
#include "translate/handlers.h"
#include "translate/translator.h"

namespace jj::translate {
namespace {

using bytecode::Instr;
using bytecode::Op;
using bytecode::OpKind;

bool is_jump(const Instr& i) { return i.target >= 0 && op_kind(i.op) != OpKind::Block; }

// Whether what follows is a block of its own: the other way of a branch, or where a suspended frame goes on.
bool ends_block(const Instr& i) {
  return op_kind(i.op) == OpKind::Branch || i.op == Op::Send || i.op == Op::YieldValue || i.op == Op::YieldFrom;
}

// The interpreter itself runs what is before and with RETURN_GENERATOR, when it makes the generator.
int32_t first_native(const bytecode::Code& code) {
  for (size_t k = 0; k + 1 < code.instrs.size(); k++)
    if (code.instrs[k].op == Op::ReturnGenerator) return static_cast<int32_t>(k) + 1;
  return 0;
}

}  // namespace

Translator::Translator(const bytecode::Code& code, const std::vector<int32_t>& more_entries, const Asserted& asserted)
    : code_(code),
      more_entries_(more_entries),
      asserted_(asserted),
      bound_(find_bound(code)),
      start_(first_native(code)),
      block_of_(code.instrs.size() + 1, -1),
      state_of_(code.at.size(), -1) {
  f_.name = code.input.qualname.empty() ? code.input.name : code.input.qualname;
  f_.nslots = code.input.nslots;
  f_.class_cell = code.input.class_cell;
  f_.stacksize = code.input.stacksize;
}

std::variant<hir::Function, Refusal> Translator::run() {
  number_blocks();
  mark_entries();
  translate_regions();
  start_function();
  const int32_t count = static_cast<int32_t>(code_.instrs.size());
  for (position_ = start_; position_ < count && refusal_.reason.empty(); position_ = next_) {
    next_ = position_ + 1;
    if (code_.depth[position_] < 0) continue;
    if (block_of_[position_] >= 0) start_block(position_);
    step();
  }
  if (!refusal_.reason.empty()) return refusal_;
  return std::move(f_);
}

// A block begins at the start, at jump targets, at handlers, after conditional jumps and where suspended frames go on.
void Translator::number_blocks() {
  const size_t count = code_.instrs.size(), start = static_cast<size_t>(start_);
  std::vector<bool> begins(count + 1);
  begins[start] = true;
  bool start_is_target = false;
  for (int32_t unit : more_entries_)
    if (is_entry(unit)) begins[code_.at[unit]] = true, start_is_target |= code_.at[unit] == start_;
  auto target = [&](int32_t unit) {
    begins[code_.at[unit]] = true;
    start_is_target |= code_.at[unit] == start_;
  };
  for (size_t k = start; k < count; k++) {
    if (code_.depth[k] < 0) continue;
    if (is_jump(code_.instrs[k])) target(code_.instrs[k].target);
    if (ends_block(code_.instrs[k])) begins[k + 1] = true;
    if (code_.instrs[k].op == Op::YieldFrom) begins[k] = true;
  }
  for (const bytecode::Region& r : code_.regions)
    if (r.target >= 0) target(r.target);
  // The function start has no predecessors, so a loop or an entry that begins there gets a block of its own.
  if (start_is_target) new_block(code_.instrs[start].index, code_.depth[start]);
  for (size_t k = start; k < count; k++)
    if (begins[k] && code_.depth[k] >= 0) block_of_[k] = new_block(code_.instrs[k].index, code_.depth[k]);
}

// Nothing but an instruction of the interpreter's own that native code reaches can be one.
bool Translator::is_entry(int32_t unit) const {
  if (unit < 0 || unit >= static_cast<int32_t>(code_.at.size())) return false;
  const int32_t k = code_.at[unit];
  return k >= start_ && code_.depth[k] >= 0 && code_.instrs[k].boundary;
}

void Translator::mark_entries() {
  std::vector<bool> head(code_.instrs.size());
  for (size_t k = static_cast<size_t>(start_); k < head.size(); k++) {
    const Instr& i = code_.instrs[k];
    if (code_.depth[k] >= 0 && is_jump(i) && i.target <= i.index) head[code_.at[i.target]] = true;
  }
  for (int32_t unit : more_entries_)
    if (is_entry(unit)) head[code_.at[unit]] = true;
  f_.blocks[0].entry = 0;
  for (size_t k = 0; k < head.size(); k++)
    if (head[k]) f_.blocks[block_of_[k]].entry = f_.nentries++;
}

void Translator::translate_regions() {
  for (const bytecode::Region& r : code_.regions) {
    hir::Region out;
    out.kind = static_cast<uint8_t>(r.kind);
    out.target_pc = r.target;
    out.depth = r.depth;
    out.push_lasti = r.push_lasti;
    out.parent = r.parent;
    if (r.target >= 0) out.block = block_at(r.target);
    if (out.block >= 0) f_.blocks[out.block].handler = true;
    f_.regions.push_back(out);
  }
}

// 3.10 polls on entry without an instruction that says so. Arguments are checked before, or in the block of the first
// instruction, if others come to that, too: they may have left from there.
void Translator::start_function() {
  bool resumes = false;
  for (const Instr& i : code_.instrs) resumes |= i.op == Op::Resume && i.arg == 0;
  pc_ = code_.instrs[static_cast<size_t>(start_)].index;
  current_ = 0;
  const int first = block_of_[static_cast<size_t>(start_)];
  checks_in_first_ = !resumes && first != 0;
  if (!resumes && first == 0) check_arguments();
  if (!resumes) poll_at(start_, 0);
  if (first != 0) end_block(hir::Op::Jump, {}, first);
}

void Translator::start_block(int32_t position) {
  current_ = block_of_[position];
  const hir::Block& b = f_.blocks[current_];
  stack_.assign(b.depth, {Entry::InSlot, 0, true});
  pc_ = -1;
  if (b.entry >= 1) state_at_head(position);
}

void Translator::step() {
  const Instr& i = code_.instrs[position_];
  if (i.index != pc_) {
    flush_pc_ = pc_ >= 0 ? pc_ : i.index;
    pc_ = i.index;
    first_ = position_;
    before_ = stack_;
  }
  if (position_ == start_ && checks_in_first_) check_arguments();
  handler_of(i.op)(*this, i);
  if (asserted_.numbers != JJ_ASSERTS_NOTHING) note_result(i);
  if (!is_open() || !refusal_.reason.empty() || block_of_[next_] < 0) return;
  flush_pc_ = pc_;
  flush();
  end_block(hir::Op::Jump, {}, next_block());
}

std::variant<hir::Function, Refusal> translate(const bytecode::Code& code, const std::vector<int32_t>& more_entries,
                                               const Asserted& asserted) {
  if (code.instrs.empty()) return Refusal{"no instructions", -1};
  return Translator(code, more_entries, asserted).run();
}

}  // namespace jj::translate
