// The entry of the extension module: nanobind's own, but in the main interpreter only.
#include <Python.h>

#include <vector>

extern "C" PyObject* jj_nanobind_init();

namespace {

// Native code, its caches and nanobind's types hold objects of one interpreter, and what is replaced on static types
// belongs to all.
int refuse_subinterpreter(PyObject*) {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return 0;
  PyErr_SetString(PyExc_ImportError, "justjit works in the main interpreter only, not in subinterpreters");
  return -1;
}

// `slots` with `first` before all others; lives as long as the module's definition.
PyModuleDef_Slot* with_slot_first(PyModuleDef_Slot first, const PyModuleDef_Slot* slots) {
  static std::vector<PyModuleDef_Slot> all;
  all.push_back(first);
  while (slots->slot != 0) all.push_back(*slots++);
  all.push_back({0, nullptr});
  return all.data();
}

}  // namespace

// Asked for once per interpreter. Since 3.13 the main one is current while it runs, and only what is executed for the
// module sees which interpreter it is for.
extern "C" [[gnu::visibility("default")]] PyObject* PyInit__core() {
  static PyModuleDef* known = nullptr;
  if (refuse_subinterpreter(nullptr) < 0) return nullptr;
  PyObject* made = jj_nanobind_init();
  if (!made || !PyObject_TypeCheck(made, &PyModuleDef_Type)) return made;
  auto* def = reinterpret_cast<PyModuleDef*>(made);
  if (def == known) return made;
  known = def;
  def->m_slots = with_slot_first({Py_mod_exec, reinterpret_cast<void*>(refuse_subinterpreter)}, def->m_slots);
  return made;
}
