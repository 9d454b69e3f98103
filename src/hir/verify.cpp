// Checks that a function is well-formed: its tables first, then every block, operation by operation.
#include <algorithm>
#include <iterator>
#include <set>

#include "hir/function.h"
#include "hir/stack_helpers.h"
#include "hir/text.h"
#include "hir/verify_operands.h"
#include "hir/verify_values.h"

namespace jj::hir {
namespace {

int successors(Op op) {
  switch (op) {
    case Op::Jump: return 1;
    case Op::Branch:
    case Op::BranchNext: return 2;
    default: return 0;
  }
}

class Verifier {
 public:
  explicit Verifier(const Function& f)
      : f_(f), defined_(static_cast<size_t>(std::max(f.nvalues, 0)), nullptr), owner_(defined_.size(), -1) {}

  std::string run() {
    check_regions();
    check_states();
    check_blocks();
    find_lasting();
    for (const Block& b : f_.blocks) check_block(b);
    return error_.empty() ? verify_values(f_) : error_;
  }

 private:
  void fail(const std::string& what) {
    if (!error_.empty()) return;
    if (block_ && operation_ >= 0)
      where_ = "block " + number(block_->id) + ", operation " + number(operation_) + " (" +
               info(block_->instrs[operation_].op).name + "): ";
    error_ = f_.name + ": " + where_ + what;
  }
  static bool below(int32_t n, size_t size) { return n >= 0 && n < static_cast<int32_t>(size); }
  static std::string number(int32_t n) { return std::to_string(n); }

  // -- tables

  void check_regions() {
    if (f_.class_cell && !below(f_.class_cell, static_cast<size_t>(f_.nslots))) fail("class cell out of range");
    for (size_t k = 0; k < f_.regions.size(); k++) {
      const Region& r = f_.regions[k];
      where_ = "region " + std::to_string(k) + ": ";
      if (r.kind >= std::size(kRegionKinds)) fail("unknown kind");
      if (r.depth < 0 || r.depth > f_.stacksize) fail("depth " + number(r.depth) + " out of range");
      if (r.parent != -1 && !below(r.parent, k)) fail("parent " + number(r.parent) + " is not an earlier region");
      if (r.block == -1) continue;
      if (!below(r.block, f_.blocks.size()))
        fail("no block " + number(r.block));
      else if (!f_.blocks[r.block].handler)
        fail("block " + number(r.block) + " is not marked as a handler");
    }
  }

  void check_states() {
    std::set<int32_t> pcs;
    for (size_t k = 0; k < f_.states.size(); k++) {
      const FrameState& s = f_.states[k];
      where_ = "state " + std::to_string(k) + ": ";
      check_exit(s);
      if (s.pc < 0 || (s.exit == JJ_EXIT_NONE && !pcs.insert(s.inlined < 0 ? s.pc : s.site).second))
        fail("pc " + number(s.pc) + " is not unique");
      check_inside(s);
      if (s.resume < -1 || s.resume > s.pc) fail("resume " + number(s.resume) + " is not at or before the pc");
      if (s.depth < 0 || (s.inlined < 0 && s.depth > f_.stacksize)) fail("depth " + number(s.depth) + " out of range");
      if (s.error_depth < 0 || s.error_depth > s.depth) fail("error depth " + number(s.error_depth) + " out of range");
      if (s.region < -1 || s.region >= static_cast<int32_t>(f_.regions.size())) fail("no region " + number(s.region));
      check_deferred(s);
    }
  }

  // A state that is inside an inlined callee has states around it up to one of the function's own.
  void check_inside(const FrameState& s) {
    if (s.inlined >= 0 && !below(s.inlined, f_.inlined.size())) return fail("no call " + number(s.inlined));
    if (s.inlined >= 0 && s.exit != JJ_EXIT_NONE) fail("an exit leaves by a state of the function's own");
    if (s.inside < 0) return;
    int32_t at = s.inside;
    for (size_t k = 0; k <= f_.inlined.size() && below(at, f_.states.size()) && f_.states[at].inlined >= 0; k++)
      at = below(f_.states[at].inlined, f_.inlined.size()) ? f_.inlined[f_.states[at].inlined].state : -1;
    if (!below(at, f_.states.size()) || f_.states[at].pc != s.pc) fail("inside " + number(s.inside) + " is not");
  }

