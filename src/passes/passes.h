// The passes over HIR functions, one file each. A pass returns whether it changed anything.
#pragma once
#include "hir/function.h"

namespace jj::passes {

// What has left so often is not tried again.
constexpr uint32_t kManyExits = 8;
constexpr uint32_t kExitsOfOneRound = 32;  // then code is made anew (compiler/optimise.h)

// Asks the exit switch at every instruction the interpreter could resume at (testing).
bool mark_boundaries(hir::Function& f);
// Notes the types of results (profiled code).
bool place_records(hir::Function& f);
// Threads jumps to jumps, joins straight-line blocks and drops unreachable ones.
bool clean_cfg(hir::Function& f);
// Hands a value stored to a stack entry straight to the operation that takes it.
bool forward_stack(hir::Function& f);
// Has generators ask whoever consumes them before they are suspended.
bool feed_consumers(hir::Function& f);
// Joins an operation with the store of its result in a fast local.
bool fuse_stores(hir::Function& f);

// -- the optimised tier
// Leaves where what follows raises an error that the function does not handle.
bool cut_raises(hir::Function& f);
// Copies the body of a loop for the first time round, where that was seen to differ in types.
bool leave_unseen(hir::Function& f);
bool peel_loops(hir::Function& f);
// Copies calls of methods that a few classes have in different ways.
bool split_classes(hir::Function& f);
// Puts small callees in place of their calls.
bool catch_raises(hir::Function& f);
bool inline_calls(hir::Function& f);
// Keeps numbers and the state of range iterators in registers.
bool unbox(hir::Function& f);
// Removes values that nobody needs, and phis that stand for one value.
bool clean_values(hir::Function& f);
// Finds between which numbers every int lies, and takes away the checks that this proves needless.
bool prove_ranges(hir::Function& f);
// Lets counted loops that run no code poll only now and then.
bool space_polls(hir::Function& f);

// -- outside the pipelines
// Leaves out the frame, if nobody could see it; parameters are the fast locals that are not unbound (passes/frameless.h).
bool frameless(hir::Function& f);
bool peeking(hir::Function& f);  // the same of baseline code

}  // namespace jj::passes
