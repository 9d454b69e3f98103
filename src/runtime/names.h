// The exceptions of failed name look-ups, as the interpreter raises them.
#pragma once
#include "runtime/abi.h"

namespace jj {
void raise_name_error(PyObject* name);          // NameError: name '...' is not defined
void raise_unbound_deref(Frame* fr, int slot);  // an empty cell (UnboundLocalError) or free variable (NameError)
}  // namespace jj
