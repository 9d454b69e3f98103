// LOAD_GLOBAL and LOAD_DEREF: names in module globals, builtins and cells.
#include "runtime/builtins.h"
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

// What a look-up in exact dicts is remembered by: versions from before it, as it may run code. A dict that shares values
// with an instance can change without a new version.
struct Versions {
  Versions(PyObject* globals_dict, PyObject* builtins_dict) {
    if (dict_is_split(globals_dict) || dict_is_split(builtins_dict)) return;
    globals = dict_version(globals_dict);
    builtins = dict_version(builtins_dict);
    keys = dict_keys_version(globals_dict);
  }
  uint64_t globals = 0, builtins = 0;
  uint32_t keys = 0;
};
void remember_value(GlobalCache& cache, PyObject* value, PyObject* builtins, const Versions& before) {
  cache.globals_version = before.globals;
  cache.builtins_version = before.builtins;
  cache.builtins = builtins;
  cache.value = value;
  cache.globals_noted = 0;
}
void remember_place(Cache* c, GlobalState state, PyObject* home, const Versions& before) {
  GlobalCache& cache = global_cache(c);
  int index = dict_find(home, c->name);
  c->state = index < 0 ? kGlobalUnknown : state;
  cache.index = static_cast<uint32_t>(index);
  cache.keys_version = before.keys;
}

[[gnu::noinline]] PyObject* load_global_slow(Frame* fr, Cache* c, uint32_t site) {
  set_ip(fr, site_index(site));
  PyObject *globals = frame_globals(fr), *builtins = frame_builtins(fr), *name = c->name;
  if (!PyDict_CheckExact(globals) || !PyDict_CheckExact(builtins)) return general_global(fr, name);
  bool in_globals = true;
  Versions before(globals, builtins);
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
  remember_value(global_cache(c), value, builtins, before);
  remember_place(c, in_globals ? kGlobalInGlobals : kGlobalInBuiltins, in_globals ? globals : builtins, before);
  return value;
}

// Whether globals still has no such name: it is unchanged, or at least its keys are.
inline bool globals_still_lack(PyObject* globals, const GlobalCache& cache) {
  return dict_version(globals) == cache.globals_version ||
         (cache.keys_version != 0 && dict_keys_version(globals) == cache.keys_version);
}

// The value in the place where the name was, borrowed, or null.
[[gnu::noinline]] PyObject* global_at_place(Frame* fr, Cache* c) {
  GlobalCache& cache = global_cache(c);
  PyObject *globals = frame_globals(fr), *builtins = frame_builtins(fr);
  if (!PyDict_CheckExact(globals) || !PyDict_CheckExact(builtins)) return nullptr;
  PyObject* home = c->state == kGlobalInGlobals ? globals : builtins;
  if (c->state == kGlobalUnknown || (home == builtins && !globals_still_lack(globals, cache))) return nullptr;
  PyObject* value = dict_entry(home, cache.index, c->name);
  if (value) remember_value(cache, value, builtins, Versions(globals, builtins));
  return value;
}

// The name's value if the cache knows it, borrowed.
inline PyObject* known_in(PyObject* globals, PyObject* builtins, const GlobalCache& cache) {
  bool known = dict_version(globals) == cache.globals_version && builtins == cache.builtins &&
               dict_version(builtins) == cache.builtins_version;
  return JJ_LIKELY(known) ? cache.value : nullptr;
}
inline PyObject* known_global(Frame* fr, Cache* c) {
  return known_in(frame_globals(fr), frame_builtins(fr), global_cache(c));
}
// The same, or where it is.
inline PyObject* cached_global(Frame* fr, Cache* c) {
  PyObject* value = known_global(fr, c);
  return JJ_LIKELY(value != nullptr) ? value : global_at_place(fr, c);
}
[[gnu::noinline]] PyObject* load_unknown_global(Frame* fr, Cache* c, uint32_t site) {
  PyObject* value = global_at_place(fr, c);
  return value ? new_ref(value) : load_global_slow(fr, c, site);
}

