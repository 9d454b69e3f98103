// The differences between the supported LLVM versions (19 to 22), and nothing else: the only place that tests one.
#pragma once
#include <memory>
#include <string>

#include "llvm/Config/llvm-config.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#if LLVM_VERSION_MAJOR >= 20
#include "llvm/Analysis/LastRunTrackingAnalysis.h"
#endif

namespace jj::engine {

inline const llvm::Target* lookup_target(const llvm::Triple& triple, std::string& error) {
#if LLVM_VERSION_MAJOR >= 22
  return llvm::TargetRegistry::lookupTarget(triple, error);
#else
  return llvm::TargetRegistry::lookupTarget(triple.str(), error);
#endif
}

inline std::unique_ptr<llvm::TargetMachine> create_machine(const llvm::Target& target, const llvm::Triple& triple,
                                                           const llvm::TargetOptions& options,
                                                           llvm::CodeGenOptLevel level, const std::string& cpu = "",
                                                           const std::string& features = "") {
#if LLVM_VERSION_MAJOR >= 21
  const llvm::Triple& name = triple;
#else
  const std::string& name = triple.str();
#endif
  return std::unique_ptr<llvm::TargetMachine>(
      target.createTargetMachine(name, cpu, features, options, llvm::Reloc::PIC_, llvm::CodeModel::Small, level, true));
}

inline void set_triple(llvm::Module& module, const llvm::Triple& triple) {
#if LLVM_VERSION_MAJOR >= 21
  module.setTargetTriple(triple);
#else
  module.setTargetTriple(triple.str());
#endif
}

// Analyses that LLVM's optimiser asks for and earlier versions do not have.
inline void register_new_analyses([[maybe_unused]] llvm::FunctionAnalysisManager& functions) {
#if LLVM_VERSION_MAJOR >= 20
  functions.registerPass([] { return llvm::LastRunTrackingAnalysis(); });
#endif
}

}  // namespace jj::engine
