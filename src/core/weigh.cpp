// Weighs what the passes of the optimising tier have achieved.
#include "core/weigh.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "hir/stack_helpers.h"

namespace jj::core {
namespace {

constexpr int64_t kLoopWeight = 8;  // what one level of loops stands for
constexpr int kDeepest = 3;

using Blocks = std::vector<std::vector<size_t>>;

// For every loop head the blocks from which control comes back to it.
class Loops {
 public:
  explicit Loops(const hir::Function& f) : f_(f), from_(f.blocks.size()), back_(f.blocks.size()) {
    for (size_t k = 0; k < f.blocks.size(); k++)
      for (const int32_t to : f.blocks[k].succ)
        if (to >= 0) from_[static_cast<size_t>(to)].push_back(k);
    std::vector<State> states(f.blocks.size());
    for (size_t k = 0; k < f.blocks.size(); k++) find_from(k, states);
  }

  // In how many loops each block is.
  std::vector<int> depths() const {
    std::vector<int> result(from_.size());
    for (size_t head = 0; head < back_.size(); head++) {
      if (back_[head].empty()) continue;
      std::vector<char> inside(from_.size());
      inside[head] = 1;
      std::vector<size_t> open = back_[head];
      while (!open.empty()) {
        const size_t k = open.back();
        open.pop_back();
        if (inside[k]) continue;
        inside[k] = 1;
        open.insert(open.end(), from_[k].begin(), from_[k].end());
      }
      for (size_t k = 0; k < result.size(); k++) result[k] += inside[k];
    }
    return result;
  }

 private:
  enum class State : uint8_t { New, Open, Done };

  void find_from(size_t root, std::vector<State>& states) {
    if (states[root] != State::New) return;
    std::vector<std::pair<size_t, size_t>> path{{root, 0}};  // blocks, and how many of their successors were seen
    states[root] = State::Open;
    while (!path.empty()) {
      auto& [block, seen] = path.back();
      const auto& next = f_.blocks[block].succ;
      if (seen == std::size(next)) {
        states[block] = State::Done;
        path.pop_back();
        continue;
      }
      const int32_t to = next[seen++];
      if (to < 0) continue;
      const auto k = static_cast<size_t>(to);
      if (states[k] == State::Open) back_[k].push_back(block);
      if (states[k] != State::New) continue;
      states[k] = State::Open;
      path.emplace_back(k, 0);
    }
  }

