// The pass `unbox`: functions without a frame, and calls of them.
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Effects;
using hir::Inlined;
using hir::Instr;
using hir::Op;
using hir::Result;
using hir::ValueId;

namespace {

Kind kind_of_result(Result result) {
  switch (result) {
    case Result::Int: return Kind::Int;
    case Result::Float: return Kind::Float;
    case Result::Cond: return Kind::Bool;
    default: return Kind::None;
  }
}

// Reads what is only in a frame, or the caller's.
bool reads_frame(Op op) {
  switch (op) {
    case Op::LoadLocal:
    case Op::LoadStack:
    case Op::GuardInert:
    case Op::GuardLocals:
    case Op::GlobalPeek:
    case Op::FrameSeen:
    case Op::GuardRange:
    case Op::RangeCurrent:
    case Op::RangeLeft:
    case Op::RangeStep:
    case Op::SeqNext:
    case Op::DictPut:  // writes
    case Op::DictPutInt:
    case Op::StrNext: return true;
    default: return false;
  }
}

bool is_argument(Op op) {
  return op == Op::PassInt || op == Op::PassFloat || op == Op::PassObject || op == Op::OriginIs;
}

}  // namespace

// Without a frame nothing is changed that anybody could observe, and nothing is owned: giving up is leaving it at that.
void Unboxer::need_no_frame(Op op, int32_t first) const {
  const hir::OpInfo& row = hir::info(op);
  const bool observed = row.effects == Effects::WriteFrame || row.effects == Effects::RunsCode ||
                        row.effects == Effects::Raises || row.result == Result::Owned;
  const bool own = op != Op::LoadConst || (first < static_cast<int32_t>(in_.facts.constants.size()) &&
                                           in_.facts.constants[static_cast<size_t>(first)].object);
  if (op == Op::NewInstance) refuse_inlining();
  if ((observed && !is_argument(op)) || reads_frame(op) || !own) refuse_inlining();
}

// A state that the interpreter could go on at: what gives up needs one for its form's sake.
int32_t Unboxer::some_state() const {
  for (const auto& [pc, state] : state_at_)
    if (const hir::FrameState& s = in_.states[static_cast<size_t>(state)]; s.inlined < 0 && s.resume >= 0) return state;
  return -1;
}

void Unboxer::take_parameters() {
  function_ = emit(Op::ParamObject, {0});
  for (int32_t k = 1; k < static_cast<int32_t>(in_.signature.params.size()); k++) {
    Content& c = contents_[static_cast<size_t>(k) - 1];
    switch (in_.signature.params[static_cast<size_t>(k)]) {
      case Result::Int: c = behind(Kind::Int, emit(Op::ParamInt, {k})); break;
      case Result::Float: c = behind(Kind::Float, emit(Op::ParamFloat, {k})); break;
      default:
        c.state = Content::Lazy;
        c.source_kind = Content::Object;
        c.source = emit(Op::ParamObject, {k});
    }
    if (c.kind != Kind::None) origins_[c.value[0]] = int_const(k);
  }
}

void Unboxer::return_number(const Instr& i) {
  const Kind kind = kind_of_result(in_.signature.result);
  Value& v = values_[i.args[0]];
  ValueId id = -1;
  if (kind_of(v) == kind) {
    id = number(v, kind);
  } else {
    emit_exit(Op::Leave, JJ_EXIT_COLD);
    id = zero(kind);
  }
  if (const auto origin = origins_.find(id); origin != origins_.end() && kind != Kind::Bool)
    emit(Op::OriginIs, {}, {origin->second});
  emit(kind == Kind::Int ? Op::ReturnInt : kind == Kind::Float ? Op::ReturnFloat : Op::ReturnCond, {}, {id});
}

ValueId Unboxer::argument(Value& v, Result wanted) {
  if (wanted == Result::Borrowed) {
    if (v.form == Value::Object) return v.id;
    if (!is_canonical(v.known.kind)) refuse_inlining();
    return emit(v.known.kind == Kind::Bool ? Op::BoolObject : Op::CharObject, {}, {v.id});
  }
  const Kind kind = kind_of_result(wanted);
  if (v.known.type == kUnknownType && !v.known.likely) v.known.likely = bit(type_of_kind(kind));  // a default
  if (kind_of(v) != kind) refuse_inlining();
  return number(v, kind);
}

