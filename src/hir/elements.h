// What the items of bytes, bytearray and array objects are in memory.
#pragma once
#include "core/api.h"

namespace jj::hir {

struct Element {
  int bytes = 0;  // 0: the type has no such items
  bool is_signed = false, is_float = false;
};

constexpr Element element_of(int type) {  // JJTypeKind
  switch (type) {
    case JJ_TYPE_BYTES:
    case JJ_TYPE_BYTEARRAY:
    case JJ_TYPE_ARRAY_U8: return {1, false, false};
    case JJ_TYPE_ARRAY_I8: return {1, true, false};
    case JJ_TYPE_ARRAY_U16: return {2, false, false};
    case JJ_TYPE_ARRAY_I16: return {2, true, false};
    case JJ_TYPE_ARRAY_U32: return {4, false, false};
    case JJ_TYPE_ARRAY_I32: return {4, true, false};
    case JJ_TYPE_ARRAY_U64: return {8, false, false};
    case JJ_TYPE_ARRAY_I64: return {8, true, false};
    case JJ_TYPE_ARRAY_F32: return {4, true, true};
    case JJ_TYPE_ARRAY_F64: return {8, true, true};
    default: return {};
  }
}
constexpr bool has_elements(int type) { return element_of(type).bytes != 0; }
constexpr bool is_array(int type) { return type >= JJ_TYPE_ARRAY_I8 && type <= JJ_TYPE_ARRAY_F64; }

}  // namespace jj::hir
