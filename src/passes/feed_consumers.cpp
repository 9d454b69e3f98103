// Lets a generator that a builtin consumes (sum, any, list, ...) hand over what it yields without being suspended: in front
// of a Suspend the consumer is asked whether it takes the value, and where it does, the generator goes on at once, as if it
// had been resumed.
#include <algorithm>
#include <map>

#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Instr;
using hir::Op;
using hir::ValueId;

bool yields(const Block& b) {
  return !b.instrs.empty() && b.instrs.back().op == Op::Suspend && !b.instrs.back().imm[1];
}

class Feeder {
 public:
  explicit Feeder(hir::Function& f) : f_(f) {}

  bool run() {
    bool changed = false;
    const size_t count = f_.blocks.size();
    for (size_t k = 0; k < count; k++) {
      if (!yields(f_.blocks[k])) continue;
      const Instr suspend = f_.blocks[k].instrs.back();
      const auto resumed = std::find_if(f_.blocks.begin(), f_.blocks.end(),
                                        [&](const Block& b) { return b.resume && b.pc == suspend.imm[2]; });
      if (resumed == f_.blocks.end() || resumed->depth != suspend.imm[0] + 1) continue;
      split(k, suspend, *resumed);
      changed = true;
    }
    return changed;
  }

 private:
  // The value waits on the stack until it is decided where it goes.
  void split(size_t number, const Instr& suspend, const Block& resumed) {
    const auto goes_on = static_cast<int32_t>(f_.blocks.size()), waits = goes_on + 1;
    const int32_t d = suspend.imm[0], pc = suspend.pc;
    Block on = block(goes_on, resumed.pc, d), wait = block(waits, pc, d);
    add(on, pc, Op::Drop, 0, {take(on, pc, d)});
    const ValueId none = add(on, pc, Op::NoneObject, 0, {});
    add(on, pc, Op::StoreStack, d, {add(on, pc, Op::Retain, 0, {none})});
    copy(on, resumed);
    const ValueId value = take(wait, pc, d);
    wait.instrs.push_back(suspend);
    wait.instrs.back().args[0] = value;
    Block& b = f_.blocks[number];
    b.instrs.pop_back();
    add(b, pc, Op::StoreStack, d, {suspend.args[0]});
    const ValueId taken = add(b, pc, Op::Feed, 0, {add(b, pc, Op::LoadStack, d, {})});
    add(b, pc, Op::Branch, 0, {taken});
    b.succ = {goes_on, waits};
    f_.blocks.push_back(std::move(on));
    f_.blocks.push_back(std::move(wait));
  }

  static Block block(int32_t id, int32_t pc, int32_t d) {
    Block b;
    b.id = id;
    b.pc = pc;
    b.depth = d + 1;
    return b;
  }

  ValueId add(Block& b, int32_t pc, Op op, int32_t imm, std::initializer_list<ValueId> args) {
    Instr i{};
    i.op = op;
    i.pc = pc;
    i.imm[0] = imm;
    std::copy(args.begin(), args.end(), i.args.begin());
    if (hir::info(op).result != hir::Result::None) i.id = f_.nvalues++;
    b.instrs.push_back(i);
    return i.id;
  }
  ValueId take(Block& b, int32_t pc, int32_t d) { return add(b, pc, Op::TakeStack, d, {}); }

  // What the resumed generator does, but for the poll of its entry: the consumer has called nobody.
  void copy(Block& to, const Block& from) {
    std::map<ValueId, ValueId> renamed;
    for (Instr i : from.instrs) {
      if (i.op == Op::Poll && i.imm[0] == 0) continue;
      for (ValueId& arg : i.args)
        if (arg >= 0) arg = renamed.at(arg);
      if (i.id >= 0) i.id = renamed[i.id] = f_.nvalues++;
      to.instrs.push_back(i);
    }
    to.succ = from.succ;
  }

  hir::Function& f_;
};

}  // namespace

bool feed_consumers(hir::Function& f) { return Feeder(f).run(); }

}  // namespace jj::passes
