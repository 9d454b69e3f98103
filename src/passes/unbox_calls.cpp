// The pass `unbox`: calls of builtins with operands in registers.
#include "hir/stack_helpers.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;
using hir::ValueId;

namespace {

bool is_small_int(const hir::Constant& c) { return c.kind == JJ_TYPE_INT && c.word >= -5 && c.word <= 256; }

// Operations that make use of a number's value alone.
bool uses_value(const Instr& i) {
  return i.op == Op::Binary || i.op == Op::Compare || i.op == Op::CompareCond || i.op == Op::Truth;
}

}  // namespace

// The arguments of such a call are numbers, or stack entries that only stand for something.
bool Unboxer::call(const Instr& i) {
  const int32_t base = in_.nslots + i.imm[0], nargs = i.imm[1], layout = i.imm[2];
  const int32_t callee = base + (layout == 1), first = base + 1 + (layout != 0);
  if (contents_[base].builtin >= int32_t{JJ_MATH_END}) return layout != 0 && call_method(i);
  const Content& c = contents_[callee];
  if (!may_exit() || c.state != Content::Lazy || c.builtin < 0) return false;
  const int32_t null = layout == 0 ? callee : layout == 1 ? base : base + 1;
  if (null != callee && contents_[null].source_kind != Content::Null) return false;
  const int32_t builtin = c.builtin;
  if (builtin == JJ_BUILTIN_SUPER) return nargs == 0 && call_super(i);
  std::vector<Value> args;
  for (int32_t place = first; place < first + nargs; place++) {
    args.push_back(read(place, false));
    const Content& arg = contents_[place];
    const bool number = kind_of(args.back()) != Kind::None || is_complex(args.back());
    if (arg.kind == Kind::Range || (arg.state == Content::Clean && !number)) return false;
  }
  results_.clear();
  skipped_ = 0;
  if (!call_builtin(i, builtin, args)) return false;
  for (int32_t place = first; place < first + nargs; place++)
    if (contents_[place].state == Content::Clean) emit(Op::Release, {}, {emit(Op::TakeStack, {place - in_.nslots})});
  forget_stack(i.imm[0]);
  for (size_t k = 0; k < results_.size(); k++) put_result(base + static_cast<int32_t>(k), results_[k]);
  position_ += skipped_;
  if (skipped_) exits_ok_ = false;
  return true;
}

// Range iterators come as an object whose state is in registers, too.
void Unboxer::put_result(int32_t place, const Value& v) {
  contents_[place] = v.known;
  if (v.form == Value::Number) return;
  emit(Op::StoreStack, {place - in_.nslots}, {v.id});
  contents_[place].value[1] = emit(Op::RangeLeft, {place - in_.nslots});
}

// The operation that stands `k` behind the current one, or null.
const Instr* Unboxer::ahead(size_t k, Op op, ValueId arg) const {
  if (position_ + k >= source_->instrs.size()) return nullptr;
  const Instr& i = source_->instrs[position_ + k];
  return i.op == op && i.args[0] == arg ? &i : nullptr;
}

