// Replaces calls of one function: by what the callee does, its slots becoming entries of the value stack that no memory
// belongs to (hir::Inlined), or by calls of functions without a frame.
#include "passes/inliner.h"

#include <algorithm>
#include <map>
#include <optional>

#include "hir/graph.h"
#include "passes/call_sites.h"
#include "passes/copy_body.h"
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
      : f_(f),
        excluded_(excluded),
        directs_(directs),
        path_(std::move(path)),
        real_(f.stacksize),
        next_site_(free_place(f)) {}

  bool run() {
    if (f_.calls.empty()) return false;
    for (size_t k = 0; k < f_.blocks.size(); k++)
      if (f_.blocks[k].inlined < 0 || is_rest(f_.blocks[k])) scan(static_cast<int32_t>(k));
    if (f_.inlined.empty()) return false;
    if (f_.real_stack < 0) f_.real_stack = real_;
    for (Block& b : f_.blocks)
      if (b.inlined >= 0 && f_.inlined[static_cast<size_t>(b.inlined)].generator < 0) b.depth = f_.stacksize;
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
      if ((i.op == Op::Binary || i.op == Op::Subscr) && inline_operator(id, k))
        return go_on_behind(stack, f_.states[i.state].error_depth);
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

  // The operands become stack entries, the call's only ones.
  bool inline_operator(int32_t id, size_t at) {
    const Instr i = f_.blocks[id].instrs[at];
    const hir::AttrRows rows = hir::rows_at(f_.facts, i.pc);
    const int32_t call = call_at(f_, i.pc);
    if (rows.size() != 1 || rows[0].how != JJ_ATTR_OPERATOR || call < 0) return false;
    if (i.state < 0 || f_.states[i.state].resume < 0) return false;
    const Callee* callee = directs_.known(f_.calls[static_cast<size_t>(call)].code);
    if (!callee) return false;
    Inlined site;
    site.pc = i.pc;
    site.d = f_.states[i.state].error_depth;
    site.entries = 2;
    site.function = -1;
    site.operation = rows[0].index;
    if (!bind_arguments(*callee, 2, site.d, "", site)) return false;
    if (site.operation & JJ_OPERATION_RIGHT)
      for (int32_t& entry : site.bound)
        if (entry >= 0) entry = 2 * site.d + 1 - entry;  // that has the method, then the other
    const std::vector<Instr> before = f_.blocks[id].instrs;
    const std::optional<size_t> moved = put_operands(f_.blocks[id].instrs, at, site.d);
    if (moved && splice(id, *moved, f_.calls[static_cast<size_t>(call)], site)) return true;
    f_.blocks[id].instrs = before;
    return false;
  }

  // Answers where the operation stands then.
  std::optional<size_t> put_operands(std::vector<Instr>& instrs, size_t at, int32_t d) {
    for (int n = 0; n < 2; n++) {
      const ValueId id = instrs[at].args[static_cast<size_t>(n)];
      const auto made = std::find_if(instrs.begin(), instrs.end(), [&](const Instr& i) { return i.id == id; });
      if (made == instrs.end()) return std::nullopt;
      if (made->op == Op::TakeStack) {
        if (made->imm[0] != d + n) return std::nullopt;
        instrs.erase(made);
        at--;
      } else if (made->op == Op::LoadLocal || made->op == Op::LoadConst || made->op == Op::LoadStack) {
        at += push(instrs, at, id, d + n);
      } else if (made->op == Op::LoadDeref || made->op == Op::LoadAttr || made->op == Op::LoadGlobal) {
        instrs.insert(instrs.begin() + static_cast<std::ptrdiff_t>(at), store_to(id, d + n, instrs[at].pc));
        at++;
      } else {
        return std::nullopt;
      }
    }
    return at;
  }

  // In front of the operation: the borrowed object in a stack entry, too.
  size_t push(std::vector<Instr>& instrs, size_t at, ValueId id, int32_t d) {
    Instr retain{};
    retain.op = Op::Retain;
    retain.id = new_value();
    retain.args[0] = id;
    retain.pc = instrs[at].pc;
    instrs.insert(instrs.begin() + static_cast<std::ptrdiff_t>(at), {retain, store_to(retain.id, d, retain.pc)});
    return 2;
  }
  static Instr store_to(ValueId owned, int32_t d, int32_t pc) {
    Instr store{};
    store.op = Op::StoreStack;
    store.imm[0] = d;
    store.args[0] = owned;
    store.pc = pc;
    return store;
  }

  void put_operand(std::vector<Instr>& instrs, size_t at, int32_t d) {
    const Instr load = instrs[at];
    if (load.op == Op::TakeStack) {
      instrs.erase(instrs.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    }
    push(instrs, at + 1, load.id, d);
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
    next_site_ = copy_body(f_, callee, body, site, id, at, next_site_);
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

  int32_t add_object(int64_t address) {
    f_.facts.objects.push_back(address);
    return static_cast<int32_t>(f_.facts.objects.size()) - 1;
  }

  ValueId new_value() { return f_.nvalues++; }

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

void inline_all(Function& f, Directs& directs, std::vector<int64_t> path) {
  Inliner(f, {}, directs, std::move(path)).run();
}

bool replace_calls(Function& f, const Excluded& excluded, Directs& directs) {
  splice_generators(f, excluded, directs);
  return Inliner(f, excluded, directs, {f.code}).run();
}

}  // namespace jj::passes
