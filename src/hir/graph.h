// The control flow of a function as a graph: predecessors, order, dominators.
#pragma once
#include <cstdint>
#include <set>
#include <vector>

#include "hir/function.h"

namespace jj::hir {

// Control also comes from outside the function's edges.
inline bool is_root(const Block& b) { return b.entry >= 0 || b.handler; }

std::vector<std::vector<int32_t>> predecessors(const Function& f);  // a block with two edges to another: twice
// Reachable blocks: those that the function start reaches, each behind its predecessors but for back-edges, then what only
// other roots reach.
std::vector<int32_t> reverse_postorder(const Function& f);

class Dominators {
 public:
  explicit Dominators(const Function& f);
  bool dominates(int32_t a, int32_t b) const;  // also when a == b; false for unreachable blocks

 private:
  std::vector<int32_t> parent_;  // -1: the virtual root in front of all roots; -2: unreachable
  std::vector<int32_t> order_;   // position in the reverse postorder, -1: unreachable
};

// The blocks from which control comes back to the head without leaving; empty if there is another way in. With `roots`,
// handlers and places where a suspended frame goes on may lead into it, and are part of it.
std::set<int32_t> natural_loop(const Function& f, int32_t head, bool roots = false);
// By block: whether only handlers, and places where a suspended frame goes on, lead there.
std::vector<bool> only_from_roots(const Function& f);
// Adds the locals that the operations read from `at` on.
void add_reads(const std::vector<Instr>& operations, size_t at, std::set<int32_t>& locals);
// The same of the block and what can be reached from there; handlers, too.
void add_reads_behind(const Function& f, int32_t id, std::set<int32_t>& locals);
// Answers the number of the copy, which is no root, and goes where the block goes.
int32_t copy_block(Function& f, int32_t id);
// The function's own frame state from which the interpreter can go on at a code unit: index into Function::states, or -1.
int32_t state_at(const Function& f, int32_t pc);
// Takes out the frame states from number `first` on that no operation has; the others get new numbers.
void drop_unused_states(Function& f, size_t first);

// Whether the operations behind `at` can become a block of their own: they need no value from before it.
bool can_split(const Block& b, size_t at);

}  // namespace jj::hir
