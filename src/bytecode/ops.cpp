// What ops.def says of each canonical operation, as functions.
#include "bytecode/instr.h"

namespace jj::bytecode {

const char* op_name(Op op) {
  switch (op) {
#define BC(name, pops, pushes, kind) \
  case Op::name: return #name;
#include "bytecode/ops.def"
#undef BC
  }
  return "?";
}

OpKind op_kind(Op op) {
  switch (op) {
#define BC(name, pops, pushes, kind) \
  case Op::name: return OpKind::kind;
#include "bytecode/ops.def"
#undef BC
  }
  return OpKind::Plain;
}

int op_pops(const Instr& i) {
  [[maybe_unused]] const int a = i.arg, b = i.arg2;
  switch (i.op) {
#define BC(name, pops, pushes, kind) \
  case Op::name: return pops;
#include "bytecode/ops.def"
#undef BC
  }
  return 0;
}

int op_pushes(const Instr& i) {
  [[maybe_unused]] const int a = i.arg, b = i.arg2;
  switch (i.op) {
#define BC(name, pops, pushes, kind) \
  case Op::name: return pushes;
#include "bytecode/ops.def"
#undef BC
  }
  return 0;
}

}  // namespace jj::bytecode
