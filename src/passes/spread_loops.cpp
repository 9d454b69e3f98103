// Loops over a tuple whose items are known one by one, in functions that are to be put in place of calls.
//
// Every item gets a copy of the loop's body. The frames of exits in it have an iterator that has come as far.
#include <algorithm>
#include <map>
#include <set>

#include "hir/graph.h"
#include "passes/spread.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Function;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr int32_t kCopies = 4096;  // by which the places in the feedback of a loop's copies differ

// What feedback knows an operation or a state by.
template <typename At>
int32_t site_of(const At& at) {
  return at.site >= 0 ? at.site : at.pc;
}

class Writer {
 public:
  Writer(Function& f, int32_t tuple, int32_t first, int32_t count)
      : f_(f), tuple_(tuple), first_(first), count_(count) {}

  bool run() {
    for (size_t k = 0; k < f_.blocks.size(); k++)
      if (iterates(f_.blocks[k]) && !write_out(static_cast<int32_t>(k))) return false;
    for (const Block& b : f_.blocks)
      if (b.entry > 0 && b.succ[0] >= 0) return false;  // another loop
    f_.nentries = 1;
    return true;
  }

 private:
  // A loop inside one that is written out is met in its copies; what they were made of leads nowhere any more.
  bool iterates(const Block& b) const {
    const size_t n = b.instrs.size();
    return n >= 4 && b.succ[0] >= 0 && b.instrs[n - 4].op == Op::LoadLocal && b.instrs[n - 4].imm[0] == tuple_ &&
           b.instrs[n - 3].op == Op::GetIter && b.instrs[n - 3].args[0] == b.instrs[n - 4].id &&
           b.instrs[n - 2].op == Op::StoreStack && b.instrs[n - 1].op == Op::Jump;
  }

  // Block `id` begins the loop; each item gets a copy of its body.
  bool write_out(int32_t id) {
    std::vector<Instr>& begin = f_.blocks[id].instrs;
    const int32_t head = f_.blocks[id].succ[0], d = begin[begin.size() - 2].imm[0];
    const Instr jump = begin.back();
    begin.resize(begin.size() - 4);
    begin.push_back(jump);
    const std::vector<Instr>& test = f_.blocks[head].instrs;
    if (test.size() != 2 || test[0].op != Op::IterNext || test[0].imm[0] != d || test[1].op != Op::BranchNext)
      return false;
    const std::set<int32_t> loop = hir::natural_loop(f_, head);
    const int32_t behind = f_.blocks[head].succ[1];
    if (loop.empty() || loop.count(behind)) return false;
    std::set<int32_t> exits{behind};
    for (int32_t in : loop)
      for (int32_t next : f_.blocks[in].succ)
        if (next >= 0 && !loop.count(next)) exits.insert(next);
    for (int32_t exit : exits)
      if (!drop_iterator(exit, d)) return false;
    int32_t next = behind;
    for (int32_t k = count_ - 1; k >= 0; k--) next = copy_loop({head, d, k, next}, loop);
    f_.blocks[id].succ[0] = next;
    for (int32_t in : loop) f_.blocks[in].succ = {-1, -1}, f_.blocks[in].entry = -1;
    return true;
  }

  // Behind the loop the iterator is given up first.
  bool drop_iterator(int32_t id, int32_t d) {
    std::vector<Instr>& instrs = f_.blocks[id].instrs;
    if (instrs.size() < 2 || instrs[0].op != Op::TakeStack || instrs[0].imm[0] != d) return false;
    if (instrs[1].op != Op::Release || instrs[1].args[0] != instrs[0].id) return false;
    instrs.erase(instrs.begin(), instrs.begin() + 2);
    return true;
  }

  struct Turn {
    int32_t head, d, number, next;
  };

