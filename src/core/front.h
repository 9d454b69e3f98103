// The way from a code object to optimised HIR, shared by the library and jjopt; knows no LLVM.
#pragma once
#include <string>
#include <vector>

#include "bytecode/decode.h"
#include "hir/function.h"
#include "translate/translate.h"

namespace jj::core {

struct FrontOptions {
  bool boundaries = false;                      // a Boundary before every boundary instruction
  bool profile = false;                         // a Record behind results
  bool optimise = false;                        // the passes of the optimising tier
  bool locals_writable = false;                 // of the interpreter (hir::Facts)
  const JJFeedback* feedback = nullptr;         // types seen earlier, or null
  const std::vector<int64_t>* codes = nullptr;  // of a callee: those of the outermost function and of all callees
  std::vector<int32_t> more_entries;            // code units (translate::translate)
  translate::Asserted asserted;
  std::string disabled_passes;  // comma separated
  std::string only_passes;      // not empty: exactly these, comma separated
  std::string stop_after;       // not empty: stop behind this pass ("translate" stops before the first)
};

struct Front {
  std::string reason;  // empty: `code` and `function` are valid
  int32_t reason_index = -1;
  bytecode::Code code;
  hir::Function function;
};

bytecode::CodeInput input_of(const JJCode& code, int python);
Front decode_only(bytecode::CodeInput input);
Front translate(bytecode::CodeInput input, const FrontOptions& options);
// Runs the passes that `options` leaves over and verifies after each; an error or "".
std::string run_passes(hir::Function& f, const FrontOptions& options);

}  // namespace jj::core
