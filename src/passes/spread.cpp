// Callees with *args or **kwargs, for a call whose arguments are known.
//
// A call with * becomes one operation: whatever leaves between the load of its function and the call goes back to that
// load, as nothing in between does more than read.
#include "passes/spread.h"

#include <algorithm>
#include <map>
#include <set>

#include "hir/graph.h"
#include "hir/stack_helpers.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Function;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr int32_t kMostArguments = 8;
constexpr int32_t kListToTuple = 6;  // of CALL_INTRINSIC_1

int helper(const char* name) { return hir::stack_helper_named(name); }

class Spreader {
 public:
  Spreader(const hir::Callee& callee, int32_t positional, const std::vector<std::string>& keywords)
      : f_(callee.function),
        tuple_(callee.varargs),
        dict_(callee.varkeywords),
        extra_(f_.nslots),
        positional_(positional),
        keywords_(keywords) {}

  std::optional<Function> run() {
    if (positional_ + static_cast<int32_t>(keywords_.size()) > kMostArguments) return std::nullopt;
    for (size_t k = 0; k < f_.blocks.size(); k++)
      if (!rewrite_calls(f_.blocks[k])) return std::nullopt;
    if (tuple_ >= 0 && !write_out_loops(f_, tuple_, extra_, positional_)) return std::nullopt;
    clean_cfg(f_);
    for (const Block& b : f_.blocks)
      for (const Instr& i : b.instrs)
        if (uses(i, tuple_) || uses(i, dict_)) return std::nullopt;
    return std::move(f_);
  }

 private:
  // What a stack entry is, while the arguments of a call are put together.
  struct Entry {
    enum Kind : uint8_t { Value, Tuple, Dict, Constant } kind = Value;
    std::vector<int32_t> slots;      // Tuple, Dict: where its items are
    std::vector<std::string> names;  // Dict
    int32_t constant = -1;
  };

  static bool uses(const Instr& i, int32_t slot) {
    const bool local = i.op == Op::LoadLocal || i.op == Op::TakeLocal || i.op == Op::StoreLocal;
    return local && slot >= 0 && i.imm[0] == slot;
  }
  static int star_layout(const Instr& i) { return i.op == Op::StackOp ? hir::star_call_layout(i.imm[0]) : -1; }

  // -- calls with *

  bool rewrite_calls(Block& b) {
    for (size_t k = 0; k < b.instrs.size(); k++)
      if (star_layout(b.instrs[k]) >= 0 && !rewrite_call(b, k)) return false;
    return true;
  }

