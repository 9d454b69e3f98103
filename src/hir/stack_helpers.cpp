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

int keyword_call_layout(int number) {
  static const int helpers[] = {stack_helper_named("jj_op_call_kw_plain"),
                                stack_helper_named("jj_op_call_kw_null_first"),
                                stack_helper_named("jj_op_call_kw_self_second")};
  for (int layout = 0; layout < 3; layout++)
    if (helpers[layout] == number) return layout;
  return -1;
}

}  // namespace jj::hir
