// The pass `unbox`, one block: follows the contents of the slots and rewrites what works on numbers.
#include "passes/unboxer.h"
#include "passes/inliner.h"
#include "passes/passes.h"

#include <algorithm>

#include "hir/verify_operands.h"

namespace jj::passes {

using hir::Effects;
using hir::Instr;
using hir::Op;
using hir::ValueId;

Unboxer::Unboxer(const hir::Function& in, hir::Function& out, const Liveness& live, const Escapes& escapes)
    : in_(in), out_(out), live_(live), escapes_(escapes), values_(static_cast<size_t>(in.nvalues)) {
  for (size_t k = 0; k < in.states.size(); k++)
    if (const hir::FrameState& s = in.states[k]; s.exit == JJ_EXIT_NONE)
      state_at_[s.inlined < 0 ? s.pc : s.site] = static_cast<int32_t>(k);
  for (const hir::Block& b : in.blocks)
    if (b.raised >= 0) caught_.insert(b.raised);
  uint32_t seen = 0;
  for (const hir::ExitSeen& e : in.facts.exits)
    seen += e.kind == JJ_EXIT_LOCALS || (e.kind == JJ_EXIT_RAISED && !caught_.count(e.pc)) ? e.count : 0;
  shown_ = seen >= kManyExits;
  for (const hir::Block& b : in.blocks)
    for (const Instr& i : b.instrs) {
      const TypeSet made = i.op == Op::Call && i.site < 0 ? likely_at(i.pc) : 0;
      other_ranges_ |= (made & bit(JJ_TYPE_RANGE) && i.imm[1] == 3) || made & bit(JJ_TYPE_RANGE_ITERATOR);
    }
}

// -- blocks and edges

void Unboxer::start_block(int32_t block, Contents contents, bool check_locals) {
  block_ = block;
  contents_ = std::move(contents);
  check_locals_ = check_locals;
  pc_ = here_ = -1;
  chain_ = {};
  exits_ok_ = false;
  leaving[0].clear();
  leaving[1].clear();
  versions_.clear();
  if (static_cast<size_t>(block) < in_.blocks.size()) meet_instances(block);
}

// `continued`: of the instruction of which an earlier block has done a part.
void Unboxer::run_block(const hir::Block& block, const Instr* continued) {
  pc_ = continued ? continued->pc : -1;
  site_ = continued ? continued->site : -1;
  here_ = site_ >= 0 ? site_ : pc_;
  source_ = &block;
  raised_ = -1;
  if (block.raised >= 0) begin_raised(block.raised);
  for (position_ = take_items(block); position_ < block.instrs.size(); position_++) {
    const Instr& i = block.instrs[position_];
    if (i.pc >= 0 && (i.site >= 0 ? i.site : i.pc) != here_ && !in_chain() && raised_ < 0) begin_instruction(i);
    exits_ok_ = raised_ >= 0 ? !committed_ : exits_ok_ || in_chain();
    rewrite(i);
    if (in_chain() && position_ >= chain_.end) end_chain(i);
  }
  raised_ = -1;
  filled_at_end_[block.id] = filled_;
}

void Unboxer::begin_instruction(const Instr& i) {
  pc_ = i.pc;
  here_ = i.site >= 0 ? i.site : i.pc;
  const auto state = state_at_.find(here_);
  template_ = state == state_at_.end() ? -1 : state->second;
  if (!has_frame()) template_ = some_state();
  exits_ok_ = template_ >= 0 && in_.states[template_].resume >= 0;
  remember();
  if (!check_locals_ || !exits_ok_) return;
  check_locals_ = false;
  if (!has_exited(pc_) && !shown_) {
    emit_exit(Op::GuardLocals, JJ_EXIT_LOCALS);
    return;
  }
  forget_locals(contents_, in_.nslots);
  remember();
}

// Exits leave with the contents of now.
void Unboxer::remember() {
  before_ = contents_;
  exits_.clear();
}

void Unboxer::start_edge(int32_t block, Contents contents, int32_t pc, int32_t state, bool check_locals) {
  start_block(block, std::move(contents), check_locals);
  left_ = false;
  template_ = state;
  pc_ = pc;
  exits_ok_ = state >= 0;
  remember();
  if (!check_locals) return;
  if (exits_ok_ && !shown_)
    emit_exit(Op::GuardLocals, JJ_EXIT_LOCALS);
  else
    forget_locals(contents_, in_.nslots);
}

// An object of the type that is expected in a loop.
void Unboxer::expect(int32_t place, const Content& wanted) {
  Content& now = contents_[place];
  if (now.state != Content::Clean || wanted.kind != Kind::None) return;
  if (wanted.type != now.type && wanted.type != kUnknownType) {
    const bool local = place < in_.nslots;
    const ValueId object = emit(local ? Op::LoadLocal : Op::LoadStack, {local ? place : place - in_.nslots});
    emit_exit(Op::GuardBound, JJ_EXIT_UNBOUND, {}, {object});  // on the stack: a saved local that had no value
    emit_exit(Op::GuardType, JJ_EXIT_TYPE, {wanted.type}, {object});
    now.type = wanted.type;
  }
  if (wanted.version && wanted.version != now.version) {
    Value v = read(place, false);
    emit_exit(Op::GuardBound, JJ_EXIT_UNBOUND, {}, {v.id});
    guard_classes(v, wanted.version);
  }
  if (wanted.inert && !now.inert) {
    emit_exit(Op::GuardInert, JJ_EXIT_TYPE, {place});
    now.inert = true;
  }
}

void Unboxer::bring(int32_t place, const Content& wanted, std::array<ValueId, 4>& operands) {
  operands = {-1, -1, -1, -1};
  if (wanted.state == Content::Lazy) {
    const Content& now = contents_[place];
    operands[0] = now.value[0];
    if (wanted.merged) operands[2] = now.source_kind == Content::Const ? emit(Op::LoadConst, {now.source}) : now.source;
    return;
  }
  expect(place, wanted);
  if (wanted.state == Content::Clean && contents_[place].state != Content::Clean) {
    sync(place);
    if (contents_[place].kind == Kind::Range) contents_[place] = Content{};
    remember();
  }
  if (wanted.headed) {
    const bool local = place < in_.nslots;
    Content& now = contents_[place];
    if (!now.headed)
      load_header(now, emit(local ? Op::LoadLocal : Op::LoadStack, {local ? place : place - in_.nslots}));
    std::copy(now.header.begin(), now.header.end(), operands.begin());
  }
  if (wanted.kind == Kind::None) return;
  if (wanted.kind == Kind::Range) {
    if (contents_[place].kind != Kind::Range) take_range(place);
    if (wanted.unit && !contents_[place].unit) take_unit_range(place);
    for (int n = 0; n < 3; n++) operands[n] = contents_[place].value[n];
    return;
  }
  const Content& now = contents_[place];
  const bool needs_value = wanted.state != Content::Maybe || wanted.valid;
  operands[0] = needs_value || now.kind == wanted.kind ? value_on_edge(place, wanted.kind) : zero(wanted.kind);
  if (wanted.state == Content::Maybe) {
    if (now.state == Content::Clean && !now.inert) {
      emit_exit(Op::GuardInert, JJ_EXIT_TYPE, {place});
      contents_[place].inert = true;
    }
    operands[3] = now.state == Content::Maybe ? now.condition : emit(Op::CondConst, {now.state == Content::Behind});
  }
}

ValueId Unboxer::value_on_edge(int32_t place, Kind kind) {
  const Content& now = contents_[place];
  if (now.kind == kind) return now.value[0];
  if (kind == Kind::Uint && (now.kind == Kind::Int || now.constant >= 0)) return uint_on_edge(now);
  const bool same_type = now.type == type_of_kind(kind) || (kind == Kind::Uint && now.type == JJ_TYPE_INT);
  const bool hopeless = now.kind != Kind::None || (now.type != kUnknownType && !same_type);
  if (hopeless) {
    emit_exit(Op::Leave, JJ_EXIT_COLD);
    left_ = true;
    return zero(kind);
  }
  Value v;
  v.form = Value::Object;
  v.known = now;
  v.place = place;
  if (now.constant < 0) {
    const bool local = place < in_.nslots;
    v.id = emit(local ? Op::LoadLocal : Op::LoadStack, {local ? place : place - in_.nslots});
    if (now.type == kUnknownType) emit_exit(Op::GuardBound, JJ_EXIT_UNBOUND, {}, {v.id});
  }
  return number(v, kind);
}

// The iterator in a stack entry gives its state to registers.
void Unboxer::take_range(int32_t place) {
  const int32_t d = place - in_.nslots;
  emit_exit(Op::GuardRange, JJ_EXIT_TYPE, {d});
  Content& c = contents_[place];
  c = behind(Kind::Range, emit(Op::RangeCurrent, {d}));
  c.inert = false;
  c.value[1] = emit(Op::RangeLeft, {d});
  c.value[2] = emit(Op::RangeStep, {d});
}

void Unboxer::take_unit_range(int32_t place) {
  Content& c = contents_[place];
  emit_exit(Op::GuardUnitRange, JJ_EXIT_RANGE, {}, {c.value[0], c.value[1], c.value[2]});
  c.value = {emit(Op::IntKnown, {0, INT32_MAX}, {c.value[0]}), emit(Op::IntKnown, {0, INT32_MAX}, {c.value[1]}),
             int_const(1)};
  c.unit = true;
}

// -- operations

ValueId Unboxer::emit(Op op, std::initializer_list<int32_t> imm, std::initializer_list<ValueId> args) {
  if (!has_frame()) need_no_frame(op, imm.size() ? *imm.begin() : 0);
  Instr i{};
  i.op = op;
  i.pc = pc_;
  std::copy(imm.begin(), imm.end(), i.imm.begin());
  std::copy(args.begin(), args.end(), i.args.begin());
  if (hir::info(op).result != hir::Result::None) i.id = out_.nvalues++;
  if (raised_ >= 0) commit(op);
  if (!has_frame() && makes_number(op)) new_numbers_.insert(i.id);
  out_.blocks[block_].instrs.push_back(i);
  return i.id;
}

ValueId Unboxer::emit_exit(Op op, JJExitKind kind, std::initializer_list<int32_t> imm,
                           std::initializer_list<ValueId> args) {
  if (raised_ >= 0 && committed_) refuse_inlining();
  const ValueId id = emit(op, imm, args);
  Instr& i = out_.blocks[block_].instrs.back();
  i.state = exit_state(kind);
  i.pc = out_.states[i.state].pc;
  return id;
}

uint32_t Unboxer::exits_at(int32_t pc, JJExitKind reason, bool only) const {
  uint32_t count = 0;
  for (const hir::ExitSeen& e : in_.facts.exits)
    if (e.pc == pc && hir::is_doubt(e) && (e.kind == reason) == only &&
        !(e.kind == JJ_EXIT_RAISED && caught_.count(pc)))
      count += e.count;
  return count;
}

bool Unboxer::has_exited(int32_t pc, JJExitKind reason, bool only) const {
  return exits_at(pc, reason, only) >= kManyExits;
}

bool Unboxer::may_be_unit(int32_t head) const {
  return !other_ranges_ && !has_exited(head, JJ_EXIT_RANGE, /*only=*/true);
}

bool Unboxer::may_exit() const { return exits_ok_ && (in_chain() || !has_exited(pc_)); }

TypeSet Unboxer::likely_at(int32_t pc) const {
  if (site_ >= 0) pc = site_;
  for (const hir::SiteTypes& site : in_.facts.sites)
    if (site.pc == pc) return bits_of(site.seen);
  return 0;
}

}  // namespace jj::passes
