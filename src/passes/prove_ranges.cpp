// Finds between which numbers every int in a register lies, and takes away the checks that this proves needless: overflow,
// divisors that are zero, signs of divisions, indices from the end, shifts out of range.
//
// Ranges come from constants, lengths, operations, and comparisons that control has passed. Around loops they grow in
// a few steps and then shrink again as far as one more look allows. What a loop's
// variables are on the way in is expected to lie where the loop itself leaves them: a guard makes sure.
#include <algorithm>
#include <map>
#include <utility>

#include "hir/graph.h"
#include "hir/proved.h"
#include "hir/verify_operands.h"
#include "passes/int_range.h"
#include "passes/passes.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr int kFreeRounds = 3, kMostRounds = 24, kShrinkingRounds = 2;
constexpr int64_t kExactFloat = int64_t{1} << 53;

// Where a bound that keeps growing stops for a while.
int64_t wider_high(int64_t v) {
  for (int64_t stop : {int64_t{255}, int64_t{INT32_MAX}, int64_t{1} << 53, int64_t{1} << 62})
    if (v <= stop) return stop;
  return INT64_MAX;
}
int64_t wider_low(int64_t v) { return v >= 0 ? 0 : v >= -1 ? -1 : v >= INT32_MIN ? INT32_MIN : INT64_MIN; }

class Ranges {
 public:
  explicit Ranges(hir::Function& f)
      : f_(f), preds_(hir::predecessors(f)), order_(hir::reverse_postorder(f)), dominators_(f) {
    ranges_.resize(static_cast<size_t>(f.nvalues));
    known_.assign(ranges_.size(), false);
    compares_.resize(ranges_.size(), nullptr);
    for (Block& b : f.blocks)
      for (Instr& i : b.instrs)
        if (i.op == Op::IntCompare || i.op == Op::IntTruth) compares_[i.id] = &i;
  }

  bool run() {
    find_handed_over();
    if (!settle()) return false;  // no answer
    for (bool resumes : {false, true}) {
      expect(resumes);
      if (!settle()) return false;
    }
    for (int round = 0; round < kShrinkingRounds; round++) look(Shrinking);
    bool changed = guard_entries();
    for (int32_t id : order_)
      for (Instr& i : f_.blocks[id].instrs) changed |= rewrite(i, id);
    return changed;
  }

 private:
  enum Mode { Growing, Widening, Shrinking };

  bool settle() {
    for (int round = 0; round < kMostRounds; round++)
      if (!look(round < kFreeRounds ? Growing : Widening)) return true;
    return false;
  }

  // -- numbers that come out of objects on the way to a loop: leaving there is leaving at the loop head

  struct Handed {
    int32_t block = -1, head = -1;
    ValueId phi = -1;
    bool resumes = false;  // baseline code goes on in the loop, with a value of the loop's
    IntRange range;        // expected
  };

  void find_handed_over() {
    for (const Block& b : f_.blocks) {
      if (b.succ[0] < 0 || b.succ[1] >= 0 || b.resume) continue;
      const Block& head = f_.blocks[b.succ[0]];
      if (head.phis.empty() || leaves_often(head.pc)) continue;
      for (const Instr& i : b.instrs) {
        if (i.op != Op::UnboxInt || i.state < 0 || f_.states[i.state].pc != head.pc || count_phis(i.id) != 1) continue;
        const ValueId phi = phi_of(i.id, head);
        if (phi < 0) continue;
        handed_over_[i.id] = {b.id, head.id, phi, b.entry >= 1, {}};
        known_[i.id] = true;
        ranges_[i.id] = IntRange::only(0);  // for a start
      }
    }
  }
  bool leaves_often(int32_t pc) const {
    uint32_t count = 0;
    for (const hir::ExitSeen& e : f_.facts.exits) count += e.pc == pc && e.kind == JJ_EXIT_RANGE ? e.count : 0;
    return count >= kManyExits;
  }
  int count_phis(ValueId id) const {
    int count = 0;
    for (const Block& b : f_.blocks)
      for (const hir::Phi& phi : b.phis)
        for (const hir::Phi::Arg& arg : phi.args) count += arg.value == id;
    return count;
  }
  static ValueId phi_of(ValueId id, const Block& head) {
    for (const hir::Phi& phi : head.phis)
      for (const hir::Phi::Arg& arg : phi.args)
        if (arg.value == id) return phi.id;
    return -1;
  }

  // What the loop itself makes tells what to expect on the way in, somewhat more in front of its first turn.
  void expect(bool resumes) {
    for (auto& [id, handed] : handed_over_) {
      if (handed.resumes != resumes) continue;
      handed.range = ranges_[handed.phi];
      if (!resumes) handed.range = {wider_low(handed.range.low), wider_high(std::max<int64_t>(handed.range.high, 256))};
      ranges_[id] = handed.range;
    }
  }

