// Keeps ints, floats, bools and the state of range iterators in registers: rewrites every block with what is known on
// entry, until the ways that meet in a block agree, then connects the blocks with phis.
//
// The function is rewritten from scratch in every round; the last one, in which no block's entry changed, stays.
#include <algorithm>
#include <map>
#include <set>

#include "hir/graph.h"
#include "passes/escapes.h"
#include "passes/liveness.h"
#include "passes/loop_stores.h"
#include "passes/passes.h"
#include "passes/unboxer.h"

namespace jj::passes {
namespace {

using hir::Block;
using hir::Instr;
using hir::Op;
using hir::ValueId;

constexpr int kFreeRounds = 8;  // from then on, what still changes stays in memory

// One way into a block where ways meet.
struct Edge {
  int32_t from = -1, slot = 0;  // block and which of its successors; -1: from outside (a loop head's entry)
  int32_t to = -1;
  Contents contents;
  bool check_locals = false, back = false, reached = false;
};

class Unbox {
 public:
  explicit Unbox(const hir::Function& in)
      : in_(in),
        live_(in),
        escapes_(in),
        order_(hir::reverse_postorder(in)),
        preds_(hir::predecessors(in)),
        stores_(in, preds_),
        only_from_roots_(hir::only_from_roots(in)),
        position_(in.blocks.size(), -1),
        head_state_(in.blocks.size(), -1),
        shapes_(in.blocks.size()),
        frozen_(in.blocks.size()) {
    for (size_t k = 0; k < order_.size(); k++) position_[order_[k]] = static_cast<int32_t>(k);
    Unboxer facts(in_, out_, live_, escapes_);
    for (const Block& b : in.blocks)
      if (is_loop_head(b) && !facts.has_exited(b.pc, JJ_EXIT_RANGE)) head_state_[b.id] = hir::state_at(in_, b.pc);
    for (const Block& b : in.blocks) units_.push_back(is_loop_head(b) && facts.may_be_unit(b.pc));
  }

  hir::Function run() {
    for (int round = 0; round_changes(round); round++) {}
    connect();
    return std::move(out_);
  }

 private:
  bool is_fixed(const Block& b) const { return b.id == 0 || b.handler || b.resume; }
  bool is_loop_head(const Block& b) const { return b.entry >= 1 && !is_fixed(b); }
  bool meets(const Block& b) const { return is_fixed(b) || is_loop_head(b) || preds_[b.id].size() != 1; }

  // -- one round

  bool round_changes(int round) {
    out_ = in_;
    out_.facts = {};
    for (Block& b : out_.blocks) {
      b.instrs.clear();
      if (position_[b.id] >= 0) continue;
      Instr never{};
      never.op = Op::Unreachable;
      b.instrs.push_back(never);
      b.succ = {-1, -1};
    }
    out_.nvalues = 0;
    edges_.clear();
    incoming_.assign(in_.blocks.size(), {});
    arrived_.assign(in_.blocks.size(), {});
    for (const Block& b : in_.blocks)
      if (is_loop_head(b) && !is_direct()) add({-1, 0, b.id, outside(b), false, false, true});
    Unboxer u(in_, out_, live_, escapes_);
    for (int32_t id : order_) rewrite(u, in_.blocks[id]);
    bool changed = false;
    for (int32_t id : order_)
      if (meets(in_.blocks[id]) && !is_in_call(in_.blocks[id]))
        changed |= update_shape(in_.blocks[id], round >= kFreeRounds);
    return changed;
  }

  void add(Edge edge) {
    incoming_[edge.to].push_back(edges_.size());
    edges_.push_back(std::move(edge));
  }

