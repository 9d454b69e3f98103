// Places an ELF object of one function in executable memory.
#pragma once
#include <string>

#include "engine/code_memory.h"
#include "llvm/ADT/ArrayRef.h"

namespace jj::engine {

struct Linked {
  std::string error;  // empty: `block` holds executable code
  CodeMemory::Block block;
  void* address = nullptr;  // of the function
  size_t code_bytes = 0;
};

// `object` defines one global function and refers to symbols of `memory` only.
Linked link(llvm::ArrayRef<char> object, CodeMemory& memory);

}  // namespace jj::engine
