// Puts what a generator does between two items into the loop that consumes it: its frame is there all the time, but its
// numbers stay in registers, and nobody resumes or suspends it.
//
// The loop's first turn stays as it is, in a copy in front of it: the generator is resumed for its first item. From then on
// it waits at its only `yield`, and the loop goes on with what is behind that. An exit in the middle makes the generator run,
// where it has come to; any other finds it waiting.
#include <algorithm>
#include <map>
#include <set>

#include "hir/graph.h"
#include "hir/stack_helpers.h"
#include "passes/call_sites.h"
#include "passes/copy_body.h"
#include "passes/inliner.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Callee;
using hir::Function;
using hir::Inlined;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr size_t kMostBlocks = 30, kMostOperations = 200, kMostLevels = 5;

// The part of a generator that goes on behind its only `yield`.
class Step {
 public:
  explicit Step(const Function& f) : f_(f) {
    for (const Block& b : f.blocks)
      if (b.resume) resumes_.push_back(b.id);
    if (resumes_.size() == 1) reach(resumes_[0]);
  }

  int32_t start() const { return resumes_[0]; }
  const std::set<int32_t>& blocks() const { return blocks_; }
  int32_t resumes_at() const { return f_.blocks[static_cast<size_t>(start())].pc; }

  bool can_be_spliced() const {
    if (resumes_.size() != 1 || blocks_.size() > kMostBlocks) return false;
    size_t count = 0;
    for (int32_t id : blocks_) {
      const Block& b = f_.blocks[static_cast<size_t>(id)];
      count += b.instrs.size();
      if (b.handler || !std::all_of(b.instrs.begin(), b.instrs.end(), [&](const Instr& i) { return can_be(i); }))
        return false;
    }
    return count <= kMostOperations;
  }

  // Whether the block is in a loop that no `yield` is in.
  bool repeats(int32_t id) const {
    std::set<int32_t> seen;
    std::vector<int32_t> pending{id};
    while (!pending.empty()) {
      const int32_t at = pending.back();
      pending.pop_back();
      for (int32_t succ : f_.blocks[static_cast<size_t>(at)].succ) {
        if (succ == id) return true;
        if (succ >= 0 && seen.insert(succ).second) pending.push_back(succ);
      }
    }
    return false;
  }

 private:
  void reach(int32_t id) {
    if (id < 0 || !blocks_.insert(id).second) return;
    for (int32_t succ : f_.blocks[static_cast<size_t>(id)].succ) reach(succ);
  }

  bool can_be(const Instr& i) const {
    const bool delegates = i.op == Op::Suspend && (i.imm[1] || i.imm[2] != resumes_at());
    return !delegates && i.op != Op::LoadSuperMethod && i.op != Op::Boundary && i.op != Op::Record;
  }

  const Function& f_;
  std::vector<int32_t> resumes_;
  std::set<int32_t> blocks_;
};

class Splicer {
 public:
  // `path`: the codes of the function and of those that it is to be put into.
  Splicer(Function& f, const Excluded& excluded, Directs& directs, std::vector<int64_t> path)
      : f_(f), excluded_(excluded), directs_(directs), path_(std::move(path)) {}

  bool run() {
    const size_t before = f_.inlined.size();
    for (size_t k = 0; k < f_.blocks.size(); k++)
      if (asks_for_items(f_.blocks[k])) splice(static_cast<int32_t>(k));
    return f_.inlined.size() > before;
  }

 private:
  bool is_outermost() const { return path_.size() == 1; }

  bool asks_for_items(const Block& b) const {
    if (b.entry < 1 || b.resume || b.handler || b.inlined >= 0 || b.instrs.size() != 2) return false;
    const Instr &next = b.instrs[0], &end = b.instrs[1];
    if (next.op != Op::IterNext || end.op != Op::BranchNext || end.args[0] != next.id) return false;
    return next.state >= 0 && generator_at(next) >= 0;
  }

  // What the loop has always gone through: index into Function::calls, or -1.
  int32_t generator_at(const Instr& next) const {
    const int32_t place = f_.states[static_cast<size_t>(next.state)].resume;
    return place < 0 ? -1 : call_at(f_, place);
  }

  bool leaves_often(int32_t pc) const {
    uint32_t count = 0;
    for (const hir::ExitSeen& e : f_.facts.exits)
      if (e.pc == pc && hir::is_doubt(e)) count += e.count;
    return count >= kManyExits;
  }

