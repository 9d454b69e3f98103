// What optimised code knows of iterators over several things: which iterators they are made of.
#pragma once
#include <cstdint>

#include "runtime/abi.h"

namespace jj {

// The shape of an object (JJIterNode), or 0: it is no iterator of a known kind.
uint32_t shape_of(PyObject* iterator);
// Whether live objects look as we think they do.
bool iterator_shapes_hold();

inline bool is_dict_iterator(PyTypeObject* type) {
  return type == &PyDictIterKey_Type || type == &PyDictIterValue_Type || type == &PyDictIterItem_Type;
}

}  // namespace jj
