// LLVM's optimiser for code of the optimising tier: which passes, in which order.
#pragma once
#include "engine/engine.h"

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace jj::engine {

void optimise(llvm::Module& module, llvm::TargetMachine& machine, Quality quality);

}  // namespace jj::engine
