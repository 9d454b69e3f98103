// Reads code units into canonical instructions: prefixes, caches, operands, fused pairs and jump targets.
#include "bytecode/steps.h"
#include "bytecode/tables.h"

namespace jj::bytecode {
namespace {

// Operands beyond this appear in no real code; the bound keeps all later arithmetic inside 32 bits.
constexpr uint64_t kMaxOperand = 1 << 28;

// One native instruction with its prefixes and caches.
struct Unit {
  const NativeRow* row = nullptr;
  int32_t native = 0, start = 0, index = 0, next = 0, operand = 0;
};

class Reader {
 public:
  explicit Reader(Code& code) : code_(code), size_(static_cast<int32_t>(code.input.code.size() / 2)) {}

  Failure run() {
    code_.at.assign(size_, -1);
    for (int32_t position = 0; position < size_;) {
      Unit unit;
      if (Failure e = read_unit(position, unit)) return e;
      code_.at[unit.start] = static_cast<int32_t>(code_.instrs.size());
      if (unit.row->rule == Rule::KwNames) {
        if (Failure e = emit_keyword_call(unit)) return e;
      } else {
        emit(unit);
      }
      position = unit.next;
    }
    return check_targets();
  }

 private:
  int32_t byte_at(int32_t unit, int half) const { return code_.input.code[2 * unit + half]; }

  Failure fail(const Unit& u, const char* what) const {
    Instr i;
    i.index = u.index;
    i.native = u.native;
    return error_at(code_, i, what);
  }

  Failure read_unit(int32_t position, Unit& u) const {
    u.start = position;
    uint64_t operand = 0;
    for (;; position++) {
      u.index = position;
      if (position >= size_) return fail(u, "bytecode ends after a prefix");
      u.native = byte_at(position, 0);
      u.row = native_row(code_.input.python, u.native);
      if (!u.row) return fail(u, "not an opcode of this version");
      operand = operand << 8 | static_cast<uint64_t>(byte_at(position, 1));
      if (operand >= kMaxOperand) return fail(u, "operand too large");
      if (u.row->rule != Rule::ExtendedArg) break;
    }
    u.operand = static_cast<int32_t>(operand);
    u.next = position + 1 + u.row->caches;
    if (u.next > size_) return fail(u, "bytecode ends inside inline caches");
    return std::nullopt;
  }

  Instr& add(const Unit& u, Op op, int32_t arg, int32_t arg2 = 0) {
    Instr i;
    i.op = op;
    i.arg = arg;
    i.arg2 = arg2;
    i.index = u.index;
    i.start = u.start;
    i.next = u.next;
    i.native = u.native;
    return code_.instrs.emplace_back(i);
  }

  void add_second(const Unit& u, Op op, int32_t arg) { add(u, op, arg).boundary = false; }

  // The names stay in a register of the interpreter until the call, so nothing can begin or end in between.
  Failure emit_keyword_call(Unit& names) {
    Unit call;
    for (int32_t position = names.next;; position = call.next) {
      if (position >= size_) return fail(names, "no call follows");
      if (Failure e = read_unit(position, call)) return e;
      if (call.row->rule != Rule::Precall) break;
    }
    if (call.row->op != Op::CallNullFirst) return fail(call, "a call was expected here");
    call.start = names.start;
    add(call, Op::CallKwNullFirst, call.operand, names.operand);
    names.next = call.next;
    return std::nullopt;
  }

  void emit_jump(const Unit& u) {
    Instr& i = add(u, u.row->op, u.row->value);
    switch (u.row->rule) {
      case Rule::Forward: i.target = u.next + u.operand; break;
      case Rule::Backward: i.target = u.next - u.operand; break;
      case Rule::ForIter:
        i.target = u.next + u.operand + u.row->value;
        i.arg = 0;
        break;
      default:
        i.target = u.operand;
        if (i.target > u.index) i.arg = 0;
    }
    // A target before the first or after the last instruction must not look like "no target".
    if (i.target < 0) i.target = size_;
  }

  // 3.10 tells `async with` from `await` by the instruction before (numbers as 3.11's operand).
  int32_t awaitable_310() const {
    const auto& instrs = code_.instrs;
    if (instrs.empty()) return 0;
    const Instr& before = instrs.back();
    if (before.op == Op::BeforeAsyncWith) return 1;
    if (before.op == Op::WithExceptStartTriple) return 2;
    bool exit_call = before.op == Op::CallPlain && instrs.size() > 1 && instrs[instrs.size() - 2].op == Op::Copy &&
                     instrs[instrs.size() - 2].arg == 1;
    return exit_call ? 2 : 0;
  }

  void emit(const Unit& u) {
    const NativeRow& row = *u.row;
    const Op other = static_cast<Op>(row.value);
    const int32_t x = u.operand;
    switch (row.rule) {
      case Rule::Fixed:
      case Rule::Precall:
      case Rule::ExtendedArg:
      case Rule::KwNames: add(u, row.op, row.value); break;
      case Rule::Arg: add(u, row.op, x, row.value); break;
      case Rule::InPlace: add(u, row.op, row.value, 1); break;
      case Rule::BinaryOp: add(u, row.op, x < 13 ? x : x - 13, x >= 13); break;
      case Rule::Compare312: add(u, row.op, x >> 4); break;
      case Rule::Compare313: add(u, row.op, x >> 5, x >> 4 & 1); break;
      case Rule::Cell: add(u, row.op, code_.input.nlocals + x); break;
      case Rule::UnpackEx: add(u, row.op, x & 0xff, x >> 8); break;
      case Rule::LowBit: add(u, row.op, x & 1); break;
      case Rule::Resume: add(u, row.op, x & 3); break;
      case Rule::Awaitable: add(u, row.op, awaitable_310()); break;
      case Rule::AttrOrMethod: add(u, x & 1 ? other : row.op, x >> 1); break;
      case Rule::SuperAttr: add(u, x & 1 ? other : row.op, x >> 2, x >> 1 & 1); break;
      case Rule::GlobalNullFirst:
        if (x & 1) {
          add(u, Op::PushNull, 0);
          add_second(u, row.op, x >> 1);
        } else {
          add(u, row.op, x >> 1);
        }
        break;
      case Rule::GlobalNullSecond:
        add(u, row.op, x >> 1);
        if (x & 1) add_second(u, Op::PushNull, 0);
        break;
      case Rule::Twice:
        add(u, row.op, row.value);
        add_second(u, row.op, row.value);
        break;
      case Rule::Pair:
        add(u, row.op, x >> 4);
        add_second(u, other, x & 15);
        break;
      case Rule::Forward:
      case Rule::Backward:
      case Rule::Absolute:
      case Rule::ForIter: emit_jump(u); break;
    }
  }

  Failure check_targets() const {
    for (const Instr& i : code_.instrs)
      if (i.target >= size_ || (i.target >= 0 && code_.at[i.target] < 0))
        return error_at(code_, i, "jumps to the middle of an instruction or out of the code");
    return std::nullopt;
  }

  Code& code_;
  int32_t size_;
};

}  // namespace

Failure read_instructions(Code& code) { return Reader(code).run(); }

}  // namespace jj::bytecode
