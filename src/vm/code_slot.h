// Where a code object keeps its CodeData: its extra slot, read directly because every native call looks there.
#pragma once
#include "runtime/abi.h"

namespace jj::vm {

// The start of the block behind co_extra; the same in 3.10 to 3.13 but declared in no header (probe_code_slot checks it).
struct CodeExtras {
  Py_ssize_t size;
  void* extras[1];
};
extern Py_ssize_t code_slot_index;  // -1 until init_code_slot

bool init_code_slot(freefunc release);            // false with a Python exception set
const char* probe_code_slot(PyCodeObject* code);  // null: the layout is as declared above

inline CodeData* code_data(PyCodeObject* code) {
  auto* block = static_cast<CodeExtras*>(code->co_extra);
  if (!block || block->size <= code_slot_index) return nullptr;
  return static_cast<CodeData*>(block->extras[code_slot_index]);
}
inline CodeData* code_data(PyFunctionObject* func) {
  return code_data(reinterpret_cast<PyCodeObject*>(func->func_code));
}
// Replaces what the slot holds without releasing the old value. False with a Python exception set.
bool set_code_data(PyCodeObject* code, CodeData* data);

// 3.12+: functions that MAKE_FUNCTION makes of this code from now on get function version 0. With any other version
// call sites specialise to the code and never look at the vectorcall.
void forget_function_version(PyCodeObject* code);
// Takes that back. (3.12 gives versions to functions without one.)
void renew_function_version(PyCodeObject* code);

// What a frame takes on the data stack, in pointers; 0 on 3.10, where frames are objects.
int frame_units(PyCodeObject* code);

int next_instruction(PyCodeObject* code, int index);  // start of the one behind `index`, caches skipped

// Names of the parameters, in the order of their slots.
inline PyObject* const* parameter_names(PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030B0000
  return &PyTuple_GET_ITEM(code->co_localsplusnames, 0);
#else
  return &PyTuple_GET_ITEM(code->co_varnames, 0);
#endif
}

// Name of fast local `slot`, borrowed.
PyObject* slot_name(PyCodeObject* code, int slot);

}  // namespace jj::vm
