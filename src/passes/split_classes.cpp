// Copies the call of a method that a few classes have in ways of their own, one copy for each class, so that each can be
// replaced by what that method does.
//
// What stands between the look-up and the call, the arguments, is copied with them. The object is asked for its class in
// front; the last copy serves the last class that was seen, and leaves for others.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "passes/inliner.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::AttrSeen;
using hir::Block;
using hir::Function;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr size_t kMostCopied = 40;  // operations from the look-up to the call
constexpr size_t kMostAdded = 600;  // to a function

// A look-up and its call in one block.
struct Site {
  int32_t block = 0;
  size_t from = 0, call = 0;
  hir::AttrRows rows;
  int32_t local = -1;  // where the object is; -1: on the stack
};

class Splitter {
 public:
  explicit Splitter(Function& f) : f_(f) {}

  bool run() {
    bool changed = false;
    for (size_t k = 0; k < f_.blocks.size(); k++)
      if (const std::optional<Site> site = find(f_.blocks[k])) {
        split(*site);
        changed = true;
      }
    return changed;
  }

 private:
  std::optional<Site> find(const Block& b) const {
    if (b.raised >= 0 || b.inlined >= 0) return std::nullopt;
    for (size_t k = 0; k < b.instrs.size(); k++) {
      if (b.instrs[k].op != Op::LoadMethod || b.instrs[k].site >= 0 || expected_.count(b.instrs[k].args[0])) continue;
      Site site;
      site.block = b.id;
      site.from = k;
      site.rows = hir::rows_at(f_.facts, b.instrs[k].pc);
      if (has_callees(b.instrs[k].pc) && find_call(b, site) && can_be_copied(b, site)) return site;
    }
    return std::nullopt;
  }

  // Methods of different classes, of which one at least can be taken in.
  bool has_callees(int32_t pc) const {
    return std::any_of(f_.calls.begin(), f_.calls.end(), [&](const hir::CalleeAt& call) {
      return call.pc >= pc + JJ_SITE_CLASS && call.pc < pc + JJ_SITE_CALLEE && (call.pc - pc) % JJ_SITE_RESULT == 0;
    });
  }

  bool find_call(const Block& b, Site& site) const {
    const int32_t d = b.instrs[site.from].imm[2];
    for (size_t k = site.from + 1; k < b.instrs.size(); k++) {
      const Instr& i = b.instrs[k];
      if (i.op == Op::LoadMethod && i.imm[2] <= d) return false;
      if (i.op != Op::Call || i.imm[0] != d) continue;
      site.call = k;
      const size_t size = k - site.from + 1;
      return i.id >= 0 && size <= kMostCopied && added_ + size * site.rows.size() <= kMostAdded;
    }
    return false;
  }

  // Apart from the object, and the result, it neither needs values from before nor leaves any.
  bool can_be_copied(const Block& b, Site& site) const {
    const ValueId object = b.instrs[site.from].args[0];
    std::set<ValueId> before, inside;
    std::set<int32_t> written;
    for (size_t k = 0; k < b.instrs.size(); k++) {
      const Instr& i = b.instrs[k];
      const bool copied = k >= site.from && k <= site.call;
      for (ValueId id : i.args) {
        if (id < 0) continue;
        if (k >= site.from && before.count(id) && (id != object || k != site.from)) return false;
        if (k > site.call && inside.count(id)) return false;
      }
      if (k < site.from && i.id == object && i.op == Op::LoadLocal) site.local = i.imm[0], written.clear();
      if (k < site.from && i.op == Op::StoreLocal) written.insert(i.imm[0]);
      if (i.id >= 0 && k < site.from) before.insert(i.id);
      if (i.id >= 0 && copied && k != site.call) inside.insert(i.id);
    }
    if (site.local >= 0) return !written.count(site.local);
    const auto definition =
        std::find_if(b.instrs.begin(), b.instrs.end(), [&](const Instr& i) { return i.id == object; });
    return definition != b.instrs.end() && hir::info(definition->op).result == hir::Result::Owned;
  }

  // -- the copies

  ValueId new_value() { return f_.nvalues++; }

  static Instr made(Op op, int32_t pc, int32_t imm = 0, ValueId arg = -1) {
    Instr i{};
    i.op = op;
    i.pc = pc;
    i.imm[0] = imm;
    i.args[0] = arg;
    return i;
  }

  // The object, to be looked at or (`take`) to be used up.
  Instr load(const Site& site, int32_t d, int32_t pc, bool take) {
    Instr i = site.local >= 0 ? made(Op::LoadLocal, pc, site.local) : made(take ? Op::TakeStack : Op::LoadStack, pc, d);
    i.id = new_value();
    return i;
  }

