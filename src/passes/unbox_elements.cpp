// The pass `unbox`: items of bytes, bytearray and array objects, which are numbers in memory and need no boxes.
#include "hir/elements.h"
#include "passes/unboxer.h"

namespace jj::passes {

using hir::Element;
using hir::Instr;
using hir::Op;
using hir::ValueId;

bool Unboxer::has_elements(const Value& v, uint8_t& type) const {
  if (v.form != Value::Object) return false;
  for (uint8_t one = 0; one < JJ_TYPE_OTHER; one++) {
    const bool is = v.known.type == one || (v.known.type == kUnknownType && v.known.likely == bit(one));
    if (!is || !hir::has_elements(one)) continue;
    type = one;
    return true;
  }
  return false;
}

bool Unboxer::load_element(const Instr& i) {
  Value &container = values_[i.args[0]], &key = values_[i.args[1]];
  uint8_t type = 0;
  if (!may_exit() || container.owned || kind_of(key) != Kind::Int || !has_elements(container, type)) return false;
  be_type(container, type);
  const bool is_float = hir::element_of(type).is_float;
  const ValueId index = number(key, Kind::Int);
  define_number(i, is_float ? Kind::Float : Kind::Int,
                emit_exit(is_float ? Op::ElementFloat : Op::ElementInt, JJ_EXIT_RANGE, {type}, {container.id, index}));
  release(key);
  return true;
}

// An int becomes a float as Python converts it; a float is never taken for an int.
bool Unboxer::store_element(const Instr& i) {
  Value &v = values_[i.args[0]], &container = values_[i.args[1]], &key = values_[i.args[2]];
  uint8_t type = 0;
  if (!may_exit() || container.owned || kind_of(key) != Kind::Int || !has_elements(container, type)) return false;
  const Element element = hir::element_of(type);
  const Kind kind = kind_of(v);
  if (type == JJ_TYPE_BYTES || !is_arithmetic(kind) || (kind == Kind::Float && !element.is_float)) return false;
  be_type(container, type);
  const ValueId index = number(key, Kind::Int);
  emit_exit(Op::GuardElement, JJ_EXIT_RANGE, {type}, {container.id, index});
  const ValueId value = element.is_float ? as_float(v) : as_int(v);
  const bool always_fits = element.is_float || (element.bytes == 8 && element.is_signed);
  if (!always_fits) emit_exit(Op::GuardFits, JJ_EXIT_RANGE, {type}, {value});
  emit(element.is_float ? Op::ElementPutFloat : Op::ElementPutInt, {type}, {value, container.id, index});
  release(v);
  release(key);
  exits_ok_ = false;
  return true;
}

}  // namespace jj::passes
