// Places an ELF object of one function, perhaps in two forms, in executable memory.
#pragma once
#include <string>

#include "engine/code_memory.h"
#include "engine/engine.h"
#include "llvm/ADT/ArrayRef.h"

namespace jj::engine {

struct Linked {
  std::string error;  // empty: `block` holds executable code
  CodeMemory::Block block;
  void* address = nullptr;    // of the function
  void* frameless = nullptr;  // of its second form, if there is one
  size_t code_bytes = 0;
};

// `object` defines one global function, perhaps in two forms, and refers to symbols of `memory` only.
Linked link(llvm::ArrayRef<char> object, CodeMemory& memory);

}  // namespace jj::engine