  // From the load of the function on.
  bool rewrite_call(Block& b, size_t& at) {
    const Instr call = b.instrs[at];
    const int layout = star_layout(call);
    const int32_t made = call.state, d = state(call).error_depth, function = d + (layout == 1);
    size_t from = at;
    while (from > 0 && !(b.instrs[from].op == Op::StoreStack && b.instrs[from].imm[0] == function)) from--;
    if (from == 0 || b.instrs[from - 1].op != Op::LoadGlobal || b.instrs[from - 1].state < 0) return false;
    from--;
    const Instr load = b.instrs[from];
    std::vector<Instr> out;
    stack_.clear();
    values_.clear();
    pc_ = load.pc;
    for (size_t k = from; k < at; k++)
      if (!gather(b.instrs[k], out)) return false;
    const int32_t arguments = call.imm[1] - 1 - (call.imm[2] & 1);
    if (!hand_over(out, d, function, arguments, (call.imm[2] & 1) != 0, load.state, made)) return false;
    const auto begin = b.instrs.begin() + static_cast<std::ptrdiff_t>(from);
    b.instrs.erase(begin, b.instrs.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    b.instrs.insert(b.instrs.begin() + static_cast<std::ptrdiff_t>(from), out.begin(), out.end());
    at = from + out.size() - 1;
    hir::FrameState& there = f_.states[static_cast<size_t>(made)];
    there.depth = there.error_depth;
    there.deferred.erase(std::remove_if(there.deferred.begin(), there.deferred.end(),
                                        [&](const hir::Deferred& entry) { return entry.stack >= there.depth; }),
                         there.deferred.end());
    return true;
  }

  const hir::FrameState& state(const Instr& i) const { return f_.states[static_cast<size_t>(i.state)]; }

  Instr& add(std::vector<Instr>& out, Op op, std::array<int32_t, 4> imm, ValueId arg = -1) {
    Instr i{};
    i.op = op;
    i.imm = imm;
    i.args[0] = arg;
    i.pc = pc_;
    if (hir::info(op).result != hir::Result::None) i.id = f_.nvalues++;
    out.push_back(i);
    return out.back();
  }

  // The item that a stack entry holds gets a slot of its own.
  int32_t take(std::vector<Instr>& out, int32_t d) {
    const ValueId value = add(out, Op::TakeStack, {d}).id;
    add(out, Op::StoreLocal, {next_}, value);
    return next_++;
  }

  // One operation of a call's arguments; false: it does more than that.
  bool gather(Instr i, std::vector<Instr>& out) {
    i.pc = pc_;
    switch (i.op) {
      case Op::LoadLocal:
        if (i.imm[0] == tuple_ || i.imm[0] == dict_) {
          values_[i.id] = whole(i.imm[0] == tuple_);
          return true;
        }
        break;
      case Op::LoadConst: values_[i.id] = {Entry::Constant, {}, {}, i.imm[0]}; break;
      case Op::Retain:
        if (const auto known = values_.find(i.args[0]); known != values_.end()) {
          values_[i.id] = known->second;
          if (known->second.kind == Entry::Tuple || known->second.kind == Entry::Dict) return true;
        }
        break;
      case Op::StoreStack: {
        const auto known = values_.find(i.args[0]);
        stack_[i.imm[0]] = known == values_.end() ? Entry{} : known->second;
        if (known != values_.end() && known->second.kind != Entry::Constant) return true;
        break;
      }
      case Op::LoadNull:
      case Op::CheckBound:
      case Op::LoadGlobal: break;
      case Op::StackOp: return build(i, out);
      default: return false;
    }
    out.push_back(i);
    return true;
  }

  Entry whole(bool tuple) const {
    Entry e{tuple ? Entry::Tuple : Entry::Dict, {}, {}, -1};
    const auto count = static_cast<int32_t>(keywords_.size());
    for (int32_t k = 0; k < (tuple ? positional_ : count); k++)
      e.slots.push_back(extra_ + (tuple ? k : positional_ + k));
    if (!tuple) e.names = keywords_;
    return e;
  }

  // Containers on the way to the call's tuple and dict.
  bool build(const Instr& i, std::vector<Instr>& out) {
    static const int list = helper("jj_op_build_list"), tuple = helper("jj_op_build_tuple"),
                     map = helper("jj_op_build_map"), keyed = helper("jj_op_build_const_key_map"),
                     extend = helper("jj_op_list_extend"), to_tuple = helper("jj_op_list_to_tuple"),
                     intrinsic = helper("jj_op_intrinsic1"), append = helper("jj_op_list_append"),
                     merge = helper("jj_op_dict_merge");
    const int number = i.imm[0], depth = i.imm[1], arg = i.imm[2];
    Entry e;
    if (number == list || number == tuple) {
      e.kind = Entry::Tuple;
      for (int32_t k = depth - arg; k < depth; k++) e.slots.push_back(take(out, k));
      stack_[depth - arg] = std::move(e);
    } else if (number == map) {
      e.kind = Entry::Dict;
      for (int32_t k = depth - 2 * arg; k < depth; k += 2) {
        e.names.push_back(key(stack_[k].constant));
        e.slots.push_back(take(out, k + 1));
      }
      stack_[depth - 2 * arg] = e;
      return std::find(e.names.begin(), e.names.end(), "") == e.names.end();
    } else if (number == keyed) {
      const int32_t names = stack_[depth - 1].constant;
      if (names < 0 || !split(f_.facts.constants[static_cast<size_t>(names)].names, e.names)) return false;
      e.kind = Entry::Dict;
      for (int32_t k = depth - 1 - arg; k < depth - 1; k++) e.slots.push_back(take(out, k));
      stack_[depth - 1 - arg] = std::move(e);
    } else if (number == extend || number == merge) {
      Entry &to = stack_[depth - 1 - arg], from = stack_[depth - 1];
      const auto kind = number == extend ? Entry::Tuple : Entry::Dict;
      if (to.kind != kind || from.kind != kind) return false;
      to.slots.insert(to.slots.end(), from.slots.begin(), from.slots.end());
      to.names.insert(to.names.end(), from.names.begin(), from.names.end());
    } else if (number == append) {
      Entry& to = stack_[depth - 1 - arg];
      if (to.kind != Entry::Tuple) return false;
      to.slots.push_back(take(out, depth - 1));
    } else if (number == to_tuple || (number == intrinsic && arg == kListToTuple)) {
      return stack_[depth - 1].kind == Entry::Tuple;
    } else {
      return false;
    }
    return true;
  }

  // The text of a constant that is one name.
  std::string key(int32_t constant) const {
    return constant < 0 ? "" : f_.facts.constants[static_cast<size_t>(constant)].names;
  }
  static bool split(const std::string& text, std::vector<std::string>& names) {
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find(' ', at), text.size());
      names.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return !names.empty();
  }

