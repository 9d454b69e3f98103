// Calls in one block: what lies on the stack in front of each, and which parameter of a known callee gets what.
#include "passes/call_sites.h"

#include <algorithm>
#include <sstream>

#include "hir/stack_helpers.h"

namespace jj::passes {

using hir::Callee;
using hir::Inlined;
using hir::Instr;
using hir::Op;

bool bind_arguments(const Callee& callee, int32_t given, int32_t first, const std::string& names, Inlined& site) {
  std::vector<std::string> keywords;
  std::istringstream in(names);
  for (std::string name; in >> name;) keywords.push_back(name);
  const int32_t positional = given - static_cast<int32_t>(keywords.size());
  if (positional < 0 || (positional > callee.params && callee.varargs < 0)) return false;
  site.positional = callee.params;
  site.varargs = callee.varargs, site.varkeywords = callee.varkeywords;
  site.bound.assign(static_cast<size_t>(callee.params + callee.kwonly), -1);
  for (int32_t k = 0; k < std::min(positional, callee.params); k++) site.bound[static_cast<size_t>(k)] = first + k;
  for (int32_t k = callee.params; k < positional; k++) site.bound.push_back(first + k), site.more++;
  for (size_t k = 0; k < keywords.size(); k++) {
    const int32_t entry = first + positional + static_cast<int32_t>(k);
    const auto from = callee.parameters.begin() + std::min(callee.posonly, callee.params);
    const auto found = std::find(from, callee.parameters.end(), keywords[k]);
    if (found == callee.parameters.end()) {
      if (callee.varkeywords < 0) return false;
      site.keywords.push_back(keywords[k]);
      site.bound.push_back(entry);
      continue;
    }
    int32_t& place = site.bound[static_cast<size_t>(found - callee.parameters.begin())];
    if (place >= 0) return false;
    place = entry;
  }
  return true;
}

Instr keep_result(const Instr& call, int32_t d) {
  Instr store{};
  store.op = Op::StoreStack;
  store.args[0] = call.id;
  store.imm[0] = d;
  store.pc = call.pc;
  store.site = call.site;
  return store;
}

int32_t call_at(const hir::Function& f, int32_t pc) {
  for (size_t k = 0; k < f.calls.size(); k++)
    if (f.calls[k].pc == pc) return static_cast<int32_t>(k);
  return -1;
}

bool CallSites::is_call(const Instr& i, CallSite& site) const {
  if (i.op == Op::Call) {
    site = {i.imm[0], i.imm[1] + 1 + (i.imm[2] != 0), i.imm[1], i.imm[2], -1};
    return true;
  }
  if (i.op == Op::CallSpread) {
    site = {i.imm[0], i.imm[1] + 1, i.imm[1], 0, i.imm[2]};
    return true;
  }
  const int32_t layout = i.op == Op::StackOp ? hir::keyword_call_layout(i.imm[0]) : -1;
  if (layout < 0) return false;
  site.layout = layout;
  site.nargs = i.imm[2];
  site.d = f_.states[static_cast<size_t>(i.state)].error_depth;
  site.entries = i.imm[1] - site.d;
  const bool on_stack = site.entries > site.nargs + 1 + (layout != 0);
  const auto names = stack_.find(i.imm[1] - 1);
  if (!on_stack)
    site.names = i.imm[3];
  else if (names != stack_.end() && names->second.kind == Entry::Const)
    site.names = names->second.number;
  return site.names >= 0 && site.names < static_cast<int32_t>(f_.facts.constants.size());
}

void CallSites::follow(const Instr& i) {
  switch (i.op) {
    case Op::LoadAttr:
    case Op::LoadDeref:
    case Op::LoadGlobal:
      if (const int32_t call = call_at(f_, i.pc); call >= 0) values_[i.id] = {Entry::Function, call};
      break;
    case Op::LoadNull: values_[i.id] = {Entry::Null, -1}; break;
    case Op::LoadConst: values_[i.id] = {Entry::Const, i.imm[0]}; break;
    case Op::Retain:
      if (values_.count(i.args[0])) values_[i.id] = values_[i.args[0]];
      break;
    case Op::StoreStack: stack_[i.imm[0]] = values_.count(i.args[0]) ? values_[i.args[0]] : Entry{}; break;
    case Op::TakeStack:
      if (stack_.count(i.imm[0])) values_[i.id] = stack_[i.imm[0]];
      stack_.erase(i.imm[0]);
      break;
    case Op::ExpectVersion: versions_[i.args[0]] = i.imm[0]; break;
    case Op::LoadSuperMethod:
    case Op::LoadMethod: follow_method(i); break;
    case Op::Call:
      if (i.imm[1] == 0) values_[i.id] = {Entry::Made, -1};
      cut(i.imm[0]);
      break;
    case Op::CallSpread: cut(i.imm[0]); break;
    case Op::StackOp:
    case Op::StackCond: cut(f_.states[static_cast<size_t>(i.state)].error_depth); break;
    default: break;
  }
}

// The callee, where classes have different ones: that of the class which the object is known to have.
int32_t CallSites::method_at(const Instr& i) const {
  const int32_t only = call_at(f_, i.pc);
  const auto version = versions_.find(i.args[0]);
  if (only >= 0 || version == versions_.end()) return only;
  const hir::AttrRows rows = hir::rows_at(f_.facts, i.pc);
  for (size_t k = 0; k < rows.size(); k++)
    if (static_cast<int32_t>(rows[k].version) == version->second)
      return call_at(f_, i.pc + JJ_SITE_CLASS + static_cast<int32_t>(k) * JJ_SITE_RESULT);
  return -1;
}

// What the look-up of a method leaves: a function and what it is called with, or a function and null.
void CallSites::follow_method(const Instr& i) {
  const int32_t d = i.imm[2], call = method_at(i);
  cut(d);
  if (call < 0) return;
  const auto is = [&](int how) {
    return std::any_of(f_.facts.attrs.begin(), f_.facts.attrs.end(),
                       [&](const hir::AttrSeen& seen) { return seen.pc == i.pc && seen.how == how; });
  };
  // Of super() objects only those are known that are made right here (Unboxer::call_super).
  if (i.op == Op::LoadMethod && is(JJ_ATTR_SUPER) && values_[i.args[0]].kind != Entry::Made) return;
  const bool alone = is(JJ_ATTR_STATIC);
  stack_[d] = {alone ? Entry::Function : Entry::Method, call};
  if (!alone) return;
  stack_[d + 1] = {Entry::Null, -1};
  if (i.imm[3] == 0) std::swap(stack_[d], stack_[d + 1]);
}

int32_t CallSites::bind(const Instr& i, const CallSite& call, Inlined& site) {
  const int32_t d = call.d, layout = call.layout;
  if (i.state < 0 || f_.states[static_cast<size_t>(i.state)].resume < 0) return -1;
  site.pc = i.pc;
  site.d = d;
  site.entries = call.entries;
  const bool method = layout != 0 && stack_[d].kind == Entry::Method;
  site.function = !method && layout == 1 ? d + 1 : d;
  site.null = method || layout == 0 ? -1 : layout == 1 ? d : d + 1;
  const int32_t first = method ? d + 1 : d + 1 + (layout != 0);
  Entry function = stack_[site.function];
  if (i.op == Op::Call && function.kind == Entry::Other)
    if (const int32_t local = call_at(f_, i.pc + JJ_SITE_CALLEE); local >= 0) function = {Entry::Function, local};
  if (i.op == Op::Call && function.kind == Entry::Other) return bind_class(i, call, first, site);
  if (function.kind != (method ? Entry::Method : Entry::Function)) return -1;
  if (site.null >= 0 && stack_[site.null].kind != Entry::Null) return -1;
  const hir::CalleeAt& named = f_.calls[static_cast<size_t>(function.number)];
  const Callee* callee = directs_.known(named.code);
  if (!callee) return -1;
  site.way = named.pc / JJ_SITE_RESULT;
  const std::string& names = call.names < 0 ? "" : f_.facts.constants[static_cast<size_t>(call.names)].names;
  if (call.names >= 0 && names.empty()) return -1;
  return bind_arguments(*callee, call.nargs + method, first, names, site) ? function.number : -1;
}

// The instance takes the place of the entry in front of the arguments.
int32_t CallSites::bind_class(const Instr& i, const CallSite& call, int32_t first, Inlined& site) {
  const int32_t number = call_at(f_, i.pc);
  if (number < 0 || (site.null >= 0 && stack_[site.null].kind != Entry::Null)) return -1;
  const Callee* callee = directs_.known(f_.calls[static_cast<size_t>(number)].code);
  if (!callee || callee->params < 1 || !bind_arguments(*callee, call.nargs + 1, first - 1, "", site)) return -1;
  site.bound[0] = Inlined::kInstance;
  site.cache = i.imm[3];
  return number;
}

}  // namespace jj::passes
