// Whether optimised code can be expected to pay for what LLVM takes to make it.
#pragma once
#include "hir/function.h"

namespace jj::core {

constexpr const char* kWeigh = "weigh";  // in the list of disabled passes: everything pays (testing)

// Operations on values in registers against operations that are still calls of the runtime, those in loops counting more.
// Where the calls prevail, optimised code is baseline code again, from a compiler that is many times as slow.
bool is_worth_it(const hir::Function& f);

}  // namespace jj::core
