// LOWER rows of methods of built-in types that are called directly, and of keys of dicts and sets.
#include "lower/join.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

Value* known_object(Emitter& e, int index) {
  const int64_t address = e.function().facts.objects[static_cast<size_t>(index)];
  return e.b.CreateIntToPtr(e.int64(address), e.b.getPtrTy());
}

void call_method(Emitter& e, const Instr& i, Value* a, Value* b) {
  e.may_leave(i);
  Value* result = e.call(Helper::jj_method, {known_object(e, i.imm[0]), e.arg(i, 0), a, b});
  e.leave_if(e.b.CreateIsNull(result), i);
  e.define(i, result);
}
void item(Emitter& e, const Instr& i, Helper helper) {
  const bool has_default = i.op == Op::DictGetOr || i.op == Op::DictGetIntOr;
  Value* item = has_default ? e.call(helper, {e.arg(i, 0), e.arg(i, 1), e.arg(i, 2)})
                            : e.call(helper, {e.arg(i, 0), e.arg(i, 1)});
  e.exit_if(e.b.CreateIsNull(item), i);
  e.define(i, item);
}
void contains(Emitter& e, const Instr& i, Helper helper) {
  Value* answer = e.call(helper, {e.arg(i, 0), e.arg(i, 1)});
  e.exit_if(e.b.CreateICmpSLT(answer, e.int32(0)), i);
  e.define(i, answer);
}
void misses(Emitter& e, const Instr& i, Helper helper) {
  e.define(i, e.call(helper, {e.thread(), e.code_data(), e.arg(i, 0), e.int32(i.imm[0]), e.arg(i, 1)}));
}
// Puts an item in, or leaves.
void put(Emitter& e, const Instr& i, Helper helper) {
  e.may_leave(i);
  e.leave_if(e.b.CreateICmpEQ(e.call(helper, {e.arg(i, 1), e.arg(i, 2), e.arg(i, 0)}), e.int32(0)), i);
}

}  // namespace

LOWER(CallMethod0) { call_method(e, i, null_object(e), null_object(e)); }
LOWER(CallMethod1) { call_method(e, i, e.arg(i, 1), null_object(e)); }
LOWER(CallMethod2) { call_method(e, i, e.arg(i, 1), e.arg(i, 2)); }

LOWER(KeyMethod) {
  const Helper helper = i.imm[0] == JJ_SET_ADD    ? Helper::jj_set_add
                        : i.imm[0] == JJ_DICT_GET ? Helper::jj_dict_get
                                                  : Helper::jj_dict_setdefault;
  e.may_leave(i);
  Value* result = e.call(helper, {e.arg(i, 0), e.arg(i, 1), e.arg(i, 2)});
  e.leave_if(e.b.CreateIsNull(result), i);
  e.define(i, result);
}
LOWER(DictGet) { item(e, i, Helper::jj_dict_find); }
LOWER(DictGetInt) { item(e, i, Helper::jj_dict_find_int); }
LOWER(DictGetOr) { item(e, i, Helper::jj_dict_find_or); }
LOWER(DictGetIntOr) { item(e, i, Helper::jj_dict_find_int_or); }
LOWER(KeyIn) { contains(e, i, Helper::jj_key_in); }
LOWER(IntIn) { contains(e, i, Helper::jj_int_in); }
LOWER(Misses) { misses(e, i, Helper::jj_misses); }
LOWER(MissesInt) { misses(e, i, Helper::jj_misses_int); }

// Of its own class an object is an instance, whatever the class says.
LOWER(IsInstance) {
  llvm::BasicBlock* other = e.cold_block("other");
  Join join(e);
  join.comes_with(e.int32(1));
  e.branch_hot(e.b.CreateICmpEQ(e.class_of(e.arg(i, 0)), e.arg(i, 1)), join.block(), other);
  e.enter(other);
  Value* answer = e.call(Helper::jj_is_instance, {e.thread(), e.arg(i, 0), e.arg(i, 1)});
  e.exit_if(e.b.CreateICmpSLT(answer, e.int32(0)), i);
  join.arrive(answer);
  e.define(i, join.meet());
}
LOWER(DictPut) { put(e, i, Helper::jj_dict_put); }
LOWER(DictPutInt) { put(e, i, Helper::jj_dict_put_int); }

}  // namespace jj::lower