  void splice(int32_t head) {
    const Instr next = f_.blocks[static_cast<size_t>(head)].instrs[0];
    const int64_t code = f_.calls[static_cast<size_t>(generator_at(next))].code;
    const Callee* callee = directs_.known(code);
    std::vector<int64_t> path = path_;
    path.push_back(code);
    if (!callee || path.size() > kMostLevels || std::find(path_.begin(), path_.end(), code) != path_.end() ||
        excluded_.inlining.count(next.pc) || leaves_often(next.pc))
      return;
    Function body = callee->function;
    Splicer(body, {}, directs_, path).run();
    const Step step(body);
    if (!step.can_be_spliced()) return;
    body = only_step(body, step);
    inline_all(body, directs_, path);
    if (is_outermost() && !begin_loop(head)) return;
    const Inlined site = add_site(next, code, body, step.resumes_at());
    const auto first = static_cast<int32_t>(f_.blocks.size());
    copy_body(f_, *callee, body, site, head, 0, free_place(f_));
    for (auto id = static_cast<size_t>(first); id < f_.blocks.size(); id++) connect(f_.blocks[id], site, head);
    begin(head, first + step.start(), site);
  }

  // Gives the loop a first turn of its own. What handlers in it, and its own suspensions, lead to becomes apart from the rest,
  // which knows more.
  bool begin_loop(int32_t head) {
    const std::set<int32_t> loop = hir::natural_loop(f_, head, true);
    if (loop.empty() || loop.size() > kMostBlocks) return false;
    std::map<int32_t, int32_t> copies;
    std::vector<int32_t> pending;
    for (int32_t id : loop)
      if (f_.blocks[static_cast<size_t>(id)].handler || f_.blocks[static_cast<size_t>(id)].resume)
        pending.push_back(id);
    while (!pending.empty()) {
      const int32_t id = pending.back();
      pending.pop_back();
      for (int n = 0; n < 2; n++) {
        const int32_t succ = f_.blocks[static_cast<size_t>(id)].succ[n];
        if (succ < 0 || !loop.count(succ) || hir::is_root(f_.blocks[static_cast<size_t>(succ)])) continue;
        if (!copies.count(succ)) pending.push_back(copies[succ] = hir::copy_block(f_, succ));
        f_.blocks[static_cast<size_t>(id)].succ[n] = copies[succ];
      }
    }
    return peel_loop(f_, head);
  }

  // Nothing else of the generator, and no polls of loops that yield.
  static Function only_step(const Function& f, const Step& step) {
    Function body = f;
    for (Block& b : body.blocks) {
      b.entry = -1;
      b.resume = false;
      if (!step.blocks().count(b.id)) {
        Instr never{};
        never.op = Op::Unreachable;
        b.instrs.assign(1, never);
        b.succ = {-1, -1};
      } else if (!step.repeats(b.id)) {
        std::erase_if(b.instrs, [](const Instr& i) { return i.op == Op::Poll; });
      }
    }
    return body;
  }

  // Gives the generator's slots places behind those that there are.
  Inlined add_site(const Instr& next, int64_t code, const Function& body, int32_t resumes) {
    Inlined site;
    site.pc = next.pc;
    site.d = next.imm[0];
    site.function = -1;
    site.state = next.state;
    site.generator = next.imm[0];
    site.locals = f_.nslots;
    site.resumes = resumes;
    site.nlocals = body.nslots - body.lent;
    site.base = f_.stacksize;
    site.result = site.base + (body.real_stack < 0 ? body.stacksize : body.real_stack);
    f_.facts.objects.push_back(code);
    site.object = static_cast<int32_t>(f_.facts.objects.size()) - 1;
    for (hir::SlotTypes& t : f_.facts.slots)
      if (t.pc >= -1 && t.slot >= f_.nslots) t.slot += body.nslots;
    if (f_.real_stack < 0) f_.real_stack = f_.stacksize;
    f_.nslots += body.nslots, f_.lent += body.nslots;
    f_.stacksize += body.stacksize;
    return site;
  }

  int32_t number_of(const Inlined& site) const {
    for (size_t k = 0; k < f_.inlined.size(); k++)
      if (f_.inlined[k].generator >= 0 && f_.inlined[k].pc == site.pc) return static_cast<int32_t>(k);
    return -1;
  }

