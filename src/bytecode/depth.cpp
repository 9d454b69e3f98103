// Follows control flow to find the stack depth before every reachable instruction and, on 3.10, the block stack.
#include "bytecode/steps.h"

namespace jj::bytecode {
namespace {

// Entries that a 3.10 handler starts with: the exception and the one it replaces, three each.
constexpr int32_t kTriples = 6;
constexpr int32_t kGenerator = 0x20 | 0x80 | 0x200;  // co_flags of generators, coroutines, asynchronous generators

// Depth at the jump target; `after` is the depth on the fall-through path.
int32_t depth_at_target(const Instr& i, int32_t before, int32_t after) {
  switch (i.op) {
    case Op::ForIter: return before - 1;
    case Op::JumpIfTrueOrPop:
    case Op::JumpIfFalseOrPop: return before;
    case Op::Send: return before - i.arg;
    default: return after;
  }
}

class Walker {
 public:
  explicit Walker(Code& code) : code_(code), blocks_(code.input.python == 310) {}

  Failure run() {
    const bool sent_value = blocks_ && (code_.input.flags & kGenerator);
    enter(0, sent_value, -1, code_.instrs[0]);
    while (!pending_.empty() && !failure_) {
      int32_t k = pending_.back();
      pending_.pop_back();
      visit(k);
    }
    return failure_;
  }

 private:
  void fail(const Instr& i, const char* what) {
    if (!failure_) failure_ = error_at(code_, i, what);
  }

  // Control reaches instruction k from `from`.
  void enter(int32_t k, int32_t depth, int32_t region, const Instr& from) {
    if (failure_) return;
    if (k >= static_cast<int32_t>(code_.instrs.size())) return fail(from, "control runs off the end of the code");
    if (depth > code_.input.stacksize) return fail(from, "the stack grows beyond its declared size");
    if (code_.depth[k] < 0) {
      code_.depth[k] = depth;
      if (blocks_) code_.region_of[k] = region;
      pending_.push_back(k);
    } else if (code_.depth[k] != depth) {
      fail(from, "the stack has another depth on another path to the next instruction");
    } else if (blocks_ && code_.region_of[k] != region) {
      fail(from, "the block stack differs on another path to the next instruction");
    }
  }

  void visit(int32_t k) {
    const Instr& i = code_.instrs[k];
    const int32_t before = code_.depth[k];
    if (before < op_pops(i) + op_looks(i)) return fail(i, "the stack holds too few entries");
    const int32_t after = before - op_pops(i) + op_pushes(i);
    if (after > code_.input.stacksize) return fail(i, "the stack grows beyond its declared size");
    int32_t region = code_.region_of[k];
    if (region >= 0 && !fits_region(i, before, code_.regions[region])) return;
    if (blocks_ && !change_blocks(i, before, region)) return;
    if (!blocks_ && region >= 0) enter_handler(i, code_.regions[region]);
    const OpKind kind = op_kind(i.op);
    const bool is_setup = kind == OpKind::Block && i.target >= 0;
    if (i.target >= 0 && !is_setup) enter(code_.at[i.target], depth_at_target(i, before, after), region, i);
    if (kind == OpKind::Jump || kind == OpKind::Return || kind == OpKind::Raise || i.op == Op::Unknown) return;
    enter(k + 1, after, region, i);
  }

  // Unwinding only takes entries off, so an error must find those that its handler keeps.
  bool fits_region(const Instr& i, int32_t before, const Region& region) {
    // These cannot fail with their operands gone: what is thrown into a generator finds the value sent in place.
    const bool keeps =
        op_kind(i.op) == OpKind::Block || i.op == Op::EndAsyncFor || i.op == Op::PushExcInfo || i.op == Op::YieldValue;
    const int32_t kept = region.depth + (region.kind == RegionKind::Except310 ? kTriples / 2 : 0);
    if (before - (keeps ? 0 : op_pops(i)) < kept) fail(i, "the stack is lower than its handler expects");
    return !failure_;
  }

  void enter_handler(const Instr& i, const Region& region) {
    enter(code_.at[region.target], region.depth + region.push_lasti + 1, -1, i);
  }

  // 3.10: what the instruction does to the block stack, whose top is `region`.
  bool change_blocks(const Instr& i, int32_t before, int32_t& region) {
    switch (i.op) {
      case Op::SetupFinally:
      case Op::SetupWith: region = open_block(i, before, region); break;
      case Op::SetupAsyncWith:
        if (before < 1) fail(i, "the stack holds too few entries");
        region = open_block(i, before - 1, region);
        break;
      case Op::PopBlock: close_block(i, RegionKind::Finally310, region); break;
      case Op::PopExceptBlock:
      case Op::EndAsyncFor: close_block(i, RegionKind::Except310, region); break;
      case Op::ReraiseTriple:
        if (i.arg != 0 && region < 0) fail(i, "no block is open");
        break;
      default: break;
    }
    return !failure_;
  }

  // Opens a block around what follows; its handler runs inside a block of its own at the same level.
  int32_t open_block(const Instr& i, int32_t level, int32_t parent) {
    int32_t block = intern({RegionKind::Finally310, i.target, level, false, parent});
    int32_t handler = intern({RegionKind::Except310, -1, level, false, parent});
    enter(code_.at[i.target], level + kTriples, handler, i);
    return block;
  }

  void close_block(const Instr& i, RegionKind kind, int32_t& region) {
    if (region < 0 || code_.regions[region].kind != kind) return fail(i, "no block of this kind is open");
    region = code_.regions[region].parent;
  }

  // Equal blocks are one region, so that paths through duplicated code meet with equal block stacks.
  int32_t intern(const Region& r) {
    for (size_t k = 0; k < code_.regions.size(); k++) {
      const Region& o = code_.regions[k];
      if (o.kind == r.kind && o.target == r.target && o.depth == r.depth && o.parent == r.parent)
        return static_cast<int32_t>(k);
    }
    code_.regions.push_back(r);
    return static_cast<int32_t>(code_.regions.size() - 1);
  }

  Code& code_;
  const bool blocks_;
  std::vector<int32_t> pending_;
  Failure failure_;
};

}  // namespace

Failure follow_stack(Code& code) { return Walker(code).run(); }

}  // namespace jj::bytecode
