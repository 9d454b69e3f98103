// Machine code of baseline functions, straight from LLVM IR, in a fraction of the time that LLVM's code generator takes.
//
// Baseline code is calls, moves between slots, and comparisons; all that is known here are those instructions. LLVM's code
// generator does the rest.
#pragma once
#include <memory>
#include <string>

#include "engine/code_memory.h"
#include "engine/link.h"

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace jj::engine {

// The functions of a module, which has to stay, as code at successive places.
class QuickObject {
 public:
  // Null: the module has something that is not known here.
  static std::unique_ptr<QuickObject> make(const llvm::Module& module);
  virtual ~QuickObject() = default;
  virtual Linked place(CodeMemory& memory) const = 0;
  virtual std::string text(const llvm::TargetMachine& machine) const = 0;
};

}  // namespace jj::engine
