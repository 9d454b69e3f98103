// What ops.def says of each canonical operation, as functions.
#include "bytecode/instr.h"

namespace jj::bytecode {
namespace {

// The words of the column `operand`.
constexpr Operand Number{}, Constant{Operand::Constant}, Name{Operand::Name}, Slot{Operand::Slot};
constexpr Operand Entry{Operand::Number, 1};
constexpr Operand Between(int32_t low, int32_t high) { return {Operand::Number, low, high}; }

}  // namespace

const char* op_name(Op op) {
  switch (op) {
#define BC(name, pops, pushes, kind, looks, operand) \
  case Op::name: return #name;
#include "bytecode/ops.def"
#undef BC
  }
  return "?";
}

OpKind op_kind(Op op) {
  switch (op) {
#define BC(name, pops, pushes, kind, looks, operand) \
  case Op::name: return OpKind::kind;
#include "bytecode/ops.def"
#undef BC
  }
  return OpKind::Plain;
}

int op_pops(const Instr& i) {
  [[maybe_unused]] const int a = i.arg, b = i.arg2;
  switch (i.op) {
#define BC(name, pops, pushes, kind, looks, operand) \
  case Op::name: return pops;
#include "bytecode/ops.def"
#undef BC
  }
  return 0;
}

int op_pushes(const Instr& i) {
  [[maybe_unused]] const int a = i.arg, b = i.arg2;
  switch (i.op) {
#define BC(name, pops, pushes, kind, looks, operand) \
  case Op::name: return pushes;
#include "bytecode/ops.def"
#undef BC
  }
  return 0;
}

int op_looks(const Instr& i) {
  [[maybe_unused]] const int a = i.arg, b = i.arg2;
  switch (i.op) {
#define BC(name, pops, pushes, kind, looks, operand) \
  case Op::name: return looks;
#include "bytecode/ops.def"
#undef BC
  }
  return 0;
}

Operand op_operand(Op op) {
  switch (op) {
#define BC(name, pops, pushes, kind, looks, operand) \
  case Op::name: return operand;
#include "bytecode/ops.def"
#undef BC
  }
  return {};
}

}  // namespace jj::bytecode
