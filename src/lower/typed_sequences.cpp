// LOWER rows of items, lengths and iterators of lists and tuples, of builtins, and of choices between values.
#include "hir/elements.h"
#include "hir/proved.h"
#include "lower/join.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

// The rows of helpers.def for the types that a guard may ask for.
Data type_data(int type) {
  switch (type) {
    case JJ_TYPE_LIST: return Data::jj_type_list;
    case JJ_TYPE_TUPLE: return Data::jj_type_tuple;
    case JJ_TYPE_STR: return Data::jj_type_str;
    case JJ_TYPE_DICT: return Data::jj_type_dict;
    case JJ_TYPE_SET: return Data::jj_type_set;
    case JJ_TYPE_RANGE: return Data::jj_type_range;
    case JJ_TYPE_BYTES: return Data::jj_type_bytes;
    case JJ_TYPE_BYTEARRAY: return Data::jj_type_bytearray;
    case JJ_TYPE_FLOAT: return Data::jj_type_float;
    case JJ_TYPE_BOOL: return Data::jj_type_bool;
    default: return Data::jj_type_int;
  }
}
Data builtin_data(int builtin) { return static_cast<Data>(static_cast<int>(Data::jj_builtin_abs) + builtin); }
static_assert(static_cast<int>(Data::jj_builtin_super) - static_cast<int>(Data::jj_builtin_abs) == JJ_BUILTIN_SUPER);

Value* load_item(Emitter& e, Value* address) { return e.mark(e.b.CreateLoad(e.b.getPtrTy(), address), Memory::Item); }
Value* length_of(Emitter& e, Value* sequence) { return e.load64(sequence, e.layout().var_size, Memory::Length); }
Value* item_address(Emitter& e, Value* items, Value* position) {
  return e.b.CreateInBoundsGEP(e.b.getPtrTy(), e.b.CreateIntToPtr(items, e.b.getPtrTy()), position);
}

// Writes a number into the old item's box when `own` holds, else calls the helper that makes one.
template <class Write>
void put_number(Emitter& e, const Instr& i, Helper helper, Value* address, Value* own, Write write) {
  llvm::BasicBlock* reuse = e.hot_block("reuse");
  llvm::BasicBlock* replace = e.cold_block("replace");
  llvm::BasicBlock* next = e.hot_block("go");
  e.branch_hot(own, reuse, replace);
  e.enter(reuse);
  write();
  e.b.CreateBr(next);
  e.enter(replace);
  e.mark(e.call(helper, {address, e.arg(i, 0)}), Memory::Values);
  e.b.CreateBr(next);
  e.enter(next);
}

// An object of this type that nobody else refers to.
Value* is_own(Emitter& e, Value* object, Data type) {
  Value* count = e.mark(e.b.CreateLoad(e.b.getInt32Ty(), e.at(object, e.layout().refcnt)), Memory::Count);
  Value* same = e.b.CreateICmpEQ(e.class_of(object), e.data(type));
  return e.b.CreateAnd(same, e.b.CreateICmpEQ(count, e.int32(1)));
}

}  // namespace

LOWER(GuardType) {
  if (hir::is_array(i.imm[0])) return guard_array(e, i);
  e.exit_if(e.b.CreateICmpNE(e.class_of(e.arg(i, 0)), e.data(type_data(i.imm[0]))), i);
}
LOWER(GuardMath) {
  const JJLayout& l = e.layout();
  Value* type = e.load_ptr(e.arg(i, 0), l.type);
  e.exit_if(e.b.CreateICmpNE(type, e.data(Data::jj_type_builtin)), i);
  Value* row = e.load_ptr(e.data(Data::jj_math_rows), 8 * (i.imm[0] - int32_t{JJ_BUILTIN_COUNT}));
  e.exit_if(e.b.CreateICmpNE(e.load_ptr(e.arg(i, 0), l.cfunction_row), row), i);
}
LOWER(LoadBuiltin) { e.define(i, e.data(builtin_data(i.imm[0]))); }

LOWER(SelectInt) { e.define(i, e.b.CreateSelect(test(e, e.arg(i, 0)), e.arg(i, 1), e.arg(i, 2))); }
LOWER(SelectFloat) { e.define(i, e.b.CreateSelect(test(e, e.arg(i, 0)), e.arg(i, 1), e.arg(i, 2))); }
LOWER(SelectObject) { e.define(i, e.b.CreateSelect(test(e, e.arg(i, 0)), e.arg(i, 1), e.arg(i, 2))); }

