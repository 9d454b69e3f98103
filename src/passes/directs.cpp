// Functions without a frame: which there can be, and what they are made from.
#include <algorithm>

#include "passes/inliner.h"

namespace jj::passes {

using hir::Block;
using hir::Callee;
using hir::Function;
using hir::Instr;
using hir::Op;
using hir::Result;
using hir::Signature;
using hir::ValueId;

namespace {

constexpr size_t kMost = 8;  // that one function's machine code has

Result parameter_kind(const Function& f, int32_t slot) {
  for (const hir::SlotTypes& t : f.facts.slots) {
    if (t.pc != -1 || t.slot != slot || t.seen.megamorphic || t.seen.types.size() != 1) continue;
    if (t.seen.types[0].kind == JJ_TYPE_INT) return Result::Int;
    if (t.seen.types[0].kind == JJ_TYPE_FLOAT) return Result::Float;
  }
  return Result::Borrowed;
}

}  // namespace

Directs::Directs(std::vector<Callee> callees) {
  for (Callee& callee : callees) known_.emplace(callee.code, std::move(callee));
}

const Callee* Directs::known(int64_t code) const {
  const auto found = known_.find(code);
  return found == known_.end() ? nullptr : &found->second;
}

int32_t Directs::want(int64_t code, Result result) {
  if (const auto found = numbers_.find(code); found != numbers_.end())
    return signatures_[static_cast<size_t>(found->second)].result == result ? found->second : -1;
  const Callee* callee = known(code);
  if (!callee || result == Result::None || refused_.count(code) || !callee->function.regions.empty()) return -1;
  if (codes_.size() >= kMost || callee->varargs >= 0 || callee->varkeywords >= 0) return -1;
  const auto known_identity = identities_.find(code);
  Signature signature{{Result::Borrowed}, result, Signature::Fresh};  // as long as it does not turn out otherwise
  if (known_identity != identities_.end()) signature.identity = known_identity->second;
  for (int32_t slot = 0; slot < callee->params + callee->kwonly; slot++)
    signature.params.push_back(parameter_kind(callee->function, slot));
  signatures_.push_back(std::move(signature));
  codes_.push_back(code);
  return numbers_[code] = static_cast<int32_t>(codes_.size()) - 1;
}

void Directs::refuse(int32_t number) {
  refused_.insert(codes_[static_cast<size_t>(number)]);
  begin_anew();
}

bool Directs::accept(int32_t number, const Function& built) {
  const auto index = static_cast<size_t>(number);
  const Signature::Identity identity = identity_of(built, signatures_);
  if (identity >= signatures_[index].identity) return true;
  identities_[codes_[index]] = identity;
  begin_anew();
  return false;
}

void Directs::begin_anew() {
  numbers_.clear();
  codes_.clear();
  signatures_.clear();
}

Function Directs::make(int32_t number) const {
  const auto index = static_cast<size_t>(number);
  const Callee& callee = *known(codes_[index]);
  Function f = callee.function;
  f.signature = signatures_[index];
  f.code = callee.code;
  for (size_t k = 0; k < f.facts.constants.size() && k < callee.consts.size(); k++)
    f.facts.constants[k].object = callee.consts[k];
  for (hir::CacheSite& c : f.caches) {
    if (c.name >= 0) c.name_object = callee.names[static_cast<size_t>(c.name)];
    c.name = -1;
    c.pc = 0;
  }
  return f;
}

}  // namespace jj::passes