  Block& add_block(int32_t pc, int32_t depth) {
    Block b;
    b.id = static_cast<int32_t>(f_.blocks.size());
    b.pc = pc;
    b.depth = depth;
    f_.blocks.push_back(std::move(b));
    return f_.blocks.back();
  }

  void split(const Site& site) {
    const std::vector<Instr> instrs = f_.blocks[site.block].instrs;
    const Instr& method = instrs[site.from];
    const int32_t d = method.imm[2];
    const int32_t depth = d + (site.local < 0);
    const auto rest = static_cast<int32_t>(f_.blocks.size());
    add_rest(site, instrs);
    f_.blocks[site.block].instrs.resize(site.from);
    keep_object(f_.blocks[site.block].instrs, site, method, d);
    std::vector<int32_t> copies;
    for (const AttrSeen& row : site.rows) copies.push_back(add_copy(site, instrs, row, depth, rest));
    int32_t test = site.block;
    for (size_t k = 0; k + 1 < copies.size(); k++) {
      const int32_t other = k + 2 == copies.size() ? copies.back() : add_block(method.pc, depth).id;
      ask(test, site, d, site.rows[k], {copies[k], other});
      test = other;
    }
  }

  // What is done with the result is no part of the call any more, which is over.
  void add_rest(const Site& site, const std::vector<Instr>& instrs) {
    const Instr& call = instrs[site.call];
    Block& rest = add_block(call.pc, call.imm[0] + 1);
    Instr result = made(Op::TakeStack, -1, call.imm[0]);
    result.id = call.id;
    rest.succ = f_.blocks[site.block].succ;
    rest.instrs.push_back(result);
    rest.instrs.insert(rest.instrs.end(), instrs.begin() + static_cast<std::ptrdiff_t>(site.call) + 1, instrs.end());
    for (Instr& i : rest.instrs)
      if (i.pc == call.pc && i.state < 0) i.pc = -1;
  }

  // Where the object is a value, it goes back to the stack entry that it was taken from.
  static void keep_object(std::vector<Instr>& instrs, const Site& site, const Instr& method, int32_t d) {
    const ValueId object = method.args[0];
    if (site.local < 0) {
      instrs.push_back(made(Op::StoreStack, instrs.empty() ? method.pc : instrs.back().pc, d, object));
      return;
    }
    const bool used = std::any_of(instrs.begin(), instrs.end(), [&](const Instr& i) {
      return std::find(i.args.begin(), i.args.end(), object) != i.args.end();
    });
    if (!used) std::erase_if(instrs, [&](const Instr& i) { return i.id == object; });
  }

  // No part of any instruction: what follows begins one.
  void ask(int32_t block, const Site& site, int32_t d, const AttrSeen& row, std::array<int32_t, 2> ways) {
    const Instr object = load(site, d, -1, false);
    Instr is = made(Op::HasVersion, -1, static_cast<int32_t>(row.version), object.id);
    is.id = new_value();
    Block& b = f_.blocks[block];
    b.instrs.insert(b.instrs.end(), {object, is, made(Op::Branch, -1, 0, is.id)});
    b.succ = ways;
  }

  int32_t add_copy(const Site& site, const std::vector<Instr>& instrs, const AttrSeen& row, int32_t depth,
                   int32_t rest) {
    const Instr &method = instrs[site.from], &call = instrs[site.call];
    const Instr object = load(site, method.imm[2], method.pc, true);
    std::map<ValueId, ValueId> renamed{{method.args[0], object.id}};
    expected_.insert(object.id);
    Block& b = add_block(method.pc, depth);
    b.instrs = {object, made(Op::ExpectVersion, method.pc, static_cast<int32_t>(row.version), object.id)};
    for (size_t k = site.from; k <= site.call; k++) {
      Instr i = instrs[k];
      for (ValueId& id : i.args)
        if (id >= 0) id = renamed.at(id);
      if (i.id >= 0) i.id = renamed[i.id] = new_value();
      b.instrs.push_back(i);
    }
    b.instrs.push_back(made(Op::StoreStack, call.pc, method.imm[2], renamed.at(call.id)));
    b.instrs.push_back(made(Op::Jump, call.pc));
    b.succ = {rest, -1};
    added_ += b.instrs.size();
    return b.id;
  }

  Function& f_;
  size_t added_ = 0;
  std::set<ValueId> expected_;  // objects whose class a copy is for
};

}  // namespace

bool split_classes(Function& f) { return !f.calls.empty() && Splitter(f).run(); }

}  // namespace jj::passes