// GlobalPeek looks for a value itself if it was found where that expects it.
inline PyObject* note(Cache* c, PyObject* value, bool builtin) {
  GlobalCache& cache = global_cache(c);
  if (c->state == (builtin ? kGlobalInBuiltins : kGlobalInGlobals) && cache.value == value)
    cache.globals_noted = cache.globals_version;
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
  PyObject* value = known_global(fr, c);
  return JJ_LIKELY(value != nullptr) ? new_ref(value) : load_unknown_global(fr, c, site);
}

extern "C" PyObject* jj_known_global(PyFunctionObject* func, Cache* c) {
  return known_in(func->func_globals, func->func_builtins, global_cache(c));
}

extern "C" PyObject* jj_peek_global(Frame* fr, Cache* c, uint32_t site) {
  const bool builtin = site & kOwnFirst;
  if (PyObject* value = cached_global(fr, c)) return note(c, value, builtin);
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
  return note(c, value, builtin);
}

// Of an exact module, whose own dict decides; it is noted as long as that does not change.
extern "C" PyObject* jj_peek_math(PyObject* module, Cache* c, int32_t builtin) {
  if (!PyModule_CheckExact(module)) return nullptr;
  PyObject* dict = PyModule_GetDict(module);
  GlobalCache& cache = global_cache(c);
  PyObject* value = dict_entry(dict, cache.index, c->name);
  if (JJ_UNLIKELY(!value)) {
    int found = dict_keys_are_str(dict) ? dict_find(dict, c->name) : -1;
    if (found < 0) return nullptr;
    cache.index = static_cast<uint32_t>(found);
    value = dict_entry(dict, cache.index, c->name);
  }
  if (!value || !is_math(value, static_cast<uint32_t>(builtin))) return nullptr;
  cache.value = value;
  cache.globals_noted = dict_is_split(dict) ? 0 : dict_version(dict);
  return value;
}

// The same with the namespaces of a function that was inlined.
extern "C" PyObject* jj_peek_global_of(PyObject* function, Cache* c, uint32_t site) {
  auto* f = reinterpret_cast<PyFunctionObject*>(function);
  PyObject *globals = f->func_globals, *builtins = f->func_builtins;
  for (PyObject* space : {globals, builtins})
    if (!PyDict_CheckExact(space) || !dict_has_only_str(space)) return nullptr;
  PyObject* value = PyDict_GetItemWithError(globals, c->name);
  c->state = value ? kGlobalInGlobals : kGlobalInBuiltins;
  if (!value && !PyErr_Occurred()) value = PyDict_GetItemWithError(builtins, c->name);
  if (!value) {
    PyErr_Clear();
    return nullptr;
  }
  remember_value(global_cache(c), value, builtins, Versions(globals, builtins));
  return note(c, value, site & kOwnFirst);
}

// Of a dict of keyword-only parameters' defaults.
extern "C" PyObject* jj_peek_kw_default(PyObject* defaults, Cache* c) {
  if (!PyDict_CheckExact(defaults) || !dict_has_only_str(defaults)) return nullptr;
  PyObject* value = PyDict_GetItemWithError(defaults, c->name);
  GlobalCache& cache = global_cache(c);
  cache.value = value;
  cache.globals_noted = value && !dict_is_split(defaults) ? dict_version(defaults) : 0;
  return value;
}

extern "C" PyObject* jj_load_deref(Frame* fr, int slot, int idx) {
  PyObject* value = PyCell_GET(frame_slots(fr)[slot]);
  if (JJ_LIKELY(value != nullptr)) return new_ref(value);
  set_ip(fr, idx);
  raise_unbound_deref(fr, slot);
  return nullptr;
}

JJ_CHECK_HELPER(jj_known_global);
JJ_CHECK_HELPER(jj_load_global);
JJ_CHECK_HELPER(jj_peek_global);
JJ_CHECK_HELPER(jj_peek_math);
JJ_CHECK_HELPER(jj_peek_global_of);
JJ_CHECK_HELPER(jj_peek_kw_default);
JJ_CHECK_HELPER(jj_load_deref);
