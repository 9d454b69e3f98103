// The pass `unbox`: generators that pass splice_generators has put into the loops that consume them.
//
// Their frames' slots are places like the function's own. They are right in memory whenever other code runs, which may ask
// the generator for items, too, so that nothing is known of them behind it. While the generator runs nobody may look: its
// frame is not among those that run.
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Inlined;
using hir::Instr;
using hir::Op;

void Unboxer::set_inlined(int32_t site) {
  inlined_ = site;
  inside_ = site >= 0 && in_.inlined[static_cast<size_t>(site)].generator < 0;
  generating_ = false;
  while (site >= 0 && !generating_) {
    const Inlined& call = in_.inlined[static_cast<size_t>(site)];
    generating_ = call.generator >= 0;
    site = call.state < 0 ? -1 : in_.states[static_cast<size_t>(call.state)].inlined;
  }
}

std::vector<int32_t> Unboxer::places_of(const Inlined& site) const {
  std::vector<int32_t> places;
  for (int32_t k = 0; k < site.nlocals; k++) places.push_back(site.locals + k);
  for (int32_t d = site.base; d < site.result; d++) places.push_back(in_.nslots + d);
  return places;
}

bool Unboxer::generators(const Instr& i) {
  const bool finishes = i.op == Op::FinishGenerator || i.op == Op::FinishInner;
  if (i.op != Op::ExpectGenerator && i.op != Op::SuspendGenerator && !finishes) return false;
  const Inlined& site = in_.inlined[static_cast<size_t>(i.imm[0])];
  if (finishes) {
    i.op == Op::FinishGenerator ? finish_generator(i, site) : finish_inner(i, site);
    return true;
  }
  Content& c = contents_[static_cast<size_t>(in_.nslots + site.generator)];
  if (i.op == Op::ExpectGenerator && c.waits != i.imm[0]) {
    if (!may_exit()) throw InliningFailed{site.key()};
    emit_exit(Op::GuardGenerator, JJ_EXIT_IDENTITY, {i.imm[0]});
    expect_inert_locals(site);
  }
  c.waits = i.imm[0];
  return true;
}

// What the generator gives up when it stores a local must not run code.
void Unboxer::expect_inert_locals(const Inlined& site) {
  for (int32_t place = site.locals; place < site.locals + site.nlocals; place++) {
    Content& c = contents_[static_cast<size_t>(place)];
    if (c.inert || c.state != Content::Clean || c.type != kUnknownType || !c.likely || c.likely & ~kInertTypes)
      continue;
    emit_exit(Op::GuardInert, JJ_EXIT_TYPE, {place});
    c.inert = true;
  }
}

// Its frame is looked at for the last time.
void Unboxer::finish_generator(const Instr& i, const Inlined& site) {
  generating_ = false;
  let_go(site.generator);
  sync_all();
  emit(i.op, {i.imm[0]});
  after_code();
}

// The loop is another generator's, which runs: only what runs no code can be given up here.
void Unboxer::finish_inner(const Instr& i, const Inlined& site) {
  if (!exits_ok_) refuse_inlining();
  let_go(site.generator);
  emit_exit(Op::FinishQuietly, JJ_EXIT_OVER, {i.imm[0]});
  Content& c = contents_[static_cast<size_t>(in_.nslots + site.generator)];
  c.type = JJ_TYPE_GENERATOR;  // that is over
  exits_ok_ = false;
}

void Unboxer::expect_generators(const Contents& wanted) {
  for (const Inlined& site : in_.inlined) {
    const auto place = static_cast<size_t>(in_.nslots + site.generator);
    const auto number = static_cast<int32_t>(&site - in_.inlined.data());
    if (site.generator < 0 || wanted[place].waits != number || contents_[place].waits == number) continue;
    emit_exit(Op::GuardGenerator, JJ_EXIT_IDENTITY, {number});
    contents_[place].waits = number;
  }
}

// Other code may have resumed it.
void Unboxer::forget_generators() {
  for (const Inlined& site : in_.inlined) {
    if (site.generator < 0) continue;
    contents_[static_cast<size_t>(in_.nslots + site.generator)].waits = -1;
    for (const int32_t place : places_of(site)) {
      Content& c = contents_[static_cast<size_t>(place)];
      if (c.state != Content::Clean && c.kind != Kind::Range) refuse_inlining();
      Content unknown;
      unknown.likely = c.kind == Kind::Range                              ? bit(JJ_TYPE_RANGE_ITERATOR)
                       : c.type != kUnknownType && c.type != JJ_TYPE_NULL ? c.likely | bit(c.type)
                                                                          : c.likely;
      c = unknown;
    }
  }
}

// Behind a poll the function goes on with what it has in registers.
void Unboxer::before_poll() {
  for (const Inlined& site : in_.inlined)
    if (site.generator >= 0)
      for (const int32_t place : places_of(site)) sync(place);
}

// The stack entry gives up what it has: a generator's frame is no longer the function's.
void Unboxer::let_go(int32_t entry) {
  for (const Inlined& site : in_.inlined) {
    if (site.generator != entry || site.generator < 0) continue;
    for (const Inlined& inner : in_.inlined)  // that it consumes
      if (inner.generator >= site.base && inner.generator < site.result) let_go(inner.generator);
    for (int32_t k = 0; k < site.nlocals; k++) sync_copies_of(site.locals + k);
    for (const int32_t place : places_of(site)) {
      sync(place);
      contents_[static_cast<size_t>(place)] = Content{};
    }
    contents_[static_cast<size_t>(in_.nslots + entry)].waits = -1;
  }
}

}  // namespace jj::passes
