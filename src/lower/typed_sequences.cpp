// LOWER rows of items, lengths and iterators of lists and tuples, of builtins, and of choices between values.
#include "hir/elements.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

Value* load64(Emitter& e, Value* base, int64_t offset) { return e.b.CreateLoad(e.b.getInt64Ty(), e.at(base, offset)); }

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
static_assert(static_cast<int>(Data::jj_builtin_round) - static_cast<int>(Data::jj_builtin_abs) == JJ_BUILTIN_ROUND);

// Where the item at an index is; leaves when there is none.
Value* item_address(Emitter& e, const Instr& i, Value* container, Value* index, bool tuple) {
  Value* length = load64(e, container, e.layout().var_size);
  Value* from_end = e.b.CreateAdd(index, length);
  Value* position = e.b.CreateSelect(e.b.CreateICmpSLT(index, e.int64(0)), from_end, index);
  e.exit_if(e.b.CreateICmpUGE(position, length), i);
  Value* items = tuple ? e.at(container, e.layout().tuple_items) : e.load_ptr(container, e.layout().list_items);
  return e.b.CreateInBoundsGEP(e.b.getPtrTy(), items, position);
}
// The same for a list and an index that GuardItem has looked at.
Value* guarded_address(Emitter& e, const Instr& i) {
  Value *list = e.arg(i, 1), *index = e.arg(i, 2);
  Value* from_end = e.b.CreateAdd(index, load64(e, list, e.layout().var_size));
  Value* position = e.b.CreateSelect(e.b.CreateICmpSLT(index, e.int64(0)), from_end, index);
  return e.b.CreateInBoundsGEP(e.b.getPtrTy(), e.load_ptr(list, e.layout().list_items), position);
}
Value* load_item(Emitter& e, Value* address) { return e.b.CreateLoad(e.b.getPtrTy(), address); }

}  // namespace

LOWER(GuardType) {
  if (hir::is_array(i.imm[0])) return guard_array(e, i);
  Value* type = e.load_ptr(e.arg(i, 0), e.layout().type);
  e.exit_if(e.b.CreateICmpNE(type, e.data(type_data(i.imm[0]))), i);
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

LOWER(SeqLen) { e.define(i, load64(e, e.arg(i, 0), e.layout().var_size)); }
LOWER(ListPeek) { e.define(i, load_item(e, item_address(e, i, e.arg(i, 0), e.arg(i, 1), false))); }
LOWER(TuplePeek) { e.define(i, load_item(e, item_address(e, i, e.arg(i, 0), e.arg(i, 1), true))); }

LOWER(GuardItem) {
  Value* old = load_item(e, item_address(e, i, e.arg(i, 0), e.arg(i, 1), false));
  Value* type = e.load_ptr(old, e.layout().type);
  auto is = [&](Data wanted) { return e.b.CreateICmpEQ(type, e.data(wanted)); };
  Value* number = e.b.CreateOr(is(Data::jj_type_float), is(Data::jj_type_int));
  Value* other = e.b.CreateOr(is(Data::jj_type_bool), e.b.CreateICmpEQ(old, e.data(Data::jj_none)));
  e.exit_if(e.b.CreateNot(e.b.CreateOr(number, other)), i);
}
LOWER(ListStore) {
  Value* address = guarded_address(e, i);
  Value* old = load_item(e, address);
  e.b.CreateStore(e.arg(i, 0), address);
  e.decref(old, i.pc);
}
LOWER(ListPutInt) { e.call(Helper::jj_put_int, {guarded_address(e, i), e.arg(i, 0)}); }
LOWER(ListPutFloat) {
  const JJLayout& l = e.layout();
  Value* address = guarded_address(e, i);
  Value* old = load_item(e, address);
  Value* count = e.b.CreateLoad(e.b.getInt32Ty(), e.at(old, l.refcnt));
  Value* own = e.b.CreateAnd(e.b.CreateICmpEQ(e.load_ptr(old, l.type), e.data(Data::jj_type_float)),
                             e.b.CreateICmpEQ(count, e.int32(1)));
  llvm::BasicBlock* reuse = e.hot_block("reuse");
  llvm::BasicBlock* replace = e.cold_block("replace");
  llvm::BasicBlock* next = e.hot_block("go");
  e.branch_hot(own, reuse, replace);
  e.enter(reuse);
  e.store(e.arg(i, 0), old, l.float_value);
  e.b.CreateBr(next);
  e.enter(replace);
  e.call(Helper::jj_put_float, {address, e.arg(i, 0)});
  e.b.CreateBr(next);
  e.enter(next);
}
LOWER(GuardLength) { e.exit_if(e.b.CreateICmpNE(load64(e, e.arg(i, 0), e.layout().var_size), e.int64(i.imm[0])), i); }

// An exhausted iterator forgets its list; one that nobody else knows is released right away, with the same effect.
LOWER(SeqNext) {
  const JJLayout& l = e.layout();
  const bool tuple = i.imm[1] != 0;
  const int64_t index_at = tuple ? l.tuple_iter_index : l.list_iter_index;
  Value* iterator = e.load_ptr(e.frame(), e.stack_offset(i.imm[0]));
  Value* type = e.load_ptr(iterator, l.type);
  e.exit_if(e.b.CreateICmpNE(type, e.data(tuple ? Data::jj_type_tuple_iterator : Data::jj_type_list_iterator)), i);
  Value* items = e.load_ptr(iterator, tuple ? l.tuple_iter_tuple : l.list_iter_list);
  e.exit_if(e.b.CreateIsNull(items), i);
  llvm::BasicBlock* some = e.hot_block("some");
  llvm::BasicBlock* none = e.cold_block("none");
  llvm::BasicBlock* next = e.hot_block("go");
  Value* index = load64(e, iterator, index_at);
  e.branch_hot(e.b.CreateICmpULT(index, load64(e, items, l.var_size)), some, none);
  e.enter(some);
  Value* base = tuple ? e.at(items, l.tuple_items) : e.load_ptr(items, l.list_items);
  Value* item = load_item(e, e.b.CreateInBoundsGEP(e.b.getPtrTy(), base, index));
  e.incref(item);
  e.store(e.b.CreateAdd(index, e.int64(1)), iterator, index_at);
  llvm::BasicBlock* from_some = e.b.GetInsertBlock();
  e.b.CreateBr(next);
  e.enter(none);
  Value* count = e.b.CreateAlignedLoad(e.b.getInt32Ty(), e.at(iterator, l.refcnt), llvm::Align(4));
  e.exit_if(e.b.CreateICmpNE(count, e.int32(1)), i);
  llvm::BasicBlock* from_none = e.b.GetInsertBlock();
  e.b.CreateBr(next);
  e.enter(next);
  llvm::PHINode* phi = e.b.CreatePHI(e.b.getPtrTy(), 2);
  phi->addIncoming(item, from_some);
  phi->addIncoming(null_object(e), from_none);
  e.define(i, phi);
}

}  // namespace jj::lower