bool Unboxer::call_builtin(const Instr& i, int32_t builtin, std::vector<Value>& args) {
  const Kind kind = args.empty() ? Kind::None : kind_of(args[0]);
  const bool one = args.size() == 1, whole = kind == Kind::Int || kind == Kind::Bool;
  uint8_t type = 0;
  if (one && (kind == Kind::Char || builtin == JJ_BUILTIN_CHR || is_text(args[0])))
    return call_with_text(i, builtin, args[0]);
  if (builtin == JJ_BUILTIN_ISINSTANCE) return call_isinstance(i, args);
  if (one && is_complex(args[0])) return call_with_complex(i, builtin, args[0]);
  for (const Value& v : args)
    if (kind_of(v) == Kind::Char) return false;
  switch (builtin) {
    case JJ_BUILTIN_LEN:
      if (!one || !(is_sequence(args[0], type) || has_elements(args[0], type))) return false;
      be_type(args[0], type);
      define_number(i, Kind::Int, emit(Op::SeqLen, {}, {args[0].id}));
      return true;
    case JJ_BUILTIN_ABS:
      if (!one || kind == Kind::None) return false;
      if (kind == Kind::Float) {
        define_number(i, kind, emit(Op::FloatAbs, {}, {number(args[0], kind)}));
        return true;
      }
      // abs(i) is i, unless that is negative
      if (kind == Kind::Int && !is_consumed(position_, i.id) && !may_lose(args[0])) return false;
      define_number(i, Kind::Int, emit_exit(Op::IntAbs, JJ_EXIT_OVERFLOW, {}, {as_int(args[0])}));
      return true;
    case JJ_BUILTIN_FLOAT:
      if (!one || !whole) return false;  // float(f) is f
      define_number(i, Kind::Float, emit(Op::IntToFloat, {}, {as_int(args[0])}));
      return true;
    case JJ_BUILTIN_INT:
      if (!one || kind != Kind::Float) return false;
      define_number(i, Kind::Int, emit_exit(Op::FloatToInt, JJ_EXIT_RANGE, {}, {number(args[0], kind)}));
      return true;
    case JJ_BUILTIN_ROUND: {
      if (!one || kind != Kind::Float) return false;
      const ValueId whole = emit(Op::FloatWhole, {2}, {number(args[0], kind)});
      define_number(i, Kind::Int, emit_exit(Op::FloatToInt, JJ_EXIT_RANGE, {}, {whole}));
      return true;
    }
    case JJ_BUILTIN_BOOL: return one && kind != Kind::None && call_bool(i, args[0], kind);
    case JJ_BUILTIN_COMPLEX: return call_complex(i, args);
    case JJ_BUILTIN_DIVMOD: return args.size() == 2 && call_divmod(i, args);
    case JJ_BUILTIN_RANGE: return loop_over_range(i, args);
    case JJ_BUILTIN_MIN: return extremum(i, args, 0);  // Py_LT
    case JJ_BUILTIN_MAX: return extremum(i, args, 4);  // Py_GT
    default: return builtin >= int32_t{JJ_BUILTIN_COUNT} && call_math(i, builtin, args);
  }
}

bool Unboxer::call_bool(const Instr& i, Value& v, Kind kind) {
  ValueId result = number(v, kind);
  if (kind != Kind::Bool) result = emit(kind == Kind::Int ? Op::IntTruth : Op::FloatTruth, {}, {result});
  define_number(i, Kind::Bool, result);
  return true;
}

// Asks no class that has a say in it, as far as feedback tells: those are instances of classes that Python code has made.
bool Unboxer::call_isinstance(const Instr& i, std::vector<Value>& args) {
  if (args.size() != 2 || args[1].form != Value::Object) return false;
  const Content& cls = args[1].known;
  const uint8_t type = args[0].known.type;
  if (is_arithmetic(kind_of_type(type)) && (cls.builtin == JJ_BUILTIN_INT || cls.builtin == JJ_BUILTIN_FLOAT)) {
    define_number(i, Kind::Bool, emit(Op::CondConst, {(type == JJ_TYPE_FLOAT) == (cls.builtin == JJ_BUILTIN_FLOAT)}));
    return true;
  }
  constexpr TypeSet kPlain = bit(JJ_TYPE_OTHER) | bit(JJ_TYPE_BUILTIN) | bit(JJ_TYPE_TUPLE);
  const TypeSet likely = cls.type == kUnknownType ? cls.likely : bit(cls.type);
  if (!likely || (likely & ~kPlain) || !has_object(args[0])) return false;
  const ValueId object = as_object(args[0], false);
  define_number(i, Kind::Bool, emit_exit(Op::IsInstance, JJ_EXIT_TYPE, {}, {object, args[1].id}));
  return true;
}