  void check_exit(const FrameState& s) {
    if (s.exit == JJ_EXIT_NONE && !s.pending.empty()) fail("pending values in a state that is no exit");
    if (s.exit != JJ_EXIT_NONE && s.resume < 0) fail("an exit where the interpreter cannot go on");
    int32_t last = -1;
    for (const Pending& p : s.pending) {
      if (p.place <= last) fail("pending places are not sorted");
      if (p.place >= f_.nslots + s.depth && s.inside < 0 && !generator_of(f_, p.place))
        fail("pending place " + number(p.place) + " is not below the depth");
      if (p.kind == JJ_PENDING_RANGE && p.place < f_.nslots) fail("a range iterator in a fast local");
      last = p.place;
    }
  }

  void check_deferred(const FrameState& s) {
    int32_t last = -1;
    for (const Deferred& d : s.deferred) {
      if (d.stack <= last) fail("deferred entries are not sorted");
      if (d.stack >= s.depth && s.inside < 0 && !generator_of(f_, f_.nslots + d.stack))
        fail("deferred entry " + number(d.stack) + " is not below the depth");
      if (d.kind == Deferred::Local && s.inlined < 0 && !below(d.value, f_.nslots)) fail("no slot " + number(d.value));
      if (d.kind == Deferred::Const && d.value < 0) fail("no constant " + number(d.value));
      last = d.stack;
    }
  }

  void check_blocks() {
    where_.clear();
    if (f_.blocks.empty()) return fail("no blocks");
    if (f_.blocks[0].entry != 0) fail("block 0 is not entry 0");
    std::set<int32_t> entries;
    for (size_t k = 0; k < f_.blocks.size(); k++) {
      const Block& b = f_.blocks[k];
      where_ = "block " + number(b.id) + ": ";
      if (b.id != static_cast<int32_t>(k)) fail("stands at position " + std::to_string(k));
      if (b.depth < 0 || b.depth > f_.stacksize) fail("depth " + number(b.depth) + " out of range");
      if (b.entry < -1 || b.entry >= f_.nentries) fail("entry " + number(b.entry) + " out of range");
      if (b.entry >= 0 && !entries.insert(b.entry).second) fail("entry " + number(b.entry) + " is not unique");
      if (b.entry >= 1) check_entry(b);
      if (b.resume && b.entry < 1) fail("a frame that goes on needs an entry");
    }
    where_.clear();
    if (static_cast<int32_t>(entries.size()) != f_.nentries) fail("not every entry has a block");
  }

  void check_entry(const Block& b) {
    auto state = std::find_if(f_.states.begin(), f_.states.end(),
                              [&](const FrameState& s) { return s.pc == b.pc && s.is_own(); });
    if (state == f_.states.end())
      fail("an entry without a state for pc " + number(b.pc));
    else if (state->resume < 0 || state->depth != b.depth || !state->deferred.empty())
      fail("the state for pc " + number(b.pc) + " does not describe this entry");
  }

  // -- blocks

  // Borrowed references that inlined code may use beyond their block.
  void find_lasting() {
    lasting_.resize(defined_.size());
    const bool lasts = !f_.inlined.empty() || f_.signature.result != Result::None;
    static const Instr one_of_two{Op::SelectObject};
    for (const Block& b : f_.blocks) {
      for (const Phi& phi : b.phis)
        if (below(phi.id, lasting_.size()) && phi.type == Result::Borrowed) lasting_[phi.id] = &one_of_two;
      for (const Instr& i : b.instrs)
        if (below(i.id, lasting_.size()) && lasts && info(i.op).result == Result::Borrowed) lasting_[i.id] = &i;
    }
  }

