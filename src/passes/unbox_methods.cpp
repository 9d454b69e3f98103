// The pass `unbox`: methods of built-in types with arguments that make them run no other code.
//
// Their C functions are called with what registers and slots lend, without a frame that is complete; where one fails, the
// instruction begins anew in baseline code, which raises.
#include <cstring>

#include "passes/unboxer.h"

namespace jj::passes {

using hir::AttrSeen;
using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

struct Method {
  uint8_t owner;
  const char* arguments;
  uint8_t result;
};
constexpr Method kMethods[] = {
#define METHOD(owner, id, name, arguments, result) {JJ_TYPE_##owner, arguments, JJ_TYPE_##result},
#include "core/methods.def"
#undef METHOD
};

const Method& method_of(int32_t builtin) { return kMethods[builtin - int32_t{JJ_MATH_END}]; }

// Changes more than what it answers.
bool has_effect(int32_t builtin) {
  switch (builtin) {
    case JJ_LIST_EXTEND:
    case JJ_LIST_POP:
    case JJ_LIST_REVERSE:
    case JJ_DICT_SETDEFAULT:
    case JJ_SET_ADD: return true;
    default: return false;
  }
}
bool looks_up(int32_t builtin) {
  return builtin == JJ_DICT_GET || builtin == JJ_DICT_SETDEFAULT || builtin == JJ_SET_ADD;
}

// What the k-th argument has to be, 0: there is none.
char wanted(const Method& method, int32_t k) {
  for (const char* c = method.arguments; *c; c++)
    if (*c != '?' && k-- == 0) return *c;
  return 0;
}
int32_t required(const Method& method) {
  const char* optional = std::strchr(method.arguments, '?');
  return static_cast<int32_t>(optional ? optional - method.arguments : std::strlen(method.arguments));
}

}  // namespace

// Whether it is of the type, or a guard can make sure of it here.
bool Unboxer::can_be_type(const Value& v, uint8_t type) const {
  if (v.form != Value::Object || v.known.type != kUnknownType) return v.form == Value::Object && v.known.type == type;
  return may_exit() && (!v.known.likely || v.known.likely == bit(type));
}

// Whether there is an object for it that this operation need not make.
bool Unboxer::has_object(const Value& v) const {
  return v.form == Value::Object || (v.form == Value::Number && (is_canonical(v.known.kind) || slot_of(v) >= 0));
}

// -- calls

// Like load_method, which has it that the attribute is a method.
bool Unboxer::known_method(const Instr& i, const AttrSeen& seen, Value& o) {
  const Method& method = method_of(seen.builtin);
  if (method.owner != JJ_TYPE_STR) {
    if (!can_be_type(o, method.owner)) return false;
    be_type(o, method.owner);
  } else if (can_be_char(o)) {
    number(o, Kind::Char);
  } else if (can_be_text(o)) {
    be_text(o);
  } else {
    return false;
  }
  const int32_t place = in_.nslots + i.imm[2];
  Content& function = contents_[place];
  function = Content{};
  function.state = Content::Lazy;
  function.source_kind = Content::Object;
  function.source = emit(Op::LoadObject, {seen.object});
  function.builtin = seen.builtin;
  function.method = seen.object;
  put(place + 1, o);
  return true;
}

bool Unboxer::fits(Value& v, char kind) {
  if (!has_object(v)) return false;
  switch (kind) {
    case 's':
      if (!can_be_text(v)) return false;
      be_text(v);
      return true;
    case 'i': return v.known.type == JJ_TYPE_INT;
    case 'q': {
      uint8_t type = 0;
      if (!is_sequence(v, type) || (v.known.type != type && !may_exit())) return false;
      return be_type(v, type);
    }
    case 'o': return true;
    case 'k':
      if (!can_be_key(v)) return false;
      if ((v.known.likely & kTextTypes) && can_be_text(v)) be_text(v);
      return true;
    default: return false;
  }
}

bool Unboxer::call_method(const Instr& i) {
  const int32_t self = in_.nslots + i.imm[0] + 1, nargs = i.imm[1];
  const int32_t builtin = contents_[self - 1].builtin, object = contents_[self - 1].method;
  if (!may_exit() || contents_[self - 1].state != Content::Lazy) return false;
  if (builtin == JJ_LIST_APPEND) return nargs == 1 && call_append(i);
  if (method_of(builtin).owner == JJ_TYPE_STR && nargs == 0 && call_char_method(i, builtin)) return true;
  const Method& method = method_of(builtin);
  if (nargs < required(method) || (nargs > 0 && !wanted(method, nargs - 1)) || nargs > 2) return false;
  for (int32_t place = self; place <= self + nargs; place++)
    if (contents_[place].kind == Kind::Range) return false;
  if (builtin == JJ_DICT_GET && has_frame() && item_or_default(i, self, nargs)) return true;
  if (inside_ || !has_frame()) refuse_inlining();
  if (has_effect(builtin)) sync_borrowed();
  std::vector<Value> values;
  std::vector<int32_t> owned;
  for (int32_t place = self; place <= self + nargs; place++) {
    values.push_back(read(place, false));
    if (place == self ? !has_object(values.back()) : !fits(values.back(), wanted(method, place - self - 1)))
      return false;
  }
  std::array<ValueId, 3> given{-1, -1, -1};
  for (size_t k = 0; k < values.size(); k++) given[k] = as_object(values[k], false);
  for (int32_t place = self; place <= self + nargs; place++)  // some have got their object just now
    if (contents_[place].state == Content::Clean) owned.push_back(place);
  constexpr Op kCalls[] = {Op::CallMethod0, Op::CallMethod1, Op::CallMethod2};
  if (looks_up(builtin) && given[2] < 0) given[2] = emit(Op::NoneObject);
  const ValueId result = looks_up(builtin)
                             ? emit_exit(Op::KeyMethod, JJ_EXIT_OTHER, {builtin}, {given[0], given[1], given[2]})
                             : emit_exit(kCalls[nargs], JJ_EXIT_OTHER, {object}, {given[0], given[1], given[2]});
  if (has_effect(builtin)) forget_versions();  // and where items of lists are, and how many
  drop_operands(i, owned, values, self);
  Content known;
  if (method.result == JJ_TYPE_OTHER)
    known.likely = likely_at(i.pc);
  else
    known.type = method.result;
  define_object(i, result, known);
  values_[i.id].owned = true;
  return true;
}

// Gives up the references that the stack entries of a call own; the others only stood for something.
void Unboxer::drop_operands(const Instr& i, const std::vector<int32_t>& owned, const std::vector<Value>& values,
                            int32_t first) {
  std::vector<ValueId> taken;
  bool quiet = true;
  for (int32_t place : owned) {
    taken.push_back(emit(Op::TakeStack, {place - in_.nslots}));
    quiet = quiet && is_quiet(values[static_cast<size_t>(place - first)].known);
  }
  forget_stack(i.imm[0]);
  exits_ok_ = false;
  if (!quiet) sync_all();
  for (ValueId id : taken) emit(Op::Release, {}, {id});
  if (!quiet) after_code();
}

}  // namespace jj::passes
