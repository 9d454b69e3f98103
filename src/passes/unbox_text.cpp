// The pass `unbox`: characters of text as codes in registers, comparisons of text, and appending to lists.
#include "bytecode/instr.h"
#include "hir/stack_helpers.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

constexpr int kEq = 2, kNe = 3, kGe = 5;  // Py_EQ, Py_NE, Py_GE

using Chars = std::array<uint64_t, 2>;

constexpr Chars operator|(const Chars& a, const Chars& b) { return {a[0] | b[0], a[1] | b[1]}; }
constexpr Chars range(int first, int last) {
  Chars chars{};
  for (int code = first; code <= last; code++) chars[static_cast<size_t>(code / 64)] |= uint64_t{1} << code % 64;
  return chars;
}
constexpr Chars kDigits = range('0', '9'), kUpper = range('A', 'Z'), kLower = range('a', 'z');
constexpr Chars kSpaces = range('\t', '\r') | range(0x1c, ' ');
constexpr int kCaseDistance = 'a' - 'A';

// What the test of this name says of ASCII characters, or none.
Chars chars_of(int32_t method) {
  switch (method) {
    case JJ_STR_ISALNUM: return kDigits | kUpper | kLower;
    case JJ_STR_ISALPHA: return kUpper | kLower;
    case JJ_STR_ISASCII: return range(0, 127);
    case JJ_STR_ISDECIMAL:
    case JJ_STR_ISDIGIT:
    case JJ_STR_ISNUMERIC: return kDigits;
    case JJ_STR_ISIDENTIFIER: return kUpper | kLower | range('_', '_');
    case JJ_STR_ISLOWER: return kLower;
    case JJ_STR_ISUPPER: return kUpper;
    case JJ_STR_ISPRINTABLE: return range(' ', '~');
    case JJ_STR_ISSPACE: return kSpaces;
    default: return {};
  }
}

}  // namespace

bool Unboxer::is_text(const Value& v) const {
  if (v.form == Value::Number) return v.known.kind == Kind::Char;
  if (v.form != Value::Object) return false;
  if (v.known.type != kUnknownType) return v.known.type == JJ_TYPE_STR || v.known.type == JJ_TYPE_CHAR;
  return v.known.likely && !(v.known.likely & ~kTextTypes);
}

// Makes sure, with a guard if need be.
void Unboxer::be_text(Value& v) {
  if (v.form == Value::Object && v.known.type != JJ_TYPE_CHAR) be_type(v, JJ_TYPE_STR);
}

// Whether `be_text`, or `number`, works without a guard, or a guard may stand here.
bool Unboxer::can_be_text(const Value& v) const {
  return is_text(v) && (v.form == Value::Number || v.known.type != kUnknownType || may_exit());
}
bool Unboxer::can_be_char(const Value& v) const {
  return kind_of(v) == Kind::Char && (v.form == Value::Number || v.known.kind == Kind::Char || may_exit());
}

// -- characters

bool Unboxer::char_at(const Instr& i, Value& text, Value& key) {
  if (text.form != Value::Object || likely_at(i.pc) & ~bit(JJ_TYPE_CHAR)) return false;
  be_text(text);
  const ValueId index = number(key, Kind::Int);
  define_number(i, Kind::Char, emit_exit(Op::StrAt, JJ_EXIT_RANGE, {}, {text.id, index}));
  release(text);
  release(key);
  return true;
}

bool Unboxer::next_char(const Instr& i) {
  const ValueId code = emit_exit(Op::StrNext, JJ_EXIT_TYPE, {i.imm[0]});
  Value v;
  v.form = Value::Item;
  v.known = behind(Kind::Char, code);
  v.id = emit(Op::IntCompare, {kGe}, {code, int_const(0)});
  define(i, v);
  return true;
}

ValueId Unboxer::char_in(ValueId code, const Chars& chars) {
  auto half = [&](size_t k, int shift) { return static_cast<int32_t>(chars[k] >> shift); };
  return emit(Op::CharIn, {half(0, 0), half(0, 32), half(1, 0), half(1, 32)}, {code});
}

bool Unboxer::contains_char(const Instr& i) {
  Value &item = values_[i.args[0]], &container = values_[i.args[1]];
  if (container.form != Value::Object || container.known.constant < 0 || !can_be_char(item)) return false;
  const Chars& chars = in_.facts.constants[static_cast<size_t>(container.known.constant)].chars;
  if (chars == Chars{}) return false;
  define_number(i, Kind::Bool, char_in(number(item, Kind::Char), chars));
  release(item);
  release(container);
  return true;
}

// -- text

bool Unboxer::compare_text(const Instr& i) {
  Value &a = values_[i.args[0]], &b = values_[i.args[1]];
  const int order = i.imm[0];
  ValueId result = -1;
  if (can_be_char(a) && can_be_char(b)) {
    const ValueId x = number(a, Kind::Char), y = number(b, Kind::Char);
    result = emit(Op::IntCompare, {order}, {x, y});
  } else if ((order == kEq || order == kNe) && can_be_text(a) && can_be_text(b)) {
    be_text(a);
    be_text(b);
    const ValueId x = as_object(a, false), y = as_object(b, false);
    result = emit(Op::StrEqual, {}, {x, y});
    if (order == kNe) result = emit(Op::NotCond, {}, {result});
  } else {
    return false;
  }
  define_number(i, Kind::Bool, result);
  release(a);
  release(b);
  return true;
}

