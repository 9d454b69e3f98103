// LOWER rows between objects and values in registers: guards, boxes, range iterators, polls with values pending.
#include "lower/join.h"
#include "lower/lowering.h"
#include "lower/wide_ints.h"

namespace jj::lower {
namespace {

Value* is_type(Emitter& e, Value* type, Data wanted) { return e.b.CreateICmpEQ(type, e.data(wanted)); }
Value* load64(Emitter& e, Value* base, int64_t offset) { return e.load64(base, offset, Memory::Iterator); }

// Runs `fill` when the condition holds.
template <class Fill>
void only_if(Emitter& e, Value* cond, Fill fill) {
  if (auto* known = llvm::dyn_cast<llvm::ConstantInt>(cond)) {
    if (!known->isZero()) fill();
    return;
  }
  llvm::BasicBlock* yes = e.hot_block("sync");
  llvm::BasicBlock* next = e.hot_block("go");
  e.b.CreateCondBr(test(e, cond), yes, next);
  e.enter(yes);
  fill();
  e.b.CreateBr(next);
  e.enter(next);
}

bool is_local(Emitter& e, int place) { return place < e.function().nslots; }

void sync_local(Emitter& e, const Instr& i, Helper helper, Value* number) {
  const Emitter::Slot slot = e.slot_of(i.imm[0]);
  e.call(helper, {slot.frame, e.int32(slot.number), number});
}

// Into a place's memory.
void sync_number(Emitter& e, const Instr& i, Helper into_local, Helper box) {
  only_if(e, e.arg(i, 1), [&] {
    if (is_local(e, i.imm[0]))
      sync_local(e, i, into_local, e.arg(i, 0));
    else
      e.store_slot(e.call(box, {e.arg(i, 0)}), i.imm[0]);
  });
}

// The number of digits is at most one: the value is that digit with the sign.
Value* small_int(Emitter& e, Value* object, llvm::BasicBlock* bigger) {
  const JJLayout& l = e.layout();
  Value* size = e.load64(object, l.long_size, Memory::Number);
  llvm::BasicBlock* small = e.hot_block("small");
  Value* few = l.long_tagged ? e.b.CreateICmpULT(size, e.int64(16))
                             : e.b.CreateICmpULT(e.b.CreateAdd(size, e.int64(1)), e.int64(3));
  e.branch_hot(few, small, bigger);
  e.enter(small);
  Value* word = e.mark(e.b.CreateLoad(e.b.getInt32Ty(), e.at(object, l.long_digits)), Memory::Number);
  Value* digit = e.b.CreateZExt(word, e.b.getInt64Ty());
  Value* sign = l.long_tagged ? e.b.CreateSub(e.int64(1), e.b.CreateAnd(size, e.int64(3))) : size;
  return e.b.CreateMul(digit, sign);
}

Value* range_iterator(Emitter& e, const Instr& i) { return e.load_stack(i.imm[0]); }

void box_or(Emitter& e, const Instr& i, Helper box) {
  llvm::BasicBlock *made = e.hot_block("box"), *given = e.hot_block("given"), *next = e.hot_block("go");
  e.b.CreateCondBr(test(e, e.arg(i, 0)), made, given);
  e.enter(made);
  Value* fresh = e.call(box, {e.arg(i, 1)});
  llvm::BasicBlock* from_made = e.b.GetInsertBlock();
  e.b.CreateBr(next);
  e.enter(given);
  e.incref(e.arg(i, 2));
  llvm::BasicBlock* from_given = e.b.GetInsertBlock();
  e.b.CreateBr(next);
  e.enter(next);
  llvm::PHINode* object = e.b.CreatePHI(e.b.getPtrTy(), 2);
  object->addIncoming(fresh, from_made);
  object->addIncoming(e.arg(i, 2), from_given);
  e.define(i, object);
}

constexpr int64_t kPollSpacing = 128;

void poll_pending(Emitter& e, const Instr& i) {
  if (!e.has_frame()) return e.test_polls(e.exit_block(i.state));
  llvm::BasicBlock* slow = e.cold_block("poll");
  e.test_polls(slow);
  llvm::BasicBlock* go = e.b.GetInsertBlock();
  e.enter(slow);
  Value* words = e.store_pending(i.state);
  Value* number = e.int32(e.state_number(i.state));
  llvm::BasicBlock* entry = e.entry_block(i.imm[0]);
  const Helper helper = entry ? Helper::jj_poll_again : Helper::jj_poll_pending;
  e.leave_or_go_on(e.call(helper, {e.thread(), e.frame(), e.code_data(), number, words}));
  e.b.CreateBr(entry ? entry : go);
  e.enter(go);
}

}  // namespace

LOWER(UnboxInt) {
  Value* object = e.arg(i, 0);
  e.exit_if(e.b.CreateNot(is_type(e, e.class_of(object), Data::jj_type_int)), i);
  llvm::BasicBlock* bigger = e.cold_block("bigger");
  Value* value = small_int(e, object, bigger);
  Join join(e);
  join.arrive(value);
  e.enter(bigger);
  if (e.loops()) {
    const WideInt wide = read_wide_int(e, object);
    e.exit_if(e.b.CreateICmpEQ(wide.fits, e.int64(0)), i);
    join.arrive(wide.value);
  } else {
    Value* word = e.scratch();
    Value* fits = e.mark(e.call(Helper::jj_unbox_int, {object, word}), Memory::Number);
    e.exit_if(e.b.CreateICmpEQ(fits, e.int32(0)), i);
    join.arrive(e.b.CreateAlignedLoad(e.b.getInt64Ty(), word, llvm::Align(8)));
  }
  e.define(i, join.meet());
}
LOWER(UnboxFloat) {
  e.exit_if(e.b.CreateNot(is_type(e, e.class_of(e.arg(i, 0)), Data::jj_type_float)), i);
  Value* address = e.at(e.arg(i, 0), e.layout().float_value);
  e.define(i, e.mark(e.b.CreateLoad(e.b.getDoubleTy(), address), Memory::Number));
}
LOWER(UnboxBool) {
  Value* yes = e.b.CreateICmpEQ(e.arg(i, 0), e.data(Data::jj_true));
  Value* no = e.b.CreateICmpEQ(e.arg(i, 0), e.data(Data::jj_false));
  e.exit_if(e.b.CreateNot(e.b.CreateOr(yes, no)), i);
  e.define(i, condition(e, yes));
}
LOWER(BoxInt) { e.define(i, e.call(Helper::jj_box_int, {e.arg(i, 0)})); }
LOWER(BoxIntOr) { box_or(e, i, Helper::jj_box_int); }
LOWER(BoxFloatOr) { box_or(e, i, Helper::jj_box_float); }
LOWER(BoxFloat) { e.define(i, e.call(Helper::jj_box_float, {e.arg(i, 0)})); }

LOWER(Lend) { e.define(i, e.arg(i, 0)); }
LOWER(GuardBound) { e.exit_if(e.b.CreateIsNull(e.arg(i, 0)), i); }
LOWER(GuardInert) {
  Value* object = e.load_slot(i.imm[0]);
  llvm::BasicBlock* some = e.hot_block("some");
  llvm::BasicBlock* next = e.hot_block("go");
  e.b.CreateCondBr(e.b.CreateIsNull(object), next, some);
  e.enter(some);
  Value* type = e.class_of(object);
  Value* number = e.b.CreateOr(is_type(e, type, Data::jj_type_int), is_type(e, type, Data::jj_type_float));
  Value* other = e.b.CreateOr(is_type(e, type, Data::jj_type_bool), is_type(e, type, Data::jj_type_str));
  Value* complex = is_type(e, type, Data::jj_type_complex);
  e.exit_if(e.b.CreateNot(e.b.CreateOr(complex, e.b.CreateOr(number, other))), i);
  e.b.CreateBr(next);
  e.enter(next);
}
LOWER(GuardLocals) {
  if (e.layout().locals_writable) e.exit_if(e.b.CreateIsNotNull(e.load_ptr(e.frame(), e.layout().frame_object)), i);
}
LOWER(FrameSeen) {
  const JJLayout& l = e.layout();  // 3.10: the frame is an object itself, and one reference is ours
  Value* seen = l.frame_object >= 0 ? e.b.CreateIsNotNull(e.load_ptr(e.frame(), l.frame_object))
                                    : e.b.CreateICmpSGT(e.load64(e.frame(), l.refcnt, Memory::Count), e.int64(1));
  e.define(i, condition(e, seen));
}
LOWER(CondAnd) { e.define(i, e.b.CreateAnd(e.arg(i, 0), e.arg(i, 1))); }
LOWER(Leave) { e.exit_if(e.b.getTrue(), i); }
LOWER(RaiseCold) { e.exit_if(e.b.getTrue(), i); }
LOWER(LeaveUnseen) { e.exit_if(e.b.getTrue(), i); }

LOWER(SyncInt) { sync_number(e, i, Helper::jj_sync_int, Helper::jj_box_int); }
LOWER(SyncUint) { sync_number(e, i, Helper::jj_sync_uint, Helper::jj_box_uint); }
LOWER(SyncFloat) { sync_number(e, i, Helper::jj_sync_float, Helper::jj_box_float); }
LOWER(SyncComplex) {
  only_if(e, e.arg(i, 1), [&] {
    Value* real = e.b.CreateExtractElement(e.arg(i, 0), uint64_t{0});
    Value* imag = e.b.CreateExtractElement(e.arg(i, 0), 1);
    if (is_local(e, i.imm[0])) {
      const Emitter::Slot slot = e.slot_of(i.imm[0]);
      e.call(Helper::jj_sync_complex, {slot.frame, e.int32(slot.number), real, imag});
      return;
    }
    e.store_slot(e.call(Helper::jj_box_complex, {real, imag}), i.imm[0]);
  });
}
LOWER(SyncBool) {
  only_if(e, e.arg(i, 1), [&] {
    if (is_local(e, i.imm[0])) {
      sync_local(e, i, Helper::jj_sync_bool, e.arg(i, 0));
      return;
    }
    Value *yes = e.data(Data::jj_true), *no = e.data(Data::jj_false);
    Value* object = e.b.CreateSelect(test(e, e.arg(i, 0)), yes, no);
    e.incref(object);
    e.store_slot(object, i.imm[0]);
  });
}

LOWER(CopyUnless) {
  llvm::BasicBlock* copy = e.hot_block("copy");
  llvm::BasicBlock* next = e.hot_block("go");
  e.b.CreateCondBr(test(e, e.arg(i, 0)), next, copy);
  e.enter(copy);
  Value* object = e.load_slot(i.imm[0]);
  Value* old = e.load_slot(i.imm[1]);
  e.incref(object);
  e.store_slot(object, i.imm[1]);
  if (is_local(e, i.imm[1])) e.decref_or_null(old, i.pc);
  e.b.CreateBr(next);
  e.enter(next);
}

// -- range iterators

LOWER(GuardRange) {
  Value* object = range_iterator(e, i);
  e.exit_if(e.b.CreateNot(is_type(e, e.class_of(object), Data::jj_type_range_iterator)), i);
  Value* count = e.b.CreateLoad(e.b.getInt32Ty(), e.at(object, e.layout().refcnt));
  e.exit_if(e.b.CreateICmpNE(count, e.int32(1)), i);
}
LOWER(GuardUnitRange) {
  Value *next = e.arg(i, 0), *left = e.arg(i, 1);
  e.exit_if(e.b.CreateICmpNE(e.arg(i, 2), e.int64(1)), i);
  e.exit_if(e.b.CreateICmpUGT(next, e.int64(INT32_MAX)), i);
  e.exit_if(e.b.CreateICmpUGT(left, e.b.CreateSub(e.int64(INT32_MAX), next)), i);
}
LOWER(NewRange) {
  Value* iterator = e.call(Helper::jj_new_range, {e.arg(i, 0), e.arg(i, 1), e.arg(i, 2)});
  e.exit_if(e.b.CreateIsNull(iterator), i);
  e.define(i, iterator);
}
LOWER(RangeLength) {
  Value* length = e.call(Helper::jj_range_length, {e.arg(i, 0), e.arg(i, 1), e.arg(i, 2)});
  e.exit_if(e.b.CreateICmpSLT(length, e.int64(0)), i);
  e.define(i, length);
}
LOWER(RangeCurrent) {
  const JJLayout& l = e.layout();
  Value* object = range_iterator(e, i);
  Value* next = load64(e, object, l.range_next);
  if (l.range_index >= 0)
    next = e.b.CreateAdd(next, e.b.CreateMul(load64(e, object, l.range_index), load64(e, object, l.range_step)));
  e.define(i, next);
}
LOWER(RangeLeft) {
  const JJLayout& l = e.layout();
  Value* object = range_iterator(e, i);
  Value* left = load64(e, object, l.range_len);
  if (l.range_index >= 0) left = e.b.CreateSub(left, load64(e, object, l.range_index));
  e.define(i, left);
}
LOWER(RangeStep) { e.define(i, load64(e, range_iterator(e, i), e.layout().range_step)); }
// Up to 3.11 the iterator counts the items it gave; later its start and its length move.
LOWER(SyncRange) {
  const JJLayout& l = e.layout();
  Value* object = range_iterator(e, i);
  if (l.range_index >= 0) {
    e.store(e.b.CreateSub(load64(e, object, l.range_len), e.arg(i, 1)), object, l.range_index, Memory::Iterator);
    return;
  }
  e.store(e.arg(i, 0), object, l.range_next, Memory::Iterator);
  e.store(e.arg(i, 1), object, l.range_len, Memory::Iterator);
}

LOWER(PollPending) { poll_pending(e, i); }
LOWER(PollSpaced) {
  llvm::BasicBlock* due = e.hot_block("due");
  llvm::BasicBlock* next = e.hot_block("go");
  Value* low = e.b.CreateAnd(e.arg(i, 0), e.int64(kPollSpacing - 1));
  e.branch_hot(e.b.CreateICmpNE(low, e.int64(0)), next, due);
  e.enter(due);
  poll_pending(e, i);
  e.b.CreateBr(next);
  e.enter(next);
}

}  // namespace jj::lower
