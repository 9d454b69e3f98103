// LOWER rows of globals and of attributes of instances whose class was guarded.
#include <span>

#include "lower/join.h"
#include "lower/lowering.h"

namespace jj::lower {
namespace {

Value* load64(Emitter& e, Value* base, int64_t offset) {
  return e.b.CreateAlignedLoad(e.b.getInt64Ty(), e.at(base, offset), llvm::Align(8));
}

Value* class_keys(Emitter& e, Value* object) { return e.load_ptr(e.class_of(object), e.layout().type_shared_keys); }

// The address of the instance's values. Leaves when they are not there, or, to write them, when a dict has them too.
Value* instance_values(Emitter& e, const Instr& i, Value* object, int64_t offset, bool writable) {
  const JJLayout& l = e.layout();
  if (l.values_kind == JJ_VALUES_INLINE) {
    Value* values = e.at(object, offset);
    if (writable) e.exit_if(e.b.CreateIsNotNull(e.load_ptr(object, l.managed_dict)), i);
    Value* valid = e.b.CreateLoad(e.b.getInt8Ty(), e.at(values, l.values_valid));
    e.exit_if(e.b.CreateICmpEQ(valid, e.b.getInt8(0)), i);
    return e.at(values, l.values_items);
  }
  if (l.values_kind == JJ_VALUES_SPLIT) {
    Value* dict = e.load_ptr(object, offset);
    e.exit_if(e.b.CreateIsNull(dict), i);
    e.exit_if(e.b.CreateICmpNE(e.load_ptr(dict, l.dict_keys), class_keys(e, object)), i);
    return e.load_ptr(dict, l.dict_values);
  }
  Value* pointer = e.load_ptr(object, l.values_pointer);
  if (l.values_kind == JJ_VALUES_POINTER) {
    e.exit_if(e.b.CreateIsNull(pointer), i);
    return e.at(pointer, l.values_items);
  }
  Value* bits = e.b.CreatePtrToInt(pointer, e.b.getInt64Ty());
  e.exit_if(e.b.CreateICmpEQ(e.b.CreateAnd(bits, e.int64(1)), e.int64(0)), i);
  return e.at(pointer, l.values_items);
}

// The same where a guard has made sure.
Value* guarded_values(Emitter& e, Value* object, int64_t offset) {
  const JJLayout& l = e.layout();
  if (l.values_kind == JJ_VALUES_INLINE) return e.at(object, offset + l.values_items);
  if (l.values_kind == JJ_VALUES_SPLIT) return e.load_ptr(e.load_ptr(object, offset), l.dict_values);
  return e.at(e.load_ptr(object, l.values_pointer), l.values_items);
}

void define_some(Emitter& e, const Instr& i, Value* object) {
  e.exit_if(e.b.CreateIsNull(object), i);
  e.define(i, object);
}

void replace(Emitter& e, const Instr& i, Value* place) {
  Value* old = e.mark(e.b.CreateLoad(e.b.getPtrTy(), place), Memory::Item);
  e.mark(e.b.CreateStore(e.arg(i, 0), place), Memory::Item);
  e.decref(old, i.pc, /*quiet=*/true);
}

// An int, float, bool or None.
Value* is_quiet(Emitter& e, Value* object) {
  Value* type = e.load_ptr(object, e.layout().type);
  auto is = [&](Data wanted) { return e.b.CreateICmpEQ(type, e.data(wanted)); };
  Value* number = e.b.CreateOr(is(Data::jj_type_float), is(Data::jj_type_int));
  return e.b.CreateOr(number, e.b.CreateOr(is(Data::jj_type_bool), e.b.CreateICmpEQ(object, e.data(Data::jj_none))));
}

constexpr int kBuiltinExpected = 1;  // flag of the site word of jj_peek_global

struct Namespaces {
  Value* holder;  // of two dicts
  int64_t globals, builtins;
};

// The value that the cache noted, as long as the dicts have not changed.
template <class LookUp>
void global_peek(Emitter& e, const Instr& i, const Namespaces& spaces, LookUp look_up) {
  const JJLayout& l = e.layout();
  Value* cache = e.cache(i.imm[1]);
  auto unchanged = [&](int64_t dict, int64_t noted) {
    Value* now = e.load64(e.load_ptr(spaces.holder, dict, Memory::Frame), l.dict_version, Memory::Dict);
    return e.b.CreateICmpEQ(now, e.load64(cache, noted, Memory::Code));
  };
  Value* same = unchanged(spaces.globals, l.cache_globals_version);
  if (i.imm[2]) same = e.b.CreateAnd(same, unchanged(spaces.builtins, l.cache_builtins_version));
  define_noted(e, i, same, cache,
               [&] { return look_up(cache, e.int32(i.pc << 4 | (i.imm[2] ? kBuiltinExpected : 0))); });
}

Value* class_version(Emitter& e, Value* object) {
  return e.b.CreateLoad(e.b.getInt32Ty(), e.at(e.class_of(object), e.layout().type_version));
}

// Rows of one instruction, by class.
std::span<const hir::AttrSeen> rows_of(Emitter& e, const Instr& i) {
  return {&e.function().facts.attrs[static_cast<size_t>(i.imm[0])], static_cast<size_t>(i.imm[1])};
}

// What is to be done for each of the classes that the object, as a guard has made sure, can be of.
template <class Do>
void by_class(Emitter& e, const Instr& i, Value* object, Do act) {
  Value* version = class_version(e, object);
  const std::span<const hir::AttrSeen> rows = rows_of(e, i);
  for (const hir::AttrSeen& row : rows.first(rows.size() - 1)) {
    llvm::BasicBlock *here = e.hot_block("class"), *other = e.hot_block("other");
    e.b.CreateCondBr(e.b.CreateICmpEQ(version, e.int32(row.version)), here, other);
    e.enter(here);
    act(row);
    e.enter(other);
  }
  act(rows.back());
}

Value* slot_peek(Emitter& e, const Instr& i, int64_t offset) { return e.load_ptr(e.arg(i, 0), offset, Memory::Item); }
Value* value_peek(Emitter& e, const Instr& i, int32_t index, int64_t offset, bool writable) {
  return e.load_ptr(instance_values(e, i, e.arg(i, 0), offset, writable), 8 * int64_t{index}, Memory::Item);
}
Value* dict_peek(Emitter& e, const Instr& i, int32_t index, int32_t cache) {
  return e.call(Helper::jj_peek_dict, {e.arg(i, 0), e.int32(index), e.cache(cache)});
}

void slot_store(Emitter& e, const Instr& i, int64_t offset) { replace(e, i, e.at(e.arg(i, 1), offset)); }
// What a dict's change entails: the collector has to know a dict that may be part of a cycle now; its version is new.
void note_dict_change(Emitter& e, const Instr& i, Value* dict) {
  const JJLayout& l = e.layout();
  llvm::BasicBlock *look = e.cold_block("untracked"), *next = e.hot_block("tracked");
  e.branch_hot(e.b.CreateIsNotNull(e.load_ptr(dict, l.gc_next)), next, look);
  e.enter(look);
  e.call(Helper::jj_track_dict, {dict, e.arg(i, 0)});
  e.b.CreateBr(next);
  e.enter(next);
  Value* counter = e.data(Data::jj_dict_version);
  Value* version = e.b.CreateAdd(e.load64(counter, 0, Memory::Dict), e.int64(1));
  e.mark(e.b.CreateStore(version, counter), Memory::Dict);
  e.mark(e.b.CreateStore(version, e.at(dict, l.dict_version)), Memory::Dict);
}
void value_store(Emitter& e, const Instr& i, int32_t index, int64_t offset) {
  if (e.layout().values_kind == JJ_VALUES_SPLIT) note_dict_change(e, i, e.load_ptr(e.arg(i, 1), offset));
  replace(e, i, e.at(guarded_values(e, e.arg(i, 1), offset), 8 * int64_t{index}));
}
void dict_store(Emitter& e, const Instr& i, int32_t cache) {
  e.call(Helper::jj_put_in_dict, {e.arg(i, 0), e.arg(i, 1), e.cache(cache)});
}

void guard_lacks(Emitter& e, const Instr& i, int32_t keys_count, int64_t offset) {
  const JJLayout& l = e.layout();
  auto has_other_keys = [&] {
    return e.b.CreateICmpNE(load64(e, class_keys(e, e.arg(i, 0)), l.keys_count), e.int64(keys_count));
  };
  if (l.values_kind != JJ_VALUES_SPLIT) {
    instance_values(e, i, e.arg(i, 0), offset, false);
    return e.exit_if(has_other_keys(), i);
  }
  llvm::BasicBlock *dict = e.hot_block("dict"), *next = e.hot_block("lacks");  // without a dict it has nothing
  e.b.CreateCondBr(e.b.CreateIsNull(e.load_ptr(e.arg(i, 0), offset)), next, dict);
  e.enter(dict);
  instance_values(e, i, e.arg(i, 0), offset, false);
  e.exit_if(has_other_keys(), i);
  e.b.CreateBr(next);
  e.enter(next);
}

}  // namespace

// The function that the cache noted, as long as the module's dict has not changed.
LOWER(MathPeek) {
  const JJLayout& l = e.layout();
  Value *module = e.arg(i, 0), *cache = e.cache(i.imm[1]);
  llvm::BasicBlock* look = e.cold_block("look");
  auto go_on_if = [&](Value* condition) {
    llvm::BasicBlock* next = e.hot_block("go");
    e.branch_hot(condition, next, look);
    e.enter(next);
  };
  go_on_if(e.b.CreateICmpEQ(e.load_ptr(module, l.type), e.data(Data::jj_type_module)));
  Value* dict = e.load_ptr(module, l.module_dict);
  go_on_if(e.b.CreateIsNotNull(dict));
  go_on_if(e.b.CreateICmpEQ(load64(e, dict, l.dict_version), load64(e, cache, l.cache_globals_version)));
  noted_or_found(e, i, cache, look, [&] { return e.call(Helper::jj_peek_math, {module, cache, e.int32(i.imm[2])}); });
}
LOWER(GlobalPeek) {
  const JJLayout& l = e.layout();
  if (Value* function = e.called_function())
    return global_peek(e, i, {function, l.function_globals, l.function_builtins}, [&](Value* cache, Value* site) {
      return e.call(Helper::jj_peek_global_of, {function, cache, site});
    });
  global_peek(e, i, {e.frame(), l.frame_globals, l.frame_builtins},
              [&](Value* cache, Value* site) { return e.call(Helper::jj_peek_global, {e.frame(), cache, site}); });
}
LOWER(GlobalPeekOf) {
  const JJLayout& l = e.layout();
  global_peek(e, i, {e.arg(i, 0), l.function_globals, l.function_builtins},
              [&](Value* cache, Value* site) { return e.call(Helper::jj_peek_global_of, {e.arg(i, 0), cache, site}); });
}
LOWER(GuardIs) { e.exit_if(e.b.CreateICmpNE(e.arg(i, 0), e.arg(i, 1)), i); }
LOWER(LoadObject) {
  const int64_t address = e.function().facts.objects[static_cast<size_t>(i.imm[0])];
  e.define(i, e.b.CreateIntToPtr(e.int64(address), e.b.getPtrTy()));
}

LOWER(GuardVersion) {
  e.exit_if(e.b.CreateICmpNE(class_version(e, e.arg(i, 0)), e.int32(static_cast<uint32_t>(i.imm[0]))), i);
}
LOWER(HasVersion) {
  Value* same = e.b.CreateICmpEQ(class_version(e, e.arg(i, 0)), e.int32(static_cast<uint32_t>(i.imm[0])));
  e.define(i, e.b.CreateZExt(same, e.b.getInt32Ty()));
}
LOWER(ExpectVersion) {}
LOWER(GuardVersions) {
  Value *version = class_version(e, e.arg(i, 0)), *other = nullptr;
  for (const hir::AttrSeen& row : rows_of(e, i)) {
    Value* differs = e.b.CreateICmpNE(version, e.int32(row.version));
    other = other ? e.b.CreateAnd(other, differs) : differs;
  }
  e.exit_if(other, i);
}
LOWER(GuardClass) {
  Value* version = e.b.CreateLoad(e.b.getInt32Ty(), e.at(e.arg(i, 0), e.layout().type_version));
  e.exit_if(e.b.CreateICmpNE(version, e.int32(static_cast<uint32_t>(i.imm[0]))), i);
}
LOWER(GuardLacks) { guard_lacks(e, i, i.imm[0], i.imm[1]); }
LOWER(GuardLacksOf) {
  llvm::BasicBlock* next = e.hot_block("next");
  by_class(e, i, e.arg(i, 0), [&](const hir::AttrSeen& row) {
    if (row.lacks == JJ_LACKS_KEYS) guard_lacks(e, i, row.index, row.offset);
    e.b.CreateBr(next);
  });
  e.enter(next);
}
LOWER(GuardAbsent) {
  Value* absent = e.call(Helper::jj_absent_in_dict, {e.arg(i, 0), e.cache(i.imm[1])});
  e.exit_if(e.b.CreateICmpEQ(absent, e.int32(0)), i);
}

LOWER(SlotPeek) { define_some(e, i, slot_peek(e, i, i.imm[0])); }
LOWER(ValuePeek) { define_some(e, i, value_peek(e, i, i.imm[0], i.imm[1], i.imm[2] != 0)); }
LOWER(DictPeek) { define_some(e, i, dict_peek(e, i, i.imm[0], i.imm[2])); }
LOWER(PolyPeek) {
  Join join(e);
  by_class(e, i, e.arg(i, 0), [&](const hir::AttrSeen& row) {
    join.arrive(row.how == JJ_ATTR_SLOT     ? slot_peek(e, i, row.offset)
                : row.how == JJ_ATTR_VALUES ? value_peek(e, i, row.index, row.offset, i.imm[3] != 0)
                                            : dict_peek(e, i, row.index, i.imm[2]));
  });
  define_some(e, i, join.meet());
}

LOWER(GuardQuiet) {
  Value* type = e.class_of(e.arg(i, 0));
  auto is = [&](Data wanted) { return e.b.CreateICmpEQ(type, e.data(wanted)); };
  auto is_none = [&] { return e.b.CreateICmpEQ(e.arg(i, 0), e.data(Data::jj_none)); };
  llvm::BasicBlock* others = e.cold_block("others");
  llvm::BasicBlock* next = e.hot_block("go");
  Value* first = i.imm[0] == JJ_TYPE_NONE    ? is_none()
                 : i.imm[0] == JJ_TYPE_FLOAT ? is(Data::jj_type_float)
                 : i.imm[0] == JJ_TYPE_BOOL  ? is_bool(e, e.arg(i, 0))
                 : i.imm[0] == JJ_TYPE_STR   ? is(Data::jj_type_str)
                                             : is(Data::jj_type_int);
  e.branch_hot(first, next, others);
  e.enter(others);
  Value* number = e.b.CreateOr(e.b.CreateOr(is(Data::jj_type_float), is(Data::jj_type_int)), is(Data::jj_type_str));
  e.exit_if(e.b.CreateNot(e.b.CreateOr(number, e.b.CreateOr(is(Data::jj_type_bool), is_none()))), i);
  e.b.CreateBr(next);
  e.enter(next);
}
LOWER(GuardKept) {
  Value* count = e.b.CreateLoad(e.b.getInt32Ty(), e.at(e.arg(i, 0), e.layout().refcnt));
  Value* last = e.b.CreateICmpEQ(count, e.int32(1));
  e.exit_if(e.b.CreateAnd(last, e.b.CreateNot(is_quiet(e, e.arg(i, 0)))), i);
}
LOWER(SlotStore) { slot_store(e, i, i.imm[0]); }
LOWER(ValueStore) { value_store(e, i, i.imm[0], i.imm[1]); }
LOWER(DictStore) { dict_store(e, i, i.imm[1]); }
LOWER(PolyStore) {
  llvm::BasicBlock* next = e.hot_block("next");
  by_class(e, i, e.arg(i, 1), [&](const hir::AttrSeen& row) {
    if (row.how == JJ_ATTR_SLOT)
      slot_store(e, i, row.offset);
    else if (row.how == JJ_ATTR_VALUES)
      value_store(e, i, row.index, row.offset);
    else
      dict_store(e, i, i.imm[2]);
    e.b.CreateBr(next);
  });
  e.enter(next);
}
LOWER(GuardValues) { instance_values(e, i, e.arg(i, 0), i.imm[0], true); }
LOWER(SlotInit) { e.mark(e.b.CreateStore(e.arg(i, 0), e.at(e.arg(i, 1), i.imm[0])), Memory::Item); }
LOWER(ValueInit) { e.call(Helper::jj_init_value, {e.arg(i, 0), e.arg(i, 1), e.int32(i.imm[0])}); }
LOWER(DictInit) {
  e.may_leave(i);
  Value* done = e.call(Helper::jj_init_in_dict, {e.arg(i, 0), e.arg(i, 1), e.cache(i.imm[1])});
  e.leave_if(e.b.CreateICmpEQ(done, e.int32(0)), i);
}

}  // namespace jj::lower
