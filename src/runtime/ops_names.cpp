// Names in namespaces, and fast locals and cells where more than a load is needed.
#include "runtime/ops.h"

#include "runtime/compat/objects.h"
#include "runtime/names.h"

namespace jj::ops {

PyObject* find_item(PyObject* mapping, PyObject* key) {
  if (PyDict_CheckExact(mapping)) {
    PyObject* value = PyDict_GetItemWithError(mapping, key);
    Py_XINCREF(value);
    return value;
  }
  PyObject* value = PyObject_GetItem(mapping, key);
  if (!value && PyErr_ExceptionMatches(PyExc_KeyError)) PyErr_Clear();
  return value;
}

namespace {

// The dict API, which a subclass of dict does not notice: how LOAD_NAME reads globals.
PyObject* find_global(PyObject* globals, PyObject* name) {
  PyObject* value = PyDict_GetItemWithError(globals, name);
  Py_XINCREF(value);
  return value;
}

// Goes on in builtins when a look-up found nothing, and raises the NameError when they do not have it either.
PyObject* or_builtin(Frame* fr, PyObject* name, PyObject* value) {
  if (value || PyErr_Occurred()) return value;
  value = find_item(frame_builtins(fr), name);
  if (!value && !PyErr_Occurred()) raise_name_error(name);
  return value;
}

PyObject* find_name(Frame* fr, PyObject* name) {
  PyObject* space = frame_namespace(fr);
  if (!space) {
    raise_no_locals_for_load(name);
    return nullptr;
  }
  PyObject* value = find_item(space, name);
  if (!value && !PyErr_Occurred()) value = or_builtin(fr, name, find_global(frame_globals(fr), name));
  return value;
}

// After a class namespace: globals through their own look-up when one of the two namespaces is no exact dict.
PyObject* find_after_class(Frame* fr, PyObject* name) {
  PyObject* globals = frame_globals(fr);
  bool plain = PyDict_CheckExact(globals) && PyDict_CheckExact(frame_builtins(fr));
  return or_builtin(fr, name, plain ? find_global(globals, name) : find_item(globals, name));
}

PyObject* cell_value(const Args& o) {
  PyObject* value = PyCell_GET(o.slot());
  if (value) return new_ref(value);
  raise_unbound_deref(o.fr, o.arg);
  return nullptr;
}

// A variable that a class body may shadow: in `space`, else in the cell.
PyObject* find_in_class_or_cell(const Args& o, PyObject* space) {
  bool free_variable;
  PyObject* name = variable_name(frame_code(o.fr), o.arg, free_variable);
  if (!name) return nullptr;
  PyObject* value = find_item(space, name);
  Py_DECREF(name);
  return value || PyErr_Occurred() ? value : cell_value(o);
}

int annotations_exist(PyObject* space) {
  PyObject* found = find_item(space, JJ_NAME("__annotations__"));
  if (!found) return PyErr_Occurred() ? -1 : 0;
  Py_DECREF(found);
  return 1;
}

}  // namespace
}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

// -- names
JJ_STACK_OP(jj_op_store_global) { return consume(o, 1, PyDict_SetItem(frame_globals(o.fr), o.name(), o.top())); }

JJ_STACK_OP(jj_op_delete_global) {
  if (PyDict_DelItem(frame_globals(o.fr), o.name()) == 0) return 0;
  if (PyErr_ExceptionMatches(PyExc_KeyError)) {
    PyErr_Clear();
    raise_name_error(o.name());
  }
  return -1;
}

JJ_STACK_OP(jj_op_load_name) { return push(o, find_name(o.fr, o.name())); }

JJ_STACK_OP(jj_op_store_name) {
  PyObject *space = frame_namespace(o.fr), *name = o.name();
  int status = -1;
  if (!space)
    PyErr_Format(PyExc_SystemError, "no locals found when storing %R", name);
  else if (PyDict_CheckExact(space))
    status = PyDict_SetItem(space, name, o.top());
  else
    status = PyObject_SetItem(space, name, o.top());
  return consume(o, 1, status);
}

