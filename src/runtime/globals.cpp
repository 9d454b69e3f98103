// LOAD_GLOBAL and LOAD_DEREF: names in module globals, builtins and cells.
#include "runtime/caches.h"
#include "runtime/names.h"
#include "runtime/refs.h"
#include "runtime/signature.h"

namespace jj {
namespace {

void set_error_name(PyObject* name) {
  PyObject *type, *value, *tb;
  PyErr_Fetch(&type, &value, &tb);
  PyErr_NormalizeException(&type, &value, &tb);
  if (value && PyObject_TypeCheck(value, reinterpret_cast<PyTypeObject*>(PyExc_NameError)) &&
      PyObject_SetAttrString(value, "name", name) < 0)
    PyErr_Clear();
  PyErr_Restore(type, value, tb);
}

void raise_with_name(PyObject* exception, const char* format, PyObject* name) {
  const char* text = PyUnicode_AsUTF8(name);
  if (!text) return;
  PyErr_Format(exception, format, text);
  if (exception == PyExc_NameError) set_error_name(name);
}

// Looks the name up in namespaces of which at least one is not an exact dict.
PyObject* general_global(Frame* fr, PyObject* name) {
  for (PyObject* space : {frame_globals(fr), frame_builtins(fr)}) {
    PyObject* value = PyObject_GetItem(space, name);
    if (value) return value;
    if (!PyErr_ExceptionMatches(PyExc_KeyError)) return nullptr;
    PyErr_Clear();
  }
  raise_name_error(name);
  return nullptr;
}

// globals_before, keys_before: versions of globals from before the look-up.
void remember(Cache* c, GlobalState state, PyObject* home, uint64_t globals_before, uint32_t keys_before) {
  int index = dict_find(home, c->name);
  c->state = kGlobalUnknown;
  if (index < 0) return;
  GlobalCache& cache = global_cache(c);
  cache.index = static_cast<uint32_t>(index);
  cache.globals_version = globals_before;
  cache.keys_version = keys_before;
  c->state = state;
}

[[gnu::noinline]] PyObject* load_global_slow(Frame* fr, Cache* c, uint32_t site) {
  set_ip(fr, site_index(site));
  PyObject *globals = frame_globals(fr), *builtins = frame_builtins(fr), *name = c->name;
  if (!PyDict_CheckExact(globals) || !PyDict_CheckExact(builtins)) return general_global(fr, name);
  bool in_globals = true;
  uint64_t version = dict_version(globals);
  uint32_t keys_version = dict_keys_version(globals);
  PyObject* value = PyDict_GetItemWithError(globals, name);
  if (!value && !PyErr_Occurred()) {
    value = PyDict_GetItemWithError(builtins, name);
    in_globals = false;
  }
  if (!value) {
    if (!PyErr_Occurred()) raise_name_error(name);
    return nullptr;
  }
  Py_INCREF(value);
  if (in_globals)
    remember(c, kGlobalInGlobals, globals, version, keys_version);
  else
    remember(c, kGlobalInBuiltins, builtins, version, keys_version);
  return value;
}

// Whether globals still has no such name: it is unchanged, or at least its keys are.
inline bool globals_still_lack(PyObject* globals, const GlobalCache& cache) {
  return dict_version(globals) == cache.globals_version ||
         (cache.keys_version != 0 && dict_keys_version(globals) == cache.keys_version);
}

// The name's value if the cache knows where it is, borrowed.
inline PyObject* cached_global(Frame* fr, Cache* c) {
  const GlobalCache& cache = global_cache(c);
  PyObject* globals = frame_globals(fr);
  if (JJ_UNLIKELY(!PyDict_CheckExact(globals))) return nullptr;
  if (c->state == kGlobalInGlobals) return dict_entry(globals, cache.index, c->name);
  if (c->state != kGlobalInBuiltins || !globals_still_lack(globals, cache)) return nullptr;
  PyObject* builtins = frame_builtins(fr);
  return PyDict_CheckExact(builtins) ? dict_entry(builtins, cache.index, c->name) : nullptr;
}

// What GlobalPeek looks at first. A dict that shares values with an instance can change without a new version.
inline PyObject* note(Frame* fr, Cache* c, PyObject* value, bool builtin) {
  PyObject *globals = frame_globals(fr), *builtins = frame_builtins(fr);
  if (c->state != (builtin ? kGlobalInBuiltins : kGlobalInGlobals)) return value;
  if (dict_is_split(globals) || (builtin && dict_is_split(builtins))) return value;
  GlobalCache& cache = global_cache(c);
  cache.globals_noted = dict_version(globals);
  if (builtin) cache.builtins_noted = dict_version(builtins);
  cache.value = value;
  return value;
}

}  // namespace

void raise_name_error(PyObject* name) { raise_with_name(PyExc_NameError, "name '%.200s' is not defined", name); }

void raise_unbound_deref(Frame* fr, int slot) {
  bool free_variable;
  PyObject* name = variable_name(frame_code(fr), slot, free_variable);
  if (!name) return;
  if (free_variable)
    raise_with_name(PyExc_NameError, kUnboundFreeText, name);
  else
    raise_with_name(PyExc_UnboundLocalError, kUnboundLocalText, name);
  Py_DECREF(name);
}

}  // namespace jj

using namespace jj;

extern "C" PyObject* jj_load_global(Frame* fr, Cache* c, uint32_t site) {
  PyObject* value = cached_global(fr, c);
  return JJ_LIKELY(value != nullptr) ? new_ref(value) : load_global_slow(fr, c, site);
}

// Looking a name up in exact dicts with str keys runs no code; anything else, and a missing name, is not decided here.
extern "C" PyObject* jj_peek_global(Frame* fr, Cache* c, uint32_t site) {
  const bool builtin = site & kOwnFirst;
  if (PyObject* value = cached_global(fr, c)) return note(fr, c, value, builtin);
  for (PyObject* space : {frame_globals(fr), frame_builtins(fr)})
    if (!PyDict_CheckExact(space) || !dict_keys_are_str(space)) return nullptr;
  int ip = get_ip(fr);
  PyObject* value = load_global_slow(fr, c, site);
  set_ip(fr, ip);
  if (!value) {
    PyErr_Clear();
    return nullptr;
  }
  Py_DECREF(value);  // its namespace holds it
  return note(fr, c, value, builtin);
}

extern "C" PyObject* jj_load_deref(Frame* fr, int slot, int idx) {
  PyObject* value = PyCell_GET(frame_slots(fr)[slot]);
  if (JJ_LIKELY(value != nullptr)) return new_ref(value);
  set_ip(fr, idx);
  raise_unbound_deref(fr, slot);
  return nullptr;
}

JJ_CHECK_HELPER(jj_load_global);
JJ_CHECK_HELPER(jj_peek_global);
JJ_CHECK_HELPER(jj_load_deref);
