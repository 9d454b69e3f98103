// Callees with *args or **kwargs, for a call whose arguments are known.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "hir/function.h"

namespace jj::passes {

// A copy of the callee's function in which neither is made: what they would hold is in fast locals behind its own, first the
// `positional` arguments that no other parameter takes, then those by keyword. They are handed on one by one, and loops
// over the tuple are written out. Nothing: it needs the tuple or the dict itself.
std::optional<hir::Function> spread_arguments(const hir::Callee& callee, int32_t positional,
                                              const std::vector<std::string>& keywords);

// Writes loops over the tuple in a fast local out, whose items are in so many fast locals from `first` on; false: there is
// one that cannot be.
bool write_out_loops(hir::Function& f, int32_t tuple, int32_t first, int32_t count);

// How many such fast locals there are.
int32_t hidden_locals(const hir::Function& f);

}  // namespace jj::passes
