// CPython 3.11: what its stack helpers do differently.
#pragma once
#include "runtime/compat/ops_groups.h"
#include "runtime/compat/ops_until311.h"
#include "runtime/patch_level.h"

namespace jj {

// -- the end of a try with except*, which this version does not export
namespace groups {

inline PyObject* leaves_of(PyObject* group) { return reinterpret_cast<PyBaseExceptionGroupObject*>(group)->excs; }

// Adds the identities of all exceptions in `exc` that are no groups.
inline int collect_leaf_ids(PyObject* exc, PyObject* ids) {
  if (!is_exception_group(exc)) {
    PyObject* id = PyLong_FromVoidPtr(exc);
    int status = id ? PySet_Add(ids, id) : -1;
    Py_XDECREF(id);
    return status;
  }
  PyObject* excs = leaves_of(exc);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(excs); ++i) {
    if (Py_EnterRecursiveCall(" in collect_exception_group_leaf_ids")) return -1;
    int status = collect_leaf_ids(PyTuple_GET_ITEM(excs, i), ids);
    Py_LeaveRecursiveCall();
    if (status < 0) return -1;
  }
  return 0;
}

inline int copy_notes(PyObject* from, PyObject* to) {
  PyObject* key = PyUnicode_InternFromString("__notes__");
  PyObject* notes = nullptr;
  int status = key ? _PyObject_LookupAttr(from, key, &notes) : -1;
  if (status > 0) {
    PyObject* copy = PySequence_Check(notes) ? PySequence_List(notes) : nullptr;
    status = copy ? PyObject_SetAttr(to, key, copy) : PyErr_Occurred() ? -1 : 0;
    Py_XDECREF(copy);
  }
  Py_XDECREF(notes);
  Py_XDECREF(key);
  return status < 0 ? -1 : 0;
}

// A group like `group` around the exceptions of `list`.
inline PyObject* derive(PyObject* group, PyObject* list) {
  PyObject* made = PyObject_CallMethod(group, "derive", "(O)", list);
  if (!made) return nullptr;
  bool ok = is_exception_group(made);
  if (!ok) PyErr_SetString(PyExc_TypeError, "derive must return an instance of BaseExceptionGroup");
  if (ok) {
    PyObject* tb = PyException_GetTraceback(group);
    if (tb) ok = PyException_SetTraceback(made, tb) >= 0;
    Py_XDECREF(tb);
  }
  if (ok) {
    PyException_SetContext(made, PyException_GetContext(group));
    PyException_SetCause(made, PyException_GetCause(group));
    ok = copy_notes(group, made) >= 0;
  }
  if (!ok) Py_CLEAR(made);
  return made;
}

// The part of `exc` made of the leaves in `ids`, in its shape; None when there is none.
inline PyObject* keep_leaves(PyObject* exc, PyObject* ids) {
  if (!is_exception_group(exc)) {
    PyObject* id = PyLong_FromVoidPtr(exc);
    int kept = id ? PySet_Contains(ids, id) : -1;
    Py_XDECREF(id);
    return kept < 0 ? nullptr : Py_NewRef(kept ? exc : Py_None);
  }
  PyObject* list = PyList_New(0);
  PyObject* excs = leaves_of(exc);
  for (Py_ssize_t i = 0; list && i < PyTuple_GET_SIZE(excs); ++i) {
    PyObject* part = nullptr;
    if (!Py_EnterRecursiveCall(" in exceptiongroup_split_recursive")) {
      part = keep_leaves(PyTuple_GET_ITEM(excs, i), ids);
      Py_LeaveRecursiveCall();
    }
    if (!part || (part != Py_None && PyList_Append(list, part) < 0)) Py_CLEAR(list);
    Py_XDECREF(part);
  }
  if (!list) return nullptr;
  PyObject* result = PyList_GET_SIZE(list) ? derive(exc, list) : Py_NewRef(Py_None);
  Py_DECREF(list);
  return result;
}

// Raised again unchanged, as opposed to raised by an except* clause.
inline bool is_reraised(PyObject* exc, PyObject* original) {
  auto *a = reinterpret_cast<PyBaseExceptionObject*>(exc), *b = reinterpret_cast<PyBaseExceptionObject*>(original);
  return a->notes == b->notes && a->traceback == b->traceback && a->cause == b->cause && a->context == b->context;
}

// Sorts the outcomes of the clauses: new exceptions go to `raised`, the leaves of the others to `ids`.
inline int sort_outcomes(PyObject* original, PyObject* excs, PyObject* raised, PyObject* ids) {
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(excs); ++i) {
    PyObject* exc = PyList_GET_ITEM(excs, i);
    if (exc == Py_None) continue;
    int status = is_reraised(exc, original) ? collect_leaf_ids(exc, ids) : PyList_Append(raised, exc);
    if (status < 0) return -1;
  }
  return 0;
}

// What is to be raised: `raised` plus `reraised` (None: nothing), in a group of their own when they are several.
inline PyObject* join_outcomes(PyObject* raised, PyObject* reraised) {
  if (PyList_GET_SIZE(raised) == 0) return Py_NewRef(reraised);
  if (reraised != Py_None && PyList_Append(raised, reraised) < 0) return nullptr;
  if (PyList_GET_SIZE(raised) == 1 && !patch_level.lone_in_group) return Py_NewRef(PyList_GET_ITEM(raised, 0));
  return new_group(raised);
}

}  // namespace groups

// What is still to be raised after the except* clauses for `original`, of which `excs` lists the outcomes; None: nothing.
inline PyObject* prepare_reraise_star(PyObject* original, PyObject* excs) {
  if (PyList_GET_SIZE(excs) == 0) return Py_NewRef(Py_None);
  if (!is_exception_group(original)) return Py_NewRef(PyList_GET_ITEM(excs, 0));  // at most one clause ran
  PyObject *raised = PyList_New(0), *ids = PySet_New(nullptr), *result = nullptr;
  if (raised && ids && groups::sort_outcomes(original, excs, raised, ids) == 0) {
    PyObject* reraised = groups::keep_leaves(original, ids);
    if (reraised) result = groups::join_outcomes(raised, reraised);
    Py_XDECREF(reraised);
  }
  Py_XDECREF(raised);
  Py_XDECREF(ids);
  return result;
}

}  // namespace jj