  // Where the generator yields, the loop's body begins; where it returns, the loop is over.
  void connect(Block& b, const Inlined& site, int32_t head) {
    const Instr end = b.instrs.back();
    if (end.op != Op::Suspend && end.op != Op::Return) return;
    const bool yields = end.op == Op::Suspend;
    b.instrs.pop_back();
    if (yields && hand_over_items(b, end, site, head)) {
      add(b, Op::SuspendGenerator, site, number_of(site));
    } else if (yields) {
      add(b, Op::StoreStack, site, site.generator + 1).args[0] = end.args[0];
      add(b, Op::SuspendGenerator, site, number_of(site));
    } else {
      add(b, Op::ReleaseOrNull, site).args[0] = end.args[0];
      Instr& finish = add(b, is_outermost() ? Op::FinishGenerator : Op::FinishInner, site, number_of(site));
      if (!is_outermost()) finish.state = end.state, finish.site = b.instrs[b.instrs.size() - 2].site = end.site;
    }
    add(b, Op::Jump, site);
    b.succ = {f_.blocks[static_cast<size_t>(head)].succ[yields ? 0 : 1], -1};
  }

  // A tuple that is made to be yielded, and unpacked first of all by the loop's body, is not made: its items go where
  // unpacking it would put them. False: that is not so.
  bool hand_over_items(Block& b, const Instr& suspend, const Inlined& site, int32_t head) {
    static const int build = hir::stack_helper_named("jj_op_build_tuple");
    static const int unpack = hir::stack_helper_named("jj_op_unpack_sequence");
    Block& body = f_.blocks[static_cast<size_t>(f_.blocks[static_cast<size_t>(head)].succ[0])];
    const size_t count = b.instrs.size();
    if (count < 2 || body.entry >= 0 || hir::predecessors(f_)[static_cast<size_t>(body.id)].size() != 1) return false;
    const Instr made = b.instrs[count - 2], taken = b.instrs[count - 1], &first = body.instrs[0];
    const int32_t n = made.imm[2], to = site.generator + 1;
    const bool makes = made.op == Op::StackOp && made.imm[0] == build && taken.op == Op::TakeStack &&
                       taken.id == suspend.args[0] && taken.imm[0] == made.imm[1] - n;
    if (!makes || first.op != Op::StackOp || first.imm[0] != unpack || first.imm[1] != to + 1 || first.imm[2] != n)
      return false;
    b.instrs.resize(count - 2);
    for (int32_t k = 0; k < n; k++) {
      Instr& take = add(b, Op::TakeStack, site, taken.imm[0] + k);
      take.id = f_.nvalues++;
      take.pc = taken.pc, take.site = taken.site;
      const ValueId item = take.id;
      add(b, Op::StoreStack, site, to + n - 1 - k).args[0] = item;
    }
    body.instrs.erase(body.instrs.begin());
    body.depth = to + n;
    return true;
  }

  Instr& add(Block& b, Op op, const Inlined& site, int32_t first = 0) {
    Instr i{};
    i.op = op;
    i.pc = site.pc;
    i.imm[0] = first;
    b.instrs.push_back(i);
    return b.instrs.back();
  }

  // The generator gets what a loop sends: None.
  void begin(int32_t head, int32_t step, const Inlined& site) {
    Block& b = f_.blocks[static_cast<size_t>(head)];
    const Instr asked = b.instrs[0];
    b.instrs.clear();
    add(b, Op::ExpectGenerator, site, number_of(site)).state = asked.state;
    add(b, Op::Jump, site);
    b.succ = {step, -1};
    Block sent;
    Instr& none = add(sent, Op::NoneObject, site);
    none.id = f_.nvalues++;
    const ValueId borrowed = none.id;
    Instr& owned = add(sent, Op::Retain, site);
    owned.args[0] = borrowed;
    owned.id = f_.nvalues++;
    const ValueId stored = owned.id;
    Block& first = f_.blocks[static_cast<size_t>(step)];
    add(sent, Op::StoreStack, site, first.depth - 1).args[0] = stored;
    for (Instr& i : sent.instrs) i.site = first.instrs[0].site;
    first.instrs.insert(first.instrs.begin(), sent.instrs.begin(), sent.instrs.end());
  }

  Function& f_;
  const Excluded& excluded_;
  Directs& directs_;
  const std::vector<int64_t> path_;
};

}  // namespace

bool splice_generators(Function& f, const Excluded& excluded, Directs& directs) {
  return f.signature.result == hir::Result::None && Splicer(f, excluded, directs, {f.code}).run();
}

}  // namespace jj::passes
