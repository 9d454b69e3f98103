// What the code object's slot holds: made, swapped, freed.
#pragma once
#include <vector>

#include "compiler/compile.h"

namespace jj::compiler {

class CodeSource;

bool init_publishing();  // false with a Python exception set
// The code object's native code is now what `compiled` holds, which it owns from here on; `baseline` is where
// exits of optimised code go on. Null with a Python exception set.
CodeData* publish_success(PyCodeObject* code, const CodeSource& source, JJCompiled* compiled, const Options& options,
                          CodeData* baseline = nullptr);
// Exits of `optimised` go on in this code, which it owns from here on.
void add_landing(CodeData* optimised, const CodeSource& source, JJCompiled* compiled);
// The code object has no native code, for this reason, which `owner` (may be null) keeps.
CodeData* publish_failure(PyCodeObject* code, const char* reason, int line, JJCompiled* owner);

// All that have native code, in use or kept.
std::vector<CodeData*> native_codes();
// What the slot may hold (make_primary) while nobody is to enter `native`: a record without native code; null: no memory.
CodeData* make_pause(CodeData* native);
void drop_pause(CodeData* paused);  // not in use

// The code object whose CodeData has this number, or null.
PyCodeObject* numbered_code(uint32_t number);

extern Totals g_totals;

}  // namespace jj::compiler
