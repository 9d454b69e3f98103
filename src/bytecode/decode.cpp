// Decoding from the outside: runs the steps in order.
#include "bytecode/decode.h"

#include "bytecode/steps.h"
#include "bytecode/tables.h"

namespace jj::bytecode {

DecodeError error_at(const Code& code, const Instr& i, const std::string& what) {
  const NativeRow* row = native_row(code.input.python, i.native);
  return {code.input.qualname + ": offset " + std::to_string(i.index) + " " + (row ? row->name : "?") + ": " + what};
}

static Failure check_input(const CodeInput& in) {
  auto fail = [&](const char* what) { return DecodeError{in.qualname + ": " + what}; };
  if (in.python < 310 || in.python > 313) return fail("unknown Python version");
  if (in.code.empty() || in.code.size() % 2 != 0 || in.code.size() > (1u << 28)) return fail("bad bytecode size");
  if (in.stacksize < 0 || in.stacksize > (1 << 28)) return fail("bad stack size");
  if (in.nlocals < 0 || in.ncells < 0 || in.nfrees < 0 || in.nlocals > in.nslots) return fail("bad slot counts");
  if (in.nconsts < 0 || in.nnames < 0) return fail("bad table sizes");
  if (!in.const_kinds.empty() && in.const_kinds.size() != static_cast<size_t>(in.nconsts))
    return fail("constant kinds do not match the constants");
  return std::nullopt;
}

std::variant<Code, DecodeError> decode(CodeInput input) {
  Code code;
  code.input = std::move(input);
  if (Failure e = check_input(code.input)) return *e;
  if (Failure e = read_instructions(code)) return *e;
  if (Failure e = check_operands(code)) return *e;
  code.depth.assign(code.instrs.size(), -1);
  code.region_of.assign(code.instrs.size(), -1);
  if (code.input.python >= 311)
    if (Failure e = read_exception_table(code)) return *e;
  if (Failure e = follow_stack(code)) return *e;
  return code;
}

}  // namespace jj::bytecode