// Whoever could tell the result from an argument, or from what the callee found in an object, makes the call with a frame.
void Unboxer::call_known(const Instr& i, const Inlined& site) {
  const int32_t around = inlined_;
  const hir::Signature& callee = in_.direct[static_cast<size_t>(site.direct)];
  const Value function = callee_of(site);
  std::vector<Value> arguments = arguments_of(site, function);
  const bool is_seen = callee.identity != hir::Signature::Fresh && !is_consumed(position_, i.id);
  if (is_seen && callee.identity != hir::Signature::Traced) refuse_inlining();
  std::vector<ValueId> passed{function.id};
  for (size_t k = 0; k < arguments.size(); k++) passed.push_back(argument(arguments[k], callee.params[k + 1]));
  for (int32_t k = 0; k < static_cast<int32_t>(passed.size()); k++) {
    const Result kind = callee.params[static_cast<size_t>(k)];
    emit(kind == Result::Int     ? Op::PassInt
         : kind == Result::Float ? Op::PassFloat
                                 : Op::PassObject,
         {k}, {passed[static_cast<size_t>(k)]});
  }
  const Op op = callee.result == Result::Int     ? Op::DirectInt
                : callee.result == Result::Float ? Op::DirectFloat
                                                 : Op::DirectCond;
  const ValueId result = emit_exit(op, JJ_EXIT_OTHER, {site.direct, site.around});
  emit_exit(Op::LeavePolled, JJ_EXIT_POLL);
  filled_.clear();  // it may have stored attributes of its arguments
  if (is_seen)
    define_traced(i, kind_of_result(callee.result), result, arguments);
  else
    define_number(i, kind_of_result(callee.result), result);
  drop_call(site);
  inlined_ = around;
}

// The number of the parameter whose object a number is, or 0; -1: nobody knows.
ValueId Unboxer::origin_of(const Value& v) {
  if (v.form == Value::Object) {
    const bool constant = v.known.constant >= 0;
    const bool canonical =
        constant && is_shared(kind_of(v), in_.facts.constants[static_cast<size_t>(v.known.constant)].word);
    return canonical ? int_const(0) : -1;
  }
  const auto known = origins_.find(v.id);
  if (known != origins_.end()) return known->second;
  return new_numbers_.count(v.id) ? int_const(0) : -1;
}

// Of the call that has just been made: the number of the own parameter that was passed on, and came back; -1: nobody knows.
ValueId Unboxer::origin_of_result(const std::vector<Value>& arguments) {
  const ValueId number = emit(Op::OriginOf);
  ValueId origin = int_const(0);
  for (size_t k = 0; k < arguments.size(); k++) {
    const ValueId passed = origin_of(arguments[k]);
    if (passed < 0) return -1;
    const ValueId is = emit(Op::IntCompare, {2}, {number, int_const(static_cast<int64_t>(k) + 1)});  // Py_EQ
    origin = emit(Op::SelectInt, {}, {is, passed, origin});
  }
  return origin;
}

// A result that may be the object of one of the arguments.
void Unboxer::define_traced(const Instr& i, Kind kind, ValueId result, std::vector<Value>& arguments) {
  if (!has_frame()) {
    if (const ValueId origin = origin_of_result(arguments); origin >= 0) origins_[result] = origin;
    return define_number(i, kind, result);
  }
  const ValueId number = emit(Op::OriginOf);
  ValueId is_new = -1, object = -1;
  for (size_t k = 0; k < arguments.size(); k++) {
    Value& v = arguments[k];
    if (v.form == Value::Number && slot_of(v) < 0) continue;  // nobody else has it
    const ValueId own = as_object(v, false);
    const ValueId order = emit(Op::IntCompare, {3}, {number, int_const(static_cast<int64_t>(k) + 1)});  // Py_NE
    object = object < 0 ? own : emit(Op::SelectObject, {}, {order, object, own});
    is_new = is_new < 0 ? order : emit(Op::CondAnd, {}, {is_new, order});
  }
  if (object < 0) return define_number(i, kind, result);
  Content known = behind(kind, result);
  known.state = Content::Clean;
  define_object(i, emit(kind == Kind::Int ? Op::BoxIntOr : Op::BoxFloatOr, {}, {is_new, result, object}), known);
}

}  // namespace jj::passes
