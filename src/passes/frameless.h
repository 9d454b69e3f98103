// Functions that need no frame.
#pragma once
#include <optional>

#include "hir/function.h"

namespace jj::passes {

// The function over its `nparams` arguments alone: its fast locals are only read, and nothing in it can raise, run
// code, poll or wait. Exits have nothing to make real, for nothing was done before: whoever called it starts again with
// a frame. Null when the function is not like that.
std::optional<hir::Function> without_frame(const hir::Function& f, int nparams);

// The same for baseline code, whose operations become such as look first and leave where they could raise or run code.
// Null also when it is not small.
std::optional<hir::Function> peeking(const hir::Function& f, int nparams);

}  // namespace jj::passes
