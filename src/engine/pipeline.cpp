// Which of LLVM's code generation passes code goes through: its own list, without what never has anything to do here.
#include "engine/pipeline.h"

#include <memory>
#include <mutex>
#include <set>

#include "engine/llvm_compat.h"
#include "llvm/MC/MCContext.h"
#include "llvm/Pass.h"
#include "llvm/PassInfo.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/TargetSelect.h"

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

// CodeGenPrepare takes more than linear time and gives nothing to baseline code; optimised code needs it to fold addresses.
void choose_options(Quality quality) {
  set_option("optimize-regalloc", quality == Quality::Fast ? llvm::cl::BOU_FALSE : llvm::cl::BOU_TRUE);
  set_option("disable-cgp", quality == Quality::Fast);
}

// Each pass costs a few microseconds for every function, however small. Those below would find nothing to do, because
// lowering makes none of what they look for; the arguments are those of LLVM 19 to 22, the names are of passes that have
// no argument there.
const std::set<llvm::StringRef> kIdlePasses = {
    // Atomics, indirect branches.
    "atomic-expand", "indirectbr-expand", "callbrprepare",
    // Vector tiles, x87, extended encodings.
    "lower-amx-intrinsics", "lower-amx-type", "x86-lower-amx-intrinsics", "x86-lower-amx-type", "fastpretileconfig",
    "x86-fast-pre-tile-config", "tileconfig", "x86-tile-config", "lowertilecopy", "x86-lower-tile-copy", "x86-codegen",
    "x86-fp-stackifier", "X86 FP Stackifier", "x86-compress-evex", "X86 insert wait instruction",
    "x86-suppress-apx-for-relocation",
    // LLVM's garbage collection, exceptions and unwind tables, statepoints.
    "gc-lowering", "shadow-stack-gc-lowering", "gc-analysis", "dwarf-eh-prepare", "funclet-layout",
    "fixup-statepoint-caller-saved", "stackmap-liveness", "cfi-instr-inserter",
    // Variable stack objects, position-independent bases of 32-bit code.
    "safe-stack", "x86argumentstackrebase", "localstackalloc", "x86-dyn-alloca-expander", "X86 DynAlloca Expander",
    "X86 PIC Global Base Reg Initialization", "X86 Global Base Reg Initialization",
    // Debug information, instrumentation, statistics.
    "debug-ata", "livedebugvalues", "removeredundantdebugvalues", "remove-loads-into-fake-uses",
    "post-inline-ee-instrument", "fentry-insert", "xray-instrumentation", "patchable-function", "pseudo-probe-inserter",
    "machine-sanmd", "regallocscoringpass", "stack-frame-layout",
    // Hardening that is off.
    "x86-slh", "kcfi", "x86-seses", "x86-return-thunks", "x86-lvi-ret", "x86-lvi-load", "X86 Indirect Branch Tracking",
    "X86 Indirect Thunks", "stack-protector",
    // Objective-C, chains of memcmp, calls of vector libraries, stack objects whose lives are told, old processors.
    "objc-arc-contract", "mergeicmps", "replace-with-veclib", "stack-coloring", "X86 Atom pad short functions",
    // Hints that profiles of the hardware give, bundles.
    "X86 Discriminate Memory Operands", "X86 Insert Cache Prefetches", "unpack-mi-bundles",
    // The processor finds its own order.
    "post-RA-sched",
    // These find something, but nothing that changes the speed of the code in any kernel: kill flags (the register coalescer
    // works with live intervals), moves between register files, stores that loads are waiting for, what several ways repeat.
    "livevars", "x86-domain-reassignment", "x86-execution-domain-fix", "x86-avoid-sfb", "canon-freeze",
    "machine-latecleanup"};

// The same for code without vectors.
const std::set<llvm::StringRef> kIdleWithoutVectors = {
    "pre-isel-intrinsic-lowering", "expand-ir-insts", "expand-large-div-rem", "expand-large-fp-convert",
    "lower-constant-intrinsics", "expandvp", "scalarize-masked-mem-intrin", "expand-reductions",
    "X86 vzeroupper inserter",
    // Registers in parts.
    "detect-dead-lanes", "init-undef", "rename-independent-subregs",
    // These find something, but nothing that changes the speed of the code, and cost much: copies that no block needs, the
    // scheduler.
    "machine-cp", "machine-scheduler"};

bool is_idle(const llvm::Pass& pass, Quality quality) {
  const llvm::PassInfo* info = llvm::Pass::lookupPassInfo(pass.getPassID());
  llvm::StringRef argument = info ? info->getPassArgument() : "";
  const llvm::StringRef name = argument.empty() ? pass.getPassName() : argument;
  return kIdlePasses.count(name) || (quality < Quality::Optimised && kIdleWithoutVectors.count(name));
}

// LLVM's target adds its passes through this one.
class WithoutIdlePasses final : public llvm::legacy::PassManagerBase {
 public:
  WithoutIdlePasses(llvm::legacy::PassManagerBase& passes, Quality quality) : passes_(passes), quality_(quality) {}
  void add(llvm::Pass* pass) override {
    if (is_idle(*pass, quality_))
      delete pass;
    else
      passes_.add(pass);
  }

 private:
  llvm::legacy::PassManagerBase& passes_;
  Quality quality_;
};

}  // namespace

void initialise_target() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    set_option("x86-tile-ra", false);  // else the register allocator runs twice
  });
}

std::string Pipeline::build(llvm::TargetMachine& machine, Quality quality) {
  WithoutIdlePasses passes(passes_, quality);
  llvm::MCContext* context = nullptr;
  std::lock_guard lock(pipeline_mutex);
  choose_options(quality);
  if (machine.addPassesToEmitMC(passes, context, stream_, true)) return "LLVM cannot emit machine code here";
  return "";
}

const ObjectCode& Pipeline::run(llvm::Module& module) {
  object_.clear();
  passes_.run(module);
  return object_;
}

std::string print_assembly(llvm::TargetMachine& machine, llvm::Module& module, Quality quality, std::string& out) {
  ObjectCode text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager all;
  {
    WithoutIdlePasses passes(all, quality);
    std::lock_guard lock(pipeline_mutex);
    choose_options(quality);
    if (machine.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile, true))
      return "LLVM cannot print assembly here";
  }
  all.run(module);
  out.append(text.data(), text.size());
  return "";
}

}  // namespace jj::engine
