// Names and signatures of the runtime functions that generated code calls, read from runtime/helpers.def.
#pragma once
#include <cstdint>

namespace jj::lower {

enum class Helper : uint8_t {
#define HELPER(name, signature) name,
#define STACK_HELPER(name, op) name,
#define STACK_COND(name, op) name,
#define DATA(name)
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
  count
};

enum class Data : uint8_t {
#define HELPER(name, signature)
#define STACK_HELPER(name, op)
#define STACK_COND(name, op)
#define DATA(name) name,
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
  count
};

struct HelperInfo {
  const char* name;
  const char* signature;  // result, then parameters: p pointer, i int32, l int64, d double, v void
};
const HelperInfo& info(Helper helper);
const char* name(Data data);

// Suffix of the symbol that holds the address of a DATA row: generated code reads the address from near memory.
inline constexpr const char* kPointerSuffix = ".ptr";

}  // namespace jj::lower
