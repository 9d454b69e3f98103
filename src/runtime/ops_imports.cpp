// import statements.
#include "runtime/ops.h"

namespace jj::ops {
namespace {

// -- import name
PyObject* import_name(const Args& o, PyObject* level, PyObject* fromlist) {
  Frame* fr = o.fr;
  PyObject* importer = find_item(frame_builtins(fr), JJ_NAME("__import__"));
  if (!importer) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ImportError, "__import__ not found");
    return nullptr;
  }
  PyObject *globals = frame_globals(fr), *locals = frame_namespace(fr);
  if (!locals) locals = Py_None;
  PyObject* module = nullptr;
  if (importer == default_import(o.ts)) {
    long number = PyLong_AsLong(level);
    if (number != -1 || !PyErr_Occurred())
      module = PyImport_ImportModuleLevelObject(o.name(), globals, locals, fromlist, static_cast<int>(number));
  } else {
    PyObject* args[] = {o.name(), globals, locals, fromlist, level};
    module = PyObject_Vectorcall(importer, args, 5, nullptr);
  }
  Py_DECREF(importer);
  return module;
}

// -- from module import name
// An attribute that may be missing: 1 found, 0 not, -1 error.
int optional_attr(PyObject* o, PyObject* name, PyObject** value) {
  int found = get_optional_attr(o, name, value);
  if (found >= 0 || !kImportFromForgivesErrors) return found;
  PyErr_Clear();
  return 0;
}

// Whether the module's import is still under way: 1, 0, -1.
int being_imported(PyObject* module) {
  PyObject *spec = nullptr, *flag = nullptr;
  int found = optional_attr(module, JJ_NAME("__spec__"), &spec);
  if (found > 0) found = optional_attr(spec, JJ_NAME("_initializing"), &flag);
  int result = found > 0 ? PyObject_IsTrue(flag) : found;
  Py_XDECREF(flag);
  Py_XDECREF(spec);
  if (result >= 0 || !kImportFromForgivesErrors) return result;
  PyErr_Clear();
  return 0;
}

void set_import_error(PyObject* message, PyObject* module_name, PyObject* path, PyObject* name) {
  if (!kImportErrorHasNameFrom) {
    PyErr_SetImportError(message, module_name, path);
    return;
  }
  auto or_none = [](PyObject* o) { return o ? o : Py_None; };
  PyObject* details =
      Py_BuildValue("{s:O,s:O,s:O}", "name", or_none(module_name), "path", or_none(path), "name_from", or_none(name));
  PyObject* args = PyTuple_Pack(1, message);
  PyObject* error = details && args ? PyObject_Call(PyExc_ImportError, args, details) : nullptr;
  if (error) PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error)), error);
  Py_XDECREF(error);
  Py_XDECREF(args);
  Py_XDECREF(details);
}

// The module's file name as a str, owned; null without an exception when it has none.
PyObject* module_path(PyObject* module) {
  PyObject* path = PyModule_Check(module) ? PyModule_GetFilenameObject(module) : nullptr;
  if (path && !PyUnicode_Check(path)) Py_CLEAR(path);
  if (!path) PyErr_Clear();
  return path;
}

// module_name: a str or null.
void raise_cannot_import(PyObject* module, PyObject* module_name, PyObject* name) {
  PyObject* shown = module_name ? module_name : JJ_NAME("<unknown module name>");
  PyObject* path = module_path(module);
  PyObject* message;
  if (!path) {
    message = PyUnicode_FromFormat("cannot import name %R from %R (unknown location)", name, shown);
  } else {
    int partial = being_imported(module);
    if (partial < 0) {
      Py_DECREF(path);
      return;
    }
    message = PyUnicode_FromFormat(partial ? "cannot import name %R from partially initialized module %R "
                                             "(most likely due to a circular import) (%S)"
                                           : "cannot import name %R from %R (%S)",
                                   name, shown, path);
  }
  if (message) set_import_error(message, module_name, path, name);
  Py_XDECREF(message);
  Py_XDECREF(path);
}