  void check_block(const Block& b) {
    where_ = "block " + number(b.id) + ": ";
    block_ = &b;
    operation_ = -1;
    if (b.instrs.empty()) return fail("empty");
    unconsumed_.clear();
    for (size_t k = 0; k < b.instrs.size(); k++) {
      const Instr& i = b.instrs[k];
      operation_ = static_cast<int32_t>(k);
      if ((info(i.op).effects == Effects::End) != (k + 1 == b.instrs.size()))
        fail(k + 1 == b.instrs.size() ? "the block does not end in a terminator" : "a terminator inside the block");
      check_operands(b, i);
      check_result(b, i);
      check_position(i);
      check_immediates(i);
    }
    for (ValueId id : unconsumed_) fail("owned value %" + number(id) + " is never consumed");
    check_successors(b);
  }

  void check_successors(const Block& b) {
    const int expected = successors(b.instrs.back().op);
    for (int k = 0; k < 2; k++) {
      if (k < expected && !below(b.succ[k], f_.blocks.size())) fail("no successor block " + number(b.succ[k]));
      if (k >= expected && b.succ[k] != -1) fail("too many successors");
      if (k < expected && b.succ[k] == 0) fail("the function start is a successor");
      if (k < expected && b.succ[k] > 0 && below(b.succ[k], f_.blocks.size()) && f_.blocks[b.succ[k]].resume)
        fail("a successor is where a suspended frame goes on");
    }
  }

  void check_operands(const Block& b, const Instr& i) {
    for (int k = 0; k < 3; k++) {
      const ValueId id = i.args[k];
      if (k >= info(i.op).operands) {
        if (id != -1) fail("too many operands");
        continue;
      }
      if (operand_type(i.op, k) != Result::None) continue;  // verify_values
      if (below(id, lasting_.size()) && lasting_[id] &&
          owner_[id] != b.id) {  // verify_values looks where it is defined
        check_kind(i, k, *lasting_[id]);
        continue;
      }
      if (!below(id, defined_.size()) || !defined_[id] || owner_[id] != b.id)
        return fail("operand %" + number(id) + " is not defined before in this block");
      check_kind(i, k, *defined_[id]);
    }
  }

  void check_kind(const Instr& i, int operand, const Instr& definition) {
    const ValueId id = i.args[operand];
    const Result result = info(definition.op).result;
    const Wants wants = wanted(i.op, operand);
    const bool owned = result == Result::Owned;
    bool fits = false;
    switch (wants) {
      case Wants::Look:
      case Wants::Object: fits = owned || result == Result::Borrowed; break;
      case Wants::Borrowed: fits = result == Result::Borrowed; break;
      case Wants::Owned: fits = owned; break;
      case Wants::OwnedOrNull: fits = owned || definition.op == Op::LoadNull; break;
      case Wants::Next: fits = result == Result::Next; break;
    }
    if (!fits) fail("operand %" + number(id) + " is of the wrong kind (from " + info(definition.op).name + ")");
    if (wants == Wants::Look) {
      if (owned && !unconsumed_.count(id)) fail("owned value %" + number(id) + " is used after it was consumed");
    } else if ((owned || result == Result::Next) && !unconsumed_.erase(id))
      fail("owned value %" + number(id) + " is consumed twice");
  }

  void check_result(const Block& b, const Instr& i) {
    const Result result = info(i.op).result;
    if ((i.id >= 0) != (result != Result::None)) return fail(i.id >= 0 ? "defines a value" : "defines no value");
    if (i.id < 0) return;
    if (!below(i.id, defined_.size())) return fail("value %" + number(i.id) + " out of range");
    if (defined_[i.id]) fail("value %" + number(i.id) + " is defined twice");
    defined_[i.id] = &i;
    owner_[i.id] = b.id;
    if (result == Result::Owned || result == Result::Next) unconsumed_.insert(i.id);
  }

