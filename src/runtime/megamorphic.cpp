// The table that megamorphic sites share.
#include "runtime/megamorphic.h"

namespace jj::megamorphic {

Line lines[1 << kBits];

void forget(PyObject* name) {
  for (Line& line : lines)
    if (line.name == name) line = {};
}

}  // namespace jj::megamorphic
