// Copies a callee's operations, and what is known of them, into its caller.
#include "passes/copy_body.h"

#include <algorithm>
#include <map>
#include <utility>

#include "passes/call_sites.h"
#include "passes/inliner.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Callee;
using hir::Function;
using hir::Inlined;
using hir::Instr;
using hir::Op;
using hir::ValueId;

class Copier {
 public:
  Copier(Function& f, const Callee& callee, const Function& body, const Inlined& site, const Instr& call, int32_t first)
      : f_(f), callee_(callee), body_(body), site_(site), call_(call), places_(first), next_place_(first) {
    auto count = [](const auto& rows) { return static_cast<int32_t>(rows.size()); };
    number_ = count(f.inlined);
    f.inlined.push_back(site);
    first_block_ = count(f.blocks), rest_ = first_block_ + count(body.blocks);
    caches_ = count(f.caches), constants_ = count(f.facts.constants), inlined_ = count(f.inlined);
    objects_ = count(f.facts.objects), states_ = count(f.states);
  }

  int32_t run(int32_t id, size_t at) {
    copy_tables();
    copy_states();
    for (const Block& b : body_.blocks) copy_block(b);
    if (!is_generator()) split(id, at);
    return next_place_;
  }

 private:
  void copy_tables() {
    const int32_t stack = first_of_stack();
    for (hir::CacheSite c : body_.caches) {
      if (!c.name_object && c.name >= 0) c.name_object = callee_.names[static_cast<size_t>(c.name)];
      c.name = -1;
      c.pc = call_.pc;
      f_.caches.push_back(c);
    }
    for (size_t k = 0; k < body_.facts.constants.size(); k++) {
      hir::Constant c = body_.facts.constants[k];
      if (!c.object && k < callee_.consts.size()) c.object = callee_.consts[k];
      f_.facts.constants.push_back(c);
    }
    int32_t most = places_;
    for (hir::SiteTypes s : body_.facts.sites) {
      s.pc += places_;
      most = std::max(most, s.pc + 1);
      f_.facts.sites.push_back(std::move(s));
    }
    for (hir::AttrSeen s : body_.facts.attrs) {
      s.pc += places_;
      most = std::max(most, s.pc + 1);
      if (s.object >= 0) s.object += objects_;
      if (s.holder >= 0) s.holder += objects_;
      f_.facts.attrs.push_back(s);
    }
    next_place_ = most;
    for (int64_t address : body_.facts.objects) f_.facts.objects.push_back(address);
    for (hir::SlotTypes types : body_.facts.slots) {
      if (types.pc == -1)
        types.pc = hir::SlotTypes::callee(number_);
      else if (types.pc < -1)
        types.pc -= inlined_;
      else if (!is_generator())
        continue;
      else
        expect_at_head(types);
      f_.facts.slots.push_back(std::move(types));
    }
    for (Inlined inner : body_.inlined) {
      inner.pc = call_.pc;
      inner.way = site_.way;
      inner.object += objects_;
      inner.d += stack;
      if (inner.function >= 0) inner.function += stack;
      for (int32_t& entry : inner.bound)
        if (entry >= 0) entry += stack;
      for (int32_t& cache : inner.defaults) cache += caches_;
      if (inner.null >= 0) inner.null += stack;
      inner.base += stack, inner.result += stack;
      if (!is_generator()) inner.levels = 0;
      inner.around++;
      if (inner.state >= 0) inner.state += states_;
      if (inner.generator >= 0) inner.generator += stack, inner.locals += site_.locals;
      if (inner.cache >= 0) inner.instance += stack, inner.cache += caches_;
      f_.inlined.push_back(inner);
    }
  }

  bool is_generator() const { return site_.generator >= 0; }
  int32_t first_of_stack() const { return is_generator() ? site_.base : site_.base + 1 + body_.nslots; }