  void check_position(const Instr& i) {
    const Effects effects = info(i.op).effects;
    if (effects == Effects::Raises || effects == Effects::Exits || i.op == Op::Suspend) {
      if (!below(i.state, f_.states.size()))
        fail("needs a state");
      else if (f_.states[i.state].pc != i.pc && f_.states[i.state].inlined < 0)
        fail("its pc is not that of its state");
      else if ((f_.states[i.state].exit != JJ_EXIT_NONE) != (effects == Effects::Exits))
        fail("its state is of the wrong kind");
    } else if (i.state != -1 && i.op != Op::Return) {
      fail("has a state but cannot raise");
    }
    if ((effects == Effects::RunsCode || i.op == Op::Return) && i.pc < 0) fail("needs a pc");
  }

  // Of one attribute, by class.
  bool are_rows(int32_t first, int32_t count) const {
    const std::vector<AttrSeen>& attrs = f_.facts.attrs;
    if (first < 0 || count < 2 || count > JJ_MOST_CLASSES || !below(first + count - 1, attrs.size())) return false;
    const auto begin = attrs.begin() + first;
    return std::all_of(begin, begin + count, [&](const AttrSeen& row) { return row.pc == begin->pc; });
  }

  void check_immediates(const Instr& i) {
    int k = 0;
    for (const std::string& name : immediate_names(i.op)) {
      const int32_t value = i.imm[k++];
      const bool is_stack_op = i.op == Op::StackOp || i.op == Op::StackCond;
      const int32_t entries = i.op == Op::LoadMethod ? 2 : i.op == Op::LoadSuperMethod ? 3 : 1;
      bool good = value >= 0 || name == "low" || name == "high" || name == "version";
      if (name == "place") good = below(value, static_cast<size_t>(f_.nslots) + static_cast<size_t>(f_.stacksize));
      if (name == "site") good = below(value, f_.inlined.size());
      if (name == "direct") good = below(value, f_.direct.size());
      if (name == "object") good = below(value, f_.facts.objects.size());
      if (name == "attr") good = are_rows(value, i.imm[1]);
      if (name == "slot") good = below(value, f_.nslots);
      if (name == "variable") good = value == -1 || below(value, f_.nslots);
      if (name == "cache") good = below(value, f_.caches.size()) && uses_cache(i, f_.caches[value].kind);
      if (name == "d") good = value >= 0 && value + entries <= f_.stacksize + (is_stack_op ? 1 : 0);
      if (name == "helper") good = stack_helper_name(value) && stack_helper(value).cond == (i.op == Op::StackCond);
      if (!good) fail(name + " " + number(value) + " out of range");
    }
  }

  const Function& f_;
  std::vector<const Instr*> defined_;  // by value
  std::vector<const Instr*> lasting_;  // by value
  std::vector<int32_t> owner_;         // by value: the defining block
  std::set<ValueId> unconsumed_;
  const Block* block_ = nullptr;  // being checked, and the position in it
  int32_t operation_ = -1;
  std::string where_, error_;
};

// That what an inlined call keeps has entries of the value stack (until nothing of it is in memory any more).
std::string verify_inlined(const Function& f) {
  const bool in_registers = f.stacksize == stack_in_memory(f);
  for (const Inlined& c : f.inlined) {
    if (c.direct >= 0) continue;
    const auto parameters = static_cast<int32_t>(c.positional + static_cast<int32_t>(c.defaults.size()));
    const int32_t behind = static_cast<int32_t>(c.bound.size()) - parameters;
    const int32_t in_stack = c.generator < 0 ? 1 + c.nlocals : 0;
    if (c.base < 0 || parameters > c.nlocals || c.result < c.base + in_stack || behind > c.hidden ||
        (!in_registers && c.end() > f.stacksize))
      return f.name + ": call " + std::to_string(&c - f.inlined.data()) + ": not enough stack entries";
  }
  return {};
}

std::string verify_one(const Function& f) {
  const std::string error = verify_inlined(f);
  return error.empty() ? Verifier(f).run() : error;
}

}  // namespace

std::string verify(const Function& f) {
  std::string error = verify_one(f);
  for (const Function& direct : f.directs)
    if (error.empty() && !direct.blocks.empty()) error = verify_one(direct);
  return error;
}

}  // namespace jj::hir
