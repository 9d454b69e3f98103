// The differences between the supported LLVM versions (19 to 22), and nothing else: the only place that tests one.
#pragma once
#include <memory>
#include <string>

#include "llvm/Config/llvm-config.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

namespace jj::engine {

inline const llvm::Target* lookup_target(const llvm::Triple& triple, std::string& error) {
#if LLVM_VERSION_MAJOR >= 22
  return llvm::TargetRegistry::lookupTarget(triple, error);
#else
  return llvm::TargetRegistry::lookupTarget(triple.str(), error);
#endif
}

inline std::unique_ptr<llvm::TargetMachine> create_machine(const llvm::Target& target, const llvm::Triple& triple,
                                                           const llvm::TargetOptions& options) {
#if LLVM_VERSION_MAJOR >= 21
  const llvm::Triple& name = triple;
#else
  const std::string& name = triple.str();
#endif
  return std::unique_ptr<llvm::TargetMachine>(target.createTargetMachine(
      name, "", "", options, llvm::Reloc::PIC_, llvm::CodeModel::Small, llvm::CodeGenOptLevel::None, true));
}

inline void set_triple(llvm::Module& module, const llvm::Triple& triple) {
#if LLVM_VERSION_MAJOR >= 21
  module.setTargetTriple(triple);
#else
  module.setTargetTriple(triple.str());
#endif
}

}  // namespace jj::engine

#ifdef JJ_ENGINE_LINKING  // the JITLink headers are heavy: only the linking half asks for them
#include "llvm/ExecutionEngine/JITLink/JITLink.h"
#include "llvm/ExecutionEngine/JITLink/x86_64.h"
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/ExecutorProcessControl.h"
#if __has_include("llvm/ExecutionEngine/Orc/AbsoluteSymbols.h")  // split off Core.h after 19
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#endif
#if __has_include("llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h")
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#endif

namespace jj::engine {

inline std::unique_ptr<llvm::jitlink::LinkGraph> create_graph(const std::string& name,
                                                              [[maybe_unused]] llvm::orc::ExecutionSession& session,
                                                              const llvm::Triple& triple) {
#if LLVM_VERSION_MAJOR >= 20
  return std::make_unique<llvm::jitlink::LinkGraph>(name, session.getSymbolStringPool(), triple,
                                                    llvm::SubtargetFeatures(), llvm::jitlink::x86_64::getEdgeKindName);
#else
  return std::make_unique<llvm::jitlink::LinkGraph>(name, triple, llvm::jitlink::x86_64::getEdgeKindName);
#endif
}

}  // namespace jj::engine
#endif
