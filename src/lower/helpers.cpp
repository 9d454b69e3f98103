// The table of runtime helpers, one row for each row of runtime/helpers.def.
#include "lower/helpers.h"

#include <cstddef>

namespace jj::lower {
namespace {

constexpr const char* kStackSignature = "ipppiii";  // ts fr sp arg arg2 idx

constexpr HelperInfo kHelpers[] = {
#define HELPER(name, signature) {#name, signature},
#define STACK_HELPER(name, op) {#name, kStackSignature},
#define STACK_COND(name, op) {#name, kStackSignature},
#define DATA(name)
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
};
static_assert(sizeof(kHelpers) / sizeof(kHelpers[0]) == static_cast<size_t>(Helper::count));

constexpr const char* kData[] = {
#define HELPER(name, signature)
#define STACK_HELPER(name, op)
#define STACK_COND(name, op)
#define DATA(name) #name,
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
};

}  // namespace

const HelperInfo& info(Helper helper) { return kHelpers[static_cast<int>(helper)]; }
const char* name(Data data) { return kData[static_cast<int>(data)]; }

}  // namespace jj::lower
