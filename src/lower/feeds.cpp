// LOWER rows of generators that hand what they yield to a consumer. The address of that comes with the number of the entry,
// so that it is known for as long as this run of the body takes, and nowhere else.
#include "lower/feeds.h"

#include "core/api.h"
#include "lower/join.h"

namespace jj::lower {
namespace {

// Without a consumer nothing is asked.
template <class Ask>
void feed(Emitter& e, const Instr& i, Ask ask) {
  Join join(e);
  llvm::BasicBlock* asking = e.hot_block("ask");
  join.comes_with(e.int32(0));
  e.b.CreateCondBr(e.b.CreateIsNull(e.consumer()), join.block(), asking);
  e.enter(asking);
  join.arrive(ask());
  e.define(i, join.meet());
}

void feed_number(Emitter& e, const Instr& i, Helper helper) {
  feed(e, i, [&] { return e.call(helper, {e.consumer(), e.arg(i, 0), e.int32(i.imm[0])}); });
}

}  // namespace

Value* send_feeding(Emitter& e, const Instr& i, const std::function<Value*()>& alone) {
  Join join(e);
  llvm::BasicBlock *without = e.hot_block("alone"), *with = e.cold_block("feeding");
  e.branch_hot(e.b.CreateIsNull(e.consumer()), without, with);
  e.enter(without);
  join.arrive(alone());
  e.enter(with);
  Value* top = e.at(e.frame(), e.stack_offset(i.imm[1]));
  join.arrive(e.call_status_or_err(Helper::jj_send_feeding,
                                   {e.thread(), e.frame(), top, e.consumer(), e.int32(i.imm[3]), e.int32(i.pc)}));
  return join.meet();
}

// Where frames are entered, before anything else. All that suspend may be given a consumer, whether they feed it or not.
void Emitter::split_entry() {
  consumer_ = b.CreateIntToPtr(b.CreateLShr(entry_, int64(JJ_CONSUMER_SHIFT)), b.getPtrTy());
  entry_ = b.CreateAnd(entry_, int64((int64_t{1} << JJ_CONSUMER_SHIFT) - 1));
}

LOWER(Feed) {
  feed(e, i, [&] { return e.call(Helper::jj_feed, {e.consumer(), e.arg(i, 0)}); });
}
LOWER(FeedInt) { feed_number(e, i, Helper::jj_feed_int); }
LOWER(FeedFloat) { feed_number(e, i, Helper::jj_feed_float); }
LOWER(Drop) { e.decref(e.arg(i, 0), i.pc, /*quiet=*/true); }

}  // namespace jj::lower