  void rewrite(Unboxer& u, const Block& b) {
    bool check_locals = false;
    Contents contents;
    const Instr* continued = nullptr;
    if (meets(b)) {
      if (is_in_call(b))  // all ways here have been walked in this round; what they stand for has new names
        shapes_[b.id] = meet_at(b);
      else if (shapes_[b.id].empty())
        update_shape(b, false);
      contents = with_phis(b);
    } else {
      contents = std::move(arrived_[b.id].contents);
      check_locals = arrived_[b.id].check_locals;
      const Block& before = in_.blocks[preds_[b.id][0]];
      if (!is_in_call(b) && before.inlined == b.inlined) continued = &before.instrs.back();
    }
    for (int32_t place = in_.nslots + b.depth; place < places(); place++)
      if (!holds(b, place)) contents[place] = Content{};
    u.start_block(b.id, std::move(contents), check_locals);
    u.set_inlined(b.inlined);
    if (b.id == 0 && is_direct()) u.take_parameters();
    u.run_block(b, continued);
    for (int k = 0; k < 2; k++)
      if (b.succ[k] >= 0) leave(u, b, k);
  }

  void leave(Unboxer& u, const Block& b, int k) {
    const int32_t to = b.succ[k];
    for (int32_t place = in_.nslots; place < places(); place++)  // nobody would give it up
      if (u.leaving[k][place].shelved && !holds(in_.blocks[to], place))
        throw InliningFailed{in_.inlined[b.inlined].key()};
    const bool back = position_[to] <= position_[b.id] && !only_from_roots_[b.id];
    Edge edge{b.id, k, to, u.leaving[k], u.check_locals(), back, true};
    if (meets(in_.blocks[to]))
      add(std::move(edge));
    else
      arrived_[to] = std::move(edge);
  }

  int32_t places() const { return in_.nslots + in_.stacksize; }
  // Part of an inlined call, where ways never lead back.
  bool is_in_call(const Block& b) const { return b.inlined >= 0 && in_.inlined[b.inlined].generator < 0; }
  // Stack entries of generators stay where they are, whatever the function's own depth is.
  bool holds(const Block& b, int32_t place) const {
    return place < in_.nslots + b.depth || hir::generator_of(in_, place);
  }
  bool is_direct() const { return in_.signature.result != hir::Result::None; }
  // The local, or a stack entry that stands for it (as in inlined calls), may be read before it is written.
  bool is_read(const Block& b, int32_t local) const {
    if (live_.at(b.id, local)) return true;
    for (size_t number : incoming_[b.id])
      for (int32_t place = in_.nslots; place < places(); place++)
        if (holds(b, place) && edges_[number].contents[place].stands_for(local)) return true;
    return false;
  }
  // Nothing reads the local any more; without a frame it need not be brought anywhere.
  bool is_dead(const Block& b, int32_t place) const {
    return is_direct() && place < in_.nslots && !live_.at(b.id, place);
  }

  // -- contents where ways meet

  // Everything is in memory; what the types may be is known from feedback.
  Contents outside(const Block& b) const {
    Contents contents(static_cast<size_t>(places()));
    const int32_t state = b.id == 0 ? -1 : hir::state_at(in_, b.pc);
    const int32_t pc = state < 0 ? -1 : in_.states[state].resume;
    if (b.id != 0 && state < 0) return contents;
    for (const hir::SlotTypes& t : in_.facts.slots)
      if (t.pc == pc && t.slot < places())
        for (const JJSeen& type : t.seen.types) contents[t.slot].likely |= bit(type.kind);
    if (b.id != 0) return contents;
    for (int32_t slot = in_.facts.unbound_from; slot < in_.facts.unbound_to; slot++) {
      contents[slot].type = JJ_TYPE_NULL;
      contents[slot].inert = true;
    }
    return contents;
  }

  // Answers whether the shape of the block's entry is another one now.
  bool update_shape(const Block& b, bool freeze) {
    Contents& shape = shapes_[b.id];
    if (places() == 0) return false;  // a frame without slots
    if (is_fixed(b)) {
      if (!shape.empty()) return false;
      shape = b.id == 0 ? outside(b) : Contents(static_cast<size_t>(places()));
      return true;
    }
    Contents met = meet_at(b);
    if (shape.empty()) {
      shape = std::move(met);
      return true;
    }
    std::set<int32_t>& frozen = frozen_[b.id];
    bool changed = false;
    for (int32_t place = 0; place < places(); place++) {
      if (frozen.count(place) || met[place].same_shape(shape[place])) continue;
      shape[place] = freeze ? Content{} : met[place];
      if (freeze) frozen.insert(place);
      changed = true;
    }
    return changed;
  }