// Text, lists and tuples are true unless they are empty.
bool Unboxer::length_truth(const Instr& i) {
  Value& v = values_[i.args[0]];
  uint8_t type = 0;
  if (v.form == Value::Number && v.known.kind == Kind::Char) {
    define_number(i, Kind::Bool, emit(Op::CondConst, {1}));
    return true;
  }
  const bool text = can_be_text(v);
  if (!text && (v.owned || !is_sequence(v, type) || (v.known.type != type && !may_exit()))) return false;
  if (text)
    be_text(v);
  else
    be_type(v, type);
  const ValueId length = emit(text ? Op::StrLen : Op::SeqLen, {}, {v.id});
  define_number(i, Kind::Bool, emit(Op::IntTruth, {}, {length}));
  release(v);
  return true;
}

bool Unboxer::call_with_text(const Instr& i, int32_t builtin, Value& v) {
  const bool is_char = kind_of(v) == Kind::Char;
  switch (builtin) {
    case JJ_BUILTIN_ORD:
      if (!is_char) return false;
      define_number(i, Kind::Int, number(v, Kind::Char));
      return true;
    case JJ_BUILTIN_LEN:
      if (v.form == Value::Number) {
        define_number(i, Kind::Int, int_const(1));
        return true;
      }
      be_text(v);
      define_number(i, Kind::Int, emit(Op::StrLen, {}, {v.id}));
      return true;
    case JJ_BUILTIN_CHR:
      if (kind_of(v) != Kind::Int || likely_at(i.pc) & ~bit(JJ_TYPE_CHAR)) return false;
      define_number(i, Kind::Char, emit_exit(Op::CharOf, JJ_EXIT_RANGE, {}, {number(v, Kind::Int)}));
      return true;
    default: return false;
  }
}

// Tests and changes of case of a character.
bool Unboxer::call_char_method(const Instr& i, int32_t method) {
  const bool upper = method == JJ_STR_UPPER, changes_case = upper || method == JJ_STR_LOWER;
  const int32_t self = in_.nslots + i.imm[0] + 1;
  const bool in_memory = contents_[self].state == Content::Clean;
  Value v = read(self, false);
  if (!can_be_char(v) || (!changes_case && chars_of(method) == Chars{})) return false;
  const ValueId code = number(v, Kind::Char);
  if (in_memory) emit(Op::Release, {}, {emit(Op::TakeStack, {self - in_.nslots})});
  forget_stack(i.imm[0]);
  if (changes_case) {
    const ValueId moved = emit(Op::IntAddWrap, {}, {code, int_const(upper ? -kCaseDistance : kCaseDistance)});
    const ValueId changes = char_in(code, upper ? kLower : kUpper);
    define_number(i, Kind::Char, emit(Op::SelectInt, {}, {changes, moved, code}));
  } else {
    define_number(i, Kind::Bool, char_in(code, chars_of(method)));
  }
  return true;
}

// -- appending

// Room is made first: what comes then cannot fail.
void Unboxer::append(ValueId list, int32_t place) {
  emit_exit(Op::ListRoom, JJ_EXIT_OTHER, {}, {list});
  Value item = read(place, true);
  const ValueId object = as_object(item, true);
  emit(Op::ListPush, {}, {object, list});
  forget_versions();  // and where the items are, and how many
  exits_ok_ = false;
}

bool Unboxer::call_append(const Instr& i) {
  if (inside_ || !has_frame()) refuse_inlining();  // an exit would append once more
  const int32_t self = in_.nslots + i.imm[0] + 1;
  if (contents_[self + 1].kind == Kind::Range) return false;
  const bool in_memory = contents_[self].state == Content::Clean;
  const Value list = read(self, false);
  if (list.form != Value::Object || list.known.type != JJ_TYPE_LIST) return false;
  append(list.id, self + 1);
  const Value owned = in_memory ? read(self, true) : Value{};
  forget_stack(i.imm[0]);
  if (in_memory) {  // perhaps for the last time
    sync_all();
    emit(Op::Release, {}, {owned.id});
    after_code();
  }
  Content none;
  none.type = JJ_TYPE_NONE;
  define_borrowed(i, emit(Op::NoneObject), none);
  return true;
}

// What a comprehension builds is a list.
bool Unboxer::append_item(const Instr& i) {
  static const int helper = hir::stack_helper_named("jj_op_list_append");
  if (i.imm[0] != helper || !may_exit()) return false;
  const int32_t item = in_.nslots + i.imm[1] - 1, list = item - i.imm[2];
  if (contents_[item].kind == Kind::Range || contents_[list].state != Content::Clean) return false;
  append(read(list, false).id, item);
  return true;
}

}  // namespace jj::passes
