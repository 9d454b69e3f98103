// Makes jumps of errors that feedback has seen to be raised and handled in the same function, where the handler does not
// look at the exception and nobody else can: `try: d[k] except KeyError: ...`.
//
// Before the instruction stands the question whether it is going to fail, and a copy of what the handler does up to its
// POP_EXCEPT, without exception and traceback. Until then nothing happens that could not be taken back: an exit in the
// copy begins the instruction anew, which then raises. Pass unbox finds out whether that can be had (unbox_raised.cpp).
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "hir/stack_helpers.h"
#include "passes/passes.h"
#include "passes/unboxer.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Function;
using hir::Instr;
using hir::Op;
using hir::ValueId;

// What a handler does for an error.
struct Caught {
  std::vector<Instr> asked;    // the loads of the classes that it asks for
  int32_t block = -1;          // the clause,
  size_t from = 0, until = 0;  // in which these operations come before the POP_EXCEPT
  int32_t errors = 0;
};

// The errors that a handler for the builtin class catches.
int32_t errors_caught_by(uint32_t builtin) {
  switch (builtin) {
    case JJ_BUILTIN_KEY_ERROR: return JJ_KEY_ERROR;
    case JJ_BUILTIN_INDEX_ERROR: return JJ_INDEX_ERROR;
    default: return JJ_KEY_ERROR | JJ_INDEX_ERROR;  // LookupError, Exception
  }
}
// Of other classes nobody can tell what they catch.
bool is_known_exception(uint32_t builtin) { return builtin >= JJ_BUILTIN_KEY_ERROR && builtin <= JJ_BUILTIN_EXCEPTION; }

bool is_helper(const Instr& i, const char* name) {
  return i.op == Op::StackOp && i.imm[0] == hir::stack_helper_named(name);
}

class Catcher {
 public:
  Catcher(Function& f, const std::set<int32_t>& excluded) : f_(f), excluded_(excluded) {}

  bool run() {
    bool changed = false;
    for (size_t id = 0; id < f_.blocks.size(); id++) changed |= take(static_cast<int32_t>(id));
    return changed;
  }

 private:
  // -- handlers

  uint32_t builtin_loaded(const Instr& load) const {
    for (const hir::SiteTypes& s : f_.facts.sites)
      if (s.pc == load.pc && s.seen.types.size() == 1 && !s.seen.megamorphic && s.seen.types[0].kind == JJ_TYPE_BUILTIN)
        return s.seen.types[0].id;
    return UINT32_MAX;
  }

  // The clause for one of the errors: those are tried in order.
  std::optional<Caught> find(int32_t handler, int32_t errors) const {
    Caught caught;
    int32_t id = handler;
    size_t at = 1;
    if (!is_helper(f_.blocks[static_cast<size_t>(id)].instrs[0], "jj_op_push_exc_info")) return std::nullopt;
    for (size_t clauses = 0; clauses < 8; clauses++, at = 0) {
      const Block& b = f_.blocks[static_cast<size_t>(id)];
      const auto& is = b.instrs;
      const bool asks = is.size() == at + 6 && is[at].op == Op::LoadGlobal && is[at + 1].op == Op::StoreStack &&
                        is_helper(is[at + 2], "jj_op_check_exc_match") && is[at + 5].op == Op::Branch &&
                        is[at + 4].op == Op::Truth && is[at + 4].args[0] == is[at + 3].id;
      if (!asks) return std::nullopt;
      const uint32_t builtin = builtin_loaded(is[at]);
      if (!is_known_exception(builtin)) return std::nullopt;
      caught.asked.push_back(is[at]);
      caught.errors = errors & errors_caught_by(builtin);
      id = b.succ[caught.errors ? 0 : 1];
      if (caught.errors) return clause(std::move(caught), id);
    }
    return std::nullopt;
  }