  Contents meet_at(const Block& b) {
    Contents met(static_cast<size_t>(places()));
    // Whether a generator's frame may be looked into on the ways in, the entry that has it tells.
    for (const hir::Inlined& c : in_.inlined) {
      const int32_t place = in_.nslots + c.generator;
      if (c.generator >= 0 && holds(b, place))
        met[place] = meet_in(b, place, head_state_[b.id] >= 0 && may_look(place, met));
    }
    for (int32_t place = 0; place < places(); place++) {
      if (!holds(b, place)) continue;
      met[place] = meet_in(b, place, head_state_[b.id] >= 0 && may_look(place, met));
    }
    for (int32_t place = 1; place < places() && !is_direct(); place++)
      for (int32_t other = 0; other < place; other++)
        if (holds(b, place) && holds(b, other)) keep_object(b, other, place, met);
    return met;
  }

  bool may_look(int32_t place, const Contents& met) const {
    const hir::Inlined* generator = hir::generator_of(in_, place);
    return !generator || met[in_.nslots + generator->generator].waits >= 0;
  }

  Content meet_in(const Block& b, int32_t place, bool speculate) {
    std::vector<Incoming> ways;
    for (size_t number : incoming_[b.id]) {
      Edge& edge = edges_[number];
      if (edge.check_locals && head_state_[b.id] < 0)
        forget_locals(edge.contents, in_.nslots), edge.check_locals = false;
      ways.push_back({edge.contents[place], edge.back});
    }
    Content met;
    const bool local = place < in_.nslots;
    if (is_dead(b, place))
      met.type = JJ_TYPE_NULL, met.inert = true;
    else if (!ways.empty() && !frozen_[b.id].count(place))
      met = meet(ways, {speculate, !local || is_read(b, place), local, stores_.at(b.id, place), units_[b.id]});
    return met;
  }

  // Two places that have the same object on some ways. If it is on all, they share a register; else both are in memory.
  void keep_object(const Block& b, int32_t first, int32_t second, Contents& met) const {
    Content &one = met[first], &two = met[second];
    if (one.state == Content::Clean && two.state == Content::Clean) return;
    int same = 0, ways = 0;
    for (size_t number : incoming_[b.id]) {
      const Edge& edge = edges_[number];
      const Content &x = edge.contents[first], &y = edge.contents[second];
      const bool clean = x.state == Content::Clean && y.state == Content::Clean;
      same += !clean && x.kind != Kind::None && !is_canonical(x.kind) && x.kind == y.kind && x.value[0] == y.value[0];
      ways++;
    }
    if (!same || !can_tell(b, first) || !can_tell(b, second)) return;
    if (same == ways && one.state != Content::Maybe && two.state != Content::Maybe) {
      two.twin = one.twin >= 0 ? one.twin : first;
      return;
    }
    for (Content* c : {&one, &two}) {
      c->twin = -1;
      if (c->state != Content::Clean) *c = in_memory(*c);
    }
  }
  bool can_tell(const Block& b, int32_t place) const { return place >= in_.nslots || escapes_.at(b.id, place); }
  static Content in_memory(const Content& c) {
    Content clean;
    clean.likely = c.likely | bit(c.type);
    clean.inert = c.inert;
    return clean;
  }

  // The contents on entry, each register a phi whose operands come later.
  Contents with_phis(const Block& b) {
    Contents contents = shapes_[b.id];
    auto phi = [&](hir::Result type) {
      out_.blocks[b.id].phis.push_back({out_.nvalues, type, {}});
      return out_.nvalues++;
    };
    for (Content& c : contents) {
      if (c.twin >= 0)
        c.value = contents[c.twin].value;
      else
        for (int n = 0; n < values_of(c.kind); n++) c.value[n] = phi(result_of_kind(c.kind));
      if (c.merged) c.source = phi(hir::Result::Borrowed);
      c.merged = false;
      if (c.state == Content::Maybe) c.condition = phi(hir::Result::Cond);
      if (c.headed) c.header = {phi(hir::Result::Int), phi(hir::Result::Int)};
    }
    return contents;
  }

