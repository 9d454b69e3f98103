// New instances of classes whose calls optimised code has replaced by what __init__ does.
#include "runtime/attrs.h"
#include "runtime/calls.h"
#include "runtime/class_call.h"
#include "runtime/signature.h"

using namespace jj;

// Borrowed: the class has it as long as its version is what the cache says.
extern "C" PyObject* jj_peek_init(PyObject* cls, Cache* c) {
  if (!Py_IS_TYPE(cls, &PyType_Type)) return nullptr;
  return reinterpret_cast<PyObject*>(calls::native_init(reinterpret_cast<PyTypeObject*>(cls), c));
}

// Null, without an exception: there is no memory, the collector is to run, or calls nest too deeply.
extern "C" PyObject* jj_new_instance(PyThreadState* ts, PyObject* cls, PyObject* init, int nargs) {
  constexpr int kMostNested = 4;  // class calls within each other of which optimised code puts the contents in place
  static PyObject* no_arguments = PyTuple_New(0);
  const calls::ClassCall call(ts, reinterpret_cast<PyFunctionObject*>(init), true, nargs);
  if (collects_when_allocating(ts) || !call.has_room(kMostNested)) return nullptr;
  auto* type = reinterpret_cast<PyTypeObject*>(cls);
  PyObject* self = no_arguments ? type->tp_new(type, no_arguments, nullptr) : nullptr;
  if (!self) PyErr_Clear();
  return self;
}

extern "C" int jj_may_collect(PyThreadState* ts) { return collects_when_allocating(ts); }

// There are such values, and this one is empty.
extern "C" void jj_init_value(PyObject* value, PyObject* o, int index) {
  PyObject** place = &storable_values(o)[index];
  values_note_added(o, index);
  *place = value;
}

// The dict, if there is one, does not have the name. 0: there is no memory.
extern "C" int jj_init_in_dict(PyObject* value, PyObject* o, Cache* c) {
  if (kSplitDicts && add_to_split_dict(o, c->name, value)) return 1;
  const int failed = PyObject_GenericSetAttr(o, c->name, value);
  if (failed) PyErr_Clear();
  return failed == 0;
}

JJ_CHECK_HELPER(jj_peek_init);
JJ_CHECK_HELPER(jj_new_instance);
JJ_CHECK_HELPER(jj_may_collect);
JJ_CHECK_HELPER(jj_init_value);
JJ_CHECK_HELPER(jj_init_in_dict);
