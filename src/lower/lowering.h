// What the files with LOWER rows share. Every operation is declared here: one without a row does not link.
#pragma once
#include "lower/emitter.h"

namespace jj::lower {

using hir::Block;
using hir::Instr;
using hir::Op;
using llvm::Value;

template <Op op>
struct Lowering;

#define OP(name, result, operands, immediates, effects, doc)         \
  template <>                                                        \
  struct Lowering<Op::name> {                                        \
    static void run(Emitter& e, const Instr& i, const Block& block); \
  };
#include "hir/ops.def"
#undef OP

// e: the emitter, i: the instruction, block: the HIR block it ends (terminators).
#define LOWER(name)                                                                          \
  void Lowering<Op::name>::run([[maybe_unused]] Emitter& e, [[maybe_unused]] const Instr& i, \
                               [[maybe_unused]] const Block& block)

inline Value* null_object(Emitter& e) { return llvm::ConstantPointerNull::get(e.b.getPtrTy()); }

// Conditions are i32; one made by a comparison just before is used as it is.
inline Value* test(Emitter& e, Value* cond) {
  auto* widened = llvm::dyn_cast<llvm::ZExtInst>(cond);
  if (widened && widened->getParent() == e.b.GetInsertBlock()) return widened->getOperand(0);
  return e.b.CreateICmpNE(cond, e.int32(0));
}
// typed_elements.cpp: leaves unless the operand is an array.array of items of type i.imm[0].
void guard_array(Emitter& e, const Instr& i);

inline Value* is_bool(Emitter& e, Value* object) {
  Value* yes = e.b.CreateICmpEQ(object, e.data(Data::jj_true));
  return e.b.CreateOr(yes, e.b.CreateICmpEQ(object, e.data(Data::jj_false)));
}
inline Value* condition(Emitter& e, Value* bit) { return e.b.CreateZExt(bit, e.b.getInt32Ty()); }

}  // namespace jj::lower
