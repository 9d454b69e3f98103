// The pass `unbox`: making slots real before anything could look at them.
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Op;
using hir::ValueId;

namespace {

Op sync_op(Kind kind) {
  switch (kind) {
    case Kind::Int: return Op::SyncInt;
    case Kind::Float: return Op::SyncFloat;
    case Kind::Complex: return Op::SyncComplex;
    case Kind::Char: return Op::SyncChar;
    case Kind::Uint: return Op::SyncUint;
    default: return Op::SyncBool;
  }
}

}  // namespace

void Unboxer::sync(int32_t place) {
  Content& c = contents_[place];
  if (c.state == Content::Clean) return;
  if (is_virtual(place)) refuse_inlining();
  if (c.state == Content::Lazy) return sync_lazy(place);
  if (c.kind == Kind::Range) {
    emit(Op::SyncRange, {place - in_.nslots}, {c.value[0], c.value[1]});
    return;  // the registers go on
  }
  if (!copy_synced(place)) {
    const ValueId condition = c.state == Content::Maybe ? c.condition : emit(Op::CondConst, {1});
    emit(sync_op(c.kind), {place}, {c.value[0], condition});
  }
  if (c.state == Content::Maybe && !c.valid) {
    Content unknown;
    unknown.likely = c.likely | bit(c.type);
    unknown.inert = c.inert;
    c = unknown;
  }
  c.state = Content::Clean;
  before_[place] = c;
  exits_.clear();
  if (inside_) share_object(place);
}

// The places of inlined code that hold the same number have the same object from now on.
void Unboxer::share_object(int32_t place) {
  const Content c = contents_[place];
  ValueId object = -1;
  for (int32_t other = place + 1; other < static_cast<int32_t>(contents_.size()); other++) {
    Content& copy = contents_[other];
    if (!is_virtual(other) || copy.state != Content::Behind || copy.kind != c.kind || copy.value[0] != c.value[0])
      continue;
    const bool local = place < in_.nslots;
    if (object < 0) object = emit(local ? Op::LoadLocal : Op::LoadStack, {local ? place : place - in_.nslots});
    copy.state = Content::Lazy;
    copy.source_kind = Content::Object;
    copy.source = object;
    copy.pinned = true;
    before_[other] = copy;
  }
}

// The reference that a stack entry only stands for so far.
void Unboxer::sync_lazy(int32_t place) {
  Content c = contents_[place];
  ValueId object = c.source;
  if (c.source_kind == Content::Local) {
    sync(c.source);
    object = emit(Op::LoadLocal, {c.source});
  } else if (c.source_kind == Content::Const) {
    object = emit(Op::LoadConst, {c.source});
  } else if (c.source_kind == Content::Null) {
    object = emit(Op::LoadNull);
  }
  if (c.source_kind != Content::Null) object = emit(Op::Retain, {}, {object});
  emit(Op::StoreStack, {place - in_.nslots}, {object});
  if (c.source_kind == Content::Local) c = contents_[c.source];
  c.state = Content::Clean;
  c.source_kind = Content::Nothing;
  contents_[place] = before_[place] = c;
  exits_.clear();
}

// Before a fast local changes.
void Unboxer::sync_copies_of(int32_t slot) {
  for (int32_t place = in_.nslots; place < static_cast<int32_t>(contents_.size()); place++) {
    const Content& c = contents_[place];
    if (c.state != Content::Lazy || c.source_kind != Content::Local || c.source != slot) continue;
    if (contents_[slot].state == Content::Behind)
      contents_[place] = contents_[slot];
    else
      sync(place);
  }
}

// Whether the entry stands for an object that may be about to go; `quiet`: which is an int, float, bool or None.
bool Unboxer::may_be_given_up(const Content& c, bool quiet) const {
  if (c.state != Content::Lazy || c.source_kind != Content::Object || c.builtin >= 0 || c.pinned || c.keeps)
    return false;
  if (!quiet) return true;
  if (const auto known = versions_.find(c.source); known != versions_.end() && known->second) return false;
  return c.type == kUnknownType || is_inert_type(c.type) || c.type == JJ_TYPE_NONE;
}

// Before a container gives up an item that a stack entry may stand for. Where inlined code uses that, the call's stack
// entry keeps it.
void Unboxer::sync_borrowed(bool quiet) {
  for (int32_t place = in_.nslots; place < static_cast<int32_t>(contents_.size()); place++) {
    if (!may_be_given_up(contents_[place], quiet)) continue;
    const int32_t source = contents_[place].source;
    if (may_shelve(place)) {
      shelve(place, emit(Op::Retain, {}, {source}));
      before_[place] = contents_[place];
      exits_.clear();
      continue;
    }
    sync(place);
    for (Content& c : contents_)
      if (c.state == Content::Lazy && c.source_kind == Content::Object && c.source == source) c.pinned = true;
  }
}

// Two slots with the same value hold the same object.
bool Unboxer::copy_synced(int32_t place) {
  const Content& c = contents_[place];
  if (c.state != Content::Behind || is_canonical(c.kind)) return false;
  for (int32_t from = 0; from < static_cast<int32_t>(contents_.size()); from++) {
    const Content& other = contents_[from];
    if (other.state != Content::Clean || other.kind != c.kind || other.value[0] != c.value[0]) continue;
    const bool local = from < in_.nslots;
    ValueId object = emit(local ? Op::LoadLocal : Op::LoadStack, {local ? from : from - in_.nslots});
    object = emit(Op::Retain, {}, {object});
    if (place < in_.nslots)
      emit(Op::StoreLocal, {place}, {object});
    else
      emit(Op::StoreStack, {place - in_.nslots}, {object});
    return true;
  }
  return false;
}

void Unboxer::sync_all() {
  if (generating_) refuse_inlining();
  for (int32_t place = 0; place < static_cast<int32_t>(contents_.size()); place++) sync(place);
}

void Unboxer::sync_if_seen() {
  ValueId seen = -1;
  for (int32_t place = 0; place < in_.nslots; place++) {
    const Content& c = contents_[place];
    if (c.state != Content::Behind && c.state != Content::Maybe) continue;
    if (seen < 0) seen = emit(Op::FrameSeen);
    const ValueId condition = c.state == Content::Maybe ? emit(Op::CondAnd, {}, {seen, c.condition}) : seen;
    emit(sync_op(c.kind), {place}, {c.value[0], condition});
  }
}

void Unboxer::after_code() {
  if (raised_ >= 0 || generating_) refuse_inlining();
  check_locals_ = in_.facts.locals_writable;
  exits_ok_ = false;
  forget_versions();
  forget_generators();
}

// Of an inlined callee that is its own stack: what lies behind is that of the calls around it, or of a generator.
void Unboxer::forget_stack(int32_t from) {
  const bool own = inlined_ >= 0 && is_virtual(in_.nslots + from);
  const int32_t to = own ? in_.nslots + in_.inlined[inlined_].result : static_cast<int32_t>(contents_.size());
  const hir::Inlined* generator = hir::generator_of(in_, in_.nslots + from);
  for (int32_t place = in_.nslots + from; place < to; place++)
    if (hir::generator_of(in_, place) == generator) {
      if (contents_[place].shelved) refuse_inlining();
      contents_[place] = Content{};
    }
}

}  // namespace jj::passes
