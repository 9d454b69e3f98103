// The pass `unbox`: loops over lists, tuples and dicts, `reversed`, `enumerate` and `zip`.
//
// The iterators stay in memory and are always right there, so that leaving has nothing to rebuild. What they give is
// taken where the loop's body begins: numbers come without a reference where nobody could tell them from other objects,
// and the tuples of zip, enumerate and dict.items() are never made if the body unpacks them at once.
#include "hir/stack_helpers.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Block;
using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

bool is_dict(uint32_t shape) { return (shape & 15) >= JJ_ITER_DICT_KEYS; }
// What it gives are tuples.
bool is_joined(uint32_t shape) {
  return (shape & 15) == JJ_ITER_DICT_ITEMS || ((shape & 15) >= JJ_ITER_ENUMERATE && !is_dict(shape));
}

// How many items come at a time.
int32_t width_of(uint32_t shape) {
  const uint32_t node = shape & 15;
  if (is_dict(shape)) return node == JJ_ITER_DICT_ITEMS ? 2 : 1;
  return node >= JJ_ITER_ZIP2 ? static_cast<int32_t>(node - JJ_ITER_ZIP2 + 2) : node == JJ_ITER_ENUMERATE ? 2 : 1;
}

int count_predecessors(const hir::Function& f, int32_t id) {
  int count = 0;
  for (const Block& b : f.blocks)
    for (const int32_t succ : b.succ) count += succ == id;
  return count;
}

}  // namespace

// Whether a fast local that is never written has the iterator, too, which is one for as long as the function runs (the first
// argument of a generator expression).
bool Unboxer::is_kept_in_local(int32_t d) const {
  int loops = 0;
  bool suspends = false;
  std::vector<bool> written(static_cast<size_t>(in_.nslots));
  std::vector<int32_t> loaded(static_cast<size_t>(in_.nvalues), -1);
  int32_t local = -1;
  for (const Block& b : in_.blocks)
    for (const Instr& i : b.instrs) {
      loops += i.op == Op::IterNext && i.imm[0] == d;
      suspends = suspends || i.op == Op::Suspend;
      if (i.op == Op::StoreLocal || i.op == Op::TakeLocal) written[static_cast<size_t>(i.imm[0])] = true;
      if (i.op == Op::LoadLocal) loaded[static_cast<size_t>(i.id)] = i.imm[0];
      if (i.op == Op::Retain) loaded[static_cast<size_t>(i.id)] = loaded[static_cast<size_t>(i.args[0])];
      const bool stored = i.op == Op::StoreStack && i.imm[0] == d && loaded[static_cast<size_t>(i.args[0])] >= 0;
      if (stored && b.succ[0] >= 0 && in_.blocks[static_cast<size_t>(b.succ[0])].entry >= 1)
        local = loaded[static_cast<size_t>(i.args[0])];
    }
  return suspends && loops == 1 && local >= 0 && !written[static_cast<size_t>(local)];
}

// What the iterator in a stack entry has always been, at the loop head of the current instruction.
uint32_t Unboxer::shape_at(int32_t place) const {
  const TypeSet likely = contents_[place].likely;
  if (likely == bit(JJ_TYPE_LIST_ITERATOR)) return JJ_ITER_LIST;
  if (likely == bit(JJ_TYPE_TUPLE_ITERATOR)) return JJ_ITER_TUPLE;
  if (likely == bit(JJ_TYPE_RANGE_ITERATOR) && is_kept_in_local(place - in_.nslots)) return JJ_ITER_RANGE;
  if (likely != bit(JJ_TYPE_ITERATOR)) return JJ_ITER_NONE;
  const int32_t head = in_.states[template_].resume;
  uint32_t shape = JJ_ITER_NONE;
  for (const hir::SlotTypes& t : in_.facts.slots) {
    if (t.slot != place || t.pc != head) continue;
    for (const JJSeen& seen : t.seen.types) {
      if (seen.kind != JJ_TYPE_ITERATOR || (shape && shape != seen.id)) return JJ_ITER_NONE;
      shape = seen.id;
    }
  }
  return shape;
}

// Whether nothing but the loop leads to its body, which begins with unpacking what is a tuple.
bool Unboxer::begins_with(int32_t d, uint32_t shape) const {
  static const int helper = hir::stack_helper_named("jj_op_unpack_sequence");
  const Block& body = in_.blocks[in_.blocks[block_].succ[0]];
  if (body.entry >= 0 || body.handler || body.resume || body.inlined != source_->inlined) return false;
  if (body.depth != d + 1 || count_predecessors(in_, body.id) != 1) return false;
  if (!is_joined(shape)) return true;
  const Instr& first = body.instrs[0];
  return first.op == Op::StackOp && first.imm[0] == helper && first.imm[1] == d + 1 && first.imm[2] == width_of(shape);
}

// The parts of an iterator; `has`: makes sure that it is of this shape, and finds out whether it has items.
std::vector<Part> Unboxer::parts_of(uint32_t shape, int32_t d, ValueId iterator, ValueId* has) {
  std::vector<Part> parts;
  const int32_t kept = is_kept_in_local(d);
  const uint32_t node = shape & 15;
  const auto kind = static_cast<int32_t>(node);
  if (!is_joined(shape)) {
    parts.push_back({node, iterator});
  } else {
    if (has) emit_exit(Op::IterParts, JJ_EXIT_TYPE, {kind, 1 + kept}, {iterator});
    if (node == JJ_ITER_ENUMERATE) parts.push_back({node, iterator});
    const int32_t count = width_of(shape) - (node == JJ_ITER_ENUMERATE);
    for (int32_t k = 0; k < count; k++)
      parts.push_back({shape >> (4 * (k + 1)) & 15, emit(Op::IterPart, {kind, k}, {iterator})});
  }
  if (!has) return parts;
  *has = -1;
  for (const Part& part : parts) {
    if (part.node == JJ_ITER_ENUMERATE) continue;
    const ValueId one = emit_exit(Op::IterHas, JJ_EXIT_TYPE,
                                  {static_cast<int32_t>(part.node), is_joined(shape) ? 1 + kept : 0}, {part.iterator});
    *has = *has < 0 ? one : emit(Op::CondAnd, {}, {*has, one});
  }
  return parts;
}