// A submodule that is in sys.modules but not yet an attribute of its package, as in circular imports.
PyObject* find_submodule(PyObject* package_name, PyObject* name) {
  PyObject* full = PyUnicode_FromFormat("%U.%U", package_name, name);
  if (!full) return nullptr;
  PyObject* module = PyImport_GetModule(full);
  Py_DECREF(full);
  return module;
}

PyObject* import_from(PyObject* module, PyObject* name) {
  PyObject* value = nullptr;
  if (get_optional_attr(module, name, &value) != 0) return value;
  PyObject* module_name = nullptr;
  if (optional_attr(module, JJ_NAME("__name__"), &module_name) < 0) return nullptr;
  if (module_name && !PyUnicode_Check(module_name)) Py_CLEAR(module_name);
  if (module_name) value = find_submodule(module_name, name);
  if (!value && !PyErr_Occurred()) raise_cannot_import(module, module_name, name);
  Py_XDECREF(module_name);
  return value;
}

// -- from module import *
void raise_bad_export(PyObject* module, PyObject* name, bool from_dict) {
  PyObject* module_name = PyObject_GetAttr(module, JJ_NAME("__name__"));
  if (!module_name) return;
  if (!PyUnicode_Check(module_name))
    PyErr_Format(PyExc_TypeError, "module __name__ must be a string, not %.100s", Py_TYPE(module_name)->tp_name);
  else
    PyErr_Format(PyExc_TypeError, "%s in %U.%s must be str, not %.100s", from_dict ? "Key" : "Item", module_name,
                 from_dict ? "__dict__" : "__all__", Py_TYPE(name)->tp_name);
  Py_DECREF(module_name);
}

// What is exported: __all__, else the keys of __dict__.
PyObject* exported_names(PyObject* module, bool* from_dict) {
  PyObject *all = nullptr, *dict = nullptr;
  *from_dict = false;
  if (get_optional_attr(module, JJ_NAME("__all__"), &all) != 0) return all;
  *from_dict = true;
  int found = get_optional_attr(module, JJ_NAME("__dict__"), &dict);
  if (found == 0) PyErr_SetString(PyExc_ImportError, "from-import-* object has no __dict__ and no __all__");
  if (found <= 0) return nullptr;
  PyObject* names = PyMapping_Keys(dict);
  Py_DECREF(dict);
  return names;
}

int export_name(PyObject* module, PyObject* name, bool from_dict, PyObject* space) {
  if (!PyUnicode_Check(name)) {
    raise_bad_export(module, name, from_dict);
    return -1;
  }
  if (from_dict && PyUnicode_GET_LENGTH(name) > 0 && PyUnicode_READ_CHAR(name, 0) == '_') return 0;
  PyObject* value = PyObject_GetAttr(module, name);
  if (!value) return -1;
  int status = PyDict_CheckExact(space) ? PyDict_SetItem(space, name, value) : PyObject_SetItem(space, name, value);
  Py_DECREF(value);
  return status;
}

}  // namespace

int import_all(PyObject* module, PyObject* space) {
  bool from_dict;
  PyObject* names = exported_names(module, &from_dict);
  if (!names) return -1;
  int status = 0;
  for (Py_ssize_t i = 0; status >= 0; ++i) {
    PyObject* name = PySequence_GetItem(names, i);
    if (!name) {
      if (PyErr_ExceptionMatches(PyExc_IndexError))
        PyErr_Clear();
      else
        status = -1;
      break;
    }
    status = export_name(module, name, from_dict, space);
    Py_DECREF(name);
  }
  Py_DECREF(names);
  return status < 0 ? -1 : 0;
}

}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

JJ_STACK_OP(jj_op_import_name) { return replace(o, 2, import_name(o, o.top(2), o.top(1))); }
JJ_STACK_OP(jj_op_import_from) { return push(o, import_from(o.top(), o.name())); }

JJ_STACK_OP(jj_op_import_star) {
  PyObject* space = frame_namespace(o.fr);
  if (!space) PyErr_SetString(PyExc_SystemError, "no locals found during 'import *'");
  return consume(o, 1, space ? import_all(o.top(), space) : -1);
}
