// Binds the arguments of a call to parameters by Python's rules; every error is left to the interpreter's own binder.
#include "runtime/compat/objects.h"
#include "runtime/refs.h"
#include "vm/code_slot.h"
#include "vm/entry.h"

namespace jj::vm {
namespace {

struct Binding {
  const CodeData* cd;
  PyObject** slots;
  PyObject* const* names;    // of the parameters; all are interned
  PyObject* extra_keywords;  // borrowed dict of **kwargs, or null
};

void put(PyObject** slot, PyObject* value) {
  Py_INCREF(value);
  *slot = value;
}

// Parameter that takes `keyword`, an exact str, or -1.
int find_parameter(const Binding& b, PyObject* keyword) {
  int first = b.cd->posonly, count = b.cd->argcount + b.cd->kwonly;
  for (int i = first; i < count; ++i)
    if (b.names[i] == keyword) return i;
  if (PyUnicode_CHECK_INTERNED(keyword)) return -1;
  for (int i = first; i < count; ++i)
    if (PyUnicode_Compare(keyword, b.names[i]) == 0) return i;
  return -1;
}

bool bind_keyword(const Binding& b, PyObject* keyword, PyObject* value) {
  if (!PyUnicode_CheckExact(keyword)) return false;  // comparing it may run code
  int at = find_parameter(b, keyword);
  if (at < 0) return b.extra_keywords && PyDict_SetItem(b.extra_keywords, keyword, value) == 0;
  if (b.slots[at]) return false;
  put(&b.slots[at], value);
  return true;
}

bool bind_keywords(const Binding& b, const Arguments& given) {
  if (given.names) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(given.names); ++i)
      if (!bind_keyword(b, PyTuple_GET_ITEM(given.names, i), given.args[given.nargs + i])) return false;
  }
  if (given.keywords) {
    PyObject *keyword, *value;
    for (Py_ssize_t at = 0; PyDict_Next(given.keywords, &at, &keyword, &value);)
      if (!bind_keyword(b, keyword, value)) return false;
  }
  return true;
}

bool fill_defaults(const Binding& b, PyFunctionObject* func, Py_ssize_t positional) {
  const CodeData* cd = b.cd;
  for (Py_ssize_t i = positional; i < cd->argcount; ++i) {
    if (b.slots[i]) continue;
    PyObject* value = positional_default(func, cd, i);
    if (!value) return false;
    put(&b.slots[i], value);
  }
  return fill_keyword_defaults(b.slots, func, cd);
}

}  // namespace

bool fill_keyword_defaults(PyObject** slots, PyFunctionObject* func, const CodeData* cd) {
  PyObject* const* names = parameter_names(cd->code);
  PyObject* defaults = func->func_kwdefaults;
  if (defaults && !dict_has_only_str(defaults)) defaults = nullptr;  // other keys could run code, which sees our frame
  for (int i = cd->argcount; i < cd->argcount + cd->kwonly; ++i) {
    if (slots[i]) continue;
    const Py_hash_t hash = reinterpret_cast<PyASCIIObject*>(names[i])->hash;  // names are interned
    PyObject* value = defaults ? _PyDict_GetItem_KnownHash(defaults, names[i], hash) : nullptr;
    if (!value) return false;
    put(&slots[i], value);
  }
  return true;
}

// Makes what * and ** parameters hold; false with an exception set.
bool make_collectors(const CodeData* cd, const Arguments& given, PyObject** rest, PyObject** keywords) {
  if (cd->flags & CO_VARARGS) {
    Py_ssize_t surplus = given.nargs > cd->argcount ? given.nargs - cd->argcount : 0;
    if (!(*rest = PyTuple_New(surplus))) return false;
    for (Py_ssize_t i = 0; i < surplus; ++i) PyTuple_SET_ITEM(*rest, i, new_ref(given.args[cd->argcount + i]));
  }
  return !(cd->flags & CO_VARKEYWORDS) || (*keywords = PyDict_New());
}

bool bind_arguments(PyFunctionObject* func, const CodeData* cd, const Arguments& given, PyObject* extra_keywords,
                    PyObject** slots) {
  if (given.nargs > cd->argcount && !(cd->flags & CO_VARARGS)) return false;
  Binding b{cd, slots, parameter_names(cd->code), extra_keywords};
  Py_ssize_t positional = given.nargs < cd->argcount ? given.nargs : cd->argcount;
  for (Py_ssize_t i = 0; i < positional; ++i) {
    put(&slots[i], given.args[i]);
    __asm__("" : "+r"(i));  // few: an unrolled loop costs more
  }
  return bind_keywords(b, given) && fill_defaults(b, func, positional);
}

bool bind_everything(PyFunctionObject* func, const CodeData* cd, const Arguments& given, PyObject** slots) {
  PyObject *rest = nullptr, *keywords = nullptr;
  const bool made = make_collectors(cd, given, &rest, &keywords);
  PyObject** next = slots + cd->argcount + cd->kwonly;
  if (rest) *next++ = rest;
  if (keywords) *next = keywords;
  return made && bind_arguments(func, cd, given, keywords, slots);
}

}  // namespace jj::vm
