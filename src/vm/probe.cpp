// Compares what this module was compiled against with what the running interpreter shows of a live frame.
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "vm/internal.h"

namespace jj::vm {

namespace {

constexpr long long probe_value = 12345678901;  // more than one int digit, and no constant of the interpreter's

char message[160];
bool looked = false;

__attribute__((format(printf, 1, 2))) const char* mismatch(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return message;
}

// Where in the frame object's struct the local shows up, for the message.
int find_slot(Frame* fr, PyObject* value) {
  auto words = reinterpret_cast<PyObject**>(fr);
  for (int i = 0; i < 80; ++i)
    if (words[i] == value) return static_cast<int>(i * sizeof(PyObject*));
  return -1;
}

const char* check_frame(PyThreadState* ts, PyObject* value) {
  if (ts != PyThreadState_Get()) return mismatch("the current thread state is not where it should be");
  if (ts->interp != PyInterpreterState_Get()) return mismatch("the thread state has its interpreter elsewhere");
  if (ts->interp->ceval.recursion_limit != Py_GetRecursionLimit())
    return mismatch("the recursion limit is not where %s has it", PY_VERSION);
  Frame* fr = current_frame(ts);
  PyFrameObject* object = PyThreadState_GetFrame(ts);
  if (!object) return mismatch("no frame object for the running frame");
  PyCodeObject* code = PyFrame_GetCode(object);
#if PY_VERSION_HEX >= 0x030B0000
  Frame* expected = object->f_frame;
  int lasti = PyFrame_GetLasti(object) / 2;
#else
  Frame* expected = object;
  int lasti = -1;
#endif
  Py_DECREF(object);
  Py_DECREF(code);
  if (fr != expected) return mismatch("the thread state has its current frame elsewhere");
  if (frame_code(fr) != code) return mismatch("frames have their code object elsewhere");
  int slots = static_cast<int>(reinterpret_cast<char*>(frame_slots(fr)) - reinterpret_cast<char*>(fr));
  if (frame_slots(fr)[0] != value || frame_slots(fr)[2] != value)
    return mismatch("frame slots at %d, expected %d", find_slot(fr, value), slots);
  if (lasti >= 0 && get_ip(fr) != lasti) return mismatch("instruction index %d, expected %d", get_ip(fr), lasti);
  if (get_ip(fr) < 0 || get_ip(fr) > 40)
    return mismatch("instruction index %d in a function of a few instructions", get_ip(fr));
  if (frame_globals(fr) != PyEval_GetGlobals()) return mismatch("frames have their globals elsewhere");
  if (frame_builtins(fr) != PyEval_GetBuiltins()) return mismatch("frames have their builtins elsewhere");
  PyObject* func = PyDict_GetItemString(frame_globals(fr), "f");
  PyFunctionObject* known = frame_function(fr);
  if (!func || (known && known != reinterpret_cast<PyFunctionObject*>(func)))
    return mismatch("frames have their function elsewhere");
  if (PyVectorcall_Function(func) != reinterpret_cast<PyFunctionObject*>(func)->vectorcall)
    return mismatch("functions have their entry elsewhere");
  return probe_version(fr, func);
}

const char* found = nullptr;

PyObject* look(PyObject*, PyObject* value) {
  looked = true;
  found = check_frame(thread_state(), value);
  Py_RETURN_NONE;
}
PyMethodDef look_def = {"look", look, METH_O, nullptr};

bool run_probe() {
  PyObject* globals = PyDict_New();
  PyObject* function = PyCFunction_New(&look_def, nullptr);
  PyObject* value = PyLong_FromLongLong(probe_value);
  bool ok = globals && function && value && PyDict_SetItemString(globals, "look", function) == 0 &&
            PyDict_SetItemString(globals, "v", value) == 0;
  if (ok) {
    PyObject* result =
        PyRun_String("def f(x, y):\n z = x\n return look(z)\nf(v, 'k')\n", Py_file_input, globals, globals);
    ok = result != nullptr;
    Py_XDECREF(result);
  }
  Py_XDECREF(globals);
  Py_XDECREF(function);
  Py_XDECREF(value);
  return ok && looked;
}

}  // namespace

const char* probe() {
  if (std::strncmp(Py_GetVersion(), PY_VERSION, std::strcspn(PY_VERSION, ".") + 3) != 0)
    return mismatch("compiled for Python %s, running in %.20s", PY_VERSION, Py_GetVersion());
  if (!run_probe()) {
    PyErr_Clear();
    return mismatch("the probe function could not be run");
  }
  return found;
}

}  // namespace jj::vm
