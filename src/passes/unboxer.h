// The state of the pass `unbox`: the function being written, and what is known at the point that is being rewritten.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "hir/function.h"
#include "passes/contents.h"
#include "passes/escapes.h"
#include "passes/liveness.h"
#include "passes/masked.h"
#include "passes/value.h"

namespace jj::passes {

// An iterator that gives one item at a time, or the number of an enumerate object.
struct Part {
  uint32_t node;  // JJIterNode
  hir::ValueId iterator;
};

// Thrown where an inlined callee needs memory or would be observed, or what follows an error that was not raised.
struct InliningFailed {
  int32_t pc;  // of the call, or of what would have raised
};
// Tries pass unbox: the code unit of a call, or an error, that cannot be replaced; -1: the function cannot do without a frame;
// or nothing.
std::optional<int32_t> try_unbox(const hir::Function& f);

// Rewrites one block after the other, given the contents of the slots on entry.
class Unboxer {
 public:
  Unboxer(const hir::Function& in, hir::Function& out, const Liveness& live, const Escapes& escapes);

  // -- one block; what it leaves for its successors. `continued`: of the instruction that its predecessor has begun, or null
  void start_block(int32_t block, Contents contents, bool check_locals);
  void run_block(const hir::Block& block, const hir::Instr* continued);
  void set_inlined(int32_t site);
  void expect_generators(const Contents& wanted);  // first of all on an edge
  void take_parameters();                          // of a function without a frame
  Contents leaving[2];
  bool check_locals() const { return check_locals_; }

  // -- an edge: brings the contents into the shape that its target wants, and answers the operands for the target's phis
  //    (registers, then the condition). `pc`: of the target; `state`: that of the target if guards may leave there, else -1
  void start_edge(int32_t block, Contents contents, int32_t pc, int32_t state, bool check_locals);
  void bring(int32_t place, const Content& wanted, std::array<hir::ValueId, 4>& operands);
  bool left() const { return left_; }  // always leaves

  // -- operations
  hir::ValueId emit(hir::Op op, std::initializer_list<int32_t> imm = {}, std::initializer_list<hir::ValueId> args = {});
  hir::ValueId emit_exit(hir::Op op, JJExitKind kind, std::initializer_list<int32_t> imm = {},
                         std::initializer_list<hir::ValueId> args = {});
  hir::ValueId int_const(int64_t value);
  // The native entry of the loop head that the block goes to right behind `poll`, or 0.
  int32_t entry_ahead(const hir::Instr& poll) const;
  void forget_versions();  // and headers
  void before_poll();
  void forget_generators();
  bool exits_ok() const { return exits_ok_; }  // the state of the instruction still describes the frame
  bool may_exit() const;                       // and leaving here has not been a habit
  bool generating() const { return generating_; }
  bool has_frame() const { return in_.signature.result == hir::Result::None; }

  // -- values
  Value& value(hir::ValueId old) { return values_[old]; }
  void define_number(const hir::Instr& i, Kind kind, hir::ValueId id);
  Kind kind_of(const Value& v) const;        // what `number` would answer; None: it cannot
  hir::ValueId number(Value& v, Kind kind);  // unboxes, with a guard if need be; `kind` is kind_of(v)
  hir::ValueId as_int(Value& v);             // of Int or Bool
  hir::ValueId as_float(Value& v);           // of any kind, rounded as Python's arithmetic does
  void release(const Value& v);

  // -- unbox_complex.cpp
  bool complex_operation(const hir::Instr& i);
  // -- unbox_bigs.cpp
  bool big_binary(const hir::Instr& i);
  // -- unbox_masked.cpp
  bool masked_binary(const hir::Instr& i);
  bool unsigned_compare(const hir::Instr& i);
  bool unsigned_truth(const hir::Instr& i);
  // -- unbox_text.cpp
  bool compare_text(const hir::Instr& i);
  bool length_truth(const hir::Instr& i);

