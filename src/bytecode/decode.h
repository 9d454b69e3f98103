// Turns the bytecode of any supported Python version into canonical instructions.
#pragma once
#include <string>
#include <variant>

#include "bytecode/instr.h"

namespace jj::bytecode {

struct DecodeError {
  std::string message;  // names the function, the offset and the opcode
};

// Decodes, finds jump targets, regions and the stack depth of every reachable instruction, and checks that depths
// agree wherever control flow meets and never exceed stacksize.
std::variant<Code, DecodeError> decode(CodeInput input);

// Canonical text, one instruction a line; parsed by nobody, compared by the tests beside this folder.
std::string print(const Code& code);

// Text form of a CodeInput ("code object dump"), written by tools/dump_code.py; read by jjopt and the tests.
std::variant<CodeInput, DecodeError> parse_dump(const std::string& text);

struct NativeOpcode {
  const char* name;
  int number;
  const char* base;  // name of the base opcode for specialised / instrumented forms, else the same name
  Op canonical;
};
// The table of one version (310..313), for the test that compares it with the running interpreter's opcode.opmap.
std::vector<NativeOpcode> opcode_table(int python);

}  // namespace jj::bytecode
