// The state of one translation: the block being filled, the abstract operand stack and the frame states.
//
// A stack entry is either in its slot (owned) or deferred: a local, a constant or a null that will be loaded where it
// is used. Entries are flushed (made real) before anything that works on the stack in memory and at block ends. The
// code of a flush belongs to the instruction before, so that the frame state of an instruction, which describes memory
// after the flush, holds from the instruction's first operation on.
#pragma once
#include <initializer_list>
#include <variant>
#include <vector>

#include "bytecode/instr.h"
#include "hir/function.h"
#include "translate/translate.h"

namespace jj::translate {

struct Entry {
  enum Kind : uint8_t { InSlot, Local, Const, Null } kind = InSlot;
  int32_t value = 0;                   // slot or constant
  bool maybe_null = false;             // InSlot: may be a null
  const char* never_number = nullptr;  // InSlot: what it is, when that is no int and no float but ...

  static Entry local(int32_t slot) { return {Local, slot, false}; }
  static Entry constant(int32_t index) { return {Const, index, false}; }
  static Entry null() { return {Null, 0, true}; }
};

struct Operand {
  hir::ValueId id;
  bool owned;
  bool maybe_null;
};

// How far an instruction's failure cuts the stack: what it has popped by then.
int32_t pops_on_error(const bytecode::Instr& i);

class Translator {
 public:
  Translator(const bytecode::Code& code, const std::vector<int32_t>& more_entries, const Asserted& asserted);
  std::variant<hir::Function, Refusal> run();

  // -- operations: appended to the current block with the current instruction's pc, and its state if they can raise
  hir::ValueId emit(hir::Op op, std::initializer_list<int32_t> imm = {}, std::initializer_list<hir::ValueId> args = {});
  void end_block(hir::Op op, std::initializer_list<hir::ValueId> args, int first = -1, int second = -1,
                 int32_t imm = 0);
  int32_t new_cache(int kind, int32_t name);

  // -- the operand stack
  int32_t depth() const { return static_cast<int32_t>(stack_.size()); }
  Entry& top(int n = 1) { return stack_[stack_.size() - n]; }
  void push(Entry entry) { stack_.push_back(entry); }
  void push_owned(hir::ValueId value, bool maybe_null = false);
  Operand pop();
  hir::ValueId pop_owned();  // LoadNull for a deferred null
  void drop(int32_t count) { stack_.resize(stack_.size() - count); }
  void push_stored(int32_t count, bool maybe_null = false);  // entries that an operation has written
  void release(Operand operand);
  void flush(int keep = 0);                             // all entries but the `keep` topmost
  void flush_local(int32_t slot, int keep);             // deferred copies of a local that is about to change
  void rearrange(const std::vector<int32_t>& sources);  // the topmost entries, new order given by positions

  // -- around the current instruction
  const bytecode::Code& code() const { return code_; }
  bool is_bound() const { return bound_[position_]; }
  const bytecode::Instr* following(int n) const;  // n-th after the current, null when it begins a block
  void skip(int n) { next_ += n; }                // the n following instructions were fused into this one

  // -- what is asserted (asserted.cpp)
  void check_arguments();
  void check_stored();
  void check_result();
  hir::ValueId wrapped(hir::ValueId value);

  // -- control
  int block_at(int32_t unit) const { return block_of_[code_.at[unit]]; }
  int next_block() const { return block_of_[next_]; }
  // A block on an edge: `fill` emits its operations, after which it jumps to `target`.
  template <class Fill>
  int edge_block(int target, Fill fill) {
    const int saved = current_;
    const std::vector<Entry> stack = stack_;
    current_ = new_edge();
    const int edge = current_;
    fill();
    if (is_open()) end_block(hir::Op::Jump, {}, target);
    current_ = saved;
    stack_ = stack;
    return edge;
  }
  int polled(const bytecode::Instr& jump, int target);  // target, or an edge block that polls on the way there
  void branch(hir::ValueId cond, bool taken_when, const bytecode::Instr& jump);
  // Gives the owned `value` to the consumer; the frame goes on at the current instruction or behind it, with the value
  // sent to it on top of the stack as it is now.
  void suspend(hir::ValueId value, bool delegating, bool behind);
  void refuse(std::string reason);

 private:
  void number_blocks();
  void mark_entries();
  bool is_entry(int32_t unit) const;
  void translate_regions();
  void start_function();
  void start_block(int32_t position);
  void step();
  int new_block(int32_t pc, int32_t depth);
  int new_edge();
  void append(hir::Instr instr);
  void materialise(int32_t k);
  int32_t state_here() { return state_here(pops_on_error(code_.instrs[position_])); }
  int32_t state_here(int32_t pops);
  void note_result(const bytecode::Instr& i);
  void check_entry(int32_t n, int32_t place);
  const char* what_it_is(const Entry& entry, bool is_result) const;
  std::string name_of(int32_t slot) const;
  int32_t cell_of_argument(int32_t slot) const;
  int32_t state_at_head(int32_t position);
  void poll_at(int32_t position, int32_t kind);
  int32_t find_or_add_state(hir::FrameState state);
  bool is_open() const { return current_ >= 0; }

  const bytecode::Code& code_;
  const std::vector<int32_t>& more_entries_;
  const Asserted asserted_;
  hir::Function f_;
  std::vector<bool> bound_;
  int32_t start_;                  // first instruction that native code runs
  bool checks_in_first_ = false;   // that one checks the arguments, as no instruction says where the function begins
  std::vector<int> block_of_;      // per instruction: the block it begins, or -1
  std::vector<int32_t> state_of_;  // per code unit: index of its state, or -1
  std::vector<Entry> stack_;
  std::vector<Entry> before_;  // the stack before the native instruction, flushed entries made real
  int current_ = -1;           // block being filled, -1: none
  int32_t position_ = 0;       // current instruction
  int32_t first_ = 0;          // first canonical instruction of the current native one
  int32_t next_ = 0;
  int32_t pc_ = -1, flush_pc_ = -1;
  Refusal refusal_;
};

}  // namespace jj::translate
