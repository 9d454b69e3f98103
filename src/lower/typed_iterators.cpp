// LOWER rows of iterators that stay in memory: those of lists, tuples and ranges, alone or in zip and enumerate objects, and
// those of dicts.
#include "lower/join.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

Value* load64(Emitter& e, Value* base, int64_t offset) { return e.load64(base, offset, Memory::Iterator); }

Data type_data(int node) {
  switch (node) {
    case JJ_ITER_LIST: return Data::jj_type_list_iterator;
    case JJ_ITER_TUPLE: return Data::jj_type_tuple_iterator;
    case JJ_ITER_RANGE: return Data::jj_type_range_iterator;
    case JJ_ITER_LIST_REVERSED: return Data::jj_type_list_reverse_iterator;
    case JJ_ITER_ENUMERATE: return Data::jj_type_enumerate;
    case JJ_ITER_DICT_KEYS: return Data::jj_type_dict_key_iterator;
    case JJ_ITER_DICT_VALUES: return Data::jj_type_dict_value_iterator;
    case JJ_ITER_DICT_ITEMS: return Data::jj_type_dict_item_iterator;
    default: return Data::jj_type_zip;
  }
}

void exit_unless_type(Emitter& e, const Instr& i) {
  Value* type = e.class_of(e.arg(i, 0));
  e.exit_if(e.b.CreateICmpNE(type, e.data(type_data(i.imm[0]))), i);
}
Value* references(Emitter& e, const Instr& i) {
  return e.b.CreateAlignedLoad(e.b.getInt32Ty(), e.at(e.arg(i, 0), e.layout().refcnt), llvm::Align(4));
}
void exit_if_known(Emitter& e, const Instr& i, int refs) {
  e.exit_if(e.b.CreateICmpNE(references(e, i), e.int32(refs)), i);
}

bool is_tuple(const Instr& i) { return i.imm[0] == JJ_ITER_TUPLE; }
int64_t index_offset(Emitter& e, const Instr& i) {
  return is_tuple(i) ? e.layout().tuple_iter_index : e.layout().list_iter_index;
}
Value* sequence(Emitter& e, const Instr& i) {
  return e.load_ptr(e.arg(i, 0), is_tuple(i) ? e.layout().tuple_iter_tuple : e.layout().list_iter_list,
                    Memory::Iterator);
}

Value* has_item(Emitter& e, const Instr& i) {
  const JJLayout& l = e.layout();
  if (i.imm[0] == JJ_ITER_RANGE) {
    Value* left = load64(e, e.arg(i, 0), l.range_len);
    if (l.range_index >= 0) left = e.b.CreateSub(left, load64(e, e.arg(i, 0), l.range_index));
    return e.b.CreateICmpSGT(left, e.int64(0));
  }
  Value* items = sequence(e, i);
  e.exit_if(e.b.CreateIsNull(items), i);
  return e.b.CreateICmpULT(load64(e, e.arg(i, 0), index_offset(e, i)), e.load64(items, l.var_size, Memory::Length));
}

void add(Emitter& e, Value* object, int64_t offset, Value* distance) {
  e.store(e.b.CreateAdd(load64(e, object, offset), distance), object, offset, Memory::Iterator);
}

}  // namespace

LOWER(IterParts) {
  const JJLayout& l = e.layout();
  exit_unless_type(e, i);
  exit_if_known(e, i, i.imm[1]);
  if (i.imm[0] == JJ_ITER_ENUMERATE) {
    e.exit_if(e.b.CreateICmpEQ(load64(e, e.arg(i, 0), l.enumerate_index), e.int64(INT64_MAX)), i);
    return;
  }
  const int64_t length = i.imm[0] - int32_t{JJ_ITER_ZIP2} + 2;
  e.exit_if(e.b.CreateICmpNE(load64(e, e.arg(i, 0), l.zip_length), e.int64(length)), i);
  Value* strict = e.b.CreateLoad(e.b.getInt32Ty(), e.at(e.arg(i, 0), l.zip_strict));
  e.exit_if(e.b.CreateICmpNE(strict, e.int32(0)), i);
}
LOWER(IterPart) {
  const JJLayout& l = e.layout();
  if (i.imm[0] == JJ_ITER_ENUMERATE) return e.define(i, e.load_ptr(e.arg(i, 0), l.enumerate_part));
  e.define(i, e.load_ptr(e.load_ptr(e.arg(i, 0), l.zip_parts), l.tuple_items + 8 * int64_t{i.imm[1]}));
}

