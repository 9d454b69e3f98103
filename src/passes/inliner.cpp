// Replaces calls of one function: by what the callee does, its slots becoming entries of the value stack that no memory
// belongs to (hir::Inlined), or by calls of functions without a frame.
#include "passes/inliner.h"

#include <algorithm>
#include <map>
#include <optional>

#include "hir/graph.h"
#include "passes/call_sites.h"
#include "passes/spread.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Callee;
using hir::CalleeAt;
using hir::Function;
using hir::Inlined;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr size_t kMostLevels = 3;  // of calls inside inlined calls
class Inliner {
 public:
  // `path`: the codes of the function and of those that it is to be put into.
  Inliner(Function& f, const Excluded& excluded, Directs& directs, std::vector<int64_t> path)
      : f_(f), excluded_(excluded), directs_(directs), path_(std::move(path)), real_(f.stacksize), next_site_(1 << 20) {
    for (const hir::SiteTypes& s : f.facts.sites) next_site_ = std::max(next_site_, s.pc + 1);
    for (const hir::AttrSeen& s : f.facts.attrs) next_site_ = std::max(next_site_, s.pc + 1);
  }

  bool run() {
    if (f_.calls.empty()) return false;
    for (size_t k = 0; k < f_.blocks.size(); k++)
      if (f_.blocks[k].inlined < 0 || is_rest(f_.blocks[k])) scan(static_cast<int32_t>(k));
    if (f_.inlined.empty()) return false;
    f_.real_stack = real_;
    for (Block& b : f_.blocks)
      if (b.inlined >= 0) b.depth = f_.stacksize;
    return true;
  }

 private:
  bool is_rest(const Block& b) const { return rests_.count(b.id) != 0; }

  // Follows one block's stack to its first call that can be inlined.
  void scan(int32_t id) {
    CallSites stack = rests_.count(id) ? rests_.at(id) : CallSites(f_, directs_);
    for (size_t k = 0; k < f_.blocks[id].instrs.size(); k++) {
      const Instr i = f_.blocks[id].instrs[k];
      if (i.op == Op::LoadAttr && inline_getter(id, k)) return go_on_behind(stack, f_.states[i.state].error_depth);
      CallSite call;
      if (stack.is_call(i, call)) {
        Inlined site;
        const int32_t number = stack.bind(i, call, site);
        if (number >= 0 && splice(id, k, f_.calls[static_cast<size_t>(number)], site))
          return go_on_behind(stack, site.d);
        if (number >= 0) call_directly(f_.blocks[id], k, f_.calls[static_cast<size_t>(number)].code, site);
      }
      stack.follow(i);
    }
  }

  // With what lies below the call.
  void go_on_behind(CallSites& stack, int32_t d) {
    stack.cut(d);
    rests_.emplace(static_cast<int32_t>(f_.blocks.size()) - 1, stack);
  }

  // A property: the object becomes the stack entry that the instruction takes it from, which is the call's only one.
  bool inline_getter(int32_t id, size_t at) {
    const Instr i = f_.blocks[id].instrs[at];
    const bool getter = std::any_of(f_.facts.attrs.begin(), f_.facts.attrs.end(),
                                    [&](const hir::AttrSeen& s) { return s.pc == i.pc && s.how == JJ_ATTR_GETTER; });
    const int32_t call = call_at(f_, i.pc);
    if (!getter || call < 0 || i.state < 0 || f_.states[i.state].resume < 0) return false;
    const Callee* callee = directs_.known(f_.calls[static_cast<size_t>(call)].code);
    if (!callee || at == 0) return false;
    const Instr before = f_.blocks[id].instrs[at - 1];
    if (before.id != i.args[0] || (before.op != Op::LoadLocal && before.op != Op::TakeStack)) return false;
    Inlined site;
    site.pc = i.pc;
    site.d = f_.states[i.state].error_depth;
    site.entries = 1;
    site.function = -1;
    if (!bind_arguments(*callee, 1, site.d, "", site)) return false;
    if (before.op == Op::TakeStack && before.imm[0] != site.d) return false;
    if (!splice(id, at, f_.calls[static_cast<size_t>(call)], site)) return false;
    put_operand(f_.blocks[id].instrs, at - 1, site.d);
    return true;
  }