  bool guard_entries() {
    bool changed = false;
    for (const auto& [id, handed] : handed_over_) {
      if (handed.range == IntRange{}) continue;
      std::vector<Instr>& instrs = f_.blocks[handed.block].instrs;
      const auto at = std::find_if(instrs.begin(), instrs.end(), [&](const Instr& i) { return i.id == id; });
      Instr guard = *at;
      guard.op = Op::GuardWithin;
      guard.id = f_.nvalues++;
      guard.args = {id, -1, -1};
      const auto [low, high] = handed.range;
      guard.imm = {static_cast<int32_t>(low), static_cast<int32_t>(low >> 32), static_cast<int32_t>(high),
                   static_cast<int32_t>(high >> 32)};
      hir::FrameState state = f_.states[guard.state];
      state.exit = JJ_EXIT_RANGE;
      guard.state = static_cast<int32_t>(f_.states.size());
      f_.states.push_back(std::move(state));
      instrs.insert(at + 1, guard);
      for (hir::Phi& phi : f_.blocks[handed.head].phis)
        for (hir::Phi::Arg& arg : phi.args)
          if (arg.value == id) arg.value = guard.id;
      changed = true;
    }
    return changed;
  }

  bool look(Mode mode) {
    bool changed = false;
    for (int32_t id : order_) {
      const Block& b = f_.blocks[id];
      learn(id);
      for (const hir::Phi& phi : b.phis)
        if (phi.type == hir::Result::Int) changed |= set(phi.id, met(phi, id), mode);
      for (const Instr& i : b.instrs)
        if (i.id >= 0 && hir::info(i.op).result == hir::Result::Int) {
          if (!arrived(i) || handed_over_.count(i.id)) continue;
          changed |= set(i.id, made(i, id), mode == Widening ? Growing : mode);
        }
    }
    return changed;
  }

  // Operands that no way has reached yet.
  bool arrived(const Instr& i) const {
    for (int n = 0; n < hir::info(i.op).operands; n++)
      if (is_int(i, n) && !known_[i.args[n]]) return false;
    return true;
  }
  static bool is_int(const Instr& i, int n) { return i.args[n] >= 0 && hir::operand_type(i.op, n) == hir::Result::Int; }

  bool set(ValueId id, const IntRange& range, Mode mode) {
    IntRange now = range;
    if (known_[id] && mode != Shrinking) now = either(now, ranges_[id]);
    if (known_[id] && mode == Widening) {
      if (now.low < ranges_[id].low) now.low = wider_low(now.low);
      if (now.high > ranges_[id].high) now.high = wider_high(now.high);
    }
    if (known_[id] && now == ranges_[id]) return false;
    known_[id] = true;
    ranges_[id] = now;
    return true;
  }

  IntRange met(const hir::Phi& phi, int32_t block) const {
    IntRange all;
    bool first = true;
    for (const hir::Phi::Arg& arg : phi.args) {
      if (!known_[arg.value]) continue;
      IntRange one = at(arg.value, arg.block);
      if (auto [compare, holds] = condition_of(arg.block, block); compare)
        one = refined(arg.value, one, *compare, holds);
      all = first ? one : either(all, one);
      first = false;
    }
    return all;
  }

  IntRange made(const Instr& i, int32_t block) const {
    if (i.op == Op::SelectInt) return either(at(i.args[1], block), at(i.args[2], block));
    return range_of(i, operand(i, 0, block), operand(i, 1, block));
  }
  IntRange operand(const Instr& i, int n, int32_t block) const {
    return is_int(i, n) ? at(i.args[n], block) : IntRange{};
  }

  // -- what comparisons tell

  // The comparison that decides about the way from one block to another, and its answer there.
  std::pair<const Instr*, bool> condition_of(int32_t from, int32_t to) const {
    const Block& b = f_.blocks[from];
    const Instr& end = b.instrs.back();
    if (end.op != Op::Branch || b.succ[0] == b.succ[1]) return {nullptr, false};
    return {compares_[end.args[0]], b.succ[0] == to};
  }

  IntRange refined(ValueId id, const IntRange& range, const Instr& compare, bool holds) const {
    if (compare.op == Op::IntTruth) {
      if (compare.args[0] != id) return range;
      return where_compared(holds ? kNotEqual : kEqual, range, IntRange::only(0));
    }
    const int op = holds ? compare.imm[0] : kNegated[compare.imm[0]];
    const ValueId a = compare.args[0], b = compare.args[1];
    if (id == a && known_[b]) return where_compared(op, range, ranges_[b]);
    if (id == b && known_[a]) return where_compared(kSwapped[op], range, ranges_[a]);
    return range;
  }

