// Calls of functions with native code while somebody traces or monitors.
#include "vm/traced_calls.h"

#include <vector>

#include "vm/code_slot.h"
#include "vm/entry.h"
#include "vm/internal.h"

namespace jj::vm {

uint64_t traced_calls = 0;

namespace {

thread_local int depth = 0;
thread_local std::vector<PyFunctionObject*> ordinary;  // owned

void restore() {
  std::vector<PyFunctionObject*> functions;
  functions.swap(ordinary);  // giving them up may run code
  for (PyFunctionObject* func : functions) {
    install_again(func);
    Py_DECREF(func);
  }
}

}  // namespace

void install_again(PyFunctionObject* func) {
  const CodeData* cd = code_data(func);
  if (cd && cd->body && !cd->only_from_native && func->vectorcall == original_vectorcall) install(func, jj_vectorcall);
}

PyObject* call_while_traced(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf,
                            PyObject* kwnames) {
  ++traced_calls;
  if (depth > 0) {
    auto* f = reinterpret_cast<PyFunctionObject*>(func);
    Py_INCREF(f);
    uninstall(f);
    ordinary.push_back(f);
  }
  depth++;
  PyObject* result = call_original(ts, func, args, nargsf, kwnames);
  if (--depth == 0 && !ordinary.empty()) restore();
  return result;
}

}  // namespace jj::vm