  const hir::Function& f_;
  Blocks from_, back_;  // predecessors; by loop head
};

bool is_call(const hir::Instr& i) {
  const bool polls = i.op == hir::Op::Poll || i.op == hir::Op::PollPending;
  return hir::info(i.op).effects == hir::Effects::Raises && !polls;
}

// Work that baseline code would have left to a helper.
bool is_register_work(const hir::Instr& i) {
  using hir::Op;
  const hir::OpInfo& row = hir::info(i.op);
  const bool unboxes = i.op == Op::UnboxInt || i.op == Op::UnboxFloat || i.op == Op::UnboxBool ||
                       i.op == Op::UnboxChar || i.op == Op::UnboxUint || i.op == Op::UnboxComplex;
  const bool number = hir::is_plain(row.result) && row.result != hir::Result::Cond;
  const bool compares = i.op == Op::IntCompare || i.op == Op::FloatCompare || i.op == Op::CharIn ||
                        i.op == Op::StrEqual || i.op == Op::ListPush || i.op == Op::KeyIn || i.op == Op::IntIn ||
                        i.op == Op::IsInstance || i.op == Op::DictPut || i.op == Op::DictPutInt;
  const bool cells = i.op == Op::CellPeek || i.op == Op::FreePeek;  // what looking into them saves is little
  const bool looks =
      row.result == hir::Result::Borrowed && !cells && (row.effects == hir::Effects::Exits || i.op == Op::ItemPeek);
  const bool calls =
      i.op == Op::DirectInt || i.op == Op::DirectFloat || i.op == Op::DirectCond || i.op == Op::GuardUnwatched;
  const bool feeds = i.op == Op::Feed || i.op == Op::FeedInt || i.op == Op::FeedFloat;
  const bool methods =
      i.op == Op::CallMethod0 || i.op == Op::CallMethod1 || i.op == Op::CallMethod2 || i.op == Op::KeyMethod;
  const bool stores = i.op == Op::SlotStore || i.op == Op::ValueStore || i.op == Op::DictStore ||
                      i.op == Op::PolyStore || i.op == Op::SlotInit || i.op == Op::ValueInit;
  const bool big = i.op == Op::BigBinary || i.op == Op::BigByInt || i.op == Op::BigOfInts;
  return calls || methods || stores || feeds || big ||
         (!unboxes && ((number && row.operands > 0) || compares || looks));
}

enum class Hope : uint8_t { Gains, Stays, Free };

// What may become of baseline code's operations at best.
Hope hope_of(const hir::Instr& i) {
  using hir::Op;
  switch (i.op) {
    case Op::Binary:
    case Op::BinaryInto:
    case Op::Unary:
    case Op::Compare:
    case Op::CompareCond:
    case Op::Subscr:
    case Op::StoreSubscr:
    case Op::LoadAttr:
    case Op::StoreAttr:
    case Op::Feed:
    case Op::Contains:
    case Op::LoadMethod:
    case Op::LoadSuperMethod:
    case Op::LoadDeref:
    case Op::LoadGlobal: return Hope::Gains;
    case Op::StackOp:
      return hir::keyword_call_layout(i.imm[0]) >= 0 || hir::star_call_layout(i.imm[0]) >= 0 ? Hope::Free : Hope::Stays;
    case Op::GetIter: return Hope::Stays;
    default: return Hope::Free;  // what is called may take the place of its call
  }
}

// Arithmetic, comparisons and items: what gains most if the operands turn out to be numbers.
bool may_be_of_numbers(const hir::Instr& i) {
  using hir::Op;
  return hope_of(i) == Hope::Gains && i.op != Op::LoadAttr && i.op != Op::StoreAttr && i.op != Op::LoadGlobal &&
         i.op != Op::LoadDeref;
}

// Calls and attributes, which code of small functions consists of: what is called may take the place of its call.
bool is_of_objects(const hir::Instr& i) {
  using hir::Op;
  return i.op == Op::Call || i.op == Op::LoadAttr || i.op == Op::StoreAttr || i.op == Op::LoadMethod ||
         i.op == Op::LoadSuperMethod;
}

// The blocks that control gets to while nothing is raised.
std::vector<bool> without_exceptions(const hir::Function& f) {
  std::vector<bool> reached(f.blocks.size());
  std::vector<size_t> open;
  auto enter = [&](size_t k) {
    if (!reached[k]) open.push_back(k);
    reached[k] = true;
  };
  enter(0);
  for (size_t k = 0; k < f.blocks.size(); k++)
    if (f.blocks[k].resume) enter(k);
  while (!open.empty()) {
    const size_t k = open.back();
    open.pop_back();
    for (const int32_t to : f.blocks[k].succ)
      if (to >= 0) enter(static_cast<size_t>(to));
  }
  return reached;
}

// Calls visit(instruction, weight) for every instruction outside of handlers.
template <typename Visit>
void weigh(const hir::Function& f, Visit visit) {
  const std::vector<int> depths = Loops(f).depths();
  const std::vector<bool> usual = without_exceptions(f);
  for (size_t k = 0; k < f.blocks.size(); k++) {
    if (!usual[k]) continue;
    int64_t weight = 1;
    for (int level = std::min(depths[k], kDeepest); level > 0; level--) weight *= kLoopWeight;
    for (const hir::Instr& i : f.blocks[k].instrs) visit(i, weight);
  }
}

struct Work {
  int64_t in_registers = 0, calls = 0;
};

Work work_of(const hir::Function& f) {
  Work work;
  weigh(f, [&](const hir::Instr& i, int64_t weight) {
    work.in_registers += is_register_work(i) ? weight : 0;
    work.calls += is_call(i) ? weight : 0;
  });
  return work;
}

}  // namespace

bool is_worth_it(const hir::Function& f) {
  const Work work = work_of(f);
  return work.in_registers > 0 && work.in_registers >= work.calls;
}

bool is_mostly_in_registers(const hir::Function& f) {
  constexpr int64_t kMostly = 2;
  const Work work = work_of(f);
  return work.in_registers >= kMostly * work.calls;
}

// Whose arguments may need no tuple and no dict, where the function stands in place of a call.
static bool has_star_call(const hir::Function& f) {
  for (const hir::Block& b : f.blocks)
    for (const hir::Instr& i : b.instrs)
      if (i.op == hir::Op::StackOp && hir::star_call_layout(i.imm[0]) >= 0) return true;
  return false;
}

int32_t possible_gain(const hir::Function& f) {
  constexpr int64_t kMost = 2;  // operations on registers that come from one of baseline's
  constexpr int64_t kLeastGain = 10, kNumbersGain = 15, kObjectsGain = 20;
  int64_t gains = 0, stays = 0, numbers = 0, objects = 0, all = 0;
  const bool spreads = has_star_call(f);
  weigh(f, [&](const hir::Instr& i, int64_t weight) {
    const bool hands_over = spreads && i.op == hir::Op::StackOp && hir::gathers_arguments(i.imm[0]);
    const Hope hope = hands_over ? Hope::Free : hope_of(i);
    gains += hope == Hope::Gains ? weight : 0;
    stays += hope == Hope::Stays ? weight : 0;
    numbers += may_be_of_numbers(i) ? weight : 0;
    objects += is_of_objects(i) ? weight : 0;
    all += hope != Hope::Free || i.op == hir::Op::Call ? weight : 0;
  });
  if (gains == 0 || kMost * gains < stays) return 0;
  return static_cast<int32_t>(kLeastGain + (kNumbersGain * numbers + kObjectsGain * objects) / all);
}

Lengths lengths_of(const bytecode::Code& code) {
  const size_t n = code.instrs.size();
  std::vector<size_t> ends(n, 0);  // of the loop that begins there: behind its last back-edge
  for (size_t k = 0; k < n; k++) {
    if (code.depth[k] < 0 || code.instrs[k].target < 0) continue;
    const auto head = static_cast<size_t>(code.at[static_cast<size_t>(code.instrs[k].target)]);
    if (head <= k) ends[head] = std::max(ends[head], k + 1);
  }
  Lengths lengths;
  int32_t loops = 0;
  size_t inside_until = 0;
  for (size_t k = 0; k < n; k++) {
    if (code.depth[k] < 0) continue;
    loops += ends[k] != 0;
    inside_until = std::max(inside_until, ends[k]);
    (k < inside_until ? lengths.loop : lengths.call)++;
  }
  if (loops) lengths.loop = std::max(lengths.loop / loops, 1);
  return lengths;
}

}  // namespace jj::core
