// Code generation as measured best: baseline code is emitted from LLVM IR without LLVM's code generator where that is
// possible (quick.h), else by FastISel at O0, no IR passes, optionally LLVM's register allocator; optimised code goes through
// LLVM's optimiser and its full instruction selection.
#include "engine/codegen.h"

#include "engine/llvm_compat.h"
#include "engine/optimise.h"
#include "engine/pipeline.h"
#include "engine/quick.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

namespace jj::engine {
namespace {

// Only optimised code is worth the instructions of this very processor: baseline code is calls.
std::unique_ptr<llvm::TargetMachine> make_machine(Quality quality, std::string& error) {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  const llvm::Target* target = lookup_target(triple, error);
  if (!target) return nullptr;
  llvm::TargetOptions options;
  options.TrapUnreachable = true;  // code after a helper that always raises must not run into its neighbour
  std::string processor;
  llvm::SubtargetFeatures features;
  if (quality >= Quality::Straight) {
    processor = llvm::sys::getHostCPUName().str();
    for (const auto& feature : llvm::sys::getHostCPUFeatures()) features.AddFeature(feature.first(), feature.second);
  }
  const bool fully = quality >= Quality::Optimised;
  options.EnableFastISel = !fully;
  std::unique_ptr<llvm::TargetMachine> machine =
      create_machine(*target, triple, options, fully ? llvm::CodeGenOptLevel::Default : llvm::CodeGenOptLevel::None,
                     processor, features.getString());
  if (!machine) error = "no machine code generator for " + triple.str();
  return machine;
}

}  // namespace

CodeGenerator::CodeGenerator() = default;
CodeGenerator::~CodeGenerator() = default;

std::unique_ptr<CodeGenerator> CodeGenerator::create(std::string& error) {
  initialise_target();
  std::unique_ptr<CodeGenerator> generator(new CodeGenerator);
  generator->machine_ = make_machine(Quality::Fast, error);
  if (!generator->machine_) return nullptr;
  generator->context_ = std::make_unique<llvm::LLVMContext>();
  return generator;
}

std::string CodeGenerator::machine_for(Quality quality, llvm::TargetMachine*& machine) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine>& made = quality >= Quality::Optimised  ? optimising_
                                               : quality == Quality::Straight ? straight_
                                                                              : machine_;
  if (!made) made = make_machine(quality, error);
  machine = made.get();
  return error;
}

std::string CodeGenerator::build_module(const Build& build, Quality quality, bool names,
                                        std::unique_ptr<llvm::Module>& module) {
  uses_++;
  llvm::TargetMachine* machine = nullptr;
  if (std::string error = machine_for(quality, machine); !error.empty()) return error;
  context_->setDiscardValueNames(!names);
  module = std::make_unique<llvm::Module>("jj", *context_);
  set_triple(*module, machine->getTargetTriple());
  module->setDataLayout(machine->createDataLayout());
  std::string error = build(*module);
  if (error.empty() && quality >= Quality::Straight) optimise(*module, *machine, quality);
  return error;
}

Linked CodeGenerator::code(const Build& build, Quality quality, CodeMemory& memory) {
  Linked failed;
  std::unique_ptr<llvm::Module> module;
  failed.error = build_module(build, quality, false, module);
  if (!failed.error.empty()) return failed;
  if (quality == Quality::Registers)
    if (std::unique_ptr<QuickObject> quick = QuickObject::make(*module)) return quick->place(memory);
  std::unique_ptr<Pipeline>& pipeline = pipelines_[static_cast<int>(quality)];
  if (!pipeline) {
    llvm::TargetMachine* machine = nullptr;
    auto made = std::make_unique<Pipeline>();
    failed.error = machine_for(quality, machine);
    if (failed.error.empty()) failed.error = made->build(*machine, quality);
    if (!failed.error.empty()) return failed;
    pipeline = std::move(made);
  }
  return link(pipeline->run(*module), memory);
}

std::string CodeGenerator::ir_text(const Build& build, Quality quality, std::string& out) {
  std::unique_ptr<llvm::Module> module;
  if (std::string error = build_module(build, quality, true, module); !error.empty()) return error;
  llvm::raw_string_ostream stream(out);
  module->print(stream, nullptr);
  return "";
}

std::string CodeGenerator::asm_text(const Build& build, Quality quality, std::string& out) {
  std::unique_ptr<llvm::Module> module;
  if (std::string error = build_module(build, quality, true, module); !error.empty()) return error;
  llvm::TargetMachine* machine = nullptr;
  std::string error = machine_for(quality, machine);
  std::unique_ptr<QuickObject> quick;
  if (error.empty() && quality == Quality::Registers) quick = QuickObject::make(*module);
  if (quick) {
    out += quick->text(*machine);
    return error;
  }
  return error.empty() ? print_assembly(*machine, *module, quality, out) : error;
}

}  // namespace jj::engine