  // Answers the copy of the loop's head.
  int32_t copy_loop(const Turn& turn, const std::set<int32_t>& loop) {
    std::map<int32_t, int32_t> copies;
    for (int32_t id : loop) copies[id] = static_cast<int32_t>(f_.blocks.size() + copies.size());
    states_.clear();
    for (int32_t id : loop) {
      Block b = f_.blocks[id];
      b.id = copies[id];
      b.entry = -1;
      for (int32_t& succ : b.succ) succ = succ == turn.head ? turn.next : copies.count(succ) ? copies[succ] : succ;
      b.instrs = copy_instrs(f_.blocks[id], turn);
      if (id == turn.head) b.succ[1] = -1;
      f_.blocks.push_back(std::move(b));
    }
    see_again(turn, loop);
    return copies[turn.head];
  }

  std::vector<Instr> copy_instrs(const Block& from, const Turn& turn) {
    std::vector<Instr> out;
    std::map<ValueId, ValueId> renamed;
    if (from.id == turn.head) {
      pc_ = from.instrs[0].pc;
      const ValueId item = add(out, Op::LoadLocal, first_ + turn.number);
      const ValueId value = add(out, Op::Retain, 0, item);
      add(out, Op::StoreStack, from.instrs[1].imm[0], value);
      add(out, Op::Jump, 0);
      for (Instr& i : out) i.site = site_in(turn, site_of(from.instrs[0]));
      return out;
    }
    for (Instr i : from.instrs) {
      if (i.op == Op::Poll) continue;
      i.site = site_in(turn, site_of(i));
      for (ValueId& arg : i.args)
        if (arg >= 0) arg = renamed.at(arg);
      if (i.id >= 0) i.id = renamed[i.id] = f_.nvalues++;
      if (i.state >= 0) i.state = copy_state(i.state, turn);
      if (i.op == Op::CallSpread) i.imm[3] = copy_state(i.imm[3], turn);
      out.push_back(i);
    }
    return out;
  }

  // The frame's iterator has come to behind this item.
  int32_t copy_state(int32_t from, const Turn& turn) {
    if (const auto known = states_.find(from); known != states_.end()) return known->second;
    hir::FrameState s = f_.states[static_cast<size_t>(from)];
    s.site = site_in(turn, site_of(s));
    s.deferred.push_back({hir::Deferred::Iterator, turn.d, turn.number + 1});
    std::sort(s.deferred.begin(), s.deferred.end(), [](const auto& a, const auto& b) { return a.stack < b.stack; });
    f_.states.push_back(std::move(s));
    return states_[from] = static_cast<int32_t>(f_.states.size()) - 1;
  }

  // A loop in a copy of another has sites of its own in each.
  int32_t site_in(const Turn& turn, int32_t site) const {
    return site + (site / kCopies * count_ + turn.number + 1) * kCopies;
  }

  // The copy knows what the loop knew.
  void see_again(const Turn& turn, const std::set<int32_t>& loop) {
    std::set<int32_t> sites;
    for (int32_t id : loop)
      for (const Instr& i : f_.blocks[id].instrs) sites.insert(site_of(i));
    for (size_t k = 0, n = f_.facts.sites.size(); k < n; k++) {
      hir::SiteTypes seen = f_.facts.sites[k];
      if (!sites.count(seen.pc)) continue;
      seen.pc = site_in(turn, seen.pc);
      f_.facts.sites.push_back(std::move(seen));
    }
    for (size_t k = 0, n = f_.facts.attrs.size(); k < n; k++) {
      hir::AttrSeen seen = f_.facts.attrs[k];
      if (!sites.count(seen.pc)) continue;
      seen.pc = site_in(turn, seen.pc);
      f_.facts.attrs.push_back(seen);
    }
  }

  ValueId add(std::vector<Instr>& out, Op op, int32_t imm, ValueId arg = -1) {
    Instr i{};
    i.op = op;
    i.imm[0] = imm;
    i.args[0] = arg;
    i.pc = pc_;
    if (hir::info(op).result != hir::Result::None) i.id = f_.nvalues++;
    out.push_back(i);
    return i.id;
  }

  Function& f_;
  const int32_t tuple_, first_, count_;
  int32_t pc_ = 0;
  std::map<int32_t, int32_t> states_;  // copies
};

}  // namespace

bool write_out_loops(Function& f, int32_t tuple, int32_t first, int32_t count) {
  return Writer(f, tuple, first, count).run();
}

}  // namespace jj::passes
