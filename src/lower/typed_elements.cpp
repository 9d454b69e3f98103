// LOWER rows of bytes, bytearray and array objects, whose items are numbers in memory.
//
// Items lie in memory of their own: LLVM is told that storing one changes no length and no pointer to items, so that a
// loop that calls nothing loads those once.
#include "hir/elements.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

Value* length_of(Emitter& e, Value* object) { return e.load64(object, e.layout().var_size, Memory::Length); }

Value* first_item(Emitter& e, Value* object, int type) {
  const JJLayout& l = e.layout();
  if (type == JJ_TYPE_BYTES) return e.at(object, l.bytes_items);
  return e.load_ptr(object, type == JJ_TYPE_BYTEARRAY ? l.bytearray_items : l.array_items, Memory::Items);
}

Value* position_of(Emitter& e, Value* index, Value* length) {
  return e.b.CreateSelect(e.b.CreateICmpSLT(index, e.int64(0)), e.b.CreateAdd(index, length), index);
}

llvm::Type* memory_type(Emitter& e, const hir::Element& element) {
  if (!element.is_float) return e.b.getIntNTy(static_cast<unsigned>(8 * element.bytes));
  return element.bytes == 4 ? e.b.getFloatTy() : e.b.getDoubleTy();
}

Value* address_of(Emitter& e, Value* object, Value* position, int type) {
  return e.b.CreateInBoundsGEP(memory_type(e, hir::element_of(type)), first_item(e, object, type), position);
}

// The position of an item that is there; leaves when there is none.
Value* checked_position(Emitter& e, const Instr& i, Value* object, Value* index) {
  Value* length = length_of(e, object);
  Value* position = position_of(e, index, length);
  e.exit_if(e.b.CreateICmpUGE(position, length), i);
  return position;
}

Value* load(Emitter& e, const Instr& i) {
  Value* position = checked_position(e, i, e.arg(i, 0), e.arg(i, 1));
  Value* address = address_of(e, e.arg(i, 0), position, i.imm[0]);
  return e.mark(e.b.CreateLoad(memory_type(e, hir::element_of(i.imm[0])), address), Memory::Element);
}

void store(Emitter& e, const Instr& i, Value* item) {
  Value *object = e.arg(i, 1), *index = e.arg(i, 2);
  Value* position = position_of(e, index, length_of(e, object));
  e.mark(e.b.CreateStore(item, address_of(e, object, position, i.imm[0])), Memory::Element);
}

}  // namespace

// The class, which is known by then, and the typecode. Two of them, for long and for long long, mean the same.
void guard_array(Emitter& e, const Instr& i) {
  constexpr const char* kCodes[] = {"b", "B", "h", "H", "i", "I", "lq", "LQ", "f", "d"};  // from JJ_TYPE_ARRAY_I8 on
  Value* object = e.arg(i, 0);
  Value* type = e.class_of(object);
  Value* wanted = e.b.CreateLoad(e.b.getPtrTy(), e.data(Data::jj_array_type));
  e.exit_if(e.b.CreateICmpNE(type, wanted), i);
  Value* code = e.b.CreateLoad(e.b.getInt8Ty(), e.load_ptr(object, e.layout().array_kind));
  Value* differs = nullptr;
  for (const char* c = kCodes[i.imm[0] - JJ_TYPE_ARRAY_I8]; *c; c++) {
    Value* other = e.b.CreateICmpNE(code, e.b.getInt8(static_cast<uint8_t>(*c)));
    differs = differs ? e.b.CreateAnd(differs, other) : other;
  }
  e.exit_if(differs, i);
}

LOWER(ElementInt) {
  const hir::Element element = hir::element_of(i.imm[0]);
  Value* item = load(e, i);
  if (element.bytes == 8 && !element.is_signed) e.exit_if(e.b.CreateICmpSLT(item, e.int64(0)), i);
  e.define(i, e.b.CreateIntCast(item, e.b.getInt64Ty(), element.is_signed));
}
LOWER(ElementFloat) { e.define(i, e.b.CreateFPCast(load(e, i), e.b.getDoubleTy())); }

LOWER(GuardElement) { checked_position(e, i, e.arg(i, 0), e.arg(i, 1)); }
LOWER(GuardFits) {
  const hir::Element element = hir::element_of(i.imm[0]);
  Value* number = e.arg(i, 0);
  if (element.bytes == 8) return e.exit_if(e.b.CreateICmpSLT(number, e.int64(0)), i);
  llvm::Type* narrow = memory_type(e, element);
  Value* again = e.b.CreateIntCast(e.b.CreateTrunc(number, narrow), e.b.getInt64Ty(), element.is_signed);
  e.exit_if(e.b.CreateICmpNE(again, number), i);
}
LOWER(ElementPutInt) { store(e, i, e.b.CreateTrunc(e.arg(i, 0), memory_type(e, hir::element_of(i.imm[0])))); }
LOWER(ElementPutFloat) { store(e, i, e.b.CreateFPCast(e.arg(i, 0), memory_type(e, hir::element_of(i.imm[0])))); }

}  // namespace jj::lower
