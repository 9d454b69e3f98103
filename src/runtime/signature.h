// Ties every row of helpers.def to one definition whose C++ type is what the row tells generated code.
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
  else if constexpr (std::is_same_v<T, double>)
    return 'd';
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

// The addresses that the symbol table (compiler/symbols.cpp) takes. Only JJ_CHECK_HELPER defines them, and they are hidden,
// so that a row without a definition, or a definition without its check, does not link.
extern "C" {
#define HELPER(name, signature) [[gnu::visibility("hidden")]] extern const void* const name##_address;
#define STACK_HELPER(name, op) HELPER(name, "")
#define STACK_COND(name, op) HELPER(name, "")
#define DATA(name)
#include "runtime/helpers.def"
#undef HELPER
#undef STACK_HELPER
#undef STACK_COND
#undef DATA
}

#define JJ_HELPER_MATCHES(name) \
  static_assert(jj::signature::matches(&::name, jj::signature::name), #name " differs from its row in helpers.def")

// Placed after the definition of helper `name`.
#define JJ_CHECK_HELPER(name) \
  JJ_HELPER_MATCHES(name);    \
  extern "C" const void* const name##_address = reinterpret_cast<const void*>(&::name)
