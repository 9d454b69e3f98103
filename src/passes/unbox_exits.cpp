// The pass `unbox`: the states that exits leave with.
#include <algorithm>

#include "passes/unboxer.h"

namespace jj::passes {

// The function's own state at the current instruction: inside an inlined callee, that of the outermost call.
int32_t Unboxer::own_state() const {
  int32_t state = template_;
  while (in_.states[static_cast<size_t>(state)].inlined >= 0)
    state = in_.inlined[static_cast<size_t>(in_.states[static_cast<size_t>(state)].inlined)].state;
  return state;
}

// What an exit makes real, in order: locals, `depth` stack entries, and the frames of the inlined callees that it is in.
std::vector<int32_t> Unboxer::places_at_exit(int32_t depth) const {
  std::vector<int32_t> places;
  auto add = [&](int32_t from, int32_t to) {
    for (int32_t place = from; place < to; place++) places.push_back(place);
  };
  add(0, in_.nslots + depth);
  for (int32_t state = template_; in_.states[static_cast<size_t>(state)].inlined >= 0;) {
    const hir::FrameState& s = in_.states[static_cast<size_t>(state)];
    const hir::Inlined& call = in_.inlined[static_cast<size_t>(s.inlined)];
    state = call.state;
    if (call.generator >= 0) continue;  // see below
    add(in_.nslots + call.base, in_.nslots + call.base + 1 + call.nlocals + s.depth);
    if (call.instance >= 0) add(in_.nslots + call.instance, in_.nslots + call.instance + 1);
    const auto more = call.more + static_cast<int32_t>(call.keywords.size());
    add(in_.nslots + call.result + 1, in_.nslots + call.result + 1 + more);
  }
  for (const hir::Inlined& call : in_.inlined)  // what waits as well
    if (call.generator >= 0) add(in_.nslots + call.base, in_.nslots + call.result);
  std::sort(places.begin(), places.end());
  return places;
}

namespace {

JJPendingKind pending_kind(Kind kind) {
  switch (kind) {
    case Kind::Int: return JJ_PENDING_INT;
    case Kind::Float: return JJ_PENDING_FLOAT;
    case Kind::Complex: return JJ_PENDING_COMPLEX;
    case Kind::Bool: return JJ_PENDING_BOOL;
    case Kind::Char: return JJ_PENDING_CHAR;
    case Kind::Uint: return JJ_PENDING_UINT;
    default: return JJ_PENDING_RANGE;
  }
}

}  // namespace

void Unboxer::add_pending(hir::FrameState& s, int32_t place) const {
  const Content& c = before_[static_cast<size_t>(place)];
  if (c.state == Content::Clean) return;
  for (const hir::Deferred& d : s.deferred)
    if (d.stack == place - in_.nslots) return;  // an operand that inlined code has put where the instruction expects it
  if (c.state == Content::Lazy && c.source_kind != Content::Object) {
    const auto kind = c.source_kind == Content::Local   ? hir::Deferred::Local
                      : c.source_kind == Content::Const ? hir::Deferred::Const
                                                        : hir::Deferred::Null;
    s.deferred.push_back({kind, place - in_.nslots, c.source_kind == Content::Null ? 0 : c.source});
    return;
  }
  hir::Pending p;
  p.place = place;
  if (c.state == Content::Lazy) {
    p.kind = c.keeps ? JJ_PENDING_OWNED : JJ_PENDING_OBJECT;
    p.value = {c.source, -1};
  } else {
    p.kind = pending_kind(c.kind);
    p.value = {c.value[0], c.kind == Kind::Range ? c.value[1] : -1};
    p.condition = c.state == Content::Maybe ? c.condition : -1;
  }
  s.pending.push_back(p);
}

int32_t Unboxer::exit_state(JJExitKind kind) {
  if (auto known = exits_.find(kind); known != exits_.end()) return known->second;
  const int32_t own = own_state();
  hir::FrameState s = in_.states[static_cast<size_t>(own)];
  s.exit = kind;
  s.pending.clear();
  if (has_frame()) {
    if (own != template_) s.inside = template_;
    for (int32_t place : places_at_exit(s.depth)) add_pending(s, place);
  }
  std::sort(s.deferred.begin(), s.deferred.end(), [](const auto& a, const auto& b) { return a.stack < b.stack; });
  out_.states.push_back(std::move(s));
  return exits_[kind] = static_cast<int32_t>(out_.states.size()) - 1;
}

}  // namespace jj::passes
