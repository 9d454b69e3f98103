// A list of passes that vectorises as LLVM's -O2 does at a third of its time. The analyses are named one by one: LLVM's own
// pass builder would link every pass there is.
#include "engine/optimise.h"

#include "engine/llvm_compat.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/BasicAliasAnalysis.h"
#include "llvm/Analysis/BlockFrequencyInfo.h"
#include "llvm/Analysis/BranchProbabilityInfo.h"
#include "llvm/Analysis/DemandedBits.h"
#include "llvm/Analysis/LoopAccessAnalysis.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/MemoryDependenceAnalysis.h"
#include "llvm/Analysis/MemorySSA.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/Analysis/PhiValues.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/Analysis/ProfileSummaryInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Analysis/TypeBasedAliasAnalysis.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassInstrumentation.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/DeadStoreElimination.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopDeletion.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/LoopUnrollPass.h"
#include "llvm/Transforms/Scalar/SimpleLoopUnswitch.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/LCSSA.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "llvm/Transforms/Vectorize/LoopVectorize.h"

namespace jj::engine {
namespace {

class Analyses {
 public:
  explicit Analyses(llvm::TargetMachine& machine) : target_(machine.getTargetTriple()) {
    functions.registerPass([&] { return machine.getTargetIRAnalysis(); });
    functions.registerPass([&] { return llvm::TargetLibraryAnalysis(target_); });
    functions.registerPass([] {
      llvm::AAManager aliases;
      aliases.registerFunctionAnalysis<llvm::BasicAA>();
      aliases.registerFunctionAnalysis<llvm::TypeBasedAA>();
      return aliases;
    });
    add<llvm::AssumptionAnalysis, llvm::BasicAA, llvm::BlockFrequencyAnalysis, llvm::BranchProbabilityAnalysis,
        llvm::DemandedBitsAnalysis, llvm::DominatorTreeAnalysis, llvm::LoopAccessAnalysis, llvm::LoopAnalysis,
        llvm::MemoryDependenceAnalysis, llvm::MemorySSAAnalysis, llvm::OptimizationRemarkEmitterAnalysis,
        llvm::PhiValuesAnalysis, llvm::PostDominatorTreeAnalysis, llvm::ScalarEvolutionAnalysis,
        llvm::ShouldRunExtraVectorPasses, llvm::PassInstrumentationAnalysis, llvm::TypeBasedAA>();
    register_new_analyses(functions);
    loops.registerPass([] { return llvm::PassInstrumentationAnalysis(); });
    loops.registerPass([] { return llvm::ShouldRunExtraSimpleLoopUnswitch(); });  // IndVarSimplify asks for it
    modules.registerPass([] { return llvm::PassInstrumentationAnalysis(); });
    modules.registerPass([] { return llvm::ProfileSummaryAnalysis(); });
    modules.registerPass([&] { return llvm::FunctionAnalysisManagerModuleProxy(functions); });
    functions.registerPass([&] { return llvm::ModuleAnalysisManagerFunctionProxy(modules); });
    functions.registerPass([&] { return llvm::LoopAnalysisManagerFunctionProxy(loops); });
    loops.registerPass([&] { return llvm::FunctionAnalysisManagerLoopProxy(functions); });
  }

  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::ModuleAnalysisManager modules;

 private:
  template <class... Analysis>
  void add() {
    (functions.registerPass([] { return Analysis(); }), ...);
  }
  llvm::TargetLibraryInfoImpl target_;
};

llvm::InstCombinePass combine() { return llvm::InstCombinePass(llvm::InstCombineOptions().setVerifyFixpoint(false)); }

void clean_up(llvm::FunctionPassManager& passes) {
  passes.addPass(combine());
  passes.addPass(llvm::SimplifyCFGPass());
}

void prepare_loops(llvm::FunctionPassManager& passes) {
  passes.addPass(llvm::LoopSimplifyPass());
  passes.addPass(llvm::LCSSAPass());
}

void hoist(llvm::FunctionPassManager& passes) {
  llvm::LoopPassManager loops;
  loops.addPass(llvm::LoopRotatePass());
  loops.addPass(llvm::LICMPass(llvm::LICMOptions()));
  loops.addPass(llvm::SimpleLoopUnswitchPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops), /*UseMemorySSA=*/true));
}

void simplify_counts(llvm::FunctionPassManager& passes) {
  llvm::LoopPassManager loops;
  loops.addPass(llvm::IndVarSimplifyPass());
  loops.addPass(llvm::LoopDeletionPass());
  loops.addPass(llvm::LoopFullUnrollPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loops)));
}

void copy_loops(llvm::FunctionPassManager& passes, bool vectors) {
  llvm::LoopPassManager rotate;
  rotate.addPass(llvm::LoopRotatePass());
  prepare_loops(passes);
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(rotate)));
  if (vectors) passes.addPass(llvm::LoopVectorizePass());
  clean_up(passes);
  passes.addPass(llvm::LoopUnrollPass());
  llvm::LoopPassManager licm;
  licm.addPass(llvm::LICMPass(llvm::LICMOptions()));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(licm), /*UseMemorySSA=*/true));
  passes.addPass(llvm::SimplifyCFGPass());
}

void optimise_loops(llvm::FunctionPassManager& passes) {
  prepare_loops(passes);
  hoist(passes);
  passes.addPass(llvm::SimplifyCFGPass());
  simplify_counts(passes);
  // What is redundant on some ways only is rarely worth a sixth of this pass's time.
  passes.addPass(llvm::GVNPass(llvm::GVNOptions().setPRE(false)));
  passes.addPass(llvm::DSEPass());
  clean_up(passes);
}

// Functions without a frame that are small stand in place of their calls, where their constant arguments are known.
constexpr size_t kMostInlined = 150, kMostGrowth = 1200;  // LLVM's instructions: of the callee, by which a caller grows

std::vector<llvm::CallInst*> calls_of(llvm::Function& callee) {
  std::vector<llvm::CallInst*> calls;
  for (llvm::User* user : callee.users())
    if (auto* call = llvm::dyn_cast<llvm::CallInst>(user); call && call->getCalledFunction() == &callee) {
      if (call->getFunction() == &callee) return {};  // recursion
      calls.push_back(call);
    }
  return calls;
}

void inline_calls(llvm::Module& module) {
  size_t growth = 0;
  for (llvm::Function& f : llvm::make_early_inc_range(module)) {
    if (f.isDeclaration() || !f.hasInternalLinkage() || f.hasFnAttribute(llvm::Attribute::NoInline)) continue;
    const size_t size = f.getInstructionCount();
    if (size > kMostInlined) continue;
    for (llvm::CallInst* call : calls_of(f)) {
      if (growth + size > kMostGrowth) return;
      llvm::InlineFunctionInfo info;
      if (llvm::InlineFunction(*call, info).isSuccess()) growth += size;
    }
    if (f.use_empty()) f.eraseFromParent();
  }
}

}  // namespace

void optimise(llvm::Module& module, llvm::TargetMachine& machine, Quality quality) {
  if (quality > Quality::Straight) inline_calls(module);
  Analyses analyses(machine);
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  clean_up(passes);
  if (quality > Quality::Straight) optimise_loops(passes);
  if (quality >= Quality::Unrolled) copy_loops(passes, quality >= Quality::Vectorised);
  for (llvm::Function& f : module)
    if (!f.isDeclaration()) passes.run(f, analyses.functions);
}

}  // namespace jj::engine
