// The pass `unbox`: calls that pass inline_calls has put the callee in place of.
//
// The callee's places have no memory: they hold numbers, or stand for objects that something else keeps alive until the
// call is over.
#include <algorithm>
#include <utility>

#include "passes/unboxer.h"

namespace jj::passes {

using hir::Inlined;
using hir::Instr;
using hir::Op;
using hir::ValueId;

bool Unboxer::is_virtual(int32_t place) const {
  if (!has_frame()) return true;
  return in_.real_stack >= 0 && place >= in_.nslots + in_.real_stack && !hir::generator_of(in_, place);
}

void Unboxer::refuse_inlining() const {
  throw InliningFailed{raised_ >= 0 ? raised_ : inlined_ >= 0 ? in_.inlined[inlined_].key() : -1};
}

bool Unboxer::inlined_calls(const Instr& i) {
  switch (i.op) {
    case Op::EnterCallee: enter_callee(in_.inlined[i.imm[0]]); return true;
    case Op::LeaveCallee: leave_callee(i, in_.inlined[i.imm[0]]); return true;
    case Op::CallKnown: call_known(i, in_.inlined[i.imm[0]]); return true;
    case Op::RaiseCold:
    case Op::LeaveUnseen:
      if (!exits_ok_) return false;
      emit_exit(Op::Leave, i.op == Op::RaiseCold ? JJ_EXIT_ERROR : JJ_EXIT_UNSEEN);
      return true;
    default: return false;
  }
}

// Something keeps the object alive: a stack entry of the call, or what it was borrowed from.
Value Unboxer::borrow(int32_t place) {
  Value v = read(place, false);
  v.known.pinned |= contents_[place].shelved;
  if (v.form == Value::Object && v.source_kind == Content::Nothing) {
    v.source_kind = Content::Object;
    v.source = v.id;
    v.known.pinned = true;
  }
  return v;
}

void Unboxer::put_virtual(int32_t place, Value& v) {
  const Kind kind = kind_of(v);
  if (v.form == Value::Object && kind == Kind::Bool && may_exit()) {  // there is one object of each value
    drop_place(place);
    const ValueId id = number(v, kind);
    release(v);
    contents_[place] = behind(kind, id);
    return;
  }
  if (v.form == Value::Object && v.owned && !v.fresh) {
    if (!may_shelve(place)) refuse_inlining();
    drop_place(place);
    contents_[place] = v.known;
    return shelve(place, v.id);
  }
  drop_place(place);
  const bool constant = v.form == Value::Object && v.known.constant >= 0;
  if (!has_frame()) {  // whoever needs the very object does not call such a function
    if (v.form == Value::Object && kind != Kind::None && (constant || may_exit())) number(v, kind);
    if (v.known.kind != Kind::None) {
      contents_[place] = behind(v.known.kind, v.known.value[0]);
      contents_[place].value = v.known.value;
      return;
    }
  }
  if (constant && is_shared(kind, in_.facts.constants[v.known.constant].word)) {  // any box of it is the same object
    const ValueId id = number(v, kind);
    contents_[place] = behind(kind, id);
    shared_.insert(id);
    return;
  }
  if (v.form == Value::Number && v.source_kind == Content::Nothing) {
    contents_[place] = behind(v.known.kind, v.id);
    return;
  }
  contents_[place] = v.known;
  contents_[place].keeps = v.fresh;
  contents_[place].pinned |= v.fresh;
  contents_[place].state = Content::Lazy;
  contents_[place].source_kind = v.source_kind == Content::Nothing ? Content::Object : v.source_kind;
  contents_[place].source = v.source_kind == Content::Nothing ? v.id : v.source;
}

// -- references of their own, which only stack entries have: what comes last goes first

bool Unboxer::may_shelve(int32_t place) const {
  if (!inside_ || !has_frame() || inlined_ < 0 || raised_ >= 0) return false;
  const Inlined& site = in_.inlined[static_cast<size_t>(inlined_)];
  const int32_t d = place - in_.nslots;
  return site.generator < 0 && d > site.base + site.nlocals && d <= site.result;
}

void Unboxer::shelve(int32_t place, ValueId owned) {
  Content& c = contents_[place];
  c.state = Content::Lazy;
  c.source_kind = Content::Object;
  c.source = emit(Op::Shelve, {}, {owned});
  c.keeps = c.shelved = true;
  c.pinned = false;
}

Value Unboxer::take_shelved(int32_t place) {
  const Content c = std::exchange(contents_[place], Content{});
  const bool others = std::any_of(contents_.begin(), contents_.end(), [&](const Content& other) {
    return other.state == Content::Lazy && other.source_kind == Content::Object && other.source == c.source;
  });
  if (others) refuse_inlining();  // they would outlive it
  Value v;
  v.form = Value::Object;
  v.owned = true;
  v.known = c;
  v.known.state = Content::Clean;
  v.known.source_kind = Content::Nothing;
  v.known.keeps = v.known.shelved = false;
  v.known.version = 0, v.known.headed = false;
  v.id = emit(Op::Adopt, {}, {c.source});
  return v;
}

bool Unboxer::is_shared(Kind kind, int64_t word) {
  return is_canonical(kind) || (kind == Kind::Int && word >= -5 && word <= 256);
}

// The function to be called, which has the code that was expected.
Value Unboxer::callee_of(const Inlined& site) {
  inlined_ = static_cast<int32_t>(&site - in_.inlined.data());
  if (!may_exit()) refuse_inlining();
  const int32_t stack = in_.nslots;
  if (site.operation >= 0) return operator_of(site);
  if (site.function < 0) return getter_of(site);
  if (site.cache >= 0) return init_of(site);
  if (site.null >= 0 && contents_[stack + site.null].state == Content::Lazy &&
      contents_[stack + site.null].source_kind != Content::Null)
    refuse_inlining();
  const bool in_memory = contents_[stack + site.function].state == Content::Clean;
  Value function = borrow(stack + site.function);
  if (function.form != Value::Object) refuse_inlining();
  if (in_memory) emit_exit(Op::GuardBound, JJ_EXIT_IDENTITY, {}, {function.id});
  emit_exit(Op::GuardCode, JJ_EXIT_IDENTITY, {site.object}, {function.id});
  function.known.type = JJ_TYPE_FUNCTION;
  return function;
}

// The function of a property of the object, which is the only argument.
Value Unboxer::getter_of(const Inlined& site) {
  Value object = borrow(in_.nslots + site.d);
  const hir::AttrRows rows = classes_at(site_ >= 0 ? site_ : here_, object);
  if (rows.empty() || object.form != Value::Object) refuse_inlining();
  guard_class(object, rows);
  return known_function(site, found_on_class(rows, {}, object.id));
}

// What an operator calls: a function of one operand's class, where the other leaves it to that.
Value Unboxer::operator_of(const Inlined& site) {
  const bool right = site.operation & JJ_OPERATION_RIGHT;
  Value self = borrow(in_.nslots + site.d + right), other = borrow(in_.nslots + site.d + !right);
  const hir::AttrRows rows = hir::rows_at(in_.facts, site_ >= 0 ? site_ : here_);
  if (rows.empty() || self.form != Value::Object) refuse_inlining();
  const hir::AttrSeen& seen = rows[0];
  guard_class(self, rows);
  const auto type = static_cast<uint8_t>(seen.builtin);
  const Kind kind = kind_of(other);
  if (site.operation & JJ_OPERATION_ITEM) {
    // whatever the key is
  } else if (type == JJ_TYPE_HEAP) {
    if (other.form != Value::Object) refuse_inlining();
    guard_class(other, rows);
  } else if (kind != Kind::None) {
    if (type_of_kind(kind) != type) refuse_inlining();
    number(other, kind);
  } else if (other.form != Value::Object || !be_type(other, type)) {
    refuse_inlining();
  }
  // Where both are given up, the interpreter begins with the left one.
  const auto is_given_up = [&](int32_t d) {
    const Content& c = contents_[in_.nslots + d];
    return c.state == Content::Clean && !is_quiet(c);
  };
  if (seen.fills && is_given_up(site.d) && is_given_up(site.d + 1)) refuse_inlining();
  return known_function(site, emit(Op::LoadObject, {seen.object}));
}

// The function that a class has, as long as it is the same class.
Value Unboxer::known_function(const Inlined& site, ValueId id) {
  Value function;
  function.form = Value::Object;
  function.source_kind = Content::Object;
  function.id = function.source = id;
  function.known.type = JJ_TYPE_FUNCTION;
  emit_exit(Op::GuardCode, JJ_EXIT_IDENTITY, {site.object}, {function.id});
  return function;
}

std::vector<Value> Unboxer::arguments_of(const Inlined& site, const Value& function) {
  const int32_t stack = in_.nslots;
  std::vector<Value> arguments;
  for (int32_t k = 0; k < static_cast<int32_t>(site.bound.size()); k++) {
    const int32_t entry = site.bound[static_cast<size_t>(k)];
    if (entry == Inlined::kInstance) {
      arguments.emplace_back();
      continue;
    }
    if (entry < 0) {
      arguments.push_back(default_of(site, k, function.id));
      continue;
    }
    const Content& c = contents_[stack + entry];
    if (c.kind == Kind::Range || c.state == Content::Maybe) refuse_inlining();
    arguments.push_back(borrow(stack + entry));
    if (c.state == Content::Clean && site.null < 0 && k == 0)
      emit_exit(Op::GuardBound, JJ_EXIT_IDENTITY, {}, {arguments.back().id});
  }
  return arguments;
}

// A default that is there now, whatever it was before.
Value Unboxer::default_of(const Inlined& site, int32_t parameter, ValueId function) {
  Value v;
  v.form = Value::Object;
  v.id = parameter < site.positional
             ? emit_exit(Op::DefaultPeek, JJ_EXIT_IDENTITY, {site.positional - parameter}, {function})
             : emit_exit(Op::KwDefaultPeek, JJ_EXIT_IDENTITY,
                         {site.defaults[static_cast<size_t>(parameter - site.positional)]}, {function});
  v.source = v.id;
  v.source_kind = Content::Object;
  v.known.pinned = true;  // the function has it
  return v;
}

// That the inlined callee was seen with.
TypeSet Unboxer::types_of_parameter(int32_t number) const {
  for (const hir::SlotTypes& t : in_.facts.slots)
    if (t.pc == hir::SlotTypes::callee(inlined_) && t.slot == number) return bits_of(t.seen);
  return 0;
}

void Unboxer::enter_callee(const Inlined& site) {
  Value function = callee_of(site);
  if (site.levels) emit_exit(Op::GuardRoom, JJ_EXIT_OTHER, {site.levels});
  emit_exit(Op::GuardUnwatched, JJ_EXIT_OTHER, {site.object});
  std::vector<Value> arguments = arguments_of(site, function);
  const int32_t stack = in_.nslots;
  for (int32_t place = stack + site.base; place < stack + site.end(); place++) {
    drop_place(place);
    contents_[place] = Content{};
    contents_[place].type = JJ_TYPE_NULL;
    contents_[place].inert = true;
  }
  if (site.instance >= 0) arguments[0] = new_instance(site, function.id);
  inside_ = true;
  put_virtual(stack + site.base, function);
  for (int32_t k = 0; k < static_cast<int32_t>(arguments.size()); k++) {
    Value& v = arguments[static_cast<size_t>(k)];
    if (v.form == Value::Object && v.known.type == kUnknownType && !v.known.likely)
      v.known.likely = types_of_parameter(k);
    const int32_t more = k - site.positional - static_cast<int32_t>(site.defaults.size());
    put_virtual(stack + (more < 0 ? site.base + 1 + k : site.result + 1 + more), v);
  }
}

void Unboxer::leave_callee(const Instr& i, const Inlined& site) {
  Value result = read(in_.nslots + site.result, true);
  if (site.instance >= 0) result = take_instance(site, result);
  const bool asks_others = site.operation >= 0 && !(site.operation & JJ_OPERATION_ITEM);
  if (asks_others && may_be_not_implemented(result)) refuse_inlining();
  result.known.pinned = false;
  bool releases = false;
  for (int32_t d = site.d; d < site.d + site.entries; d++) {
    const Content& c = contents_[in_.nslots + d];
    releases |= (c.state == Content::Clean && c.type != JJ_TYPE_NULL) || c.shelved;
  }
  if (releases && result.form == Value::Object) as_object(result, true);
  for (int32_t place = in_.nslots + site.base; place < in_.nslots + site.end(); place++) {
    drop_place(place);
    contents_[place] = Content{};
  }
  if (site.levels) inside_ = false;
  exits_ok_ = false;  // the call is not to be made again
  drop_call(site);
  define(i, result);
}

// The object that an operator's method answers where it does not know the other operand.
bool Unboxer::may_be_not_implemented(const Value& v) const {
  if (v.form == Value::Number || v.fresh || v.known.kind != Kind::None) return false;
  if (known_classes(v)) return false;
  return v.known.type == kUnknownType || v.known.type == JJ_TYPE_OTHER;
}

// Gives up the stack entries of the call.
void Unboxer::drop_call(const Inlined& site) {
  for (int32_t d = site.d; d < site.d + site.entries; d++) {
    Content& c = contents_[in_.nslots + d];
    if (c.state == Content::Clean && c.type == JJ_TYPE_NULL) {
      c = Content{};
      continue;
    }
    const Value v = read(in_.nslots + d, true);
    if (v.form != Value::Object || !v.owned) continue;
    if (!is_quiet(v.known)) sync_all();
    emit(Op::ReleaseOrNull, {}, {v.id});
    exits_ok_ = false;
    if (!is_quiet(v.known)) after_code();
  }
}

// Behind a callee's return only its result is left.
void Unboxer::forget_callee(const hir::Block& next) {
  if (next.instrs[0].op != Op::LeaveCallee) return;
  const Inlined& site = in_.inlined[next.instrs[0].imm[0]];
  for (int32_t place = in_.nslots + site.base; place < in_.nslots + site.end(); place++) {
    if (place == in_.nslots + site.result || place == in_.nslots + site.instance) continue;
    drop_place(place);
    contents_[place] = Content{};
  }
}

}  // namespace jj::passes
