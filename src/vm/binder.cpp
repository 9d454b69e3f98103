// Binds the arguments of a call to parameters by Python's rules; every error is left to the interpreter's own binder.
#include "vm/code_slot.h"
#include "vm/entry.h"

namespace jj::vm {
namespace {

struct Binding {
  PyFunctionObject* func;
  const CodeData* cd;
  PyObject** out;
  PyObject* extra_keywords;  // borrowed dict of **kwargs, or null

  int named() const { return cd->argcount + cd->kwonly; }
};

bool collect_extra_positional(Binding& b, PyObject* const* args, Py_ssize_t nargs) {
  Py_ssize_t extra = nargs > b.cd->argcount ? nargs - b.cd->argcount : 0;
  if (!(b.cd->flags & CO_VARARGS)) return extra == 0;
  PyObject* rest = PyTuple_New(extra);
  if (!rest) return false;
  for (Py_ssize_t i = 0; i < extra; ++i) {
    Py_INCREF(args[b.cd->argcount + i]);
    PyTuple_SET_ITEM(rest, i, args[b.cd->argcount + i]);
  }
  b.out[b.named()] = rest;
  return true;
}

// Parameter that takes `keyword`, -1 none, -2 the comparison failed.
int find_parameter(const Binding& b, PyObject* keyword) {
  int count = b.named();
  for (int i = b.cd->posonly; i < count; ++i)
    if (slot_name(b.cd->code, i) == keyword) return i;
  for (int i = b.cd->posonly; i < count; ++i) {
    int same = PyObject_RichCompareBool(keyword, slot_name(b.cd->code, i), Py_EQ);
    if (same) return same < 0 ? -2 : i;
  }
  return -1;
}

bool bind_keywords(Binding& b, PyObject* const* values, PyObject* names) {
  for (Py_ssize_t i = 0, n = PyTuple_GET_SIZE(names); i < n; ++i) {
    PyObject* keyword = PyTuple_GET_ITEM(names, i);
    if (!PyUnicode_Check(keyword)) return false;
    int at = find_parameter(b, keyword);
    if (at >= 0) {
      if (b.out[at]) return false;
      Py_INCREF(values[i]);
      b.out[at] = values[i];
    } else if (at == -2 || !b.extra_keywords || PyDict_SetItem(b.extra_keywords, keyword, values[i]) < 0) {
      return false;
    }
  }
  return true;
}

bool fill_defaults(Binding& b, Py_ssize_t nargs) {
  for (Py_ssize_t i = nargs; i < b.cd->argcount; ++i) {
    if (b.out[i]) continue;
    PyObject* value = positional_default(b.func, b.cd, i);
    if (!value) return false;
    Py_INCREF(value);
    b.out[i] = value;
  }
  for (int i = b.cd->argcount; i < b.named(); ++i) {
    if (b.out[i]) continue;
    PyObject* defaults = b.func->func_kwdefaults;
    PyObject* value = defaults ? PyDict_GetItemWithError(defaults, slot_name(b.cd->code, i)) : nullptr;
    if (!value) return false;
    Py_INCREF(value);
    b.out[i] = value;
  }
  return true;
}

bool bind(Binding& b, PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
  if (b.cd->flags & CO_VARKEYWORDS) {
    b.extra_keywords = PyDict_New();
    if (!b.extra_keywords) return false;
    b.out[b.named() + ((b.cd->flags & CO_VARARGS) != 0)] = b.extra_keywords;
  }
  Py_ssize_t positional = nargs < b.cd->argcount ? nargs : b.cd->argcount;
  for (Py_ssize_t i = 0; i < positional; ++i) {
    Py_INCREF(args[i]);
    b.out[i] = args[i];
  }
  return collect_extra_positional(b, args, nargs) && (!kwnames || bind_keywords(b, args + nargs, kwnames)) &&
         fill_defaults(b, positional);
}

}  // namespace

bool bind_arguments(PyFunctionObject* func, const CodeData* cd, PyObject* const* args, Py_ssize_t nargs,
                    PyObject* kwnames, PyObject** out) {
  int count = parameter_count(cd);
  for (int i = 0; i < count; ++i) out[i] = nullptr;
  Binding b{func, cd, out, nullptr};
  if (bind(b, args, nargs, kwnames)) return true;
  PyErr_Clear();
  for (int i = 0; i < count; ++i) Py_XDECREF(out[i]);
  return false;
}

}  // namespace jj::vm
