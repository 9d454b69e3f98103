// What mode='int' and mode='float' assert: checks of arguments, stored locals and results, and what cannot pass them.
#include "translate/translator.h"

namespace jj::translate {

using bytecode::BinaryKind;
using bytecode::ConstKind;
using hir::Op;
using hir::ValueId;

namespace {

constexpr int32_t kResult = -1;                                                       // in the place of a slot
constexpr int kVarArgs = 0x04, kVarKeywords = 0x08, kSuspends = 0x20 | 0x80 | 0x200;  // co_flags

// What an instruction leaves on the stack, if that is never a number.
const char* made_by(const bytecode::Instr& i) {
  switch (i.op) {
    case bytecode::Op::BuildTuple:
    case bytecode::Op::ListToTuple: return "a tuple";
    case bytecode::Op::BuildList: return "a list";
    case bytecode::Op::BuildSet: return "a set";
    case bytecode::Op::BuildMap:
    case bytecode::Op::BuildConstKeyMap: return "a dict";
    case bytecode::Op::BuildSlice: return "a slice";
    case bytecode::Op::BuildString:
    case bytecode::Op::FormatValue:
    case bytecode::Op::FormatSimple:
    case bytecode::Op::FormatWithSpec: return "a string";
    case bytecode::Op::MakeFunction:
    case bytecode::Op::MakeFunctionQualname:
    case bytecode::Op::SetFunctionAttribute: return "a function";
    case bytecode::Op::ImportName: return "a module";
    default: return nullptr;
  }
}

const char* constant_text(ConstKind kind) {
  switch (kind) {
    case ConstKind::None: return "None";
    case ConstKind::Float: return "a float";
    case ConstKind::Str:
    case ConstKind::Char: return "a string";
    case ConstKind::Tuple: return "a tuple";
    case ConstKind::Bytes: return "a bytes object";
    case ConstKind::BigInt: return "an int of more than 64 bits";
    default: return "an object that is no number";
  }
}

}  // namespace

// The object that an instruction of a mode with assertions has pushed is marked when it cannot be a number.
void Translator::note_result(const bytecode::Instr& i) {
  const bool divides = i.op == bytecode::Op::Binary && i.arg == static_cast<int>(BinaryKind::TrueDivide);
  const char* what = divides && asserted_.numbers == JJ_ASSERTS_INT ? "the result of /, a float," : made_by(i);
  if (what && is_open() && depth() > 0) top().never_number = what;
}

const char* Translator::what_it_is(const Entry& entry, bool is_result) const {
  if (entry.kind == Entry::InSlot) return entry.never_number;
  if (entry.kind != Entry::Const) return nullptr;
  const auto& kinds = code_.input.const_kinds;
  const auto at = static_cast<size_t>(entry.value);
  const ConstKind kind = at < kinds.size() ? static_cast<ConstKind>(kinds[at]) : ConstKind::Other;
  const bool whole = kind == ConstKind::Int || kind == ConstKind::True || kind == ConstKind::False;
  const bool floats = asserted_.numbers == JJ_ASSERTS_FLOAT;
  if (whole && floats && is_result) return "an int";
  if (whole || (kind == ConstKind::Float && floats)) return nullptr;
  return constant_text(kind);
}

std::string Translator::name_of(int32_t slot) const {
  const auto& names = code_.input.varnames;
  return static_cast<size_t>(slot) < names.size() ? names[static_cast<size_t>(slot)] : std::to_string(slot);
}

// The n-th entry from the top. When a check fails, everything is still on the stack.
void Translator::check_entry(int32_t n, int32_t place) {
  const bool is_result = place == kResult;
  const Entry entry = top(n);
  if (const char* what = what_it_is(entry, is_result))
    return refuse(is_result ? std::string("it returns ") + what
                            : std::string(what) + " is assigned to '" + name_of(place) + "'");
  if (entry.kind == Entry::Const || entry.kind == Entry::Null) return;
  state_here(0);
  const ValueId value =
      entry.kind == Entry::Local ? emit(Op::LoadLocal, {entry.value}) : emit(Op::LoadStack, {depth() - n});
  emit(Op::CheckNumber, {asserted_.numbers, place}, {value});
}

// What the current instruction, which may be several stores in one, is about to store in variables of this function.
void Translator::check_stored() {
  if (asserted_.numbers == JJ_ASSERTS_NOTHING || position_ != first_) return;
  std::vector<int32_t> slots;
  for (size_t k = static_cast<size_t>(position_); k < code_.instrs.size() && code_.instrs[k].index == pc_; k++) {
    const bytecode::Instr& i = code_.instrs[k];
    if (i.op != bytecode::Op::StoreFast && i.op != bytecode::Op::StoreDeref) break;
    slots.push_back(i.arg);
    flush_local(i.arg, static_cast<int32_t>(slots.size()));
  }
  const int32_t free_variables = code_.input.nslots - code_.input.nfrees;
  for (size_t k = 0; k < slots.size(); k++)
    if (slots[k] < free_variables) check_entry(static_cast<int32_t>(k) + 1, slots[k]);
}

void Translator::check_result() {
  if (asserted_.numbers != JJ_ASSERTS_NOTHING) check_entry(1, kResult);
}

// The slot of a cell that holds an argument, or -1. Up to 3.10 it is another one than the argument's.
int32_t Translator::cell_of_argument(int32_t slot) const {
  for (const bytecode::Instr& i : code_.instrs)
    if (i.op == bytecode::Op::MakeCell && i.arg == slot) return slot;
  if (code_.input.python > 310) return -1;
  for (int32_t cell = code_.input.nlocals; cell < code_.input.nlocals + code_.input.ncells; cell++)
    if (name_of(cell) == name_of(slot)) return cell;
  return -1;
}

void Translator::check_arguments() {
  if (asserted_.numbers == JJ_ASSERTS_NOTHING) return;
  const auto& in = code_.input;
  if (in.flags & kSuspends) return refuse("it is a generator or a coroutine");
  if (in.flags & (kVarArgs | kVarKeywords)) return refuse("it takes any number of arguments (* or **)");
  for (int32_t slot = 0; slot < in.argcount + in.kwonly; slot++) {
    const int32_t cell = cell_of_argument(slot);
    const ValueId value = cell < 0 ? emit(Op::LoadLocal, {slot}) : emit(Op::LoadDeref, {cell});
    emit(Op::CheckNumber, {asserted_.numbers, slot}, {value});
  }
}

// What an operator has answered, in C's arithmetic if that was asked for.
ValueId Translator::wrapped(ValueId value) { return asserted_.wraps ? emit(Op::WrapInt, {}, {value}) : value; }

}  // namespace jj::translate
