// LOWER rows of inlined calls, what has to hold so that a call can be replaced by what its callee does, and of functions
// without a frame.
#include "lower/direct.h"
#include "lower/join.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

Value* object_at(Emitter& e, int index) {
  return e.b.CreateIntToPtr(e.int64(e.function().facts.objects[static_cast<size_t>(index)]), e.b.getPtrTy());
}

// Pass unbox replaces these operations; the verifier refuses what it leaves.
void never(Emitter& e, const Instr& i) {
  if (i.id >= 0) e.define(i, null_object(e));
}

}  // namespace

LOWER(EnterCallee) { never(e, i); }
LOWER(LeaveCallee) { never(e, i); }
LOWER(LoadGlobalOf) { never(e, i); }
LOWER(CallKnown) { never(e, i); }
LOWER(CallSpread) { never(e, i); }
LOWER(LoadFreeOf) { never(e, i); }

// On 3.11 a function has a type of its own once it has been called natively, and the one that it was made with before; on
// 3.13 an __init__ has.
LOWER(GuardCode) {
  const JJLayout& l = e.layout();
  Value* type = e.load_ptr(e.arg(i, 0), l.type);
  Value* other = e.b.CreateICmpNE(type, e.data(Data::jj_type_plain_function));
  if (l.python == 311 || l.python == 313)
    other = e.b.CreateAnd(other, e.b.CreateICmpNE(type, e.data(Data::jj_type_jit_function)));
  e.exit_if(other, i);
  e.exit_if(e.b.CreateICmpNE(e.load_ptr(e.arg(i, 0), l.function_code), object_at(e, i.imm[0])), i);
}

LOWER(GuardRoom) {
  const JJLayout& l = e.layout();
  auto load = [&](Value* base, int64_t at) { return e.b.CreateLoad(e.b.getInt32Ty(), e.at(base, at)); };
  if (l.recursion_left >= 0) {
    e.exit_if(e.b.CreateICmpSLE(load(e.thread(), l.recursion_left), e.int32(i.imm[0])), i);
    return;
  }
  Value* depth = e.b.CreateAdd(load(e.thread(), l.recursion_depth), e.int32(i.imm[0]));
  Value* limit = load(e.load_ptr(e.code_data(), l.cd_interp), l.recursion_limit);
  e.exit_if(e.b.CreateICmpSGT(depth, limit), i);
}

// Pending work that is no tracing can wait for the next poll.
LOWER(GuardUnwatched) {
  llvm::BasicBlock* slow = e.cold_block("watched");
  e.test_polls(slow);
  llvm::BasicBlock* next = e.hot_block("go");
  for (int k = 0; k < e.layout().npolls; k++) {
    const JJPollTest& test = e.layout().polls[k];
    if (test.base != JJ_POLL_CODE) continue;
    llvm::Type* type = e.b.getIntNTy(static_cast<unsigned>(8 * test.width));
    Value* seen = e.b.CreateLoad(type, e.at(object_at(e, i.imm[0]), test.offset));
    e.exit_if(e.b.CreateICmpNE(seen, llvm::Constant::getNullValue(type)), i);
  }
  e.b.CreateBr(next);
  e.enter(slow);
  Value* watched = e.call(Helper::jj_watched, {e.thread(), e.code_data()});
  e.exit_if(e.b.CreateICmpNE(watched, e.int32(0)), i);
  e.b.CreateBr(next);
  e.enter(next);
}

LOWER(DefaultPeek) {
  const JJLayout& l = e.layout();
  Value* defaults = e.load_ptr(e.arg(i, 0), l.function_defaults);
  e.exit_if(e.b.CreateIsNull(defaults), i);
  Value* count = e.b.CreateLoad(e.b.getInt64Ty(), e.at(defaults, l.var_size));
  e.exit_if(e.b.CreateICmpSLT(count, e.int64(i.imm[0])), i);
  Value* items = e.at(defaults, l.tuple_items);
  Value* index = e.b.CreateSub(count, e.int64(i.imm[0]));
  e.define(i, e.b.CreateLoad(e.b.getPtrTy(), e.b.CreateInBoundsGEP(e.b.getPtrTy(), items, index)));
}

