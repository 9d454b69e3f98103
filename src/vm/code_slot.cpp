// The code object's extra slot and the few code-object fields whose names differ between versions.
#include "vm/code_slot.h"

#include "vm/internal.h"

#include <cstddef>
#include <initializer_list>

namespace jj::vm {

Py_ssize_t code_slot_index = -1;

bool init_code_slot(freefunc release) {
  if (code_slot_index >= 0) return true;
  code_slot_index = _PyEval_RequestCodeExtraIndex(release);
  if (code_slot_index >= 0) return true;
  PyErr_SetString(PyExc_RuntimeError, "no extra slot is left on code objects");
  return false;
}

const char* probe_code_slot(PyCodeObject* code) {
  static CodeData marker{};
  CodeData* before = code_data(code);
  if (_PyCode_SetExtra(reinterpret_cast<PyObject*>(code), code_slot_index, &marker) < 0) {
    PyErr_Clear();
    return "the extra slot of code objects cannot be written";
  }
  void* seen = nullptr;
  bool same = _PyCode_GetExtra(reinterpret_cast<PyObject*>(code), code_slot_index, &seen) == 0 && seen == &marker &&
              code_data(code) == &marker;
  if (PyErr_Occurred()) PyErr_Clear();
  static_cast<CodeExtras*>(code->co_extra)->extras[code_slot_index] = before;
  return same ? nullptr : "the extra slots of code objects are laid out differently";
}

// The block is made no longer than needed: a code object that dies calls the release function of every slot in its
// block, used or not, and those of other libraries may be gone by then.
bool set_code_data(PyCodeObject* code, CodeData* data) {
  auto* block = static_cast<CodeExtras*>(code->co_extra);
  Py_ssize_t size = block ? block->size : 0;
  if (size <= code_slot_index) {
    size_t bytes = offsetof(CodeExtras, extras) + sizeof(void*) * (static_cast<size_t>(code_slot_index) + 1);
    block = static_cast<CodeExtras*>(PyMem_Realloc(block, bytes));
    if (!block) {
      PyErr_NoMemory();
      return false;
    }
    for (; size <= code_slot_index; ++size) block->extras[size] = nullptr;
    block->size = size;
    code->co_extra = block;
  }
  block->extras[code_slot_index] = data;
  return true;
}

// 3.13 finds functions and code objects by version. A code object that dies takes itself out of that table by the version
// that it has then, so one whose version changes has to go before.
static void leave_version_table([[maybe_unused]] PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030D0000
  auto& table = PyInterpreterState_Get()->func_state.func_version_cache;
  auto& item = table[code->co_version % FUNC_VERSION_CACHE_SIZE];
  if (item.code == reinterpret_cast<PyObject*>(code)) item = {};
#endif
}

void forget_function_version([[maybe_unused]] PyCodeObject* code) {
  leave_version_table(code);
#if PY_VERSION_HEX >= 0x030C0000
  code->co_version = 0;
#endif
}

void renew_function_version([[maybe_unused]] PyCodeObject* code) {
  leave_version_table(code);
#if PY_VERSION_HEX >= 0x030D0000
  uint32_t& next = PyInterpreterState_Get()->func_state.next_version;
  if (next) code->co_version = next++;
#endif
}

int next_instruction([[maybe_unused]] PyCodeObject* code, int index) {
#if PY_VERSION_HEX >= 0x030B0000
  PyObject* bytes = PyCode_GetCode(code);  // without specialisation and instrumentation
  if (!bytes) {
    PyErr_Clear();
    return index + 1;
  }
  const char* units = PyBytes_AS_STRING(bytes);
  int count = static_cast<int>(PyBytes_GET_SIZE(bytes) / 2);
  for (++index; index < count && units[2 * index] == 0;) ++index;  // opcode 0 is CACHE
  Py_DECREF(bytes);
  return index;
#else
  return index + 1;
#endif
}

int frame_units([[maybe_unused]] PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030B0000
  return code_framesize(code);
#else
  return 0;
#endif
}

PyObject* slot_name(PyCodeObject* code, int slot) {
#if PY_VERSION_HEX >= 0x030B0000
  return PyTuple_GET_ITEM(code->co_localsplusnames, slot);
#else
  for (PyObject* names : {code->co_varnames, code->co_cellvars, code->co_freevars}) {
    if (slot < PyTuple_GET_SIZE(names)) return PyTuple_GET_ITEM(names, slot);
    slot -= static_cast<int>(PyTuple_GET_SIZE(names));
  }
  return nullptr;
#endif
}

}  // namespace jj::vm