  // A clause that gives the exception up and does what it does in one block.
  std::optional<Caught> clause(Caught caught, int32_t id) const {
    const auto& is = f_.blocks[static_cast<size_t>(id)].instrs;
    if (is.size() < 3 || is[0].op != Op::TakeStack || is[1].op != Op::ReleaseOrNull || is[1].args[0] != is[0].id)
      return std::nullopt;
    caught.block = id;
    caught.from = 2;
    for (size_t k = caught.from; k < is.size(); k++) {
      if (!is_helper(is[k], "jj_op_pop_except")) continue;
      caught.until = k;
      if (is_apart(f_.blocks[static_cast<size_t>(id)], 0, caught.from) &&
          is_apart(f_.blocks[static_cast<size_t>(id)], caught.from, k + 1))
        return caught;
    }
    return std::nullopt;
  }

  // Whether what stands behind `at` needs no value that is defined from `from` on before it.
  static bool is_apart(const Block& b, size_t from, size_t at) {
    std::set<ValueId> before;
    for (size_t k = from; k < at; k++) before.insert(b.instrs[k].id);
    for (size_t k = at; k < b.instrs.size(); k++)
      for (const ValueId id : b.instrs[k].args)
        if (id >= 0 && before.count(id)) return false;
    return true;
  }

  // -- what raises

  bool raises_often(int32_t pc) const {
    constexpr uint32_t kOften = 8;
    return std::any_of(f_.facts.exits.begin(), f_.facts.exits.end(), [&](const hir::ExitSeen& e) {
      return e.pc == pc && e.kind == JJ_EXIT_RAISED && e.count >= kOften;
    });
  }

  bool take(int32_t id) {
    const Block& b = f_.blocks[static_cast<size_t>(id)];
    if (b.handler || b.inlined >= 0 || b.raised >= 0) return false;
    for (size_t k = asked_.count(id) ? asked_.at(id) : 0; k < b.instrs.size(); k++) {
      const Instr i = b.instrs[k];
      if (i.op != Op::Subscr || i.site >= 0 || i.state < 0 || excluded_.count(i.pc) || !raises_often(i.pc)) continue;
      const hir::FrameState& state = f_.states[static_cast<size_t>(i.state)];
      if (state.region < 0 || state.resume < 0 || state.inlined >= 0) continue;
      const hir::Region& region = f_.regions[static_cast<size_t>(state.region)];
      if (region.block < 0 || region.push_lasti) continue;
      size_t first = k;
      while (first > 0 && b.instrs[first - 1].pc == i.pc) first--;
      if (!is_apart(b, 0, first) || !operands_are_loads(b, first, k)) continue;
      const std::optional<Caught> caught = find(region.block, JJ_KEY_ERROR | JJ_INDEX_ERROR);
      if (!caught) continue;
      split(id, first, k, *caught, region.depth);
      return true;
    }
    return false;
  }

  static bool operands_are_loads(const Block& b, size_t first, size_t k) {
    for (size_t n = first; n < k; n++) {
      const Op op = b.instrs[n].op;
      if (op != Op::LoadLocal && op != Op::LoadConst && op != Op::TakeStack && op != Op::CheckBound) return false;
    }
    return true;
  }

  // -- blocks

  Instr make(Op op, int32_t pc, std::array<ValueId, 3> args = {-1, -1, -1}, std::array<int32_t, 4> imm = {}) {
    Instr i{};
    i.op = op, i.pc = pc, i.args = args, i.imm = imm;
    if (hir::info(op).result != hir::Result::None) i.id = f_.nvalues++;
    return i;
  }

  Block& add_block(int32_t pc, int32_t depth) {
    Block b;
    b.id = static_cast<int32_t>(f_.blocks.size());
    b.pc = pc, b.depth = depth;
    f_.blocks.push_back(std::move(b));
    return f_.blocks.back();
  }