  // Whether nothing but the lowest 64 bits of the result matter.
  bool is_wrapped(const hir::Instr& i) const;
  // How often an operation at `pc` has left for other reasons, or only for that; whether too often to be tried again.
  uint32_t exits_at(int32_t pc, JJExitKind reason, bool only) const;
  bool has_exited(int32_t pc, JJExitKind reason = JJ_EXIT_NONE, bool only = false) const;
  bool may_be_unit(int32_t head) const;  // a range that the loop there goes through

 private:
  void begin_instruction(const hir::Instr& i);
  void remember();
  int32_t exit_state(JJExitKind kind);
  TypeSet likely_at(int32_t pc) const;
  hir::ValueId float_const(int64_t bits);
  hir::ValueId constant(Kind kind, const hir::Constant& c);
  hir::ValueId zero(Kind kind);
  void expect(int32_t place, const Content& wanted);
  hir::ValueId value_on_edge(int32_t place, Kind kind);
  void take_range(int32_t place);
  void take_unit_range(int32_t place);
  void define_object(const hir::Instr& i, hir::ValueId id, const Content& known);
  hir::ValueId as_object(Value& v, bool owned);
  hir::ValueId kept_object(Value& v, bool owned);
  void sync(int32_t place);
  void sync_all();
  void sync_if_seen();  // what a frame that outlives the call has to show
  void sync_lazy(int32_t place);
  void sync_copies_of(int32_t slot);
  bool may_be_given_up(const Content& c, bool quiet) const;
  void sync_borrowed(bool quiet = false);
  void share_object(int32_t place);
  bool copy_synced(int32_t place);
  void after_code();  // arbitrary code has run
  void forget_stack(int32_t from);

  void rewrite(const hir::Instr& i);
  void generic(const hir::Instr& i);
  bool slots(const hir::Instr& i);
  bool references(const hir::Instr& i);
  bool conditions(const hir::Instr& i);
  bool iteration(const hir::Instr& i);
  Value read(int32_t place, bool take);
  void load(const hir::Instr& i, int32_t place, bool take);
  void store(const hir::Instr& i, int32_t place);
  void put(int32_t place, Value& v);
  void store_local(const hir::Instr& i);
  void expect_as_before(int32_t place);
  bool check_bound(const hir::Instr& i);
  bool store_copy(int32_t place, const Value& v);
  void retain(const hir::Instr& i);
  void terminate(const hir::Instr& i);

  // unbox_exits.cpp
  int32_t own_state() const;
  std::vector<int32_t> places_at_exit(int32_t depth) const;
  void add_pending(hir::FrameState& s, int32_t place) const;

  // unbox_inlined.cpp
  bool is_virtual(int32_t place) const;
  [[noreturn]] void refuse_inlining() const;
  bool inlined_calls(const hir::Instr& i);
  Value borrow(int32_t place);
  void put_virtual(int32_t place, Value& v);
  bool may_shelve(int32_t place) const;
  void shelve(int32_t place, hir::ValueId owned);
  Value take_shelved(int32_t place);
  static bool is_shared(Kind kind, int64_t word);
  TypeSet types_of_parameter(int32_t number) const;
  void enter_callee(const hir::Inlined& site);
  void leave_callee(const hir::Instr& i, const hir::Inlined& site);
  Value getter_of(const hir::Inlined& site);
  Value operator_of(const hir::Inlined& site);
  Value known_function(const hir::Inlined& site, hir::ValueId id);
  bool may_be_not_implemented(const Value& v) const;
  Value callee_of(const hir::Inlined& site);
  std::vector<Value> arguments_of(const hir::Inlined& site, const Value& function);
  Value default_of(const hir::Inlined& site, int32_t parameter, hir::ValueId function);
  void drop_call(const hir::Inlined& site);
  void forget_callee(const hir::Block& next);

  // unbox_generators.cpp
  bool generators(const hir::Instr& i);
  void finish_inner(const hir::Instr& i, const hir::Inlined& site);
  void finish_generator(const hir::Instr& i, const hir::Inlined& site);
  void expect_inert_locals(const hir::Inlined& site);
  void let_go(int32_t entry);
  std::vector<int32_t> places_of(const hir::Inlined& site) const;

  // unbox_raised.cpp
  void begin_raised(int32_t pc);
  bool misses(const hir::Instr& i);
  void commit(hir::Op op);