// A function's closure is as long as its code wants it.
LOWER(FreePeek) {
  const JJLayout& l = e.layout();
  Value* cells = e.load_ptr(e.arg(i, 0), l.function_closure);
  Value* contents = e.load_ptr(e.load_ptr(cells, l.tuple_items + 8 * static_cast<int64_t>(i.imm[0])), l.cell_contents);
  e.exit_if(e.b.CreateIsNull(contents), i);
  e.define(i, contents);
}
LOWER(CellPeek) {
  Value* contents = e.load_ptr(e.arg(i, 0), e.layout().cell_contents);
  e.exit_if(e.b.CreateIsNull(contents), i);
  e.define(i, contents);
}

LOWER(InitPeek) {
  Value* init = e.call(Helper::jj_peek_init, {e.arg(i, 0), e.cache(i.imm[0])});
  e.exit_if(e.b.CreateIsNull(init), i);
  e.define(i, init);
}
LOWER(NewInstance) {
  e.may_leave(i);
  Value* instance = e.call(Helper::jj_new_instance, {e.thread(), e.arg(i, 0), e.arg(i, 1), e.int32(i.imm[0])});
  e.leave_if(e.b.CreateIsNull(instance), i);
  e.define(i, instance);
}
LOWER(Adopt) { e.define(i, e.arg(i, 0)); }
LOWER(Shelve) { e.define(i, e.arg(i, 0)); }
LOWER(GuardUncollected) {
  if (e.layout().python >= 312) return;
  e.exit_if(e.b.CreateICmpNE(e.call(Helper::jj_may_collect, {e.thread()}), e.int32(0)), i);
}

// What the cache noted, as long as the dict of defaults has not changed.
LOWER(KwDefaultPeek) {
  const JJLayout& l = e.layout();
  Value* cache = e.cache(i.imm[0]);
  Value* defaults = e.load_ptr(e.arg(i, 0), l.function_kwdefaults);
  e.exit_if(e.b.CreateIsNull(defaults), i);
  Value* now = e.load64(defaults, l.dict_version, Memory::Dict);
  Value* same = e.b.CreateICmpEQ(now, e.load64(cache, l.cache_globals_version, Memory::Code));
  define_noted(e, i, same, cache, [&] { return e.call(Helper::jj_peek_kw_default, {defaults, cache}); });
}

namespace {

void direct(Emitter& e, const Instr& i) {
  Value* result = e.call_direct(i.imm[0], i.imm[1]);
  e.exit_if(e.b.CreateICmpEQ(e.given_up(), e.int32(kStuck)), i);
  e.define(i, result);
}

}  // namespace

LOWER(PassInt) { e.pass(e.arg(i, 0)); }
LOWER(PassFloat) { e.pass(e.arg(i, 0)); }
LOWER(PassObject) { e.pass(e.arg(i, 0)); }
LOWER(DirectInt) { direct(e, i); }
LOWER(DirectFloat) { direct(e, i); }
LOWER(DirectCond) { direct(e, i); }
// A call that has answered tells it as a number below 0 (Emitter::return_number).
LOWER(OriginOf) {
  Value* none = e.b.CreateICmpSGT(e.given_up(), e.int32(0));
  Value* number = e.b.CreateSelect(none, e.int32(0), e.b.CreateNeg(e.given_up()));
  e.define(i, e.b.CreateSExt(number, e.b.getInt64Ty()));
}
LOWER(OriginIs) { e.set_origin(e.arg(i, 0)); }
LOWER(LeavePolled) { e.exit_if(e.b.CreateICmpEQ(e.given_up(), e.int32(kPolled)), i); }
LOWER(ParamInt) { e.define(i, e.parameter(i.imm[0])); }
LOWER(ParamFloat) { e.define(i, e.parameter(i.imm[0])); }
LOWER(ParamObject) { e.define(i, e.parameter(i.imm[0])); }
LOWER(ReturnInt) { e.return_number(e.arg(i, 0)); }
LOWER(ReturnFloat) { e.return_number(e.arg(i, 0)); }
LOWER(ReturnCond) { e.return_number(e.arg(i, 0)); }

}  // namespace jj::lower
