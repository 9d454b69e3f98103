// Runs a few statements in the interpreter to see which of its patch releases' ways it has.
#include "runtime/patch_level.h"

#include "runtime/compat/ops.h"

namespace jj {

PatchLevel patch_level;

namespace {

const char* const kCause =
    "class Odd(Exception):\n"
    "  def __new__(cls): return 5\n"
    "try:\n"
    "  raise KeyError from Odd\n"
    "except KeyError:\n"
    "  answer = True\n"
    "except TypeError:\n"
    "  answer = False\n";

const char* const kLone =
    "try:\n"
    "  try:\n"
    "    raise ExceptionGroup('', [ValueError()])\n"
    "  except* ValueError:\n"
    "    raise KeyError\n"
    "except KeyError:\n"
    "  answer = False\n"
    "except ExceptionGroup:\n"
    "  answer = True\n";

const char* const kNaked =
    "try:\n"
    "  raise ValueError\n"
    "except* ValueError as group:\n"
    "  answer = group.__traceback__ is not None\n";

// Runs `program`; what it leaves in `answer`.
bool ask(const char* program, bool* answer) {
  PyObject* names = PyDict_New();
  PyObject* done = names ? PyRun_String(program, Py_file_input, names, names) : nullptr;
  if (done) *answer = PyDict_GetItemString(names, "answer") == Py_True;
  bool ok = done != nullptr;
  Py_XDECREF(done);
  Py_XDECREF(names);
  return ok;
}

}  // namespace

bool find_patch_level() {
  if (!ask(kCause, &patch_level.cause_unchecked)) return false;
  return !kHasExceptStar || (ask(kLone, &patch_level.lone_in_group) && ask(kNaked, &patch_level.naked_traced));
}

}  // namespace jj