  // What holds in the block and in those that it dominates.
  void learn(int32_t block) {
    if (hir::is_root(f_.blocks[block]) || preds_[block].size() != 1) return;
    const auto [compare, holds] = condition_of(preds_[block][0], block);
    if (!compare) return;
    for (ValueId id : compare->args)
      if (id >= 0 && known_[id] && compare->op != Op::FloatCompare)
        facts_[id][block] = refined(id, IntRange{}, *compare, holds);
  }

  IntRange at(ValueId id, int32_t block) const {
    IntRange range = ranges_[id];
    const auto facts = facts_.find(id);
    if (facts == facts_.end()) return range;
    for (const auto& [where, fact] : facts->second)
      if (dominators_.dominates(where, block)) range = both(range, fact);
    return range;
  }

  // -- what is proved

  bool rewrite(Instr& i, int32_t block) {
    if (!arrived(i)) return false;
    const IntRange a = operand(i, 0, block), b = operand(i, 1, block);
    switch (i.op) {
      case Op::IntAdd:
      case Op::IntSub:
      case Op::IntMul: return always_fits(i.op, a, b) && becomes(i, unchecked(i.op), {1});
      case Op::IntFloorDiv:
      case Op::IntMod: return proves(i, division(a, b));
      case Op::IntLshift: return proves(i, shift(a, b));
      case Op::IntRshift: return proves(i, b.within(0, 63) ? hir::kCountFits : 0);
      case Op::ItemIndex: return proves(i, a.low >= 0 ? hir::kNotNegative : 0);
      case Op::IntTrueDiv: {
        const bool exact = a.within(-kExactFloat, kExactFloat) && b.within(-kExactFloat, kExactFloat);
        return proves(i, (b.has(0) ? 0 : hir::kNotZero) | (exact ? hir::kExact : 0));
      }
      case Op::IntToFloatExact: return a.within(-kExactFloat, kExactFloat) && becomes(i, Op::IntToFloat, {});
      case Op::IntCompare: {
        const int answer = decided(i.imm[0], a, b);
        return answer >= 0 && becomes(i, Op::CondConst, {answer});
      }
      default: return false;
    }
  }

  static int division(const IntRange& a, const IntRange& b) {
    int proved = 0;
    const bool unsigned_half = a.within(0, UINT32_MAX) && b.within(0, UINT32_MAX);
    if (!b.has(0)) proved |= hir::kNotZero;
    if (a.low > INT64_MIN || !b.has(-1)) proved |= hir::kFits;
    if (a.low >= 0 && b.low >= 0) proved |= hir::kNotNegative;
    if (b.low >= 0) proved |= hir::kDivisorPositive;
    if (a.within(INT32_MIN + 1, INT32_MAX) && b.within(INT32_MIN + 1, INT32_MAX)) proved |= hir::kHalf;
    if (unsigned_half) proved |= hir::kHalf;
    return proved;
  }
  static int shift(const IntRange& a, const IntRange& count) {
    if (!count.within(0, 62)) return 0;
    const int64_t most = INT64_MAX >> count.high;
    return hir::kCountFits | (a.within(-most - 1, most) ? hir::kFits : 0);
  }
  static bool proves(Instr& i, int proved) {
    const bool news = i.imm[0] != proved;
    i.imm[0] = proved;
    return news;
  }

  static Op unchecked(Op op) {
    return op == Op::IntAdd ? Op::IntAddWrap : op == Op::IntSub ? Op::IntSubWrap : Op::IntMulWrap;
  }
  static bool becomes(Instr& i, Op op, std::array<int32_t, 4> imm) {
    i.op = op;
    i.imm = imm;
    i.state = -1;
    for (size_t n = static_cast<size_t>(hir::info(op).operands); n < i.args.size(); n++) i.args[n] = -1;
    return true;
  }

  enum { kEqual = 2, kNotEqual = 3 };
  static constexpr int kNegated[] = {5, 4, 3, 2, 1, 0}, kSwapped[] = {4, 5, 2, 3, 0, 1};

  hir::Function& f_;
  std::vector<std::vector<int32_t>> preds_;
  std::vector<int32_t> order_;
  hir::Dominators dominators_;
  std::vector<IntRange> ranges_;  // by value
  std::vector<bool> known_;       // some way leads to it
  std::vector<const Instr*> compares_;
  std::map<ValueId, Handed> handed_over_;
  std::map<ValueId, std::map<int32_t, IntRange>> facts_;  // by value: what holds from a block on
};

}  // namespace

bool prove_ranges(hir::Function& f) { return Ranges(f).run(); }

}  // namespace jj::passes
