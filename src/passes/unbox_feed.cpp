// The pass `unbox`: what a generator hands to its consumer (passes/feed_consumers.cpp) stays in a register.
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Instr;
using hir::Op;

// The consumer may make an object of a number, unless a slot has or will have one.
bool Unboxer::feed(const Instr& i) {
  if (i.op == Op::NoneObject) {
    Content none;
    none.type = JJ_TYPE_NONE;
    define_borrowed(i, emit(i.op), none);
    return true;
  }
  if (i.op != Op::Drop && i.op != Op::Feed) return false;
  Value& v = values_[i.args[0]];
  if (i.op == Op::Drop) {
    if (v.form == Value::Object && v.owned) emit(Op::Drop, {}, {v.id});
    return true;
  }
  const Kind kind = v.known.kind;
  if (v.form != Value::Number || (kind != Kind::Int && kind != Kind::Float)) {
    define_number(i, Kind::Bool, emit(Op::Feed, {}, {as_object(v, false)}));
    return true;
  }
  bool kept = v.known.state == Content::Maybe;
  for (int32_t place = 0; place < static_cast<int32_t>(contents_.size()); place++) {
    const Content& c = contents_[place];
    kept = kept || (place != v.place && c.kind == kind && c.value[0] == v.id && c.state != Content::Lazy);
  }
  define_number(i, Kind::Bool, emit(kind == Kind::Int ? Op::FeedInt : Op::FeedFloat, {kept}, {v.id}));
  return true;
}

}  // namespace jj::passes
