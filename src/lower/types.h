// LLVM types of values and of helpers.
#pragma once
#include "hir/function.h"
#include "llvm/IR/IRBuilder.h"

namespace jj::lower {

// A value's, where it is in registers; of objects a pointer.
llvm::Type* register_type(llvm::IRBuilder<>& b, hir::Result kind);

// `signature`: as HelperInfo has it.
llvm::FunctionType* function_type(llvm::LLVMContext& context, const char* signature);

}  // namespace jj::lower
