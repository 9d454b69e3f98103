// The state of lowering one function and the vocabulary that the LOWER rows are written in.
#pragma once
#include <array>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "llvm/IR/IRBuilder.h"
#include "lower/helpers.h"
#include "lower/lower.h"
#include "lower/types.h"

namespace jj::lower {

// What memory holds: accesses of different kinds do not overlap, which LLVM is told of those that are marked.
enum class Memory : uint8_t {
  Root,     // of all
  Values,   // Count, Item and Number
  Count,    // reference counts
  Item,     // references in lists, tuples and objects
  Number,   // digits and floats in their boxes
  Element,  // items of containers of numbers
  Type,     // the class of an object
  Length,   // of a container
  Items,    // where its items are
  Frame,    // slots and instruction pointer
  Code,     // constants and caches of native code
  Dict,     // versions of dicts
  Iterator
};

// Operand values: objects are pointers, conditions are i32 0 or 1 (FastISel wants no i1 across blocks).
class Emitter {
 public:
  using Value = llvm::Value;

  Emitter(const hir::Function& f, int nconsts, const JJLayout& layout, const std::string& symbol, llvm::Module& module,
          const LowerOptions& options);
  Lowered run();

  // -- operands and results
  Value* arg(const hir::Instr& i, int n) const { return values_[i.args[n]]; }
  bool owned(const hir::Instr& i, int n) const { return owned_[i.args[n]]; }
  bool immortal(const hir::Instr& i, int n) const { return immortal_[i.args[n]]; }
  void set_immortal(const hir::Instr& i) { immortal_[i.id] = layout_.immortal != 0; }
  void define(const hir::Instr& i, Value* value) { values_[i.id] = value; }

  // -- the world: parameters, frame slots, constants, caches, data symbols
  Value* thread() { return thread_; }
  Value* frame() { return frame_; }
  Value* code_data() { return code_data_; }
  Value* consumer() { return consumer_; }  // of the generator; null: there is none
  bool frameless() const { return options_.frameless; }
  bool loops() const { return options_.loops; }
  llvm::Module& module() { return module_; }
  Value* called_function();  // without a frame; else null, the frame knows more
  Value* at(Value* base, int64_t offset);
  Value* load_ptr(Value* base, int64_t offset);
  void store(Value* value, Value* base, int64_t offset);
  // The same with what is known of the memory; a call that is marked touches nothing else, and returns.
  Value* load_ptr(Value* base, int64_t offset, Memory memory) { return mark(load_ptr(base, offset), memory); }
  Value* load64(Value* base, int64_t offset, Memory memory);
  void store(Value* value, Value* base, int64_t offset, Memory memory);
  Value* mark(Value* access, Memory memory);
  Value* class_of(Value* object) { return load_ptr(object, layout_.type, Memory::Type); }
  // In the function's own frame.
  int64_t slot_offset(int slot) const { return (frameless() ? 0 : layout_.frame_slots) + 8 * int64_t{slot}; }
  int64_t stack_offset(int d) const { return slot_offset(f_.nslots - f_.lent + d); }
  // The memory of a place (fast local, or nslots + a stack entry), which another frame may have: that, and which slot of it.
  struct Slot {
    Value* frame;
    int number;
  };
  Slot slot_of(int place);
  Value* slot_at(int place);  // its address
  Value* load_slot(int place) { return mark(load_ptr(slot_at(place), 0), Memory::Frame); }
  void store_slot(Value* value, int place) { store(value, slot_at(place), 0, Memory::Frame); }
  Value* load_stack(int d) { return load_slot(f_.nslots + d); }
  int64_t const_offset(int index) const { return layout_.cd_tail + 8 * static_cast<int64_t>(index); }
  Value* cache(int index);
  Value* data(Data data);
  Value* int32(int64_t value) { return b.getInt32(static_cast<uint32_t>(value)); }
  Value* int64(int64_t value) { return b.getInt64(static_cast<uint64_t>(value)); }
  // Site word: the instruction and the operands it owns. `order[k]` is the flag of operand k.
  Value* site(const hir::Instr& i, std::initializer_list<int> order = {}, int extra = 0);

  // What was divided last in the block that is being lowered, and how Python rounds that.
  struct Division {
    Value *a = nullptr, *b = nullptr, *quotient = nullptr, *rest = nullptr;
  };
  Division division;

  // -- calls; the *_or_err forms go to the error block on null / a negative answer
  Value* call(Helper helper, std::initializer_list<Value*> args);
  // Calls the function whose address is at base+offset and whose signature is that of `like`.
  Value* call_through(Value* base, int64_t offset, Helper like, std::initializer_list<Value*> args);
  Value* call_or_err(Helper helper, std::initializer_list<Value*> args);
  Value* call_status_or_err(Helper helper, std::initializer_list<Value*> args);