  // What a generator's frame has been seen to hold at its own loop heads, it may hold where it is asked for an item, too.
  void expect_at_head(hir::SlotTypes& types) const {
    const int32_t entry = types.slot - body_.nslots;
    types.pc = f_.states[static_cast<size_t>(site_.state)].resume;
    types.slot = entry < 0 ? site_.locals + types.slot : f_.nslots + site_.base + entry;
  }

  // Where the callee is when it leaves in the middle.
  void copy_states() {
    for (hir::FrameState s : body_.states) {
      const bool own = s.inlined < 0;
      s.site = places_ + (s.site >= 0 ? s.site : s.pc);
      s.inlined = own ? number_ : s.inlined + inlined_;
      s.region = -1;  // of its own code, which knows them
      next_place_ = std::max(next_place_, s.site + 1);
      f_.states.push_back(std::move(s));
    }
    for (const Block& b : body_.blocks)
      for (const Instr& i : b.instrs) next_place_ = std::max(next_place_, places_ + 1 + (i.site >= 0 ? i.site : i.pc));
  }

  void copy_block(const Block& from) {
    Block b;
    b.id = static_cast<int32_t>(f_.blocks.size());
    b.pc = call_.pc;
    b.inlined = from.inlined < 0 ? number_ : from.inlined + inlined_;
    const bool has_memory = from.inlined < 0 || body_.inlined[static_cast<size_t>(from.inlined)].generator >= 0;
    if (is_generator() && has_memory) b.depth = site_.base + from.depth;
    for (int n = 0; n < 2; n++) b.succ[n] = from.succ[n] < 0 ? -1 : from.succ[n] + first_block_;
    for (const Instr& i : from.instrs) copy_instr(i, b);
    f_.blocks.push_back(std::move(b));
  }

  void copy_instr(Instr i, Block& b) {
    if (copies_free_variables(i)) return;
    const int32_t local = site_.base + 1, stack = first_of_stack();
    i.site = places_ + (i.site >= 0 ? i.site : i.pc);
    i.pc = call_.pc;
    if (i.state >= 0) i.state += states_;
    for (ValueId& arg : i.args)
      if (arg >= 0) arg = renamed_.at(arg);
    if (i.id >= 0) i.id = renamed_[i.id] = new_value();
    if (is_generator() && copy_in_frame(i, b)) return;
    switch (i.op) {
      case Op::Poll: return;
      case Op::LoadLocal:
      case Op::StoreLocal: {
        const int32_t behind = i.imm[0] - body_.nslots;
        i.op = i.op == Op::LoadLocal ? Op::LoadStack : Op::StoreStack;
        i.imm[0] = behind < 0 ? local + i.imm[0] : site_.result + 1 + behind;
        break;
      }
      case Op::LoadStack:
      case Op::TakeStack:
      case Op::StoreStack: i.imm[0] += stack; break;
      case Op::LoadConst: i.imm[0] += constants_; break;
      case Op::LoadDeref:
      case Op::LoadGlobal: {
        Instr function{};
        function.op = Op::LoadStack;
        function.id = new_value();
        function.imm[0] = site_.base;
        function.pc = i.pc;
        b.instrs.push_back(function);
        const bool global = i.op == Op::LoadGlobal;
        i.imm = {global ? 0 : i.imm[0] - callee_.first_free, global ? i.imm[1] + caches_ : 0, 0, 0};
        i.op = global ? Op::LoadGlobalOf : Op::LoadFreeOf;
        i.args[0] = function.id;
        break;
      }
      case Op::LoadGlobalOf:
      case Op::StoreAttr:
      case Op::LoadAttr: i.imm[0] = 0, i.imm[1] += caches_; break;
      case Op::LoadSuperMethod:
      case Op::LoadMethod: i.imm[0] = 0, i.imm[1] += caches_, i.imm[2] += stack; break;
      case Op::Call: i.imm[0] += stack, i.imm[3] += caches_; break;
      case Op::StackOp: i.imm[1] += stack; break;
      case Op::CallSpread: i.imm[0] += stack, i.imm[3] += states_; break;
      case Op::ExpectGenerator:
      case Op::SuspendGenerator:
      case Op::FinishInner:
      case Op::CallKnown:
      case Op::EnterCallee:
      case Op::LeaveCallee: i.imm[0] += inlined_; break;
      case Op::Return:
        i.op = Op::StoreStack;
        i.imm[0] = site_.result;
        b.instrs.push_back(i);
        i = Instr{};
        i.op = Op::Jump;
        i.pc = call_.pc;
        b.succ = {rest_, -1};
        break;
      default: break;
    }
    b.instrs.push_back(i);
  }

