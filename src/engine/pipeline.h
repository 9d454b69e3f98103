// LLVM's code generation passes for baseline code, built once and run over one module after another.
#pragma once
#include <string>

#include "engine/codegen.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/raw_ostream.h"

namespace jj::engine {

// The native target and the options that LLVM keeps for the whole process; to be called before anything else of LLVM.
void initialise_target();

// From modules of one target machine to ELF objects in memory.
class Pipeline {
 public:
  // Answers an error or "".
  std::string build(llvm::TargetMachine& machine, Quality quality);
  // The object is valid until the next run.
  const ObjectCode& run(llvm::Module& module);

 private:
  ObjectCode object_;
  llvm::raw_svector_ostream stream_{object_};
  llvm::legacy::PassManager passes_;
};

// The same passes, with assembly text at the end.
std::string print_assembly(llvm::TargetMachine& machine, llvm::Module& module, Quality quality, std::string& out);

}  // namespace jj::engine