  // unbox_feed.cpp
  bool feed(const hir::Instr& i);

  // unbox_instances.cpp
  Value init_of(const hir::Inlined& site);
  Value new_instance(const hir::Inlined& site, hir::ValueId init);
  Value take_instance(const hir::Inlined& site, const Value& result);
  bool init_attr(const hir::Instr& i, const hir::AttrSeen& seen);
  using Where = std::pair<uint8_t, int64_t>;
  Where where(const hir::Instr& i, const hir::AttrSeen& seen) const;
  bool is_empty(const hir::Instr& i, const hir::AttrSeen& seen) const;
  void adopt(Value& v);
  void meet_instances(int32_t block);
  void drop_place(int32_t place);

  // unbox_asserted.cpp
  bool asserted(const hir::Instr& i);

  // unbox_direct.cpp
  int32_t some_state() const;
  void need_no_frame(hir::Op op, int32_t first) const;
  void call_known(const hir::Instr& i, const hir::Inlined& site);
  hir::ValueId argument(Value& v, hir::Result wanted);
  hir::ValueId origin_of(const Value& v);
  hir::ValueId origin_of_result(const std::vector<Value>& arguments);
  void define_traced(const hir::Instr& i, Kind kind, hir::ValueId result, std::vector<Value>& arguments);
  void return_number(const hir::Instr& i);

  // unbox_attrs.cpp
  bool attributes(const hir::Instr& i);
  const JJSeen* only_seen(const hir::Instr& i) const;
  bool load_global(const hir::Instr& i);
  bool load_free(const hir::Instr& i);
  bool load_attr(const hir::Instr& i);
  bool store_attr(const hir::Instr& i);
  bool load_method(const hir::Instr& i);
  bool load_super_method(const hir::Instr& i);
  hir::ValueId class_of_super(int32_t callee);
  bool call_super(const hir::Instr& i);
  void put_super_method(const hir::AttrSeen& seen, hir::ValueId after, Value& object, int32_t d);
  hir::ValueId peek(hir::AttrRows rows, const hir::Instr& i, hir::ValueId object, bool writable);
  hir::ValueId found_on_class(hir::AttrRows rows, const hir::Instr& i, hir::ValueId object);
  void define_borrowed(const hir::Instr& i, hir::ValueId id, const Content& known);

  // unbox_classes.cpp
  hir::AttrRows classes_at(int32_t site, const Value& o) const;
  hir::AttrRows classes_at(const hir::Instr& i, const Value& o) const;
  const hir::AttrSeen* attribute_of(const hir::Instr& i) const;
  bool can_guard(const Value& v, size_t classes = 1) const;
  uint32_t known_classes(const Value& v) const;
  bool at_one_place(hir::AttrRows rows) const;
  bool has_version(const hir::Instr& i);
  void expect_version(const hir::Instr& i);
  void guard_class(const Value& v, hir::AttrRows rows);
  void guard_classes(const Value& v, uint32_t wanted);
  void guard_lacks(hir::AttrRows rows, const hir::Instr& i, hir::ValueId object);

  // unbox_objects.cpp
  bool objects(const hir::Instr& i);
  bool be_type(Value& v, uint8_t type);
  bool is_sequence(const Value& v, uint8_t& type) const;
  void load_header(Content& c, hir::ValueId object);
  std::array<hir::ValueId, 2> header_of(const Value& v);
  bool subscr(const hir::Instr& i);
  bool store_subscr(const hir::Instr& i);
  bool next_item(const hir::Instr& i);
  int32_t slot_of(const Value& v) const;
  bool unpack(const hir::Instr& i);
  bool make_tuple(const hir::Instr& i);

