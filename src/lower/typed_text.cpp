// LOWER rows of text and its characters, and of lists that grow.
#include "lower/join.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

Value* load64(Emitter& e, Value* base, int64_t offset) {
  return e.b.CreateAlignedLoad(e.b.getInt64Ty(), e.at(base, offset), llvm::Align(8));
}
Value* load_byte(Emitter& e, Value* address) {
  return e.b.CreateZExt(e.b.CreateLoad(e.b.getInt8Ty(), address), e.b.getInt64Ty());
}
Value* char_object(Emitter& e, Value* code) {
  Value* place = e.b.CreateInBoundsGEP(e.b.getPtrTy(), e.data(Data::jj_ascii_chars), code);
  return e.b.CreateLoad(e.b.getPtrTy(), place);
}
Value* char_in_text(Emitter& e, Value* text, Value* index) {
  return load_byte(e, e.b.CreateInBoundsGEP(e.b.getInt8Ty(), e.at(text, e.layout().str_text), index));
}
Value* is_ascii(Emitter& e, Value* text) {
  Value* state = e.b.CreateLoad(e.b.getInt32Ty(), e.at(text, e.layout().str_state));
  Value* wanted = e.int32(e.layout().str_ascii);
  return e.b.CreateICmpEQ(e.b.CreateAnd(state, wanted), wanted);
}
Value* word(Emitter& e, int32_t low, int32_t high) {
  return e.int64(static_cast<int64_t>(static_cast<uint32_t>(low)) | static_cast<int64_t>(high) << 32);
}

}  // namespace

// The first byte of any str's text, or of what is in its place, is the code only of the object that is there for it.
LOWER(UnboxChar) {
  Value* object = e.arg(i, 0);
  e.exit_if(e.b.CreateICmpNE(e.load_ptr(object, e.layout().type), e.data(Data::jj_type_str)), i);
  Value* code = load_byte(e, e.at(object, e.layout().str_text));
  e.exit_if(e.b.CreateICmpNE(char_object(e, code), object), i);
  e.define(i, code);
}
LOWER(CharObject) { e.define(i, char_object(e, e.arg(i, 0))); }
LOWER(SyncChar) {
  llvm::BasicBlock* yes = e.hot_block("sync");
  llvm::BasicBlock* next = e.hot_block("go");
  e.b.CreateCondBr(test(e, e.arg(i, 1)), yes, next);
  e.enter(yes);
  Value* object = char_object(e, e.arg(i, 0));
  Value* old = i.imm[0] < e.function().nslots ? e.load_slot(i.imm[0]) : nullptr;
  e.incref(object);
  e.store_slot(object, i.imm[0]);
  if (old) e.decref_or_null(old, i.pc);
  e.b.CreateBr(next);
  e.enter(next);
}
LOWER(CharOf) {
  e.exit_if(e.b.CreateICmpUGE(e.arg(i, 0), e.int64(128)), i);
  e.define(i, e.arg(i, 0));
}
LOWER(CharIn) {
  Value *code = e.arg(i, 0), *low = word(e, i.imm[0], i.imm[1]), *high = word(e, i.imm[2], i.imm[3]);
  Value* bits = e.b.CreateSelect(e.b.CreateICmpULT(code, e.int64(64)), low, high);
  Value* bit = e.b.CreateLShr(bits, e.b.CreateAnd(code, e.int64(63)));
  e.define(i, condition(e, e.b.CreateTrunc(bit, e.b.getInt1Ty())));
}

LOWER(StrLen) { e.define(i, load64(e, e.arg(i, 0), e.layout().str_length)); }
LOWER(StrAt) {
  Value *text = e.arg(i, 0), *index = e.arg(i, 1);
  llvm::BasicBlock* ascii = e.hot_block("ascii");
  llvm::BasicBlock* other = e.cold_block("other");
  Join join(e);
  e.branch_hot(is_ascii(e, text), ascii, other);
  e.enter(ascii);
  Value* length = load64(e, text, e.layout().str_length);
  Value* from_end = e.b.CreateAdd(index, length);
  Value* position = e.b.CreateSelect(e.b.CreateICmpSLT(index, e.int64(0)), from_end, index);
  e.exit_if(e.b.CreateICmpUGE(position, length), i);
  join.arrive(char_in_text(e, text, position));
  e.enter(other);
  Value* far = e.call(Helper::jj_char_at, {text, index});
  e.exit_if(e.b.CreateICmpSLT(far, e.int64(0)), i);
  join.arrive(far);
  e.define(i, join.meet());
}
LOWER(StrNext) {
  const JJLayout& l = e.layout();
  Value* iterator = e.load_stack(i.imm[0]);
  e.exit_if(e.b.CreateICmpNE(e.load_ptr(iterator, l.type), e.data(Data::jj_type_str_iterator)), i);
  Value* text = e.load_ptr(iterator, l.list_iter_list, Memory::Iterator);
  e.exit_if(e.b.CreateIsNull(text), i);
  e.exit_if(e.b.CreateNot(is_ascii(e, text)), i);
  e.define(i, step(e, i, iterator, l.list_iter_index, load64(e, text, l.str_length), e.int64(-1),
                   [&](Value* index) { return char_in_text(e, text, index); }));
}
LOWER(StrEqual) {
  llvm::BasicBlock* look = e.hot_block("look");
  Join join(e);
  join.comes_with(e.int32(1));
  e.b.CreateCondBr(e.b.CreateICmpEQ(e.arg(i, 0), e.arg(i, 1)), join.block(), look);
  e.enter(look);
  join.arrive(e.call(Helper::jj_same_text, {e.arg(i, 0), e.arg(i, 1)}));
  e.define(i, join.meet());
}
LOWER(NoneObject) { e.define(i, e.data(Data::jj_none)); }

LOWER(ListRoom) {
  const JJLayout& l = e.layout();
  Value* list = e.arg(i, 0);
  llvm::BasicBlock* full = e.cold_block("full");
  llvm::BasicBlock* next = e.hot_block("go");
  e.branch_hot(e.b.CreateICmpSLT(load64(e, list, l.var_size), load64(e, list, l.list_room)), next, full);
  e.enter(full);
  e.exit_if(e.b.CreateICmpEQ(e.call(Helper::jj_list_grow, {list}), e.int32(0)), i);
  e.b.CreateBr(next);
  e.enter(next);
}
LOWER(ListPush) {
  const JJLayout& l = e.layout();
  Value* list = e.arg(i, 1);
  Value* size = load64(e, list, l.var_size);
  Value* place = e.b.CreateInBoundsGEP(e.b.getPtrTy(), e.load_ptr(list, l.list_items), size);
  e.b.CreateStore(e.arg(i, 0), place);
  e.store(e.b.CreateAdd(size, e.int64(1)), list, l.var_size);
}

}  // namespace jj::lower
