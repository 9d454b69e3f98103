// match statements.
#include "runtime/ops.h"

#include "runtime/names.h"

namespace jj::ops {
namespace {

// Adds to a set that must not have it yet: 1 added, 0 it was there, -1 error.
int add_new(PyObject* seen, PyObject* item) {
  int there = PySet_Contains(seen, item);
  if (there != 0) return there < 0 ? -1 : 0;
  return PySet_Add(seen, item) < 0 ? -1 : 1;
}

// map.get, to be called with or without the map in front.
struct Getter {
  PyObject* map;
  PyObject* get = nullptr;
  bool unbound = false;

  PyObject* operator()(PyObject* key, PyObject* fallback) const {
    PyObject* args[] = {map, key, fallback};
    return unbound ? PyObject_Vectorcall(get, args, 3, nullptr) : PyObject_Vectorcall(get, args + 1, 2, nullptr);
  }
};

// Fills `values`; 1 all keys there, 0 one is missing, -1 error. `absent` is what get() returns for a missing key.
int fetch_values(const Getter& get, PyObject* keys, PyObject* seen, PyObject* absent, PyObject* values) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keys); ++i) {
    PyObject* key = PyTuple_GET_ITEM(keys, i);
    int added = add_new(seen, key);
    if (added == 0) PyErr_Format(PyExc_ValueError, "mapping pattern checks duplicate key (%R)", key);
    if (added <= 0) return -1;
    PyObject* value = get(key, absent);
    if (!value) return -1;
    if (value == absent) {
      Py_DECREF(value);
      return 0;
    }
    PyTuple_SET_ITEM(values, i, value);
  }
  return 1;
}

// A class pattern at work: the attributes found so far, and their names.
struct ClassMatch {
  PyObject* subject;
  PyTypeObject* type;
  PyObject* seen;
  PyObject* attributes;

  // 1 found, 0 the subject has no such attribute, -1 error.
  int add(PyObject* name) {
    int added = add_new(seen, name);
    if (added == 0)
      PyErr_Format(PyExc_TypeError, "%s() got multiple sub-patterns for attribute %R", type->tp_name, name);
    if (added <= 0) return -1;
    PyObject* value = nullptr;
    int found = get_optional_attr(subject, name, &value);
    if (found > 0 && PyList_Append(attributes, value) < 0) found = -1;
    Py_XDECREF(value);
    return found;
  }
};

// 1 with *names the tuple __match_args__, 0 without one, -1 error.
int match_args_of(PyTypeObject* type, PyObject** names) {
  int found = get_optional_attr(reinterpret_cast<PyObject*>(type), JJ_NAME("__match_args__"), names);
  if (found <= 0 || PyTuple_CheckExact(*names)) return found;
  PyErr_Format(PyExc_TypeError, "%s.__match_args__ must be a tuple (got %s)", type->tp_name, Py_TYPE(*names)->tp_name);
  Py_CLEAR(*names);
  return -1;
}

// The positional sub-patterns: 1, 0 no match, -1 error. names: __match_args__ or null.
int match_positional(ClassMatch& m, Py_ssize_t count, PyObject* names) {
  bool self = !names && PyType_HasFeature(m.type, _Py_TPFLAGS_MATCH_SELF);
  Py_ssize_t allowed = self ? 1 : names ? PyTuple_GET_SIZE(names) : 0;
  if (allowed < count) {
    PyErr_Format(PyExc_TypeError, "%s() accepts %zd positional sub-pattern%s (%zd given)", m.type->tp_name, allowed,
                 allowed == 1 ? "" : "s", count);
    return -1;
  }
  if (self) return PyList_Append(m.attributes, m.subject) < 0 ? -1 : 1;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    if (!PyUnicode_CheckExact(name)) {
      PyErr_Format(PyExc_TypeError, "__match_args__ elements must be strings (got %s)", Py_TYPE(name)->tp_name);
      return -1;
    }
    int found = m.add(name);
    if (found <= 0) return found;
  }
  return 1;
}

int match_parts(ClassMatch& m, Py_ssize_t positional, PyObject* names) {
  if (positional > 0) {
    PyObject* match_args = nullptr;
    int found = match_args_of(m.type, &match_args);
    if (found >= 0) found = match_positional(m, positional, match_args);
    Py_XDECREF(match_args);
    if (found <= 0) return found;
  }
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
    int found = m.add(PyTuple_GET_ITEM(names, i));
    if (found <= 0) return found;
  }
  return 1;
}

PyObject* has_flag(PyObject* o, unsigned long flag) { return bool_object((Py_TYPE(o)->tp_flags & flag) != 0); }

}  // namespace

PyObject* match_class(PyObject* subject, PyObject* type, Py_ssize_t positional, PyObject* names) {
  if (!PyType_Check(type)) {
    PyErr_SetString(PyExc_TypeError, kNotAPatternClass);
    return nullptr;
  }
  if (PyObject_IsInstance(subject, type) <= 0) return nullptr;
  ClassMatch m{subject, reinterpret_cast<PyTypeObject*>(type), PySet_New(nullptr), PyList_New(0)};
  PyObject* result = nullptr;
  if (m.seen && m.attributes && match_parts(m, positional, names) > 0) result = PyList_AsTuple(m.attributes);
  Py_XDECREF(m.seen);
  Py_XDECREF(m.attributes);
  return result;
}

PyObject* match_keys(PyObject* subject, PyObject* keys) {
  if (PyTuple_GET_SIZE(keys) == 0) return PyTuple_New(0);
  Getter get{subject};
  get.unbound = _PyObject_GetMethod(subject, JJ_NAME("get"), &get.get) != 0;
  if (!get.get) return nullptr;
  PyObject* seen = PySet_New(nullptr);
  PyObject* absent = PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
  PyObject* values = PyTuple_New(PyTuple_GET_SIZE(keys));
  int found = seen && absent && values ? fetch_values(get, keys, seen, absent, values) : -1;
  if (found <= 0) Py_CLEAR(values);
  if (found == 0) values = new_ref(Py_None);
  Py_XDECREF(seen);
  Py_XDECREF(absent);
  Py_DECREF(get.get);
  return values;
}

}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_match_mapping) { return push(o, has_flag(o.top(), Py_TPFLAGS_MAPPING)); }
JJ_STACK_OP(jj_op_match_sequence) { return push(o, has_flag(o.top(), Py_TPFLAGS_SEQUENCE)); }
JJ_STACK_OP(jj_op_match_keys) { return push(o, match_keys(o.top(2), o.top(1))); }

JJ_STACK_OP(jj_op_match_class) {
  PyObject* attributes = match_class(o.top(3), o.top(2), o.arg, o.top(1));
  if (!attributes && !PyErr_Occurred()) attributes = new_ref(Py_None);
  return replace(o, 3, attributes);
}