  // unbox_elements.cpp
  bool has_elements(const Value& v, uint8_t& type) const;
  bool load_element(const hir::Instr& i);
  bool store_element(const hir::Instr& i);
  // unbox_iterators.cpp
  uint32_t shape_at(int32_t place) const;
  bool is_kept_in_local(int32_t d) const;
  bool begins_with(int32_t d, uint32_t shape) const;
  std::vector<Part> parts_of(uint32_t shape, int32_t d, hir::ValueId iterator, hir::ValueId* has);
  bool step_iterator(const hir::Instr& i);
  size_t take_items(const hir::Block& block);
  bool take_number(Value& v, const hir::Block& block, int32_t d);
  TypeSet likely_result(int32_t pc, int32_t number) const;
  // unbox_methods.cpp
  bool can_be_type(const Value& v, uint8_t type) const;
  bool has_object(const Value& v) const;
  bool known_method(const hir::Instr& i, const hir::AttrSeen& seen, Value& o);
  bool fits(Value& v, char kind);
  bool call_method(const hir::Instr& i);
  void drop_operands(const hir::Instr& i, const std::vector<int32_t>& owned, const std::vector<Value>& values,
                     int32_t first);
  // unbox_keys.cpp
  bool can_be_key(const Value& v) const;
  bool is_number_key(const Value& v) const;
  hir::ValueId key_object(Value& key);
  bool dict_item(const hir::Instr& i);
  bool lasts(int32_t place) const;
  bool item_or_default(const hir::Instr& i, int32_t self, int32_t nargs);
  bool contains_key(const hir::Instr& i);
  bool store_dict_item(const hir::Instr& i);

  // unbox_text.cpp
  bool is_text(const Value& v) const;
  void be_text(Value& v);
  bool can_be_text(const Value& v) const;
  bool can_be_char(const Value& v) const;
  bool char_at(const hir::Instr& i, Value& text, Value& key);
  bool next_char(const hir::Instr& i);
  bool contains_char(const hir::Instr& i);
  bool call_with_text(const hir::Instr& i, int32_t builtin, Value& v);
  bool call_char_method(const hir::Instr& i, int32_t method);
  bool call_append(const hir::Instr& i);
  bool append_item(const hir::Instr& i);
  void append(hir::ValueId list, int32_t place);
  hir::ValueId char_in(hir::ValueId code, const std::array<uint64_t, 2>& chars);

  // unbox_bigs.cpp
  bool is_small(const Value& v) const;
  void define_big(const hir::Instr& i, hir::ValueId id, TypeSet results);

  // unbox_masked.cpp
  bool in_chain() const { return chain_.begun; }
  void end_chain(const hir::Instr& last);
  Masked masked(const Content& c) const;
  Masked masked_result(const hir::Instr& i, const Masked& a, const Masked& b) const;
  std::optional<Masked> masked_step(const hir::Instr& i, const Chain& chain, std::map<int32_t, Masked>& stack) const;
  bool find_chain(const hir::Instr& first);
  bool find_chain_of_forms(const hir::Instr& first);
  bool unsigned_binary(const hir::Instr& i);
  void emit_masked(const hir::Instr& i, const Masked& a, const Masked& b);
  hir::ValueId bits(hir::ValueId old, const Masked& m);
  hir::ValueId uint_on_edge(const Content& now);
  Masked masked(const Value& v) const;

  // unbox_complex.cpp
  bool is_complex(const Value& v) const;
  bool can_be_complex(const Value& v) const;
  bool are_complex(const Value& a, const Value& b) const;
  bool may_leave_for(const Value& v) const;
  hir::ValueId complex_of(hir::ValueId real, hir::ValueId imag);
  hir::ValueId as_complex(Value& v);
  hir::ValueId as_complex_exactly(Value& v);
  bool complex_binary(const hir::Instr& i);
  int32_t small_exponent(const Value& v) const;
  hir::ValueId power(hir::ValueId base, int32_t exponent);
  bool complex_compare(const hir::Instr& i);
  void finish_complex(const hir::Instr& i, Kind kind, hir::ValueId result);
  bool complex_part(const hir::Instr& i, int32_t part);
  bool call_complex(const hir::Instr& i, std::vector<Value>& args);
  bool call_with_complex(const hir::Instr& i, int32_t builtin, Value& v);