bool Unboxer::step_iterator(const Instr& i) {
  const int32_t place = in_.nslots + i.imm[0];
  if (!has_frame() || is_virtual(place) || contents_[place].state != Content::Clean || !may_exit()) return false;
  const uint32_t shape = shape_at(place);
  const Instr* next = ahead(1, Op::BranchNext, i.id);
  if (shape == JJ_ITER_NONE || !next || next->imm[0] != i.imm[0] + 1 || !begins_with(next->imm[0], shape)) return false;
  Value& v = values_[i.id];
  v = {};
  v.form = Value::Step;
  v.place = place;
  if (is_dict(shape)) {
    v.advanced[0] =
        emit_exit(Op::DictEntry, JJ_EXIT_TYPE, {static_cast<int32_t>(shape)}, {emit(Op::LoadStack, {i.imm[0]})});
    v.id = emit(Op::IntTruth, {}, {v.advanced[0]});
    return true;
  }
  parts_of(shape, i.imm[0], emit(Op::LoadStack, {i.imm[0]}), &v.id);
  return true;
}

TypeSet Unboxer::likely_result(int32_t pc, int32_t number) const {
  return site_ >= 0 ? 0 : likely_at(pc + (number + 1) * JJ_SITE_RESULT);
}

// Which of the block's operations puts a stack entry in a fast local first, or -1.
static int32_t store_of(const Block& block, int32_t d) {
  ValueId taken = -1;
  for (size_t k = 0; k < block.instrs.size(); k++) {
    const Instr& i = block.instrs[k];
    if (taken < 0 && i.op == Op::TakeStack && i.imm[0] == d) taken = i.id;
    if (taken >= 0 && i.op == Op::StoreLocal && i.args[0] == taken) return static_cast<int32_t>(k);
  }
  return -1;
}

// Makes a register of a number that goes to a local whose object nobody will look at.
bool Unboxer::take_number(Value& v, const Block& block, int32_t d) {
  const Kind kind = kind_of(v);
  const int32_t store = kind == Kind::None || kind == Kind::Bool ? -1 : store_of(block, d);
  if (store < 0) return false;
  const int32_t local = block.instrs[static_cast<size_t>(store)].imm[0];
  if (escapes_.behind(block, static_cast<size_t>(store), local) || !contents_[local].inert) return false;
  const ValueId id = number(v, kind);
  v = {};
  v.form = Value::Number;
  v.id = id;
  v.known = behind(kind, id);
  return true;
}

// At the beginning of a loop's body: takes the item that the loop head has seen to be there. All that may leave comes
// before the iterators move on. Answers how many operations of the block are done thereby.
size_t Unboxer::take_items(const Block& block) {
  if (block.depth == 0) return 0;
  const int32_t place = in_.nslots + block.depth - 1;
  if (contents_[place].state != Content::Lazy || contents_[place].source_kind != Content::Step) return 0;
  const int32_t iterator = contents_[place].source;
  const ValueId entry = contents_[place].value[0];
  contents_[place] = {};
  template_ = state_at_.at(here_);
  exits_ok_ = true;
  remember();
  const uint32_t shape = shape_at(iterator);
  const ValueId object = emit(Op::LoadStack, {iterator - in_.nslots});
  std::vector<Part> parts;  // of a dict's iterator: none
  if (!is_dict(shape)) parts = parts_of(shape, iterator - in_.nslots, object, nullptr);
  const bool joined = is_joined(shape);
  const int32_t width = width_of(shape), d = block.depth - 1;
  std::vector<Value> items;
  for (int32_t k = 0; k < width; k++) {
    const Part part = parts.empty() ? Part{shape, object} : parts[static_cast<size_t>(k)];
    const bool counts = part.node == JJ_ITER_ENUMERATE || part.node == JJ_ITER_RANGE;
    Value v;
    if (parts.empty())
      v.id = emit(Op::EntryItem, {shape == JJ_ITER_DICT_VALUES || k == 1}, {entry});
    else
      v.id = emit(counts ? Op::IterNumber : Op::IterItem, {static_cast<int32_t>(part.node)}, {part.iterator});
    v.form = counts ? Value::Number : Value::Object;
    if (counts) {
      v.known = behind(Kind::Int, v.id);
    } else {
      v.source_kind = Content::Object;
      v.source = v.id;
      v.known.likely = joined ? likely_result(block.instrs[0].pc, k) : likely_at(pc_);
      take_number(v, block, d + width - 1 - k);
    }
    items.push_back(v);
  }
  if (parts.empty()) parts.push_back({shape, object});
  for (const Part& part : parts) emit(Op::IterStep, {static_cast<int32_t>(part.node)}, {part.iterator});
  for (int32_t k = 0; k < width; k++) put(place + width - 1 - k, items[static_cast<size_t>(k)]);
  exits_ok_ = false;
  return joined ? 1 : 0;
}

}  // namespace jj::passes