  void put_operand(std::vector<Instr>& instrs, size_t at, int32_t d) {
    const Instr load = instrs[at];
    if (load.op == Op::TakeStack) {
      instrs.erase(instrs.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    }
    Instr retain{}, store{};
    retain.op = Op::Retain;
    retain.id = new_value();
    retain.args[0] = load.id;
    store.op = Op::StoreStack;
    store.imm[0] = d;
    store.args[0] = retain.id;
    retain.pc = store.pc = load.pc;
    instrs.insert(instrs.begin() + static_cast<std::ptrdiff_t>(at) + 1, {retain, store});
  }

  // Puts the callee in place of operation `at`, a call. The rest of the block becomes a block of its own.
  bool splice(int32_t id, size_t at, const CalleeAt& named, Inlined site) {
    if (excluded_.inlining.count(site.key()) || !hir::can_split(f_.blocks[id], at)) return false;
    if (std::find(path_.begin(), path_.end(), named.code) != path_.end()) return false;
    const Callee& callee = *directs_.known(named.code);
    std::optional<Function> plain = callee.function;
    if (site.varargs >= 0 || site.varkeywords >= 0) plain = spread_arguments(callee, site.more, site.keywords);
    if (!plain) return false;
    Function& body = *plain;
    const bool reached_only = reached_only_ || excluded_.whole.count(site.key());
    if (reached_only) cuts_ += cut_unreached(body);
    if (!is_leaf(body)) return false;
    if (path_.size() < kMostLevels) {
      std::vector<int64_t> path = path_;
      path.push_back(callee.code);
      Inliner inside(body, {}, directs_, std::move(path));
      inside.reached_only_ = reached_only;
      inside.run();
      cuts_ += inside.cuts_;
    }
    if (reached_only && !reached_only_ && !cuts_) return false;  // nothing new
    if (body.blocks.size() > 4 * kMostLeafBlocks) return false;
    const auto number = static_cast<int32_t>(f_.inlined.size());
    site.object = add_object(callee.code);
    name_defaults(site, callee);
    site.base = real_;
    const Instr call = f_.blocks[id].instrs[at];
    site.state = call.op == Op::CallSpread ? call.imm[3] : call.state;
    site.nlocals = body.nslots;
    if (callee.function.class_cell) site.class_cell = callee.function.class_cell - callee.first_free;
    site.result = real_ + 1 + body.nslots + body.stacksize;
    site.levels = 1;
    for (const Inlined& inner : body.inlined) site.levels = std::max(site.levels, 1 + inner.levels);
    // Also of arguments that the callee never looks at.
    site.hidden = std::max(hidden_locals(body), site.more + static_cast<int32_t>(site.keywords.size()));
    if (site.cache >= 0) site.instance = site.result + 1 + site.hidden++, site.levels++;
    f_.stacksize = std::max(f_.stacksize, site.end());
    f_.inlined.push_back(site);
    const auto rest = static_cast<int32_t>(f_.blocks.size() + body.blocks.size());
    Copy copy{callee, body, number, site, call, static_cast<int32_t>(f_.blocks.size()), rest, next_site_, {}};
    copy.caches = static_cast<int32_t>(f_.caches.size());
    copy.constants = static_cast<int32_t>(f_.facts.constants.size());
    copy.inlined = static_cast<int32_t>(f_.inlined.size());
    copy.objects = static_cast<int32_t>(f_.facts.objects.size());
    copy.states = static_cast<int32_t>(f_.states.size());
    copy_tables(copy);
    copy_states(copy);
    for (const Block& b : body.blocks) copy_block(copy, b);
    split(id, at, copy);
    return true;
  }

  // Makes the call one of a function without a frame. Feedback tells what it will answer.
  void call_directly(Block& b, size_t at, int64_t code, Inlined site) {
    Instr& call = b.instrs[at];
    if (excluded_.direct.count(site.key()) || site.cache >= 0) return;
    hir::Result result = hir::Result::None;
    for (const hir::SiteTypes& s : f_.facts.sites)
      if (s.pc == call.pc && s.seen.types.size() == 1 && !s.seen.megamorphic)
        result = hir::result_of_type(s.seen.types[0].kind);
    site.direct = directs_.want(code, result);
    if (site.direct < 0) return;
    site.object = add_object(code);
    name_defaults(site, *directs_.known(code));
    call.op = Op::CallKnown;
    call.imm = {static_cast<int32_t>(f_.inlined.size()), 0, 0, 0};
    f_.inlined.push_back(site);
    if (call.id >= 0) return;
    call.id = new_value();
    b.instrs.insert(b.instrs.begin() + static_cast<std::ptrdiff_t>(at) + 1, keep_result(call, site.d));
  }

  void name_defaults(Inlined& site, const Callee& callee) {
    for (int32_t k = callee.params; k < callee.params + callee.kwonly; k++) {
      site.defaults.push_back(static_cast<int32_t>(f_.caches.size()));
      f_.caches.push_back({JJ_CACHE_GLOBAL, -1, site.pc, callee.parameter_names[static_cast<size_t>(k)]});
    }
  }

  struct Copy {
    const Callee& callee;
    const Function& body;
    int32_t number;
    Inlined site;
    Instr call;
    int32_t first_block, rest, sites;
    std::map<ValueId, ValueId> renamed;
    int32_t caches = 0, constants = 0, inlined = 0, objects = 0, states = 0;
  };

  int32_t add_object(int64_t address) {
    f_.facts.objects.push_back(address);
    return static_cast<int32_t>(f_.facts.objects.size()) - 1;
  }

  void copy_tables(const Copy& copy) {
    const Function& body = copy.body;
    const int32_t stack = copy.site.base + 1 + body.nslots;
    for (hir::CacheSite c : body.caches) {
      if (!c.name_object && c.name >= 0) c.name_object = copy.callee.names[static_cast<size_t>(c.name)];
      c.name = -1;
      c.pc = copy.call.pc;
      f_.caches.push_back(c);
    }
    for (size_t k = 0; k < body.facts.constants.size(); k++) {
      hir::Constant c = body.facts.constants[k];
      if (!c.object && k < copy.callee.consts.size()) c.object = copy.callee.consts[k];
      f_.facts.constants.push_back(c);
    }
    int32_t most = copy.sites;
    for (hir::SiteTypes s : body.facts.sites) {
      s.pc += copy.sites;
      most = std::max(most, s.pc + 1);
      f_.facts.sites.push_back(std::move(s));
    }
    for (hir::AttrSeen s : body.facts.attrs) {
      s.pc += copy.sites;
      most = std::max(most, s.pc + 1);
      if (s.object >= 0) s.object += copy.objects;
      if (s.holder >= 0) s.holder += copy.objects;
      f_.facts.attrs.push_back(s);
    }
    next_site_ = most;
    for (int64_t address : body.facts.objects) f_.facts.objects.push_back(address);
    for (hir::SlotTypes types : body.facts.slots) {
      if (types.pc == -1)
        types.pc = hir::SlotTypes::callee(copy.number);
      else if (types.pc < -1)
        types.pc -= copy.inlined;
      else
        continue;
      f_.facts.slots.push_back(std::move(types));
    }
    for (Inlined inner : body.inlined) {
      inner.pc = copy.call.pc;
      inner.way = copy.site.way;
      inner.object += copy.objects;
      inner.d += stack;
      if (inner.function >= 0) inner.function += stack;
      for (int32_t& entry : inner.bound)
        if (entry >= 0) entry += stack;
      for (int32_t& cache : inner.defaults) cache += copy.caches;
      if (inner.null >= 0) inner.null += stack;
      inner.base += stack, inner.result += stack;
      inner.levels = 0;
      inner.around++;
      if (inner.state >= 0) inner.state += copy.states;
      if (inner.cache >= 0) inner.instance += stack, inner.cache += copy.caches;
      f_.inlined.push_back(inner);
    }
  }

  // Where the callee is when it leaves in the middle.
  void copy_states(const Copy& copy) {
    for (hir::FrameState s : copy.body.states) {
      const bool own = s.inlined < 0;
      s.site = copy.sites + (s.site >= 0 ? s.site : s.pc);
      s.inlined = own ? copy.number : s.inlined + copy.inlined;
      next_site_ = std::max(next_site_, s.site + 1);
      f_.states.push_back(std::move(s));
    }
    for (const Block& b : copy.body.blocks)
      for (const Instr& i : b.instrs) next_site_ = std::max(next_site_, copy.sites + 1 + (i.site >= 0 ? i.site : i.pc));
  }

  ValueId new_value() { return f_.nvalues++; }
  void copy_block(Copy& copy, const Block& from) {
    Block b;
    b.id = static_cast<int32_t>(f_.blocks.size());
    b.pc = copy.call.pc;
    b.inlined = from.inlined < 0 ? copy.number : from.inlined + copy.inlined;
    for (int n = 0; n < 2; n++) b.succ[n] = from.succ[n] < 0 ? -1 : from.succ[n] + copy.first_block;
    for (const Instr& i : from.instrs) copy_instr(copy, i, b);
    f_.blocks.push_back(std::move(b));
  }

  void copy_instr(Copy& copy, Instr i, Block& b) {
    if (copies_free_variables(i)) return;
    const int32_t local = copy.site.base + 1, stack = local + copy.body.nslots;
    i.site = copy.sites + (i.site >= 0 ? i.site : i.pc);
    i.pc = copy.call.pc;
    if (i.state >= 0) i.state += copy.states;
    for (ValueId& arg : i.args)
      if (arg >= 0) arg = copy.renamed.at(arg);
    if (i.id >= 0) i.id = copy.renamed[i.id] = new_value();
    switch (i.op) {
      case Op::Poll: return;
      case Op::LoadLocal:
      case Op::StoreLocal: {
        const int32_t behind = i.imm[0] - copy.body.nslots;
        i.op = i.op == Op::LoadLocal ? Op::LoadStack : Op::StoreStack;
        i.imm[0] = behind < 0 ? local + i.imm[0] : copy.site.result + 1 + behind;
        break;
      }
      case Op::LoadStack:
      case Op::TakeStack:
      case Op::StoreStack: i.imm[0] += stack; break;
      case Op::LoadConst: i.imm[0] += copy.constants; break;
      case Op::LoadDeref:
      case Op::LoadGlobal: {
        Instr function{};
        function.op = Op::LoadStack;
        function.id = new_value();
        function.imm[0] = copy.site.base;
        function.pc = i.pc;
        b.instrs.push_back(function);
        const bool global = i.op == Op::LoadGlobal;
        i.imm = {global ? 0 : i.imm[0] - copy.callee.first_free, global ? i.imm[1] + copy.caches : 0, 0, 0};
        i.op = global ? Op::LoadGlobalOf : Op::LoadFreeOf;
        i.args[0] = function.id;
        break;
      }
      case Op::LoadGlobalOf:
      case Op::StoreAttr:
      case Op::LoadAttr: i.imm[0] = 0, i.imm[1] += copy.caches; break;
      case Op::LoadSuperMethod:
      case Op::LoadMethod: i.imm[0] = 0, i.imm[1] += copy.caches, i.imm[2] += stack; break;
      case Op::Call: i.imm[0] += stack, i.imm[3] += copy.caches; break;
      case Op::StackOp: i.imm[1] += stack; break;
      case Op::CallSpread: i.imm[0] += stack, i.imm[3] += copy.states; break;
      case Op::CallKnown:
      case Op::EnterCallee:
      case Op::LeaveCallee: i.imm[0] += copy.inlined; break;
      case Op::Return:
        i.op = Op::StoreStack;
        i.imm[0] = copy.site.result;
        b.instrs.push_back(i);
        i = Instr{};
        i.op = Op::Jump;
        i.pc = copy.call.pc;
        b.succ = {copy.rest, -1};
        break;
      default: break;
    }
    b.instrs.push_back(i);
  }

  void split(int32_t id, size_t at, const Copy& copy) {
    Block rest;
    rest.id = copy.rest;
    rest.pc = copy.call.pc;
    rest.inlined = copy.number;
    rest.succ = f_.blocks[id].succ;
    std::vector<Instr>& instrs = f_.blocks[id].instrs;
    Instr leave{};
    leave.op = Op::LeaveCallee;
    leave.id = copy.call.id >= 0 ? copy.call.id : new_value();
    leave.imm[0] = copy.number;
    leave.pc = copy.call.pc;
    leave.site = copy.call.site;
    rest.instrs.push_back(leave);
    if (copy.call.id < 0) rest.instrs.push_back(keep_result(leave, copy.site.d));
    rest.instrs.insert(rest.instrs.end(), instrs.begin() + static_cast<std::ptrdiff_t>(at) + 1, instrs.end());
    instrs.resize(at);
    Instr enter{}, jump{};
    enter.op = Op::EnterCallee;
    enter.imm[0] = copy.number;
    enter.pc = jump.pc = copy.call.pc;
    enter.state = copy.call.state;
    enter.site = jump.site = copy.call.site;
    jump.op = Op::Jump;
    instrs.push_back(enter);
    instrs.push_back(jump);
    f_.blocks[id].succ = {copy.first_block, -1};
    f_.blocks.push_back(std::move(rest));
  }

  Function& f_;
  const Excluded& excluded_;
  Directs& directs_;
  const std::vector<int64_t> path_;
  const int32_t real_;
  int32_t next_site_;
  bool reached_only_ = false;  // see Excluded::whole
  int cuts_ = 0;
  std::map<int32_t, CallSites> rests_;  // blocks that go on behind an inlined call
};

}  // namespace

bool replace_calls(Function& f, const Excluded& excluded, Directs& directs) {
  return Inliner(f, excluded, directs, {f.code}).run();
}

}  // namespace jj::passes
