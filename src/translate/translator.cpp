// The parts of a translation that handlers use: operations, the operand stack, frame states, branches.
#include "translate/translator.h"

#include <algorithm>

#include "hir/stack_helpers.h"

namespace jj::translate {

using bytecode::Instr;
using hir::Op;
using hir::ValueId;

constexpr int kGenerator = 0x20;  // co_flags

// -- operations

void Translator::append(hir::Instr instr) { f_.blocks[current_].instrs.push_back(instr); }

ValueId Translator::emit(Op op, std::initializer_list<int32_t> imm, std::initializer_list<ValueId> args) {
  hir::Instr i{};
  i.op = op;
  i.pc = pc_;
  std::copy(imm.begin(), imm.end(), i.imm.begin());
  std::copy(args.begin(), args.end(), i.args.begin());
  const bool leaves = op == Op::Suspend || (op == Op::Return && code_.input.flags & kGenerator);
  if (hir::info(op).effects == hir::Effects::Raises || leaves) i.state = state_here();
  if (hir::info(op).result != hir::Result::None) i.id = f_.nvalues++;
  append(i);
  return i.id;
}

void Translator::end_block(Op op, std::initializer_list<ValueId> args, int first, int second, int32_t imm) {
  emit(op, {imm}, args);
  f_.blocks[current_].succ = {first, second};
  current_ = -1;
}

int32_t Translator::new_cache(int kind, int32_t name) {
  f_.caches.push_back({static_cast<uint8_t>(kind), name, pc_});
  return static_cast<int32_t>(f_.caches.size()) - 1;
}

// -- the operand stack

void Translator::push_owned(ValueId value, bool maybe_null) {
  emit(Op::StoreStack, {depth()}, {value});
  push({Entry::InSlot, 0, maybe_null});
}

void Translator::push_stored(int32_t count, bool maybe_null) {
  stack_.resize(stack_.size() + count, {Entry::InSlot, 0, maybe_null});
}

Operand Translator::pop() {
  const Entry entry = stack_.back();
  stack_.pop_back();
  switch (entry.kind) {
    case Entry::InSlot: return {emit(Op::TakeStack, {depth()}), true, entry.maybe_null};
    case Entry::Local: return {emit(Op::LoadLocal, {entry.value}), false, false};
    case Entry::Const: return {emit(Op::LoadConst, {entry.value}), false, false};
    default: return {emit(Op::LoadNull), false, true};
  }
}

ValueId Translator::pop_owned() {
  Operand operand = pop();
  if (operand.owned || operand.maybe_null) return operand.id;
  return emit(Op::Retain, {}, {operand.id});
}

void Translator::release(Operand operand) {
  if (operand.owned) emit(operand.maybe_null ? Op::ReleaseOrNull : Op::Release, {}, {operand.id});
}

void Translator::materialise(int32_t k) {
  Entry& entry = stack_[k];
  if (entry.kind == Entry::InSlot) return;
  const int32_t pc = pc_;
  pc_ = flush_pc_;
  ValueId value = -1;
  switch (entry.kind) {
    case Entry::Local: value = emit(Op::Retain, {}, {emit(Op::LoadLocal, {entry.value})}); break;
    case Entry::Const: value = emit(Op::Retain, {}, {emit(Op::LoadConst, {entry.value})}); break;
    default: value = emit(Op::LoadNull);
  }
  emit(Op::StoreStack, {k}, {value});
  pc_ = pc;
  entry = {Entry::InSlot, 0, entry.kind == Entry::Null};
  if (k >= static_cast<int32_t>(before_.size()) || before_[k].kind == Entry::InSlot) return;
  before_[k] = entry;
  if (flush_pc_ < pc_ && state_of_[pc_] >= 0) refuse("a fused instruction flushes the stack after it could raise");
}

void Translator::flush(int keep) {
  for (int32_t k = 0; k < depth() - keep; k++) materialise(k);
}

void Translator::flush_local(int32_t slot, int keep) {
  for (int32_t k = 0; k < depth() - keep; k++)
    if (stack_[k].kind == Entry::Local && stack_[k].value == slot) materialise(k);
}

void Translator::rearrange(const std::vector<int32_t>& sources) {
  const int32_t base = depth() - static_cast<int32_t>(sources.size());
  const std::vector<Entry> old(stack_.begin() + base, stack_.end());
  std::vector<ValueId> taken(sources.size(), -1);
  for (size_t k = 0; k < sources.size(); k++)
    if (sources[k] != static_cast<int32_t>(k) && old[sources[k]].kind == Entry::InSlot)
      taken[k] = emit(Op::TakeStack, {base + sources[k]});
  for (size_t k = 0; k < sources.size(); k++) {
    stack_[base + k] = old[sources[k]];
    if (taken[k] >= 0) emit(Op::StoreStack, {base + static_cast<int32_t>(k)}, {taken[k]});
  }
}

// -- frame states

int32_t pops_on_error(const Instr& i) {
  switch (i.op) {
    case bytecode::Op::JumpIfTrueOrPop:
    case bytecode::Op::JumpIfFalseOrPop: return 0;
    case bytecode::Op::YieldFrom:
    case bytecode::Op::CleanupThrow: return 1;                  // the receiver stays
    case bytecode::Op::EndAsyncFor: return i.arg == 0 ? 1 : 3;  // the exception
    default: return bytecode::op_pops(i);
  }
}

int32_t Translator::find_or_add_state(hir::FrameState state) {
  int32_t& known = state_of_[state.pc];
  if (known < 0) {
    known = static_cast<int32_t>(f_.states.size());
    f_.states.push_back(std::move(state));
  }
  return known;
}

int32_t Translator::state_here(int32_t pops) {
  if (state_of_[pc_] >= 0) return state_of_[pc_];
  const Instr& first = code_.instrs[first_];
  hir::FrameState s;
  s.pc = pc_;
  s.resume = first.boundary ? first.start : -1;
  s.depth = code_.depth[first_];
  s.error_depth = std::min(s.depth, code_.depth[position_] - pops);
  s.region = code_.region_of[first_];
  for (int32_t k = 0; k < static_cast<int32_t>(before_.size()); k++) {
    const Entry& e = before_[k];
    if (e.kind == Entry::InSlot) continue;
    const auto kind = e.kind == Entry::Local   ? hir::Deferred::Local
                      : e.kind == Entry::Const ? hir::Deferred::Const
                                               : hir::Deferred::Null;
    s.deferred.push_back({kind, k, e.value});
  }
  return find_or_add_state(std::move(s));
}

// The state of an instruction that begins a block, where nothing is deferred.
int32_t Translator::state_at_head(int32_t position) {
  const Instr& i = code_.instrs[position];
  hir::FrameState s;
  s.pc = i.index;
  s.resume = i.boundary ? i.start : -1;
  s.depth = code_.depth[position];
  s.error_depth = s.depth - pops_on_error(i);
  s.region = code_.region_of[position];
  return find_or_add_state(std::move(s));
}

// -- control

const Instr* Translator::following(int n) const {
  const size_t k = static_cast<size_t>(position_ + n);
  if (k >= code_.instrs.size() || block_of_[k] >= 0 || code_.depth[k] < 0) return nullptr;
  return code_.region_of[k] == code_.region_of[position_] ? &code_.instrs[k] : nullptr;
}

int Translator::new_block(int32_t pc, int32_t depth) {
  hir::Block b;
  b.id = static_cast<int32_t>(f_.blocks.size());
  b.pc = pc;
  b.depth = depth;
  f_.blocks.push_back(std::move(b));
  return static_cast<int>(f_.blocks.size()) - 1;
}

// Entries that are still deferred are made real by the edge itself, if at all.
int Translator::new_edge() {
  int32_t real = depth();
  while (real > 0 && stack_[real - 1].kind != Entry::InSlot) real--;
  return new_block(pc_, real);
}

// The interpreter polls after a backward conditional jump, with the jump done: the state is that of the target.
int Translator::polled(const Instr& jump, int target) {
  if (jump.arg != 1 || jump.target > jump.index) return target;
  return edge_block(target, [&] { poll_at(code_.at[jump.target], 1); });
}

// A poll with the state of an instruction that begins a block.
void Translator::poll_at(int32_t position, int32_t kind) {
  hir::Instr i{};
  i.op = Op::Poll;
  i.imm[0] = kind;
  i.state = state_at_head(position);
  i.pc = code_.instrs[position].index;
  append(i);
}

void Translator::branch(ValueId cond, bool taken_when, const Instr& jump) {
  const int taken = polled(jump, block_at(jump.target));
  const int next = next_block();
  end_block(Op::Branch, {cond}, taken_when ? taken : next, taken_when ? next : taken);
}

// 3.10 has no instruction for it, but polls before whatever a frame goes on with; these it finds more important.
static bool polls_before(const Instr& i) {
  using bytecode::Op;
  return i.op != Op::SetupFinally && i.op != Op::SetupWith && i.op != Op::BeforeAsyncWith && i.op != Op::YieldFrom;
}

void Translator::suspend(ValueId value, bool delegating, bool behind) {
  const int32_t next = behind ? position_ + 1 : position_;
  const Instr& after = code_.instrs[next];
  if (after.op == bytecode::Op::Resume) delegating = after.arg >= 2;  // 3.11 and later
  emit(Op::Suspend, {depth(), delegating, code_.instrs[next].start}, {value});
  current_ = new_block(code_.instrs[next].index, code_.depth[next]);
  f_.blocks[current_].entry = f_.nentries++;
  f_.blocks[current_].resume = true;
  state_at_head(next);
  if (code_.input.python == 310 && polls_before(code_.instrs[next])) poll_at(next, 0);
  end_block(Op::Jump, {}, block_of_[next]);
}

void Translator::refuse(std::string reason) {
  if (refusal_.reason.empty()) refusal_ = {std::move(reason), pc_};
}

}  // namespace jj::translate