  // -- control
  llvm::BasicBlock* hot_block(const char* name);   // placed where emission stands
  llvm::BasicBlock* cold_block(const char* name);  // placed at the end of the function
  void enter(llvm::BasicBlock* block) { b.SetInsertPoint(block); }
  void branch_hot(Value* cond, llvm::BasicBlock* hot, llvm::BasicBlock* cold);  // cond: towards hot
  void err_if(Value* cond);                                                     // goes on in a new block
  llvm::BasicBlock* err() { return err_; }
  llvm::BasicBlock* block(int id) { return blocks_[id]; }
  llvm::BasicBlock* entry_block(int entry);  // of a loop head; null: `entry` is 0
  void leave_or_go_on(Value* answer);        // 0 go on, 1 error, 2 left

  // -- exits of optimised code (exits.cpp)
  void exit_if(Value* cond, const hir::Instr& i);   // goes on in a new block
  void leave_if(Value* cond, const hir::Instr& i);  // the same where nothing but the condition may make it leave
  void may_leave(const hir::Instr& i);              // before what comes to leave_if: leaves if tests ask for it
  Value* store_pending(int state);                  // fills the buffer of pending values and answers its address
  int state_number(int state) const { return state_numbers_[static_cast<size_t>(state)]; }
  Value* scratch();  // room for one word
  Value* exit_words();
  void store_word(hir::ValueId id, size_t number);
  void find_shared_words();
  void leave_with(const std::vector<hir::ValueId>& words, size_t stored, Value* number);

  // -- functions without a frame (direct.cpp)
  void pass(Value* argument) { passed_.push_back(argument); }
  Value* call_direct(int number, int levels);  // with what was passed, deeper by so many calls; answers the result
  void set_origin(Value* number) { origin_ = number; }
  Value* given_up() { return given_up_; }  // why the call before has given up, see GivenUp; 0 and below: it has not
  Value* parameter(int number);
  void return_number(Value* result);
  bool has_frame() const { return f_.signature.result == hir::Result::None; }
  llvm::BasicBlock* exit_block(int state);

  // -- reference counts
  void incref(Value* object);
  void incref_or_null(Value* object);
  void decref(Value* object, int pc, bool quiet = false);  // quiet: its release runs no code
  void decref_or_null(Value* object, int pc);

  void set_ip(int pc);
  void count_backedge(const hir::Instr& i, int entry);
  void poll(const hir::Instr& i);
  void test_polls(llvm::BasicBlock* slow);  // goes to `slow` when there is work, else on in a new block

  const JJLayout& layout() const { return layout_; }
  const hir::Function& function() const { return f_; }

  llvm::IRBuilder<> b;

 private:
  void say_frame_is_readable();
  std::vector<int> bytecode_order() const;
  void number_labels();
  void start();
  void split_entry();
  std::vector<int> lowering_order() const;
  void lower_block(const hir::Block& block);
  void connect_phis();
  llvm::BasicBlock* start_again_block();
  llvm::Function* direct_function(const std::string& symbol, const hir::Signature& signature);
  void begin_direct();
  Value* depth();
  void set_depth(Value* value);
  Value* stack_mark();
  llvm::BasicBlock* give_up(int why);
  Value* room(Value*& memory, unsigned words);
  void error_block();
  void dispatch(Value* label, const std::vector<int32_t>& targets, int low, int high);
  llvm::BasicBlock* left_block();
  Value* poll_base(const JJPollTest& test);

  const hir::Function& f_;
  const JJLayout& layout_;
  llvm::Module& module_;
  int64_t caches_offset_;
  llvm::Function* fn_;
  Value *thread_, *frame_, *code_data_, *entry_, *consumer_ = nullptr;
  llvm::BasicBlock* err_ = nullptr;
  llvm::BasicBlock* left_ = nullptr;
  llvm::BasicBlock* again_ = nullptr;
  llvm::MDNode* cold_weights_;
  std::array<llvm::MDNode*, static_cast<size_t>(Memory::Iterator) + 1> memory_kinds_{};
  std::vector<llvm::BasicBlock*> blocks_;
  std::vector<llvm::BasicBlock*> cold_;
  std::vector<Value*> values_;
  std::vector<uint8_t> owned_;
  std::vector<uint8_t> immortal_;        // by value: what needs no references
  std::vector<int32_t> handler_blocks_;  // label -> block
  // Optimised code only.
  LowerOptions options_;
  std::vector<int32_t> state_numbers_;          // by state: its number in JJCompiled::states
  std::vector<llvm::BasicBlock*> exit_blocks_;  // by state, null: none yet
  std::vector<llvm::BasicBlock*> ends_;         // by HIR block: where its terminator stands
  Value *buffer_ = nullptr, *scratch_ = nullptr;
  struct Tail {
    llvm::BasicBlock* block = nullptr;
    llvm::PHINode* state = nullptr;
  };
  std::map<std::vector<hir::ValueId>, Tail> tails_;  // by the words that are stored from there on
  // Calls of functions without a frame, and what such a function is called with.
  std::vector<Value*> passed_;
  Value* origin_ = nullptr;  // of what is returned next
  Value *given_up_ = nullptr, *stack_mark_ = nullptr, *depth_ = nullptr;
  llvm::BasicBlock* give_up_[3] = {};
  Lowered result_;
};

void lower_instr(Emitter& e, const hir::Instr& i, const hir::Block& block);

}  // namespace jj::lower