  // unbox_math.cpp
  bool math_function(const hir::Instr& i);
  bool call_math(const hir::Instr& i, int32_t builtin, std::vector<Value>& args);
  bool log_to_base(const hir::Instr& i, std::vector<Value>& args);
  bool int_function(const hir::Instr& i, int32_t builtin, std::vector<Value>& args);
  hir::ValueId math_result(int32_t builtin, hir::ValueId x, Kind& kind);

  // unbox_calls.cpp
  bool call(const hir::Instr& i);
  bool call_builtin(const hir::Instr& i, int32_t builtin, std::vector<Value>& args);
  bool extremum(const hir::Instr& i, std::vector<Value>& args, int order);
  bool may_lose(const Value& v) const;
  bool is_only_counted(size_t k) const;
  enum class Use : uint8_t { Unknown, Value, Result };
  Use use_by(const hir::Instr& call) const;
  bool is_consumed(size_t k, hir::ValueId result) const;
  bool loop_over_range(const hir::Instr& i, std::vector<Value>& args);
  bool call_bool(const hir::Instr& i, Value& v, Kind kind);
  bool call_isinstance(const hir::Instr& i, std::vector<Value>& args);
  void put_result(int32_t place, const Value& v);
  Value new_range(hir::ValueId start, hir::ValueId stop, hir::ValueId step);
  const hir::Instr* ahead(size_t k, hir::Op op, hir::ValueId arg) const;
  bool call_divmod(const hir::Instr& i, std::vector<Value>& args);
  void define(const hir::Instr& i, Value v) { values_[i.id] = v; }

  const hir::Function& in_;
  hir::Function& out_;
  const Liveness& live_;
  const Escapes& escapes_;
  bool shown_ = false;         // frames of earlier calls had objects, as those have in which exceptions are raised
  bool other_ranges_ = false;  // with a step, or that go down, are made in the function
  const hir::Block* source_ = nullptr;  // block of the input, and the operation that is being rewritten
  size_t position_ = 0;
  std::vector<Value> values_;
  std::map<int32_t, int32_t> state_at_;  // code unit, or place of inlined code in the feedback -> index into in_.states
  Contents contents_, before_;           // now, and when the current instruction began
  int32_t block_ = -1;                   // of the output
  int32_t pc_ = -1;
  int32_t here_ = -1;      // what tells its instructions apart: pc, of inlined code the place in the feedback
  int32_t template_ = -1;  // state of the current instruction (index into in_.states), or -1
  std::map<JJExitKind, int32_t> exits_;                       // its exit states so far
  std::map<hir::ValueId, uint32_t> versions_;                 // of the classes of references, see Content::version
  using Instances = std::map<hir::ValueId, std::set<Where>>;  // that nobody else knows: their attributes, by where
  Instances filled_;
  std::map<int32_t, Instances> filled_at_end_;  // by block
  // Without a frame: of numbers that may be a parameter's object, that one's number, or 0; and those that are nobody's.
  std::map<hir::ValueId, hir::ValueId> origins_;
  std::set<hir::ValueId> new_numbers_;
  std::set<hir::ValueId> shared_;  // numbers of which every box is the same object
  bool exits_ok_ = false;          // nothing observable has happened in the current instruction
  int32_t inlined_ = -1;           // the block's (of an edge: its target's) inlined call
  bool inside_ = false;            // between the entry and the end of an inlined call
  bool generating_ = false;        // in an inlined generator, whose frame nobody may see now
  hir::ValueId function_ = -1;     // without a frame: the function object
  int32_t site_ = -1;              // of inlined code: the operation's own place in the feedback
  Chain chain_;
  bool low_bits_do_ = false;   // objects are taken for their lowest bits
  bool check_locals_ = false;  // a callee may have written the locals
  bool left_ = false;
  int32_t raised_ = -1;         // the block's Block::raised
  bool committed_ = false;      // what it did can no longer be taken back
  std::set<int32_t> caught_;    // the instructions that have such blocks
  std::vector<Value> results_;  // of the call that is being rewritten, in place of the operations behind it
  size_t skipped_ = 0;          // how many of those
};

// Arithmetic, comparisons and truth of numbers, polls; false: the operation stays as it is.
bool lower_typed(Unboxer& u, const hir::Instr& i);

}  // namespace jj::passes