LOWER(SeqLen) { e.define(i, length_of(e, e.arg(i, 0))); }
LOWER(SeqItems) {
  const JJLayout& l = e.layout();
  Value* list = e.arg(i, 0);
  Value* items = i.imm[0] ? e.at(list, l.tuple_items) : e.load_ptr(list, l.list_items, Memory::Items);
  e.define(i, e.b.CreatePtrToInt(items, e.b.getInt64Ty()));
}
LOWER(ItemIndex) {
  Value *index = e.arg(i, 0), *length = e.arg(i, 1);
  Value* from_end = e.b.CreateAdd(index, length);
  Value* position = e.b.CreateSelect(e.b.CreateICmpSLT(index, e.int64(0)), from_end, index);
  if (i.imm[0] & hir::kNotNegative) position = index;
  e.exit_if(e.b.CreateICmpUGE(position, length), i);
  e.define(i, position);
}
LOWER(ItemPeek) { e.define(i, load_item(e, item_address(e, e.arg(i, 0), e.arg(i, 1)))); }
LOWER(ItemStore) {
  Value* address = item_address(e, e.arg(i, 1), e.arg(i, 2));
  Value* old = load_item(e, address);
  e.mark(e.b.CreateStore(e.arg(i, 0), address), Memory::Item);
  e.decref(old, i.pc, /*quiet=*/true);
}
// One bool in place of another is a store and no more where they need no references; elsewhere both counts change, or
// stay, each for itself: one after the other, two changes of the same count would have to wait for each other.
LOWER(ItemPutBool) {
  Value *address = item_address(e, e.arg(i, 1), e.arg(i, 2)), *is_yes = test(e, e.arg(i, 0));
  Value *yes = e.data(Data::jj_true), *no = e.data(Data::jj_false);
  Value *old = load_item(e, address), *put = e.b.CreateSelect(is_yes, yes, no);
  llvm::BasicBlock* bools = e.hot_block("bools");
  llvm::BasicBlock* other = e.hot_block("other");
  llvm::BasicBlock* next = e.hot_block("go");
  e.branch_hot(is_bool(e, old), bools, other);
  e.enter(bools);
  e.mark(e.b.CreateStore(put, address), Memory::Item);
  if (!e.layout().immortal) {
    Value* more = e.b.CreateZExt(is_yes, e.b.getInt64Ty());
    more = e.b.CreateSub(more, e.b.CreateZExt(e.b.CreateICmpEQ(old, yes), e.b.getInt64Ty()));
    Value* counts[] = {e.load64(yes, e.layout().refcnt, Memory::Count), e.load64(no, e.layout().refcnt, Memory::Count)};
    e.store(e.b.CreateAdd(counts[0], more), yes, e.layout().refcnt, Memory::Count);
    e.store(e.b.CreateSub(counts[1], more), no, e.layout().refcnt, Memory::Count);
  }
  e.b.CreateBr(next);
  e.enter(other);
  e.incref(put);
  e.mark(e.b.CreateStore(put, address), Memory::Item);
  e.decref(old, i.pc, /*quiet=*/true);
  e.b.CreateBr(next);
  e.enter(next);
}
// Small ints are shared, and a number of one digit fits in any box.
LOWER(ItemPutInt) {
  constexpr int64_t kShared = 256, kDigit = int64_t{1} << 30;
  const JJLayout& l = e.layout();
  Value* address = item_address(e, e.arg(i, 1), e.arg(i, 2));
  Value* old = load_item(e, address);
  Value* above = e.b.CreateSub(e.arg(i, 0), e.int64(kShared + 1));
  Value* fits = e.b.CreateICmpULT(above, e.int64(kDigit - kShared - 1));
  put_number(e, i, Helper::jj_put_int, address, e.b.CreateAnd(is_own(e, old, Data::jj_type_int), fits), [&] {
    e.store(e.int64(l.long_tagged ? 8 : 1), old, l.long_size, Memory::Number);
    e.store(e.b.CreateTrunc(e.arg(i, 0), e.b.getInt32Ty()), old, l.long_digits, Memory::Number);
  });
}
LOWER(ItemPutFloat) {
  Value* address = item_address(e, e.arg(i, 1), e.arg(i, 2));
  Value* old = load_item(e, address);
  put_number(e, i, Helper::jj_put_float, address, is_own(e, old, Data::jj_type_float),
             [&] { e.store(e.arg(i, 0), old, e.layout().float_value, Memory::Number); });
}
LOWER(GuardLength) { e.exit_if(e.b.CreateICmpNE(length_of(e, e.arg(i, 0)), e.int64(i.imm[0])), i); }

LOWER(SeqNext) {
  const JJLayout& l = e.layout();
  const bool tuple = i.imm[1] != 0;
  Value* iterator = e.load_stack(i.imm[0]);
  Value* type = e.class_of(iterator);
  e.exit_if(e.b.CreateICmpNE(type, e.data(tuple ? Data::jj_type_tuple_iterator : Data::jj_type_list_iterator)), i);
  Value* items = e.load_ptr(iterator, tuple ? l.tuple_iter_tuple : l.list_iter_list, Memory::Iterator);
  e.exit_if(e.b.CreateIsNull(items), i);
  auto item_at = [&](Value* index) {
    Value* base = tuple ? e.at(items, l.tuple_items) : e.load_ptr(items, l.list_items, Memory::Items);
    Value* item = load_item(e, e.b.CreateInBoundsGEP(e.b.getPtrTy(), base, index));
    e.incref(item);
    return item;
  };
  const int64_t index_at = tuple ? l.tuple_iter_index : l.list_iter_index;
  e.define(i, step(e, i, iterator, index_at, length_of(e, items), null_object(e), item_at));
}

LOWER(MakeTuple) {
  e.may_leave(i);
  Value* items = e.slot_at(e.function().nslots + i.imm[0]);
  Value* tuple = e.call(Helper::jj_make_tuple, {e.thread(), items, e.int32(i.imm[1])});
  e.leave_if(e.b.CreateIsNull(tuple), i);
  e.define(i, tuple);
}

}  // namespace jj::lower