// An exhausted iterator forgets its list; one that nobody else knows is released right away, with the same effect.
LOWER(IterHas) {
  exit_unless_type(e, i);
  if (i.imm[1]) exit_if_known(e, i, 1);
  Value* has = has_item(e, i);
  if (i.imm[1] == 1) return e.define(i, condition(e, has));
  llvm::BasicBlock *none = e.cold_block("none"), *known = e.cold_block("known");
  Join join(e);
  join.comes_with(e.int32(1));
  e.branch_hot(has, join.block(), none);
  e.enter(none);
  if (i.imm[1] == 0) {
    join.comes_with(e.int32(0));
    e.branch_hot(e.b.CreateICmpEQ(references(e, i), e.int32(1)), join.block(), known);
  } else {
    e.b.CreateBr(known);
  }
  e.enter(known);
  e.may_leave(i);
  e.leave_if(e.b.CreateICmpEQ(e.call(Helper::jj_iter_forget, {e.arg(i, 0)}), e.int32(0)), i);
  join.arrive(e.int32(0));
  e.define(i, join.meet());
}

LOWER(DictEntry) {
  exit_unless_type(e, i);
  e.may_leave(i);
  Value* entry = e.call(Helper::jj_dict_iter_entry, {e.arg(i, 0)});
  e.leave_if(e.b.CreateICmpEQ(entry, e.int64(1)), i);
  e.define(i, entry);
}
LOWER(EntryItem) {
  Value* entry = e.b.CreateIntToPtr(e.arg(i, 0), e.b.getPtrTy());
  e.define(i, e.b.CreateLoad(e.b.getPtrTy(), e.at(entry, 8 * int64_t{i.imm[0]})));
}

LOWER(IterItem) {
  const JJLayout& l = e.layout();
  Value* items = sequence(e, i);
  Value* base = is_tuple(i) ? e.at(items, l.tuple_items) : e.load_ptr(items, l.list_items, Memory::Items);
  Value* address = e.b.CreateInBoundsGEP(e.b.getPtrTy(), base, load64(e, e.arg(i, 0), index_offset(e, i)));
  e.define(i, e.mark(e.b.CreateLoad(e.b.getPtrTy(), address), Memory::Item));
}
LOWER(IterNumber) {
  const JJLayout& l = e.layout();
  if (i.imm[0] == JJ_ITER_ENUMERATE) return e.define(i, load64(e, e.arg(i, 0), l.enumerate_index));
  Value* next = load64(e, e.arg(i, 0), l.range_next);
  if (l.range_index >= 0)
    next =
        e.b.CreateAdd(next, e.b.CreateMul(load64(e, e.arg(i, 0), l.range_index), load64(e, e.arg(i, 0), l.range_step)));
  e.define(i, next);
}
LOWER(IterStep) {
  const JJLayout& l = e.layout();
  Value* object = e.arg(i, 0);
  if (i.imm[0] == JJ_ITER_ENUMERATE) return add(e, object, l.enumerate_index, e.int64(1));
  if (i.imm[0] == JJ_ITER_LIST_REVERSED) return add(e, object, l.list_iter_index, e.int64(-1));
  if (i.imm[0] >= JJ_ITER_DICT_KEYS) {
    add(e, object, l.dict_iter_entry, e.int64(1));
    return add(e, object, l.dict_iter_left, e.int64(-1));
  }
  if (i.imm[0] != JJ_ITER_RANGE) return add(e, object, index_offset(e, i), e.int64(1));
  if (l.range_index >= 0) return add(e, object, l.range_index, e.int64(1));
  add(e, object, l.range_next, load64(e, object, l.range_step));
  add(e, object, l.range_len, e.int64(-1));
}

}  // namespace jj::lower