  // The function and the items in place of its tuple and dict.
  bool hand_over(std::vector<Instr>& out, int32_t d, int32_t function, int32_t arguments, bool has_dict, int32_t before,
                 int32_t made) {
    const Entry tuple = stack_[arguments], dict = has_dict ? stack_[arguments + 1] : Entry{Entry::Dict, {}, {}, -1};
    const std::set<std::string> different(dict.names.begin(), dict.names.end());
    if (tuple.kind != Entry::Tuple || dict.kind != Entry::Dict || different.size() != dict.names.size()) return false;
    if (function != d) {
      const ValueId value = add(out, Op::TakeStack, {function}).id;
      add(out, Op::StoreStack, {d}, value);
    }
    int32_t top = d + 1;
    for (const std::vector<int32_t>* slots : {&tuple.slots, &dict.slots})
      for (int32_t slot : *slots) {
        const ValueId loaded = add(out, Op::LoadLocal, {slot}).id;
        const ValueId value = add(out, Op::Retain, {}, loaded).id;
        add(out, Op::StoreStack, {top++}, value);
      }
    f_.stacksize = std::max(f_.stacksize, top);
    Instr& call = add(out, Op::CallSpread, {d, top - d - 1, name(dict.names), made});
    call.state = before;
    const ValueId result = call.id;
    add(out, Op::StoreStack, {d}, result);
    return true;
  }

  // A constant for the keywords, which are all its text.
  int32_t name(const std::vector<std::string>& keywords) {
    if (keywords.empty()) return -1;
    hir::Constant c;
    for (const std::string& keyword : keywords) c.names += (c.names.empty() ? "" : " ") + keyword;
    f_.facts.constants.push_back(c);
    return static_cast<int32_t>(f_.facts.constants.size()) - 1;
  }

  Function f_;
  const int32_t tuple_, dict_, extra_, positional_;
  const std::vector<std::string>& keywords_;
  int32_t next_ = extra_ + positional_ + static_cast<int32_t>(keywords_.size());  // slot for an item of its own
  int32_t pc_ = 0;
  std::map<int32_t, Entry> stack_;
  std::map<ValueId, Entry> values_;
};

}  // namespace

int32_t hidden_locals(const Function& f) {
  int32_t most = f.nslots;
  for (const Block& b : f.blocks)
    for (const Instr& i : b.instrs)
      if (i.op == Op::LoadLocal || i.op == Op::StoreLocal) most = std::max(most, i.imm[0] + 1);
  return most - f.nslots;
}

std::optional<Function> spread_arguments(const hir::Callee& callee, int32_t positional,
                                         const std::vector<std::string>& keywords) {
  return Spreader(callee, positional, keywords).run();
}

}  // namespace jj::passes