// `for x in range(...)`: the iterator at once. Nothing can see that there is no range, and an interpreter that goes on at
// the GET_ITER in between finds an iterator, which is its own.
bool Unboxer::loop_over_range(const Instr& i, std::vector<Value>& args) {
  const Instr* stored = ahead(1, Op::StoreStack, i.id);
  const Instr* taken = ahead(2, Op::TakeStack, -1);
  const Instr* made = stored && taken && taken->imm[0] == stored->imm[0] ? ahead(3, Op::GetIter, taken->id) : nullptr;
  const Instr* kept = made ? ahead(4, Op::StoreStack, made->id) : nullptr;
  if (!kept || kept->imm[0] != i.imm[0] || stored->imm[0] != i.imm[0] || args.empty() || args.size() > 3) return false;
  for (const Value& v : args)
    if (kind_of(v) != Kind::Int) return false;
  const bool stop_alone = args.size() == 1;
  const ValueId start = stop_alone ? int_const(0) : as_int(args[0]);
  const ValueId stop = as_int(args[stop_alone ? 0 : 1]);
  const ValueId step = args.size() == 3 ? as_int(args[2]) : int_const(1);
  results_ = {new_range(start, stop, step)};
  skipped_ = 4;
  return true;
}

Value Unboxer::new_range(ValueId start, ValueId stop, ValueId step) {
  Value v;
  v.known = behind(Kind::Range, start);
  v.known.inert = false;
  v.known.value[2] = step;
  v.form = has_frame() ? Value::Object : Value::Number;
  v.id = emit_exit(has_frame() ? Op::NewRange : Op::RangeLength, JJ_EXIT_RANGE, {}, {start, stop, step});
  if (!has_frame()) v.known.value[1] = v.id;
  return v;
}

// `q, r = divmod(a, b)` without a tuple.
bool Unboxer::call_divmod(const Instr& i, std::vector<Value>& args) {
  static const int helper = hir::stack_helper_named("jj_op_unpack_sequence");
  const Instr* stored = ahead(1, Op::StoreStack, i.id);
  const Instr* unpacked = stored ? ahead(2, Op::StackOp, -1) : nullptr;
  if (!unpacked || unpacked->imm[0] != helper || unpacked->imm[1] != i.imm[0] + 1 || unpacked->imm[2] != 2)
    return false;
  if (kind_of(args[0]) == Kind::None || kind_of(args[1]) == Kind::None) return false;
  const bool floats = kind_of(args[0]) == Kind::Float || kind_of(args[1]) == Kind::Float;
  const ValueId a = floats ? as_float(args[0]) : as_int(args[0]), b = floats ? as_float(args[1]) : as_int(args[1]);
  auto result = [&](Op op) {
    Value v;
    v.form = Value::Number;
    v.id = emit_exit(op, JJ_EXIT_ZERO, {}, {a, b});
    v.known = behind(floats ? Kind::Float : Kind::Int, v.id);
    return v;
  };
  const Value quotient = result(floats ? Op::FloatFloorDiv : Op::IntFloorDiv);
  results_ = {result(floats ? Op::FloatMod : Op::IntMod), quotient};
  skipped_ = 2;
  return true;
}

// -- the object that is the smallest or largest

// What becomes of an argument's object in a call: only its value is used, or the result may be that object.
Unboxer::Use Unboxer::use_by(const Instr& call) const {
  const Content& callee = contents_[static_cast<size_t>(in_.nslots + call.imm[0] + (call.imm[2] == 1))];
  if (callee.state != Content::Lazy) return Use::Unknown;
  const int32_t builtin = callee.builtin;
  if (builtin == JJ_BUILTIN_MIN || builtin == JJ_BUILTIN_MAX || builtin == JJ_BUILTIN_ABS) return Use::Result;
  const bool math = builtin >= int32_t{JJ_BUILTIN_COUNT} && builtin < int32_t{JJ_MATH_END};
  const bool value = builtin == JJ_BUILTIN_BOOL || math;
  return value ? Use::Value : Use::Unknown;
}

