// Storing attributes through inline caches.
#include "runtime/attrs.h"
#include "runtime/signature.h"

namespace jj {
namespace {

// Stores into `place`, which belongs to the instance; the old value is dropped, then the operands in the interpreter's
// order.
inline int replace(Frame* fr, PyObject** place, PyObject* value, PyObject* o, uint32_t site) {
  PyObject* old = *place;
  own_operand(value, site, kOwnThird);
  *place = value;
  if (old) drop(fr, site_index(site), old);
  drop_owned(fr, o, site, kOwnFirst);
  return 0;
}

inline int store_value(Frame* fr, PyObject** values, int index, PyObject* value, PyObject* o, uint32_t site) {
  if (!values[index]) values_note_added(o, index);
  return replace(fr, &values[index], value, o, site);
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
  return general_store(fr, value, o, site, [&] {
    int result = PyObject_SetAttr(o, c->name, value);
    if (result == 0) fill_store_entry(c, o);
    return result;
  });
}

}  // namespace
}  // namespace jj

using namespace jj;

extern "C" int jj_store_attr(Frame* fr, PyObject* value, PyObject* o, Cache* c, uint32_t site) {
  PyTypeObject* type = Py_TYPE(o);
  uint32_t version = type_version(type);
  for (AttrEntry& e : attr_cache(c).entry) {
    if (e.version != version || version == 0) continue;
    if (JJ_LIKELY(e.how == How::StoreValues)) {
      PyObject** values = storable_values(o);
      if (JJ_LIKELY(values != nullptr)) return store_value(fr, values, e.index, value, o, site);
    } else if (e.how == How::StoreSlot) {
      return replace(fr, reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + e.offset), value, o, site);
    } else if (e.how == How::StoreDict) {
      PyObject* dict = instance_dict(o, type);
      if (dict && PyDict_CheckExact(dict) && dict_entry(dict, e.index, c->name))
        return store_in_dict(fr, dict, value, o, c->name, site);
    }
  }
  return store_attr_slow(fr, value, o, c, site);
}

// The name is there: nothing can fail.
extern "C" void jj_put_in_dict(PyObject* value, PyObject* o, Cache* c) {
  if (PyDict_SetItem(instance_dict(o, Py_TYPE(o)), c->name, value) < 0) PyErr_Clear();
  Py_DECREF(value);
}

JJ_CHECK_HELPER(jj_store_attr);
JJ_CHECK_HELPER(jj_put_in_dict);