  void copy(const std::vector<Instr>& from, size_t begin, size_t end, Block& to) {
    std::map<ValueId, ValueId> renamed;
    for (size_t k = begin; k < end; k++) {
      Instr i = from[k];
      for (ValueId& arg : i.args)
        if (arg >= 0) arg = renamed.at(arg);
      if (i.id >= 0) i.id = renamed[i.id] = f_.nvalues++;
      to.instrs.push_back(i);
    }
  }

  // The block goes on with the instruction in one of its own, or in the copy of the handler.
  void split(int32_t id, size_t first, size_t k, const Caught& caught, int32_t base) {
    const Block old = f_.blocks[static_cast<size_t>(id)];
    const Block clause = f_.blocks[static_cast<size_t>(caught.block)];
    const hir::FrameState state = f_.states[static_cast<size_t>(old.instrs[k].state)];
    const int32_t pc = old.instrs[k].pc, depth = state.depth;
    const auto next = static_cast<int32_t>(f_.blocks.size());
    Block& goes_on = add_block(pc, depth);
    goes_on.instrs.assign(old.instrs.begin() + static_cast<std::ptrdiff_t>(first), old.instrs.end());
    goes_on.succ = old.succ;
    asked_[next] = k - first + 1;
    fill_copy(add_block(pc, depth), state, base, caught, clause);
    const int32_t behind = clause.instrs[caught.until + 1].pc;
    Block& rest = add_block(behind, base);
    copy(clause.instrs, caught.until + 1, clause.instrs.size(), rest);
    rest.succ = clause.succ;
    Block& b = f_.blocks[static_cast<size_t>(id)];
    b.instrs.resize(first);
    std::map<ValueId, ValueId> renamed;
    for (size_t n = first; n < k; n++) {
      Instr look = old.instrs[n];
      if (look.op == Op::CheckBound) continue;
      if (look.op == Op::TakeStack) look.op = Op::LoadStack;
      look.id = renamed[look.id] = f_.nvalues++;
      b.instrs.push_back(look);
    }
    const std::array<ValueId, 3>& args = old.instrs[k].args;
    b.instrs.push_back(make(Op::Misses, pc, {renamed.at(args[0]), renamed.at(args[1]), -1}, {caught.errors}));
    b.instrs.push_back(make(Op::Branch, -1, {b.instrs.back().id, -1, -1}));  // of no instruction: that begins again
    b.succ = {next + 1, next};
  }

  void fill_copy(Block& b, const hir::FrameState& state, int32_t base, const Caught& caught, const Block& clause) {
    const int32_t pc = b.raised = state.pc;
    for (int32_t d = state.depth - 1; d >= base; d--) {
      const auto is_here = [d](const hir::Deferred& deferred) { return deferred.stack == d; };
      if (std::any_of(state.deferred.begin(), state.deferred.end(), is_here)) continue;
      b.instrs.push_back(make(Op::TakeStack, pc, {-1, -1, -1}, {d}));
      b.instrs.push_back(make(Op::ReleaseOrNull, pc, {b.instrs.back().id, -1, -1}));
    }
    for (Instr load : caught.asked) {
      load.id = f_.nvalues++;
      b.instrs.push_back(load);
      b.instrs.push_back(make(Op::Release, load.pc, {load.id, -1, -1}));
    }
    copy(clause.instrs, caught.from, caught.until, b);
    b.instrs.push_back(make(Op::Jump, clause.instrs[caught.until].pc));
    b.succ[0] = b.id + 1;
  }

  Function& f_;
  const std::set<int32_t>& excluded_;
  std::map<int32_t, size_t> asked_;  // by block: from which operation on it is still to be looked at
};

}  // namespace

bool catch_raises(Function& f) {
  std::set<int32_t> excluded;
  for (;;) {
    Function trial = f;
    if (!Catcher(trial, excluded).run()) return false;
    const std::optional<int32_t> failed = try_unbox(trial);
    if (!failed) {
      f = std::move(trial);
      return true;
    }
    if (*failed < 0 || !excluded.insert(*failed).second) return false;
  }
}

}  // namespace jj::passes
