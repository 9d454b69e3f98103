// Compile-time check that a helper's C++ type is what its row in helpers.def tells generated code.
#pragma once
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace jj::signature {

template <typename T>
constexpr char letter() {
  if constexpr (std::is_void_v<T>)
    return 'v';
  else if constexpr (std::is_pointer_v<T>)
    return 'p';
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 4)
    return 'i';
  else if constexpr (std::is_integral_v<T> && sizeof(T) == 8)
    return 'l';
  else
    return '?';
}
template <typename Result, typename... Parameters>
constexpr bool matches(Result (*)(Parameters...), std::string_view text) {
  const char actual[] = {letter<Result>(), letter<Parameters>()..., '\0'};
  return text == actual;
}

// One constant per HELPER row: its signature under its name.
#define HELPER(name, signature) inline constexpr std::string_view name = signature;
#define STACK_HELPER(name, op) inline constexpr std::string_view name = "ipppiii";
#define STACK_COND(name, op) inline constexpr std::string_view name = "ipppiii";
#define DATA(name)
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA

}  // namespace jj::signature

// Placed after the definition of helper `name`.
#define JJ_CHECK_HELPER(name) \
  static_assert(jj::signature::matches(&::name, jj::signature::name), #name " differs from its row in helpers.def")
