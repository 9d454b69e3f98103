// Storing attributes through inline caches.
#include "runtime/attrs.h"
#include "runtime/signature.h"

namespace jj {
namespace {

// Stores into `place`, which belongs to the instance; the old value is dropped, then the operands in the interpreter's
// order.
[[gnu::noinline]] int drop_replaced(Frame* fr, PyObject* old, PyObject* o, uint32_t site) {
  if (old) drop(fr, site_index(site), old);
  return drop_owned_then(fr, o, site, kOwnFirst, 0);
}
inline int replace(Frame* fr, PyObject** place, PyObject* value, PyObject* o, uint32_t site) {
  PyObject* old = *place;
  own_operand(value, site, kOwnThird);
  *place = value;
  if (JJ_UNLIKELY(site & kOwnFirst)) return drop_replaced(fr, old, o, site);
  return old ? drop_then(fr, site_index(site), old, 0) : 0;
}

inline int store_value(Frame* fr, PyObject** values, int index, PyObject* value, PyObject* o, Cache* c, uint32_t site) {
  if (!values[index]) {
    values_note_added(o, index);
    note_filled(c);
  }
  return replace(fr, &values[index], value, o, site);
}
inline int store_slot(Frame* fr, uint32_t offset, PyObject* value, PyObject* o, Cache* c, uint32_t site) {
  auto** place = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + offset);
  if (!*place) note_filled(c);
  return replace(fr, place, value, o, site);
}

// The general forms: operands are kept alive, and consumed.
template <class Store>
inline int general_store(Frame* fr, PyObject* value, PyObject* o, uint32_t site, Store store) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(value, site, kOwnThird);
  own_operand(o, site, kOwnFirst);
  int result = store();
  drop(fr, idx, value);
  drop(fr, idx, o);
  return result;
}

[[gnu::noinline]] int store_in_dict(Frame* fr, PyObject* dict, PyObject* value, PyObject* o, PyObject* name,
                                    uint32_t site) {
  return general_store(fr, value, o, site, [&] {
    Py_INCREF(dict);
    int result = PyDict_SetItem(dict, name, value);
    Py_DECREF(dict);
    return result;
  });
}

[[gnu::noinline]] int store_attr_slow(Frame* fr, PyObject* value, PyObject* o, Cache* c, uint32_t site) {
  const bool knows = has_filled(c) || is_in_instance(o, c->name);
  return general_store(fr, value, o, site, [&] {
    int result = PyObject_SetAttr(o, c->name, value);
    if (result == 0) fill_store_entry(c, o);
    if (!knows && is_in_instance(o, c->name)) note_filled(c);  // what is new in a dict comes here each time
    return result;
  });
}

// Tries all entries of the cache.
[[gnu::noinline]] int store_attr_general(Frame* fr, PyObject* value, PyObject* o, Cache* c, uint32_t site) {
  PyTypeObject* type = Py_TYPE(o);
  uint32_t version = type_version(type);
  AttrCache& cache = attr_cache(c);
  for (int k = 0, count = cache.count(); k < count; ++k) {
    if (cache.at(k).version != version || version == 0) continue;
    const AttrEntry& e = cache.at(prefer_entry(c, k));
    if (JJ_LIKELY(e.how == How::StoreValues)) {
      PyObject** values = storable_values(o);
      if (JJ_LIKELY(values != nullptr)) return store_value(fr, values, e.index, value, o, c, site);
    } else if (e.how == How::StoreSlot) {
      return store_slot(fr, e.offset, value, o, c, site);
    } else if (e.how == How::StoreDict) {
      PyObject* dict = instance_dict(o, type);
      if (dict && PyDict_CheckExact(dict) && dict_entry(dict, e.index, c->name))
        return store_in_dict(fr, dict, value, o, c->name, site);
    }
  }
  return store_attr_slow(fr, value, o, c, site);
}

}  // namespace
}  // namespace jj

using namespace jj;

// The first entry, where that replaces a value, needs nothing that has to be kept across a call.
extern "C" int jj_store_attr(Frame* fr, PyObject* value, PyObject* o, Cache* c, uint32_t site) {
  const AttrEntry& e = attr_cache(c).entry[0];
  if (JJ_LIKELY(e.version == type_version(Py_TYPE(o)))) {
    if (e.how == How::StoreSlot) return store_slot(fr, e.offset, value, o, c, site);
    PyObject** values = e.how == How::StoreValues ? storable_values(o) : nullptr;
    if (JJ_LIKELY(values != nullptr)) return store_value(fr, values, e.index, value, o, c, site);
  }
  return store_attr_general(fr, value, o, c, site);
}

// Releasing `o` runs no code: it is not the last reference, or the object is of a kind whose deallocation runs none.
static bool is_quiet(PyObject* o) {
  return !o || Py_REFCNT(o) > 1 || is_exact_int(o) || is_exact_float(o) || PyUnicode_CheckExact(o);
}

extern "C" int jj_try_store_attr(PyObject* value, PyObject* o, Cache* c, uint32_t site) {
  const AttrEntry& e = attr_cache(c).entry[0];
  PyObject** place = nullptr;
  if (e.version == type_version(Py_TYPE(o)) && e.version != 0) {
    if (e.how == How::StoreSlot) {
      place = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + e.offset);
      if (!*place) note_filled(c);
    }
    PyObject** values = e.how == How::StoreValues ? storable_values(o) : nullptr;
    if (values && is_quiet(values[e.index])) {
      if (!values[e.index]) {
        values_note_added(o, e.index);
        note_filled(c);
      }
      place = &values[e.index];
    }
  }
  if (!place || !is_quiet(*place)) {
    if (site & kOwnThird) Py_DECREF(value);
    return 0;
  }
  PyObject* old = *place;
  own_operand(value, site, kOwnThird);
  *place = value;
  Py_XDECREF(old);
  return 1;
}

// The name is there: nothing can fail.
extern "C" void jj_put_in_dict(PyObject* value, PyObject* o, Cache* c) {
  if (PyDict_SetItem(instance_dict(o, Py_TYPE(o)), c->name, value) < 0) PyErr_Clear();
  Py_DECREF(value);
}

extern "C" void jj_track_dict(PyObject* dict, PyObject* value) { track_dict(dict, value); }

JJ_CHECK_HELPER(jj_track_dict);
JJ_CHECK_HELPER(jj_store_attr);
JJ_CHECK_HELPER(jj_put_in_dict);
JJ_CHECK_HELPER(jj_try_store_attr);
