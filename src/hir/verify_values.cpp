// Numbers and conditions are of the type that their user wants and defined wherever they are used.
#include "hir/verify_values.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "hir/graph.h"
#include "hir/verify_operands.h"

namespace jj::hir {

namespace {

class ValueVerifier {
 public:
  explicit ValueVerifier(const Function& f) : f_(f), values_(static_cast<size_t>(f.nvalues)) {}

  std::string run() {
    for (const Block& b : f_.blocks) define(b);
    if (!crosses_blocks()) return error_;
    dominators_.emplace(f_);
    preds_ = predecessors(f_);
    for (const Block& b : f_.blocks) check(b);
    return error_;
  }

 private:
  struct Value {
    Result type = Result::None;
    int32_t block = -1;
    int32_t position = -1;  // operation, -1: a phi
  };

  void fail(const Block& b, const std::string& what) {
    if (error_.empty()) error_ = f_.name + ": block " + std::to_string(b.id) + ": " + what;
  }
  static std::string name(ValueId id) { return "%" + std::to_string(id); }

  void define(const Block& b) {
    for (const Phi& phi : b.phis)
      if (phi.type == Result::Borrowed)
        borrowed_[phi.id] = {b.id, -1};
      else
        define(b, phi.id, {phi.type, b.id, -1});
    for (size_t k = 0; k < b.instrs.size(); k++) {
      const Instr& i = b.instrs[k];
      if (i.id >= 0 && is_plain(info(i.op).result)) define(b, i.id, {info(i.op).result, b.id, static_cast<int32_t>(k)});
      if (i.id >= 0 && info(i.op).result == Result::Borrowed) borrowed_[i.id] = {b.id, static_cast<int32_t>(k)};
    }
  }

  void define(const Block& b, ValueId id, Value value) {
    if (id < 0 || id >= f_.nvalues) return fail(b, "value " + name(id) + " out of range");
    if (!is_plain(value.type)) fail(b, "phi " + name(id) + " is neither a number nor a condition");
    if (values_[id].block >= 0) fail(b, "value " + name(id) + " is defined twice");
    values_[id] = value;
  }

  // Most functions of the baseline tier have nothing to check but conditions inside their block.
  bool crosses_blocks() {
    bool crosses = false;
    for (const Block& b : f_.blocks) {
      crosses |= !b.phis.empty();
      for (size_t k = 0; k < b.instrs.size(); k++) {
        const Instr& i = b.instrs[k];
        if (i.state >= 0 && !f_.states[i.state].pending.empty()) crosses = true;
        for (int n = 0; n < info(i.op).operands; n++) {
          const ValueId id = i.args[n];
          if (operand_type(i.op, n) == Result::None) {
            crosses |= borrowed_.count(id) && borrowed_[id].first != b.id;
            continue;
          }
          const bool local =
              id >= 0 && id < f_.nvalues && values_[id].block == b.id && values_[id].position < static_cast<int32_t>(k);
          if (local)
            check_type(b, id, operand_type(i.op, n), info(i.op).name);
          else
            crosses = true;
        }
      }
    }
    return crosses;
  }

  void check_type(const Block& b, ValueId id, Result type, const std::string& user) {
    if (values_[id].type != type) fail(b, "operand " + name(id) + " is of the wrong kind for " + user);
  }

  // `position`: of the operation that uses the value; that of a block's end for a phi's operand.
  void check_use(const Block& b, size_t position, ValueId id, Result type, const std::string& user) {
    if (id < 0 || id >= f_.nvalues || values_[id].block < 0) return fail(b, name(id) + " is not defined, for " + user);
    check_type(b, id, type, user);
    const Value& v = values_[id];
    const bool before =
        v.block == b.id ? v.position < static_cast<int32_t>(position) : dominators_->dominates(v.block, b.id);
    if (!before) fail(b, name(id) + " is not defined on every way to " + user);
  }

  void check(const Block& b) {
    for (const Phi& phi : b.phis) check_phi(b, phi);
    for (size_t k = 0; k < b.instrs.size(); k++) {
      const Instr& i = b.instrs[k];
      for (int n = 0; n < info(i.op).operands; n++)
        if (Result type = operand_type(i.op, n); type != Result::None)
          check_use(b, k, i.args[n], type, info(i.op).name);
        else if (borrowed_.count(i.args[n]))
          check_borrowed(b, k, i.args[n], info(i.op).name);
      if (i.state >= 0)
        for (const Pending& p : f_.states[i.state].pending) check_pending(b, k, p);
    }
  }

  void check_phi(const Block& b, const Phi& phi) {
    if (is_root(b)) fail(b, "a phi in an entry or a handler");
    std::vector<int32_t> expected = preds_[b.id], blocks;
    for (const Phi::Arg& arg : phi.args) blocks.push_back(arg.block);
    std::sort(expected.begin(), expected.end());
    std::sort(blocks.begin(), blocks.end());
    if (blocks != expected) return fail(b, "phi " + name(phi.id) + " does not name every predecessor once");
    for (const Phi::Arg& arg : phi.args) {
      const Block& from = f_.blocks[arg.block];
      if (phi.type == Result::Borrowed)
        check_borrowed(from, from.instrs.size(), arg.value, "phi " + name(phi.id));
      else
        check_use(from, from.instrs.size(), arg.value, phi.type, "phi " + name(phi.id));
    }
  }

  void check_borrowed(const Block& b, size_t position, ValueId id, const std::string& user) {
    const auto found = borrowed_.find(id);
    if (found == borrowed_.end()) return fail(b, name(id) + " is no borrowed reference of this block, for " + user);
    const auto [block, defined] = found->second;
    const bool before = block == b.id ? defined < static_cast<int32_t>(position) : dominators_->dominates(block, b.id);
    if (!before) fail(b, name(id) + " is not defined on every way to " + user);
  }

  void check_pending(const Block& b, size_t position, const Pending& p) {
    if (p.kind == JJ_PENDING_OBJECT || p.kind == JJ_PENDING_OWNED) {
      check_borrowed(b, position, p.value[0], "a pending value");
      return;
    }
    const Result type = p.kind == JJ_PENDING_FLOAT     ? Result::Float
                        : p.kind == JJ_PENDING_BOOL    ? Result::Cond
                        : p.kind == JJ_PENDING_COMPLEX ? Result::Complex
                                                       : Result::Int;
    check_use(b, position, p.value[0], type, "a pending value");
    if (p.kind == JJ_PENDING_RANGE) check_use(b, position, p.value[1], type, "a pending value");
    if (p.condition >= 0) check_use(b, position, p.condition, Result::Cond, "a pending value");
  }

  const Function& f_;
  std::vector<Value> values_;
  std::map<ValueId, std::pair<int32_t, int32_t>> borrowed_;  // block and position
  std::optional<Dominators> dominators_;
  std::vector<std::vector<int32_t>> preds_;
  std::string error_;
};

}  // namespace

std::string verify_values(const Function& f) { return ValueVerifier(f).run(); }

}  // namespace jj::hir
