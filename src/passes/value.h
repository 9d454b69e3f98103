// What pass `unbox` knows of the result of an operation.
#pragma once
#include <array>

#include "passes/contents.h"

namespace jj::passes {

// What an operation of the input defines, in terms of the output.
struct Value {
  enum Form : uint8_t {
    Absent,
    Object,  // a reference, as in the input
    Number,  // a value in a register; nothing to release
    Item,    // the next item of a range iterator in registers, if there is one
    Step     // that of another iterator
  } form = Absent;
  hir::ValueId id = -1;  // Object: the reference; Number: the value; Item, Step: the condition that there is one
  bool owned = false;    // Object; else `id` is borrowed
  bool fresh = false;    // owned: the reference of a new instance, still to be adopted
  // Object, not owned: what a stack entry may stand for without a reference of its own.
  Content::Source source_kind = Content::Nothing;
  int32_t source = -1;
  Content known;       // Object: type and, if it has one, the value in a register; Number: its kind
  int32_t place = -1;  // the slot it was loaded from; Item, Step: that of the iterator
  std::array<hir::ValueId, 3> advanced{-1, -1,
                                       -1};  // Item: the iterator's values behind the item; Step: the dict entry
};

}  // namespace jj::passes