JJ_STACK_OP(jj_op_delete_name) {
  PyObject *space = frame_namespace(o.fr), *name = o.name();
  if (!space) {
    PyErr_Format(PyExc_SystemError, "no locals when deleting %R", name);
    return -1;
  }
  if (PyObject_DelItem(space, name) == 0) return 0;
  raise_name_error(name);  // whatever a mapping of the user's own raised
  return -1;
}

JJ_STACK_OP(jj_op_load_locals) {
  PyObject* space = frame_namespace(o.fr);
  if (!space) PyErr_SetString(PyExc_SystemError, "no locals found");
  Py_XINCREF(space);
  return push(o, space);
}

JJ_STACK_OP(jj_op_load_from_dict_or_globals) {
  PyObject* value = find_item(o.top(), o.name());
  if (!value && !PyErr_Occurred()) value = find_after_class(o.fr, o.name());
  return replace(o, 1, value);
}

JJ_STACK_OP(jj_op_setup_annotations) {
  PyObject* space = frame_namespace(o.fr);
  if (!space) {
    PyErr_SetString(PyExc_SystemError, "no locals found when setting up annotations");
    return -1;
  }
  int exist = annotations_exist(space);
  if (exist != 0) return exist < 0 ? -1 : 0;
  PyObject* annotations = PyDict_New();
  if (!annotations) return -1;
  PyObject* key = JJ_NAME("__annotations__");
  int status =
      PyDict_CheckExact(space) ? PyDict_SetItem(space, key, annotations) : PyObject_SetItem(space, key, annotations);
  Py_DECREF(annotations);
  return status < 0 ? -1 : 0;
}

// -- fast locals and cells
JJ_STACK_OP(jj_op_delete_fast) {
  PyObject* old = o.slot();
  if (!old) {
    jj_unbound_local(o.fr, o.arg, o.idx);
    return -1;
  }
  o.slot() = nullptr;
  Py_DECREF(old);
  return 0;
}

JJ_STACK_OP(jj_op_make_cell) {
  PyObject* initial = o.slot();  // an argument, or null
  PyObject* cell = PyCell_New(initial);
  if (!cell) return -1;
  o.slot() = cell;
  Py_XDECREF(initial);
  return 0;
}

JJ_STACK_OP(jj_op_copy_free_vars) {
  PyFunctionObject* func = frame_function(o.fr);
  if (!func) {
    PyErr_SetString(PyExc_SystemError, "a frame without its function has no free variables to copy");
    return -1;
  }
  PyObject** slots = frame_slots(o.fr) + code_nlocalsplus(frame_code(o.fr)) - o.arg;
  for (int i = 0; i < o.arg; ++i) slots[i] = new_ref(PyTuple_GET_ITEM(func->func_closure, i));
  return 0;
}

JJ_STACK_OP(jj_op_store_deref) {
  PyObject* cell = o.slot();
  PyObject* old = PyCell_GET(cell);
  PyCell_SET(cell, o.top());
  Py_XDECREF(old);
  return 0;
}

JJ_STACK_OP(jj_op_delete_deref) {
  PyObject* cell = o.slot();
  PyObject* old = PyCell_GET(cell);
  if (!old) {
    raise_unbound_deref(o.fr, o.arg);
    return -1;
  }
  PyCell_SET(cell, nullptr);
  Py_DECREF(old);
  return 0;
}

JJ_STACK_OP(jj_op_load_class_deref) {
  PyObject* space = frame_namespace(o.fr);
  if (!space) {
    PyErr_SetString(PyExc_SystemError, "no locals found");
    return -1;
  }
  return push(o, find_in_class_or_cell(o, space));
}

JJ_STACK_OP(jj_op_load_from_dict_or_deref) { return replace(o, 1, find_in_class_or_cell(o, o.top())); }
