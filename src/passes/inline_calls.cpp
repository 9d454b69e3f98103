// Puts what small callees do in place of their calls, where all of it turns out to be work on values in registers: nothing
// anybody could observe happens before the callee returns, so that every exit in it goes back to the call itself.
//
// Callees of that kind that are not small, or have loops, or call themselves become functions without a frame: arguments and
// result are in registers, and a call that cannot do all of its work gives up, up to the first caller that has a frame. That
// one makes its call once more, with frames.
//
// Whether pass unbox can do without the callees' memory is found out by trying.
#include <optional>

#include "passes/inliner.h"
#include "passes/passes.h"
#include "passes/unboxer.h"

namespace jj::passes {
namespace {

using hir::Function;
using hir::Result;

bool has_frame(const Function& f) { return f.signature.result == Result::None; }

// With all calls replaced that can be; nothing: it cannot do without a frame.
std::optional<Function> settle(const Function& f, Directs& directs) {
  Excluded excluded;
  for (;;) {
    Function trial = f;
    const bool changed = replace_calls(trial, excluded, directs);
    trial.calls.clear();
    trial.direct = directs.signatures();
    if (!changed && has_frame(f)) return trial;
    const std::optional<int32_t> failed = try_unbox(trial);
    if (!failed) return trial;
    if (*failed < 0) return std::nullopt;
    if (excluded.whole.insert(*failed).second) continue;
    if (!excluded.inlining.insert(*failed).second && !excluded.direct.insert(*failed).second) return std::nullopt;
  }
}

// Makes the functions without a frame that are called; false: one of them cannot be, or not with the signature that its
// callers rely on.
bool build(const Function& root, Directs& directs, std::vector<Function>& built) {
  std::vector<int32_t> wanted;
  auto add = [&](const Function& f) {
    for (const hir::Inlined& site : f.inlined)
      if (site.direct >= 0) wanted.push_back(site.direct);
  };
  add(root);
  for (size_t k = 0; k < wanted.size(); k++) {
    const auto number = static_cast<size_t>(wanted[k]);
    if (built.size() <= number) built.resize(number + 1);
    if (!built[number].blocks.empty()) continue;
    Function f = directs.make(wanted[k]);
    peel_loops(f);
    std::optional<Function> settled = settle(f, directs);
    if (!settled) {
      directs.refuse(wanted[k]);
      return false;
    }
    add(*settled);
    unbox(*settled);
    clean_values(*settled);
    prove_ranges(*settled);
    space_polls(*settled);
    if (!directs.accept(wanted[k], *settled)) return false;
    built[number] = std::move(*settled);
  }
  return true;
}

}  // namespace

bool inline_calls(Function& f) {
  if (f.calls.empty()) return false;
  Directs directs(std::move(f.callees));
  for (;;) {
    std::vector<Function> built;
    f.callees.clear();
    std::optional<Function> root = settle(f, directs);
    if (root && !build(*root, directs, built)) continue;
    f.calls.clear();
    if (!root || root->inlined.empty()) return false;
    f = std::move(*root);
    for (Function& direct : built) {
      direct.direct = directs.signatures();
      direct.first_cache = static_cast<int32_t>(f.caches.size());
      f.caches.insert(f.caches.end(), direct.caches.begin(), direct.caches.end());
    }
    f.direct = directs.signatures();
    f.directs = std::move(built);
    return true;
  }
}

}  // namespace jj::passes
