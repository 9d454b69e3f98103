// Canonical instructions: what every layer above bytecode/ sees of a code object.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace jj::bytecode {

enum class Op : uint8_t {
#define BC(name, pops, pushes, kind, looks, operand) name,
#include "bytecode/ops.def"
#undef BC
};

enum class OpKind : uint8_t { Plain, Jump, Branch, Return, Raise, Suspend, Block };

// What the arg of an operation selects, and between which numbers it lies.
struct Operand {
  enum Kind : uint8_t { Number, Constant, Name, Slot } kind = Number;
  int32_t low = 0, high = INT32_MAX;
};

// Binary operators, numbered as the oparg of BINARY_OP (3.11+) without the in-place offset.
enum class BinaryKind : uint8_t {
  Add,
  And,
  FloorDivide,
  Lshift,
  MatrixMultiply,
  Multiply,
  Remainder,
  Or,
  Power,
  Rshift,
  Subtract,
  TrueDivide,
  Xor
};
enum class UnaryKind : uint8_t { Negative, Not, Invert, Positive };

// One canonical instruction. All positions are in code units (2 bytes) from the start of the bytecode.
struct Instr {
  Op op = Op::Nop;
  int32_t arg = 0;
  int32_t arg2 = 0;
  int32_t index = 0;     // the opcode itself (after EXTENDED_ARG): what the frame's instruction pointer shows
  int32_t start = 0;     // first EXTENDED_ARG prefix, or index: where the interpreter may resume
  int32_t next = 0;      // start of the following instruction (caches skipped)
  int32_t target = -1;   // jump target (start of an instruction), or -1
  bool boundary = true;  // false: second half of a fused native instruction; the interpreter cannot resume here
  int32_t native = 0;    // native opcode number, for dumps
};

enum class RegionKind : uint8_t {
  Handler,     // 3.11+: cut the stack to depth, push lasti if asked, push the exception, go to target
  Finally310,  // 3.10 SETUP_FINALLY/SETUP_WITH block
  Except310,   // 3.10 EXCEPT_HANDLER block: cut to depth+3, pop the old exc_info, go on with the parent
};

// What happens to an exception raised at an instruction. On 3.10 regions nest (parent = next outer block);
// on 3.11+ parent is always -1.
struct Region {
  RegionKind kind = RegionKind::Handler;
  int32_t target = -1;  // start of the handler, -1 for Except310
  int32_t depth = 0;    // entries that stay on the value stack
  bool push_lasti = false;
  int32_t parent = -1;
};

// A code object as plain data (see core/api.h for where it comes from).
struct CodeInput {
  int python = 313;  // 310 .. 313
  std::string name, qualname, filename;
  int first_line = 0;
  int flags = 0;  // co_flags
  int argcount = 0, posonly = 0, kwonly = 0;
  int nlocals = 0;             // named locals, arguments included
  int class_cell = 0;          // JJCode::class_cell
  int ncells = 0, nfrees = 0;  // 3.11+: cells that are not also locals / free variables
  int nslots = 0;              // locals + cells + frees = co_nlocalsplus
  int stacksize = 0;
  int nconsts = 0, nnames = 0;
  std::vector<uint8_t> code;             // co_code: not specialised, not instrumented
  std::vector<uint8_t> exception_table;  // 3.11+
  std::vector<uint8_t> const_kinds;      // ConstKind per constant; may be empty
  std::vector<int64_t>
      const_words;  // per constant: value of an Int, bits of a Float (of a BigInt that they hold without a sign, else 0), code of a Char; may be empty
  std::vector<uint64_t> const_chars;     // two per constant, see JJCode; may be empty
  std::vector<std::string> varnames;     // per slot; may be empty
  std::vector<std::string> const_names;  // per constant, see JJCode; may be empty
};
enum class ConstKind : uint8_t {
  Other,
  None,
  True,
  False,
  Int,
  Float,
  Str,
  Tuple,
  Code,
  Ellipsis,
  Bytes,
  BigInt,
  Char,  // a str of one ASCII character that the interpreter has only once
  Complex
};  // Int: fits in 64 bits, if const_words are given

struct Code {
  CodeInput input;
  std::vector<Instr> instrs;
  std::vector<int32_t> at;     // code unit -> first canonical instruction starting there (by start), or -1
  std::vector<int32_t> depth;  // per instruction: value-stack depth before it; -1 = unreachable
  std::vector<Region> regions;
  std::vector<int32_t> region_of;  // per instruction: innermost region, or -1
};

const char* op_name(Op op);
OpKind op_kind(Op op);
int op_pops(const Instr& i);
int op_pushes(const Instr& i);
int op_looks(const Instr& i);
Operand op_operand(Op op);

}  // namespace jj::bytecode