  // -- edges

  void connect() {
    Unboxer u(in_, out_, live_, escapes_);
    for (Edge& edge : edges_) {
      const Block& to = in_.blocks[edge.to];
      const int32_t id = place_of(edge);
      std::vector<Instr> end;
      if (edge.from == id) {
        end.push_back(out_.blocks[id].instrs.back());
        out_.blocks[id].instrs.pop_back();
      }
      u.start_edge(id, std::move(edge.contents), to.pc, head_state_[edge.to], edge.check_locals);
      u.set_inlined(to.inlined);
      bring_all(u, to, id);
      if (end.empty())
        u.emit(Op::Jump);
      else
        out_.blocks[id].instrs.push_back(end[0]);
    }
    // Only now, since operations name states by number.
    hir::drop_unused_states(out_, in_.states.size());
    for (Block& b : out_.blocks)
      if (is_direct() && b.id != 0) b.entry = -1;
    if (is_direct()) out_.nentries = 1;
    if (in_.real_stack < 0) return;
    out_.stacksize = hir::stack_in_memory(in_);
    for (Block& b : out_.blocks) b.depth = std::min(b.depth, in_.real_stack);
  }

  // The block on which the operations of an edge stand: its source, when it has no other successor, or a new one.
  int32_t place_of(const Edge& edge) {
    const Block& to = in_.blocks[edge.to];
    if (edge.from >= 0 && in_.blocks[edge.from].succ[1] < 0) return edge.from;
    Block b;
    b.id = static_cast<int32_t>(out_.blocks.size());
    b.pc = to.pc;
    b.depth = to.depth;
    b.succ[0] = to.id;
    if (edge.from < 0) {
      b.entry = to.entry;
      out_.blocks[to.id].entry = -1;
    } else {
      out_.blocks[edge.from].succ[edge.slot] = b.id;
    }
    out_.blocks.push_back(b);
    return b.id;
  }

  void bring_all(Unboxer& u, const Block& to, int32_t from) {
    const Contents& shape = shapes_[to.id];
    size_t next = 0;
    u.expect_generators(shape);
    for (int32_t place = 0; place < places(); place++) {
      std::array<ValueId, 4> operands;
      if (!holds(to, place) || is_dead(to, place)) continue;
      u.bring(place, shape[place], operands);
      const int registers = shape[place].headed ? 2 : values_of(shape[place].kind);
      for (int n = 0; n < registers && shape[place].twin < 0; n++)
        out_.blocks[to.id].phis[next++].args.push_back({from, operands[n]});
      if (shape[place].merged) out_.blocks[to.id].phis[next++].args.push_back({from, operands[2]});
      if (shape[place].state == Content::Maybe) out_.blocks[to.id].phis[next++].args.push_back({from, operands[3]});
    }
  }

  const hir::Function& in_;
  Liveness live_;
  Escapes escapes_;
  std::vector<int32_t> order_;
  std::vector<std::vector<int32_t>> preds_;
  LoopStores stores_;
  std::vector<bool> only_from_roots_;  // by block: what leads to a loop head from there comes from outside
  std::vector<int32_t> position_;      // in the order, -1: unreachable
  std::vector<int32_t> head_state_;    // by block: the state of a loop head where guards may stand, or -1
  std::vector<bool> units_;            // by block: of a loop head where ranges may be taken for unit ranges
  std::vector<Contents> shapes_;       // by block where ways meet
  std::vector<std::set<int32_t>> frozen_;
  std::vector<Edge> edges_;
  std::vector<std::vector<size_t>> incoming_;  // by target
  std::vector<Edge> arrived_;                  // by block with one predecessor
  hir::Function out_;
};

}  // namespace

std::optional<int32_t> try_unbox(const hir::Function& f) {
  try {
    Unbox(f).run();
    return std::nullopt;
  } catch (const InliningFailed& failed) { return failed.pc; }
}

bool unbox(hir::Function& f) {
  hir::Function out = Unbox(f).run();
  out.facts = std::move(f.facts);
  f = std::move(out);
  return true;
}

}  // namespace jj::passes