// Whether the object of the result, which goes to the stack behind position `k`, goes no further than into arithmetic.
bool Unboxer::is_consumed(size_t k, ValueId result) const {
  const std::vector<Instr>& instrs = source_->instrs;
  if (k + 1 >= instrs.size() || instrs[k + 1].op != Op::StoreStack || instrs[k + 1].args[0] != result) return false;
  const int32_t d = instrs[k + 1].imm[0];
  for (k += 2; k < instrs.size(); k++) {
    const Instr& taken = instrs[k];
    if (taken.op == Op::Call && taken.imm[0] <= d) {
      const Use use = use_by(taken);
      return use == Use::Value || (use == Use::Result && is_consumed(k, taken.id));
    }
    const bool known = taken.op == Op::CallKnown && in_.inlined[taken.imm[0]].d <= d;
    if (known || taken.op == Op::StackOp || hir::info(taken.op).effects == hir::Effects::End) return false;
    if (taken.op != Op::TakeStack || taken.imm[0] != d) continue;
    for (k++; k < instrs.size(); k++)
      for (const ValueId arg : instrs[k].args)
        if (arg == taken.id) return uses_value(instrs[k]) || is_only_counted(k);
    return false;
  }
  return false;
}

// Whether the block's operation `k` puts a number in a local of which only the value is used until it gets another one.
bool Unboxer::is_only_counted(size_t k) const {
  const Instr& store = source_->instrs[k];
  return store.op == Op::StoreLocal && !escapes_.behind(*source_, k, store.imm[0]);
}

// Whether nobody will ask which object the number was.
bool Unboxer::may_lose(const Value& v) const {
  if (v.form == Value::Object) return v.known.constant >= 0 && is_small_int(in_.facts.constants[v.known.constant]);
  const auto same = [&](const Content& c) { return c.kind == v.known.kind && c.value[0] == v.id; };
  for (int32_t slot = 0; slot < in_.nslots; slot++)
    if (same(contents_[slot]) && escapes_.at(slot) && live_.behind(*source_, position_, slot)) return false;
  for (int32_t place = in_.nslots; place < v.place; place++)
    if (same(contents_[place])) return false;
  return true;
}

// min(a, b, ..) goes from one to the next that is less, max to one that is greater. The result is one of the objects, if
// they are objects.
bool Unboxer::extremum(const Instr& i, std::vector<Value>& args, int order) {
  if (args.size() < 2 || args.size() > 4) return false;
  const Kind kind = kind_of(args[0]);
  if (kind != Kind::Int && kind != Kind::Float) return false;
  bool objects = true, may_lose_all = true;
  for (const Value& v : args) {
    if (kind_of(v) != kind) return false;
    objects = objects && v.form == Value::Object && v.source_kind == Content::Object;
    may_lose_all = may_lose_all && may_lose(v);
  }
  if (!objects && !is_consumed(position_, i.id) && !may_lose_all) return false;
  const bool ints = kind == Kind::Int;
  ValueId best = number(args[0], kind), object = args[0].id;
  for (size_t k = 1; k < args.size(); k++) {
    const ValueId next = number(args[k], kind);
    const ValueId better = emit(ints ? Op::IntCompare : Op::FloatCompare, {order}, {next, best});
    best = emit(ints ? Op::SelectInt : Op::SelectFloat, {}, {better, next, best});
    if (objects) object = emit(Op::SelectObject, {}, {better, args[k].id, object});
  }
  define_number(i, kind, best);
  if (!objects) return true;
  Value& v = values_[i.id];
  v.form = Value::Object;
  v.known.state = Content::Clean;
  v.id = object;
  v.source_kind = Content::Object;
  v.source = v.id;
  return true;
}

}  // namespace jj::passes
