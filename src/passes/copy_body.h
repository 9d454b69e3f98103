// Copies a callee's operations, and what is known of them, into its caller (pass inline_calls).
#pragma once
#include "hir/function.h"

namespace jj::passes {

// Puts `body`, which is made from the callee, in place of operation `at` of a block, a call. The rest of the block becomes
// a block of its own. Of a generator only the copies are made. Places of inlined code in the feedback begin at
// `first_place`; answers which is free next.
int32_t copy_body(hir::Function& f, const hir::Callee& callee, const hir::Function& body, const hir::Inlined& site,
                  int32_t block, size_t at, int32_t first_place);

// The first place in the feedback that nothing of the function has.
int32_t free_place(const hir::Function& f);

}  // namespace jj::passes
