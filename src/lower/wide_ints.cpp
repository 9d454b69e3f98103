// Reading ints of more than one digit in loops: a function of the module's own that changes no register but its result's, so
// that the registers of the loop around it stay where they are. A call of the runtime's would have them saved.
#include "lower/wide_ints.h"

#include "llvm/IR/Module.h"

namespace jj::lower {
namespace {

constexpr const char* kName = "jj.read_int";
constexpr unsigned kMostDigits = 3, kDigitBits = 30;

Value* digit(Emitter& e, llvm::IRBuilder<>& b, Value* object, Value* offset) {
  auto* load = b.CreateAlignedLoad(b.getInt32Ty(), b.CreateInBoundsGEP(b.getInt8Ty(), object, offset), llvm::Align(4));
  return b.CreateZExt(e.mark(load, Memory::Number), b.getInt64Ty());
}

// Two or three digits: {the value, whether 64 bits hold it}.
void fill(Emitter& e, llvm::Function* fn) {
  const JJLayout& l = e.layout();
  llvm::IRBuilder<> b(llvm::BasicBlock::Create(fn->getContext(), "start", fn));
  Value* object = fn->getArg(0);
  auto at = [&](int64_t offset) { return b.getInt64(static_cast<uint64_t>(offset)); };
  Value* address = b.CreateInBoundsGEP(b.getInt8Ty(), object, at(l.long_size));
  Value* size = e.mark(b.CreateAlignedLoad(b.getInt64Ty(), address, llvm::Align(8)), Memory::Number);
  Value* negative = l.long_tagged ? b.CreateICmpNE(b.CreateAnd(size, at(2)), at(0)) : b.CreateICmpSLT(size, at(0));
  Value* count = l.long_tagged ? b.CreateLShr(size, at(3)) : b.CreateSelect(negative, b.CreateNeg(size), size);
  Value* three = b.CreateICmpEQ(count, at(kMostDigits));
  // With two digits the second is read twice: behind it the object may end.
  Value* last = digit(e, b, object, b.CreateSelect(three, at(l.long_digits + 8), at(l.long_digits + 4)));
  Value* top = b.CreateSelect(three, last, at(0));
  Value* low = b.CreateOr(digit(e, b, object, at(l.long_digits)),
                          b.CreateShl(digit(e, b, object, at(l.long_digits + 4)), at(kDigitBits)));
  Value* size_of = b.CreateOr(low, b.CreateShl(top, at(int64_t{2} * kDigitBits)));
  Value* value = b.CreateSelect(negative, b.CreateNeg(size_of), size_of);
  Value* fits = b.CreateAnd(b.CreateICmpULE(count, at(kMostDigits)), b.CreateICmpULT(top, at(16)));
  fits = b.CreateAnd(fits, b.CreateICmpEQ(b.CreateICmpSLT(value, at(0)), negative));
  Value* answer = b.CreateInsertValue(llvm::PoisonValue::get(fn->getReturnType()), value, 0);
  b.CreateRet(b.CreateInsertValue(answer, b.CreateZExt(fits, b.getInt64Ty()), 1));
}

llvm::Function* reader(Emitter& e) {
  llvm::Module& module = e.module();
  if (llvm::Function* made = module.getFunction(kName)) return made;
  llvm::Type* word = e.b.getInt64Ty();
  auto* type = llvm::FunctionType::get(llvm::StructType::get(word, word), {e.b.getPtrTy()}, false);
  auto* fn = llvm::Function::Create(type, llvm::Function::InternalLinkage, kName, module);
  fn->setCallingConv(llvm::CallingConv::PreserveAll);
  fn->setDoesNotThrow();
  fn->setWillReturn();
  fn->setOnlyReadsMemory();
  fn->addFnAttr(llvm::Attribute::NoInline);
  fill(e, fn);
  return fn;
}

}  // namespace

WideInt read_wide_int(Emitter& e, Value* object) {
  llvm::CallInst* call = e.b.CreateCall(reader(e), {object});
  call->setCallingConv(llvm::CallingConv::PreserveAll);
  e.mark(call, Memory::Number);
  return {e.b.CreateExtractValue(call, 0), e.b.CreateExtractValue(call, 1)};
}

}  // namespace jj::lower
