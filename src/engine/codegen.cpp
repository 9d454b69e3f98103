// Code generation as measured best for baseline code: FastISel at O0, no IR passes, optionally LLVM's register allocator.
#include "engine/codegen.h"

#include "engine/llvm_compat.h"
#include "engine/pipeline.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/TargetParser/Host.h"

namespace jj::engine {

CodeGenerator::CodeGenerator() = default;
CodeGenerator::~CodeGenerator() = default;

std::unique_ptr<CodeGenerator> CodeGenerator::create(std::string& error) {
  initialise_target();
  llvm::Triple triple(llvm::sys::getProcessTriple());
  const llvm::Target* target = lookup_target(triple, error);
  if (!target) return nullptr;
  llvm::TargetOptions options;
  options.EnableFastISel = true;
  options.TrapUnreachable = true;  // code after a helper that always raises must not run into its neighbour
  std::unique_ptr<CodeGenerator> generator(new CodeGenerator);
  generator->machine_ = create_machine(*target, triple, options);
  if (!generator->machine_) {
    error = "no machine code generator for " + triple.str();
    return nullptr;
  }
  generator->context_ = std::make_unique<llvm::LLVMContext>();
  return generator;
}

std::string CodeGenerator::build_module(const Build& build, bool names, std::unique_ptr<llvm::Module>& module) {
  uses_++;
  context_->setDiscardValueNames(!names);
  module = std::make_unique<llvm::Module>("jj", *context_);
  set_triple(*module, machine_->getTargetTriple());
  module->setDataLayout(machine_->createDataLayout());
  return build(*module);
}

const ObjectCode* CodeGenerator::object(const Build& build, bool regalloc, std::string& error) {
  std::unique_ptr<llvm::Module> module;
  error = build_module(build, false, module);
  if (!error.empty()) return nullptr;
  std::unique_ptr<Pipeline>& pipeline = pipelines_[regalloc];
  if (!pipeline) {
    auto made = std::make_unique<Pipeline>();
    error = made->build(*machine_, regalloc);
    if (!error.empty()) return nullptr;
    pipeline = std::move(made);
  }
  return &pipeline->run(*module);
}

std::string CodeGenerator::ir_text(const Build& build, std::string& out) {
  std::unique_ptr<llvm::Module> module;
  if (std::string error = build_module(build, true, module); !error.empty()) return error;
  llvm::raw_string_ostream stream(out);
  module->print(stream, nullptr);
  return "";
}

std::string CodeGenerator::asm_text(const Build& build, bool regalloc, std::string& out) {
  std::unique_ptr<llvm::Module> module;
  if (std::string error = build_module(build, true, module); !error.empty()) return error;
  return print_assembly(*machine_, *module, regalloc, out);
}

}  // namespace jj::engine
