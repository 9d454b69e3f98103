// Numbers, names and canonical operations of the stack helpers.
#include "hir/stack_helpers.h"

namespace jj::hir {
namespace {

constexpr StackHelper kRows[] = {
#define HELPER(name, signature) {nullptr, nullptr, false},
#define STACK_HELPER(name, op) {#name, #op, false},
#define STACK_COND(name, op) {#name, #op, true},
#define DATA(name)
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
};

}  // namespace

int stack_helper_rows() { return static_cast<int>(sizeof(kRows) / sizeof(kRows[0])); }

const StackHelper& stack_helper(int number) { return kRows[number]; }

const char* stack_helper_name(int number) {
  return number >= 0 && number < stack_helper_rows() ? kRows[number].name : nullptr;
}

int stack_helper_named(std::string_view name) {
  for (int k = 0; k < stack_helper_rows(); k++)
    if (kRows[k].name && name == kRows[k].name) return k;
  return -1;
}

int stack_helper_for(std::string_view canonical_op) {
  for (int k = 0; k < stack_helper_rows(); k++)
    if (kRows[k].op && canonical_op == kRows[k].op) return k;
  return -1;
}

namespace {

int layout_in(const char* plain, const char* null_first, const char* self_second, int number) {
  const char* names[] = {plain, null_first, self_second};
  for (int layout = 0; layout < 3; layout++)
    if (number == stack_helper_named(names[layout])) return layout;
  return -1;
}

}  // namespace

int keyword_call_layout(int number) {
  return layout_in("jj_op_call_kw_plain", "jj_op_call_kw_null_first", "jj_op_call_kw_self_second", number);
}
int star_call_layout(int number) {
  return layout_in("jj_op_call_ex_plain", "jj_op_call_ex_null_first", "jj_op_call_ex_self_second", number);
}
bool gathers_arguments(int number) {
  for (const char* name :
       {"jj_op_build_tuple", "jj_op_build_list", "jj_op_build_map", "jj_op_build_const_key_map", "jj_op_list_extend",
        "jj_op_list_to_tuple", "jj_op_list_append", "jj_op_dict_merge", "jj_op_intrinsic1"})
    if (number == stack_helper_named(name)) return true;
  return false;
}

}  // namespace jj::hir
