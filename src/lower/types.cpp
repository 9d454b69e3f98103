// LLVM types of values and of helpers.
#include "lower/types.h"

#include <vector>

namespace jj::lower {
namespace {

llvm::Type* type_of(llvm::LLVMContext& context, char code) {
  switch (code) {
    case 'p': return llvm::PointerType::getUnqual(context);
    case 'i': return llvm::Type::getInt32Ty(context);
    case 'l': return llvm::Type::getInt64Ty(context);
    case 'd': return llvm::Type::getDoubleTy(context);
    default: return llvm::Type::getVoidTy(context);
  }
}

}  // namespace

llvm::FunctionType* function_type(llvm::LLVMContext& context, const char* signature) {
  std::vector<llvm::Type*> params;
  for (const char* c = signature + 1; *c; c++) params.push_back(type_of(context, *c));
  return llvm::FunctionType::get(type_of(context, signature[0]), params, false);
}

llvm::Type* register_type(llvm::IRBuilder<>& b, hir::Result kind) {
  switch (kind) {
    case hir::Result::Int: return b.getInt64Ty();
    case hir::Result::Float: return b.getDoubleTy();
    case hir::Result::Complex: return llvm::FixedVectorType::get(b.getDoubleTy(), 2);
    case hir::Result::Cond: return b.getInt32Ty();
    default: return b.getPtrTy();
  }
}

}  // namespace jj::lower
