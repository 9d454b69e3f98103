// One LOWER per HIR operation. Those of values in registers are in typed_*.cpp.
#include "lower/feeds.h"

namespace jj::lower {
namespace {

void release_owned(Emitter& e, const Instr& i, int operands) {
  for (int n = 0; n < operands; n++)
    if (e.owned(i, n)) e.decref(e.arg(i, n), i.pc);
}

// Rows of a family that stand in the order of the kind they are selected by.
Helper member(Helper first, int kind) { return static_cast<Helper>(static_cast<int>(first) + kind); }
static_assert(static_cast<int>(Helper::jj_binary_xor) - static_cast<int>(Helper::jj_binary_add) == 12);
static_assert(static_cast<int>(Helper::jj_binary_xor_into) - static_cast<int>(Helper::jj_binary_add_into) == 12);
static_assert(static_cast<int>(Helper::jj_cond_ge) - static_cast<int>(Helper::jj_cond_lt) == 5);
static_assert(static_cast<int>(Helper::jj_call_self_second) - static_cast<int>(Helper::jj_call_plain) == 2);

}  // namespace

// -- slots

LOWER(LoadLocal) { e.define(i, e.load_slot(i.imm[0])); }

LOWER(CheckBound) {
  llvm::BasicBlock* unbound = e.cold_block("unbound");
  llvm::BasicBlock* next = e.hot_block("go");
  e.branch_hot(e.b.CreateIsNotNull(e.arg(i, 0)), next, unbound);
  e.enter(unbound);
  e.call(Helper::jj_unbound_local, {e.frame(), e.int32(i.imm[0]), e.int32(i.pc)});
  e.b.CreateBr(e.err());
  e.enter(next);
}

LOWER(TakeLocal) {
  e.define(i, e.load_slot(i.imm[0]));
  e.store_slot(null_object(e), i.imm[0]);
}

// The new value is in place before the old one's finaliser can look.
LOWER(StoreLocal) {
  Value* old = e.load_slot(i.imm[0]);
  e.store_slot(e.arg(i, 0), i.imm[0]);
  e.decref_or_null(old, i.pc);
}

LOWER(LoadConst) {
  const auto& constants = e.function().facts.constants;
  const auto index = static_cast<size_t>(i.imm[0]);
  const uint8_t kind = index < constants.size() ? constants[index].kind : JJ_TYPE_OTHER;
  if (kind == JJ_TYPE_BOOL || kind == JJ_TYPE_NONE) e.set_immortal(i);
  if (index < constants.size() && constants[index].object)
    return e.define(i, e.b.CreateIntToPtr(e.int64(constants[index].object), e.b.getPtrTy()));
  e.define(i, e.load_ptr(e.code_data(), e.const_offset(i.imm[0]), Memory::Code));
}
LOWER(LoadNull) { e.define(i, null_object(e)); }
LOWER(LoadStack) { e.define(i, e.load_stack(i.imm[0])); }
LOWER(TakeStack) { e.define(i, e.load_stack(i.imm[0])); }
LOWER(StoreStack) { e.store_slot(e.arg(i, 0), e.function().nslots + i.imm[0]); }

// -- references

LOWER(Retain) {
  if (!e.immortal(i, 0)) e.incref(e.arg(i, 0));
  e.define(i, e.arg(i, 0));
}
LOWER(RetainOrNull) {
  e.define(i, e.arg(i, 0));
  e.incref_or_null(e.arg(i, 0));
}
LOWER(Release) { e.decref(e.arg(i, 0), i.pc); }
LOWER(ReleaseOrNull) { e.decref_or_null(e.arg(i, 0), i.pc); }

// -- what is asserted

LOWER(CheckNumber) {
  e.call_status_or_err(Helper::jj_check_number,
                       {e.frame(), e.arg(i, 0), e.site(i, {1}), e.int32(i.imm[0]), e.int32(i.imm[1])});
}
LOWER(WrapInt) { e.define(i, e.call_or_err(Helper::jj_wrap_int, {e.frame(), e.arg(i, 0), e.site(i, {1})})); }

// -- operators

LOWER(Binary) {
  Helper helper = member(Helper::jj_binary_add, i.imm[0]);
  e.define(i, e.call_or_err(helper, {e.frame(), e.arg(i, 0), e.arg(i, 1), e.site(i, {1, 2}, i.imm[1] ? 8 : 0)}));
}
LOWER(BinaryInto) {
  e.call_status_or_err(
      member(Helper::jj_binary_add_into, i.imm[0]),
      {e.frame(), e.arg(i, 0), e.arg(i, 1), e.site(i, {1, 2}, i.imm[1] ? 8 : 0), e.int32(i.imm[2]), e.int32(i.imm[3])});
}
LOWER(Unary) {
  e.define(i, e.call_or_err(Helper::jj_unary, {e.frame(), e.arg(i, 0), e.site(i, {1}), e.int32(i.imm[0])}));
}
LOWER(Compare) {
  e.define(i, e.call_or_err(Helper::jj_compare,
                            {e.frame(), e.arg(i, 0), e.arg(i, 1), e.site(i, {1, 2}), e.int32(i.imm[0])}));
}
LOWER(CompareCond) {
  e.define(i, e.call_status_or_err(member(Helper::jj_cond_lt, i.imm[0]),
                                   {e.frame(), e.arg(i, 0), e.arg(i, 1), e.site(i, {1, 2})}));
}
LOWER(Contains) {
  e.define(i, e.call_status_or_err(Helper::jj_contains, {e.frame(), e.arg(i, 0), e.arg(i, 1), e.site(i, {1, 2})}));
}
LOWER(Identical) {
  e.define(i, condition(e, e.b.CreateICmpEQ(e.arg(i, 0), e.arg(i, 1))));
  release_owned(e, i, 2);
}
LOWER(IsNone) {
  e.define(i, condition(e, e.b.CreateICmpEQ(e.arg(i, 0), e.data(Data::jj_none))));
  release_owned(e, i, 1);
}
LOWER(Truth) { e.define(i, e.call_status_or_err(Helper::jj_truth, {e.frame(), e.arg(i, 0), e.site(i, {1})})); }
LOWER(NotCond) { e.define(i, e.b.CreateXor(e.arg(i, 0), e.int32(1))); }
LOWER(BoolObject) {
  Value* yes = e.data(Data::jj_true);
  Value* no = e.data(Data::jj_false);
  e.define(i, e.b.CreateSelect(test(e, e.arg(i, 0)), yes, no));
}
LOWER(Subscr) {
  e.define(i, e.call_or_err(Helper::jj_subscr, {e.frame(), e.arg(i, 0), e.arg(i, 1), e.site(i, {1, 2})}));
}
LOWER(StoreSubscr) {
  e.call_status_or_err(Helper::jj_store_subscr,
                       {e.frame(), e.arg(i, 0), e.arg(i, 1), e.arg(i, 2), e.site(i, {4, 1, 2})});
}

// -- names and attributes

LOWER(LoadGlobal) { e.define(i, e.call_or_err(Helper::jj_load_global, {e.frame(), e.cache(i.imm[1]), e.site(i)})); }
LOWER(LoadDeref) { e.define(i, e.call_or_err(Helper::jj_load_deref, {e.frame(), e.int32(i.imm[0]), e.int32(i.pc)})); }
LOWER(LoadAttr) {
  e.define(i, e.call_or_err(Helper::jj_load_attr, {e.frame(), e.arg(i, 0), e.cache(i.imm[1]), e.site(i, {1})}));
}
LOWER(StoreAttr) {
  e.call_status_or_err(Helper::jj_store_attr,
                       {e.frame(), e.arg(i, 0), e.arg(i, 1), e.cache(i.imm[1]), e.site(i, {4, 1})});
}
LOWER(LoadMethod) {
  Helper helper = i.imm[3] ? Helper::jj_load_method_self_second : Helper::jj_load_method_null_first;
  e.call_status_or_err(
      helper, {e.frame(), e.arg(i, 0), e.cache(i.imm[1]), e.at(e.frame(), e.stack_offset(i.imm[2])), e.site(i, {1})});
}
LOWER(LoadSuperMethod) {
  e.call_status_or_err(Helper::jj_load_super_method, {e.frame(), e.at(e.frame(), e.stack_offset(i.imm[2])),
                                                      e.cache(i.imm[1]), e.int32(i.pc), e.int32(i.imm[3])});
}

// -- iteration and calls

LOWER(GetIter) { e.define(i, e.call_or_err(Helper::jj_get_iter, {e.frame(), e.arg(i, 0), e.site(i, {1})})); }

// The helper answers an item, null (exhausted) or 1 (an exception is set).
LOWER(IterNext) {
  Value* iterator = e.load_stack(i.imm[0]);
  Value* item = e.call(Helper::jj_iter_next, {e.frame(), iterator, e.int32(i.pc)});
  Value* bits = e.b.CreatePtrToInt(item, e.b.getInt64Ty());
  e.err_if(e.b.CreateICmpEQ(bits, e.int64(1)));
  e.define(i, item);
}
LOWER(IterNextInto) {
  Value* iterator = e.load_stack(i.imm[0]);
  e.define(i, e.call_status_or_err(Helper::jj_iter_next_into,
                                   {e.frame(), iterator, e.int32(i.imm[1]), e.int32(i.pc), e.int32(i.imm[2])}));
}
LOWER(Call) {
  Helper helper = member(Helper::jj_call_plain, i.imm[2]);
  Value *base = e.at(e.frame(), e.stack_offset(i.imm[0])), *nargs = e.int64(i.imm[1]);
  Value *cache = e.cache(i.imm[3]), *pc = e.int32(i.pc), *result;
  if (int64_t handler = e.layout().cache_handler)
    result = e.call_through(cache, handler, helper, {e.thread(), e.frame(), base, nargs, cache, pc});
  else
    result = e.call(helper, {e.thread(), e.frame(), base, nargs, cache, pc});
  e.err_if(e.b.CreateIsNull(result));
  e.define(i, result);
}

static Value* stack_helper(Emitter& e, const Instr& i) {
  Value* top = e.at(e.frame(), e.stack_offset(i.imm[1]));
  return e.call_status_or_err(static_cast<Helper>(i.imm[0]),
                              {e.thread(), e.frame(), top, e.int32(i.imm[2]), e.int32(i.imm[3]), e.int32(i.pc)});
}
LOWER(StackOp) { stack_helper(e, i); }
LOWER(StackCond) {
  const bool feeds = e.consumer() && static_cast<Helper>(i.imm[0]) == Helper::jj_op_send;
  e.define(i, feeds ? send_feeding(e, i, [&] { return stack_helper(e, i); }) : stack_helper(e, i));
}

// -- leaving and polling

// The native entry that a block's jump leads to, or -1.
static int entry_ahead(Emitter& e, const Block& block) {
  const bool jumps = block.instrs.back().op == Op::Jump;
  return jumps ? e.function().blocks[static_cast<size_t>(block.succ[0])].entry : -1;
}

LOWER(Poll) {
  if (i.imm[0] == 1) e.count_backedge(i, entry_ahead(e, block));
  e.poll(i);
}
LOWER(Record) {
  Value* value = e.load_stack(i.imm[0]);
  e.call(Helper::jj_record, {e.code_data(), e.int32(i.imm[1]), value});
}
LOWER(Boundary) {
  e.leave_or_go_on(e.call(Helper::jj_boundary, {e.thread(), e.frame(), e.code_data(), e.int32(i.pc)}));
}

// -- control

LOWER(Jump) { e.b.CreateBr(e.block(block.succ[0])); }
LOWER(Branch) { e.b.CreateCondBr(test(e, e.arg(i, 0)), e.block(block.succ[0]), e.block(block.succ[1])); }

// Stored on both edges: the entry is dead on the second one, and one block less is smaller than the store.
LOWER(BranchNext) {
  e.store_slot(e.arg(i, 0), e.function().nslots + i.imm[0]);
  e.b.CreateCondBr(e.b.CreateIsNotNull(e.arg(i, 0)), e.block(block.succ[0]), e.block(block.succ[1]));
}
LOWER(Return) {
  if (!e.frameless()) e.set_ip(i.pc);
  e.b.CreateRet(e.arg(i, 0));
}
LOWER(Suspend) {
  Value* site = e.int32(i.imm[2] << 4 | i.imm[1]);
  e.b.CreateRet(
      e.call(Helper::jj_suspend, {e.thread(), e.frame(), e.code_data(), e.arg(i, 0), site, e.int32(i.imm[0])}));
}
LOWER(Unreachable) { e.b.CreateUnreachable(); }

void lower_instr(Emitter& e, const Instr& i, const Block& block) {
  using Run = void (*)(Emitter&, const Instr&, const Block&);
  static constexpr Run kRun[] = {
#define OP(name, result, operands, immediates, effects, doc) &Lowering<Op::name>::run,
#include "hir/ops.def"
#undef OP
  };
  kRun[static_cast<int>(i.op)](e, i, block);
}

}  // namespace jj::lower
