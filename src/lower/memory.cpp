// What LLVM is told of memory: which kinds of accesses cannot overlap, and what can always be read.
#include "llvm/IR/MDBuilder.h"
#include "lower/emitter.h"

namespace jj::lower {
namespace {

struct Row {
  const char* name;
  Memory parent;
};
constexpr Row kRows[] = {
    {"root", Memory::Root},     {"values", Memory::Root},  {"count", Memory::Values}, {"item", Memory::Values},
    {"number", Memory::Values}, {"element", Memory::Root}, {"type", Memory::Root},    {"length", Memory::Root},
    {"items", Memory::Root},    {"frame", Memory::Root},   {"code", Memory::Root},    {"dict", Memory::Root},
    {"iterator", Memory::Root},
};
static_assert(std::size(kRows) == static_cast<size_t>(Memory::Iterator) + 1);

llvm::MDNode* node(llvm::MDBuilder& builder, Memory memory) {
  const Row& row = kRows[static_cast<size_t>(memory)];
  if (memory == Memory::Root) return builder.createTBAARoot(row.name);
  return builder.createTBAAScalarTypeNode(row.name, node(builder, row.parent));
}

}  // namespace

llvm::Value* Emitter::mark(Value* access, Memory memory) {
  if (!options_.optimise) return access;
  llvm::MDNode*& tag = memory_kinds_[static_cast<size_t>(memory)];
  if (!tag) {
    llvm::MDBuilder builder(b.getContext());
    llvm::MDNode* kind = node(builder, memory);
    tag = builder.createTBAAStructTagNode(kind, kind, 0);
  }
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(access);
  if (!instruction) return access;
  instruction->setMetadata(llvm::LLVMContext::MD_tbaa, tag);
  if (auto* call = llvm::dyn_cast<llvm::CallInst>(instruction)) call->addFnAttr(llvm::Attribute::WillReturn);
  return access;
}

llvm::Value* Emitter::load64(Value* base, int64_t offset, Memory memory) {
  return mark(b.CreateAlignedLoad(b.getInt64Ty(), at(base, offset), llvm::Align(8)), memory);
}

void Emitter::store(Value* value, Value* base, int64_t offset, Memory memory) {
  mark(b.CreateStore(value, at(base, offset)), memory);
}

// A generator's frame lies where it is as long as the generator is in its stack entry.
Emitter::Slot Emitter::slot_of(int place) {
  const hir::Inlined* site = f_.lent ? hir::generator_of(f_, place) : nullptr;
  if (!site) return {frame_, place < f_.nslots ? place : place - f_.lent};
  Value* generator = load_stack(site->generator);
  Value* frame = layout_.generator_has_frame ? at(generator, layout_.generator_frame)
                                             : load_ptr(generator, layout_.generator_frame, Memory::Items);
  return {frame, place < f_.nslots ? place - site->locals : site->nlocals + place - f_.nslots - site->base};
}

llvm::Value* Emitter::slot_at(int place) {
  const Slot slot = slot_of(place);
  return at(slot.frame, slot_offset(slot.number));
}

// A frame lies where it is as long as its code runs.
void Emitter::say_frame_is_readable() {
  const int stack = f_.real_stack < 0 ? f_.stacksize : f_.real_stack;
  const auto bytes = static_cast<uint64_t>(stack_offset(stack));
  if (options_.optimise && !frameless()) fn_->addDereferenceableParamAttr(1, bytes);
}

}  // namespace jj::lower
