// Start-up, and making every way of calling a function come to its native code.
#include <cstddef>

#include "vm/discovery.h"
#include "vm/internal.h"

#include <structmember.h>

namespace jj {

#if PY_VERSION_HEX >= 0x030C0000
std::ptrdiff_t thread_state_offset = 0;
#endif

}  // namespace jj

namespace jj::vm {

vectorcallfunc original_vectorcall = nullptr;

namespace {

// The subtype differs from the function type in nothing that a program should see: its own documentation slot, class
// and pickling by name are put back.
PyMemberDef function_members[] = {{"__doc__", T_OBJECT, offsetof(PyFunctionObject, func_doc), 0, nullptr},
                                  {nullptr, 0, 0, 0, nullptr}};

PyObject* function_class(PyObject*, void*) {
  Py_INCREF(&PyFunction_Type);
  return reinterpret_cast<PyObject*>(&PyFunction_Type);
}
PyGetSetDef function_getset[] = {{"__class__", function_class, nullptr, nullptr, nullptr},
                                 {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyObject* function_reduce(PyObject* self, PyObject*) {
  PyObject* name = reinterpret_cast<PyFunctionObject*>(self)->func_qualname;
  Py_INCREF(name);
  return name;
}
PyMethodDef function_methods[] = {{"__reduce__", function_reduce, METH_NOARGS, nullptr},
                                  {"__reduce_ex__", function_reduce, METH_O, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};

// A function nobody has touched, to read the interpreter's own entry from.
vectorcallfunc read_original_vectorcall() {
  PyObject* globals = PyDict_New();
  if (!globals) return nullptr;
  vectorcallfunc entry = nullptr;
  PyObject* fresh = PyRun_String("lambda: 0", Py_eval_input, globals, globals);
  if (fresh) entry = reinterpret_cast<PyFunctionObject*>(fresh)->vectorcall;
  Py_XDECREF(fresh);
  Py_DECREF(globals);
  return entry;
}

}  // namespace

PyTypeObject JitFunction_Type = {};

bool ready_function_type() {
  PyTypeObject& t = JitFunction_Type;
  if (t.tp_base) return true;
  t.ob_base = PyVarObject{PyObject_HEAD_INIT(nullptr) 0};
  t.tp_name = "function";
  t.tp_basicsize = sizeof(PyFunctionObject);
  // No HAVE_GC: it is inherited together with the traversal.
  t.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR;
  t.tp_vectorcall_offset = offsetof(PyFunctionObject, vectorcall);
  t.tp_call = PyFunction_Type.tp_call;  // what these flags promise has to be there before types inherit
  t.tp_descr_get = PyFunction_Type.tp_descr_get;
  t.tp_methods = function_methods;
  t.tp_members = function_members;
  t.tp_getset = function_getset;
  t.tp_base = &PyFunction_Type;
  return PyType_Ready(&t) == 0;
}

bool init() {
#if PY_VERSION_HEX >= 0x030C0000
  thread_state_offset = thread_word_offset(reinterpret_cast<void*>(&PyThreadState_Get), PyThreadState_Get());
#endif
  original_vectorcall = read_original_vectorcall();
  if (kHookOnly) keep_hook();
  return original_vectorcall && init_version() && init_call_watch();
}

void install(PyFunctionObject* func, vectorcallfunc entry) {
  install_fresh(func, entry);
  if (!entries_suspended) forget_inlined_calls(func);
}
void install_fresh(PyFunctionObject* func, vectorcallfunc entry) {
  entries_suspended ? remember_entry(func, entry) : mark_as_called(func, entry);
}
void uninstall(PyFunctionObject* func) {
  if (entries_suspended) forget_entry(func);
  unmark_as_called(func);
}
bool installed(PyFunctionObject* func, vectorcallfunc entry) { return func->vectorcall == entry; }

PyObject* referent(PyObject* weak) {
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* object = nullptr;
  PyWeakref_GetRef(weak, &object);
  return object;
#else
  PyObject* object = PyWeakref_GET_OBJECT(weak);
  return object == Py_None ? nullptr : new_ref(object);
#endif
}

PyObject* call_original(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  c_recursion_give_back(ts, kUnitsOfLoop);
  PyObject* result = original_vectorcall(func, args, nargsf, kwnames);
  c_recursion_give_back(ts, -kUnitsOfLoop);
  if (result) stand_behind_call(ts, func, args);
  return result;
}

void fill_layout(JJLayout* layout) {
  *layout = {};
  layout->python = PY_MAJOR_VERSION * 100 + PY_MINOR_VERSION;
#if PY_VERSION_HEX >= 0x030B0000
  layout->frame_slots = offsetof(Frame, localsplus);
#endif
  layout->refcnt = offsetof(PyObject, ob_refcnt);
  layout->immortal = PY_VERSION_HEX >= 0x030C0000;
  layout->cd_instr_base = offsetof(CodeData, instr_base);
  layout->cd_clean = offsetof(CodeData, clean);
  layout->cd_interp = offsetof(CodeData, interp);
  layout->cd_code = offsetof(CodeData, code);
  layout->cd_backedges = offsetof(CodeData, backedges);
  layout->cd_backedge_limit = offsetof(CodeData, backedge_limit);
  layout->cd_tail = offsetof(CodeData, tail);
  layout->cache_handler = offsetof(Cache, word) + kCallHandlerWord * sizeof(uint64_t);
  fill_polls(layout);
  fill_object_layout(layout);
}

}  // namespace jj::vm
