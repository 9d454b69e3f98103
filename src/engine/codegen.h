// LLVM IR to machine code in memory: one code generator serves one thread at a time.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "engine/link.h"
#include "llvm/ADT/SmallVector.h"

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
}  // namespace llvm

namespace jj::engine {

class Pipeline;
using Build = std::function<std::string(llvm::Module&)>;  // fills a module; answers an error or ""
using ObjectCode = llvm::SmallVector<char, 0>;

class CodeGenerator {
 public:
  // Null with `error` set when this machine has no target.
  static std::unique_ptr<CodeGenerator> create(std::string& error);
  ~CodeGenerator();

  // What `build` makes, placed in `memory`.
  Linked code(const Build& build, Quality quality, CodeMemory& memory);
  // Each answers an error or "".
  std::string ir_text(const Build& build, Quality quality, std::string& out);
  std::string asm_text(const Build& build, Quality quality, std::string& out);

  int uses() const { return uses_; }

 private:
  CodeGenerator();
  std::string build_module(const Build& build, Quality quality, bool names, std::unique_ptr<llvm::Module>& module);
  std::string machine_for(Quality quality, llvm::TargetMachine*& machine);

  std::unique_ptr<llvm::LLVMContext> context_;
  std::unique_ptr<llvm::TargetMachine> machine_, straight_, optimising_;  // all but the first: made when first used
  std::unique_ptr<Pipeline> pipelines_[static_cast<int>(Quality::Vectorised) + 1];  // by quality, built when first used
  int uses_ = 0;
};

}  // namespace jj::engine
