// Lowers one HIR function to LLVM IR: `ptr body(ptr ts, ptr fr, ptr cd, i64 entry)` over the interpreter's frame.
//
// A function that needs no frame (passes/frameless.h) becomes `ptr body(ptr ts, ptr args, ptr cd, ptr func)` with
// LowerOptions::frameless. Its answer null: nothing was done, the call needs a frame.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/api.h"
#include "hir/function.h"

namespace llvm {
class Module;
}

namespace jj::lower {

struct Lowered {
  std::string error;                   // empty: the module holds the function
  std::vector<int32_t> region_labels;  // per region: the label jj_unwind answers for its handler, or -1
  size_t instructions = 0;             // of LLVM's
};

struct LowerOptions {
  bool optimise = false;      // for LLVM's optimiser: blocks in an order in which definitions come before uses
  bool loops = false;         // what the module's code does in a loop is worth functions of the module's own
  bool deopt_stress = false;  // every guard asks jj_deopt_stress too
  bool frameless = false;     // without a frame, see above
};

// Adds `f` to `module` under the symbol `symbol`. The same input always gives the same labels.
Lowered lower(const hir::Function& f, int nconsts, const JJLayout& layout, const std::string& symbol,
              llvm::Module& module, const LowerOptions& options = {});

}  // namespace jj::lower
