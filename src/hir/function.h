// The HIR data structures: functions of basic blocks of operations over the slots of an interpreter frame.
#pragma once
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "hir/facts.h"

namespace jj::hir {

enum class Op : uint16_t {
#define OP(name, result, operands, immediates, effects, doc) name,
#include "hir/ops.def"
#undef OP
};

enum class Result : uint8_t { None, Owned, Borrowed, Cond, Next, Int, Float, Complex };
enum class Effects : uint8_t { Pure, ReadFrame, WriteFrame, Raises, RunsCode, Exits, End };

struct OpInfo {
  const char* name;
  Result result;
  int operands;
  int immediates;
  const char* immediate_names;  // blank-separated
  Effects effects;
  const char* doc;
};
const OpInfo& info(Op op);
int find_op(const std::string& name);  // or -1

using ValueId = int32_t;  // -1: no value

// A value-stack entry that is not in its slot when the instruction of a frame state executes.
struct Deferred {
  enum Kind : uint8_t { Local, Const, Null, Iterator } kind = Null;
  int32_t stack = 0;  // value-stack entry
  int32_t value = 0;  // slot or constant index; items that the iterator over an inlined callee's *args has given
  bool operator==(const Deferred&) const = default;
};

// A frame slot that is behind: its value is in a register (optimised tier).
struct Pending {
  int32_t place = 0;               // fast local, or nslots + a value-stack entry
  JJPendingKind kind{};            // INT, FLOAT, BOOL, CHAR, UINT, RANGE
  std::array<ValueId, 2> value{};  // the second one: items left (RANGE), else -1
  ValueId condition = -1;          // the slot is right as it is when this is 0; -1: it is behind
};

// How to give the frame to the interpreter (or to an exception handler) at one bytecode instruction.
struct FrameState {
  int32_t pc = 0;           // code unit of the opcode; unique among a function's states that are no exits
  int32_t resume = -1;      // code unit where the interpreter may go on; -1: not a boundary
  int32_t depth = 0;        // value-stack entries before the instruction, operands included
  int32_t error_depth = 0;  // entries left when the instruction raises
  int32_t region = -1;      // innermost exception region, index into Function::regions
  std::vector<Deferred> deferred;
  JJExitKind exit = JJ_EXIT_NONE;  // else: the state of operations that leave (Effects::Exits), for this reason
  std::vector<Pending> pending;    // exits only
  // Of an inlined callee: slots and stack entries are the callee's own. Index into Function::inlined, and Instr::site.
  int32_t inlined = -1, site = -1;
  bool is_own() const { return exit == JJ_EXIT_NONE && inlined < 0; }
  int32_t inside = -1;  // of an exit: where the innermost inlined callee is, index into Function::states; or -1
};

struct Region {      // see bytecode::Region; target is a block here
  uint8_t kind = 0;  // bytecode::RegionKind
  int32_t target_pc = -1;
  int32_t block = -1;  // handler block, -1: none (Except310, or not compiled: leave)
  int32_t depth = 0;
  bool push_lasti = false;
  int32_t parent = -1;
};

struct Instr {
  Op op;
  ValueId id = -1;  // the value it defines
  std::array<ValueId, 3> args{-1, -1, -1};
  std::array<int32_t, 4> imm{};
  int32_t pc = -1;     // code unit of the bytecode instruction it belongs to
  int32_t state = -1;  // index into Function::states, required when effects == Raises, and for Suspend
  int32_t site = -1;   // of inlined code: what feedback knows it by, in place of `pc`
};

// Whether values of it are in registers and have no reference: they may cross blocks.
bool is_plain(Result type);

// A value that depends on the edge by which a block is entered.
struct Phi {
  ValueId id = -1;
  Result type = Result::Int;  // Int, Float, Complex, Cond or Borrowed
  struct Arg {
    int32_t block;  // predecessor, each exactly once
    ValueId value;
  };
  std::vector<Arg> args;
};

struct Block {
  int32_t id = 0;
  int32_t pc = -1;       // code unit of the first bytecode instruction
  int32_t depth = 0;     // value-stack entries on entry; all of them are in their slots
  int32_t entry = -1;    // native entry number (0 = function start, else a loop head or a resume point), or -1
  bool resume = false;   // entry of a frame that was suspended, in front of which nothing runs
  bool handler = false;  // target of an exception region
  int32_t inlined = -1;  // part of an inlined call, or what follows one: index into Function::inlined
  // Code unit of an instruction that would raise here: what its handler does, without an exception. Leaving means to begin
  // that instruction anew. Until pass unbox has run.
  int32_t raised = -1;
  std::vector<Phi> phis;      // optimised tier; not in entries and handlers
  std::vector<Instr> instrs;  // the last one is the only terminator
  std::array<int32_t, 2> succ{-1, -1};
};

struct CacheSite {
  uint8_t kind;
  int32_t name;
  int32_t pc;
  int64_t name_object = 0;  // of inlined code: address of the name
};  // kind: JJCacheKind (core/api.h)

// A call whose callee's operations stand in the caller. Until pass unbox has run, the callee's slots are value-stack
// entries from `base` on, which no memory belongs to: the function, its locals, its stack, its result.
struct Inlined {
  int32_t pc = -1;      // of the outermost caller's call
  int32_t object = -1;  // address of the callee's code: index into Facts::objects
  int32_t d = 0;        // first stack entry of the call, and how many there are
  int32_t entries = 0;
  int32_t function =
      0;              // stack entry of the function, or -1: it is the getter of the attribute that is loaded, or what
                      // an operator calls
  int32_t null = -1;  // stack entry that holds null, or -1: the function is a method
  int32_t positional = 0;         // how many of the callee's parameters are not keyword-only
  std::vector<int32_t> bound;     // by parameter: the stack entry that it gets, or -1: its default; then what *args and
                                  // **kwargs get
  std::vector<int32_t> defaults;  // by keyword-only parameter: cache of its default
  int32_t base = 0;
  int32_t nlocals = 0;
  int32_t result = 0;      // stack entry
  int32_t operation = -1;  // of an operator, see JJInlined
  int32_t way = 0;     // where there are several callees, by the class of the object: JJ_SITE_CLASS and so on, in units
                       // of JJ_SITE_RESULT
  int32_t levels = 1;  // of calls, this one included; 0: inside another inlined call
  int32_t around = 0;  // inlined calls that this one is in
  int32_t direct = -1;  // not inlined: CallKnown of this function
  int32_t state = -1;   // of the call in its own caller
  // Of a callee with *args or **kwargs: their fast locals, or -1; how many arguments are *args, and the keywords of
  // **kwargs. There are so many entries behind the result, of which the first ones are those arguments.
  int32_t varargs = -1, varkeywords = -1, more = 0, hidden = 0;
  int32_t class_cell = -1;  // which of the callee's free variables Function::class_cell is, or -1
  std::vector<std::string> keywords;
  // Of a class that is called: the callee is its __init__, whose first parameter gets what is in this stack entry, a new
  // instance; and the call's cache.
  static constexpr int32_t kInstance = -2;  // in `bound`
  int32_t instance = -1, cache = -1;
  // Of a loop over a generator: the stack entry that has it, in the function itself. What its frame holds are places of the
  // function, whose memory is that frame's: fast locals from `locals` on, and the stack entries from `base` to `result`.
  int32_t generator = -1, locals = 0;
  int32_t resumes = 0;                                 // the code unit where it goes on
  int32_t end() const { return result + 1 + hidden; }  // of its stack entries
  int32_t key() const { return pc + way * JJ_SITE_RESULT; }
};
struct CalleeAt {
  int32_t pc = -1;   // of the load of the function
  int64_t code = 0;  // address of its code, which may be among the outermost function's callees
};
struct Callee;

// How a function without a frame is called. It does only what nobody can observe, and gives up where it cannot go on:
// then the caller makes the call once more, with a frame.
struct Signature {
  // What object the result is, which somebody may ask for: always a new one; or also an argument's own, which the callee
  // then tells; or nobody knows.
  enum Identity : uint8_t { Unknown, Traced, Fresh };
  std::vector<Result> params;    // Int, Float or Borrowed; the first one is the function object
  Result result = Result::None;  // Int, Float or Cond; None: of a function with a frame
  Identity identity = Unknown;
};

struct Function {
  std::string name;
  int32_t nslots = 0;  // fast locals, the last `lent` of which are those of generators (Inlined::generator)
  int32_t lent = 0;
  std::set<int32_t>
      read_elsewhere;  // fast locals whose objects code reads that has been cut out, which baseline code has
  int32_t stacksize = 0;
  int32_t class_cell = 0;     // slot of the cell that super() without arguments looks into, 0: there is none (JJCode)
  int32_t nvalues = 0;        // value ids are 0 .. nvalues-1
  std::vector<Block> blocks;  // blocks[i].id == i; blocks[0] is the function start (entry 0)
  std::vector<FrameState> states;
  std::vector<Region> regions;
  std::vector<CacheSite> caches;
  int32_t nentries = 1;
  // -- optimised tier
  Facts facts;
  std::vector<Callee> callees;  // of itself and of those; only in the outermost function
  std::vector<CalleeAt> calls;
  std::vector<Inlined> inlined;
  int32_t real_stack = -1;  // not -1: entries of the value stack from here on are those of inlined calls
  Signature signature;
  int64_t code = 0;               // address of its code, where something calls it
  int32_t first_cache = 0;        // without a frame: where its caches begin in those of the function that it belongs to
  std::vector<Signature> direct;  // of the functions without a frame that may be called
  std::vector<Function> directs;  // those; without blocks: not needed. Only in a function with a frame
};

struct Callee {
  Function function;
  int64_t code = 0;  // address
  int32_t params = 0, posonly = 0, kwonly = 0;
  int32_t varargs = -1, varkeywords = -1;  // fast locals
  int32_t first_free = 0;                  // the same, of its free variables
  std::vector<int64_t> consts, names;      // addresses
  std::vector<std::string> parameters;     // keyword-only ones at the end, and the addresses of their names
  std::vector<int64_t> parameter_names;
};

// The inlined generator whose frame has the memory of a place (fast local, or nslots + a stack entry); null: none has.
const Inlined* generator_of(const Function& f, int32_t place);
// Stack entries that have memory, where some belong to inlined calls.
int32_t stack_in_memory(const Function& f);

// Text form; print(parse(text)) == text for printed functions.
std::string print(const Function& f);
struct ParseResult {
  bool ok;
  std::string error;
  Function function;
};
ParseResult parse(const std::string& text);

// Checks every invariant above; empty string when the function is well-formed, else function, block, op and why.
std::string verify(const Function& f);

}  // namespace jj::hir