  // What is another thing in a frame that has memory; false: it is the same.
  bool copy_in_frame(Instr i, Block& b) {
    switch (i.op) {
      case Op::LoadLocal:
      case Op::StoreLocal:
      case Op::TakeLocal:
      case Op::CheckBound:
      case Op::LoadDeref: i.imm[0] += site_.locals; break;
      case Op::LoadGlobal: i.imm = {0, i.imm[1] + caches_, 0, 0}; break;
      case Op::IterNext:
      case Op::BranchNext: i.imm[0] += site_.base; break;
      case Op::Poll:
        if (i.imm[0] == 0) return true;
        i.imm[0] = 2;
        break;
      case Op::Return:
      case Op::Suspend: break;  // see splice_generators.cpp
      default: return false;
    }
    b.instrs.push_back(i);
    return true;
  }

  void split(int32_t id, size_t at) {
    Block rest;
    rest.id = rest_;
    rest.pc = call_.pc;
    rest.inlined = number_;
    rest.succ = f_.blocks[id].succ;
    std::vector<Instr>& instrs = f_.blocks[id].instrs;
    Instr leave{};
    leave.op = Op::LeaveCallee;
    leave.id = call_.id >= 0 ? call_.id : new_value();
    leave.imm[0] = number_;
    leave.pc = call_.pc;
    leave.site = call_.site;
    rest.instrs.push_back(leave);
    if (call_.id < 0) rest.instrs.push_back(keep_result(leave, site_.d));
    rest.instrs.insert(rest.instrs.end(), instrs.begin() + static_cast<std::ptrdiff_t>(at) + 1, instrs.end());
    instrs.resize(at);
    Instr enter{}, jump{};
    enter.op = Op::EnterCallee;
    enter.imm[0] = number_;
    enter.pc = jump.pc = call_.pc;
    enter.state = call_.state;
    enter.site = jump.site = call_.site;
    jump.op = Op::Jump;
    instrs.push_back(enter);
    instrs.push_back(jump);
    f_.blocks[id].succ = {first_block_, -1};
    f_.blocks.push_back(std::move(rest));
  }

  ValueId new_value() { return f_.nvalues++; }

  Function& f_;
  const Callee& callee_;
  const Function& body_;
  const Inlined site_;
  const Instr call_;
  int32_t places_, next_place_;  // in the feedback: the callee's first, and the next free one
  int32_t number_, first_block_, rest_, caches_, constants_, inlined_, objects_, states_;  // where the copies begin
  std::map<ValueId, ValueId> renamed_;
};

}  // namespace

int32_t free_place(const Function& f) {
  int32_t place = 1 << 20;
  for (const hir::SiteTypes& s : f.facts.sites) place = std::max(place, s.pc + 1);
  for (const hir::AttrSeen& s : f.facts.attrs) place = std::max(place, s.pc + 1);
  for (const hir::FrameState& s : f.states) place = std::max(place, s.site + 1);
  for (const Block& b : f.blocks)
    for (const Instr& i : b.instrs) place = std::max(place, i.site + 1);
  return place;
}

int32_t copy_body(Function& f, const Callee& callee, const Function& body, const Inlined& site, int32_t block,
                  size_t at, int32_t first_place) {
  return Copier(f, callee, body, site, f.blocks[static_cast<size_t>(block)].instrs[at], first_place).run(block, at);
}

}  // namespace jj::passes
