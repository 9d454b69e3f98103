// Code generation as measured best for baseline code: FastISel at O0, no IR passes, optionally LLVM's register allocator.
#include "engine/codegen.h"

#include <mutex>

#include "engine/llvm_compat.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

namespace jj::engine {
namespace {

// LLVM reads these switches from process-wide options while it builds a pass pipeline: hold the lock around that.
std::mutex pipeline_mutex;

template <typename T>
void set_option(const char* name, T value) {
  auto& options = llvm::cl::getRegisteredOptions();
  auto found = options.find(name);
  if (found != options.end()) static_cast<llvm::cl::opt<T>*>(found->second)->setValue(value);
}

void choose_register_allocator(bool optimising) {
  set_option("optimize-regalloc", optimising ? llvm::cl::BOU_TRUE : llvm::cl::BOU_FALSE);
}

void initialise_target() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    // The scheduler comes with the optimising register allocator, costs a tenth of it and changes nothing here. LLVM
    // asks whether this option was given, so a changed value alone does not count.
    auto& options = llvm::cl::getRegisteredOptions();
    auto scheduler = options.find("enable-misched");
    if (scheduler != options.end()) scheduler->second->addOccurrence(0, "enable-misched", "false");
  });
}

}  // namespace

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

CodeGenerator::~CodeGenerator() = default;

std::string CodeGenerator::build_module(const Build& build, bool names, std::unique_ptr<llvm::Module>& module) {
  uses_++;
  context_->setDiscardValueNames(!names);
  module = std::make_unique<llvm::Module>("jj", *context_);
  set_triple(*module, machine_->getTargetTriple());
  module->setDataLayout(machine_->createDataLayout());
  return build(*module);
}

std::string CodeGenerator::object(const Build& build, bool regalloc, ObjectCode& out) {
  std::unique_ptr<llvm::Module> module;
  if (std::string error = build_module(build, false, module); !error.empty()) return error;
  llvm::raw_svector_ostream stream(out);
  llvm::legacy::PassManager passes;
  llvm::MCContext* context = nullptr;
  {
    std::lock_guard lock(pipeline_mutex);
    choose_register_allocator(regalloc);
    if (machine_->addPassesToEmitMC(passes, context, stream, true)) return "LLVM cannot emit machine code here";
  }
  passes.run(*module);
  return "";
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
  llvm::SmallVector<char, 0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  {
    std::lock_guard lock(pipeline_mutex);
    choose_register_allocator(regalloc);
    if (machine_->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile, true))
      return "LLVM cannot print assembly here";
  }
  passes.run(*module);
  out.append(text.data(), text.size());
  return "";
}

}  // namespace jj::engine
