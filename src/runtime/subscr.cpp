// Subscripts: container[key] and container[key] = value.
#include "runtime/subscr.h"
#include "runtime/calls.h"
#include "runtime/ints.h"
#include "runtime/operators.h"
#include "runtime/quiet_keys.h"
#include "runtime/raising.h"
#include "runtime/signature.h"
#include "runtime/slices.h"

namespace jj {
namespace {

// The index that a compact int means in a sequence of n items, or -1 when it is out of range or no compact int.
inline Py_ssize_t item_index(PyObject* key, Py_ssize_t n) {
  if (JJ_UNLIKELY(!is_exact_int(key) || !is_compact(key))) return -1;
  Py_ssize_t i = compact_value(key);
  if (i < 0) i += n;
  return static_cast<size_t>(i) < static_cast<size_t>(n) ? i : -1;
}

// An item that can be had without running code; null when there is none such.
inline PyObject* sequence_item(PyObject* container, PyObject* key) {
  PyTypeObject* type = Py_TYPE(container);
  if (type == &PyTuple_Type) {
    Py_ssize_t i = item_index(key, PyTuple_GET_SIZE(container));
    return i < 0 ? nullptr : new_ref(PyTuple_GET_ITEM(container, i));
  }
  if (type == &PyUnicode_Type && PyUnicode_IS_READY(container)) {
    Py_ssize_t i = item_index(key, PyUnicode_GET_LENGTH(container));
    if (i < 0 || PyUnicode_KIND(container) != PyUnicode_1BYTE_KIND) return nullptr;
    return PyUnicode_FromOrdinal(PyUnicode_1BYTE_DATA(container)[i]);  // the shared one-character string
  }
  if (type == &PyBytes_Type) {
    Py_ssize_t i = item_index(key, PyBytes_GET_SIZE(container));
    return i < 0 ? nullptr : box_int(static_cast<unsigned char>(PyBytes_AS_STRING(container)[i]));
  }
  return nullptr;
}

// What __getitem__ is in classes that are subscribed a lot, by the low bits of their version.
struct Getitem {
  uint32_t version;
  PyObject* function;  // borrowed: alive as long as the type version is valid
};
constexpr uint32_t kGetitems = 256;
Getitem getitems[kGetitems];

}  // namespace

PyObject* python_getitem(PyTypeObject* type) {
  uint32_t version = type_version(type);
  if (version && getitems[version % kGetitems].version == version) return getitems[version % kGetitems].function;
  static PyObject* name = PyUnicode_InternFromString("__getitem__");
  PyObject* found = name ? _PyType_Lookup(type, name) : nullptr;
  if (!found || Py_TYPE(found)->tp_descr_get != PyFunction_Type.tp_descr_get) return nullptr;
  version = type_version(type);
  if (version) getitems[version % kGetitems] = {version, found};
  return found;
}

namespace {

[[gnu::noinline]] PyObject* drop_operands(Frame* fr, PyObject* container, PyObject* key, uint32_t site,
                                          PyObject* item) {
  drop_owned(fr, container, site, kOwnFirst);
  return drop_owned_then(fr, key, site, kOwnSecond, item);
}
[[gnu::noinline]] int drop_replaced(Frame* fr, PyObject* old, PyObject* container, PyObject* key, uint32_t site) {
  if (old) drop(fr, site_index(site), old);
  drop_owned(fr, container, site, kOwnFirst);
  return drop_owned_then(fr, key, site, kOwnSecond, 0);
}

// The item of a container of any kind but those above, or of one that is about to raise.
PyObject* general_item(PyObject* container, PyObject* key) {
  if (PyDict_CheckExact(container)) {
    PyObject* item = nullptr;
    const Found found = find_in_dict(container, key, quiet_hash(key), &item);
    if (found == Found::Unknown) item = PyDict_GetItemWithError(container, key);
    if (JJ_LIKELY(item != nullptr)) return new_ref(item);
    return PyErr_Occurred() ? nullptr : raise_with(PyExc_KeyError, key);
  }
  const bool sequence = PyList_CheckExact(container) || PyTuple_CheckExact(container);
  if (sequence && is_exact_int(key) && is_compact(key) && item_index(key, Py_SIZE(container)) < 0)
    return raise_out_of_range(container);
  if (PySlice_Check(key)) {
    PyObject* part;
    if (quiet_slice(container, reinterpret_cast<PySliceObject*>(key), &part)) return part;
  }
  return PyObject_GetItem(container, key);
}

[[gnu::noinline]] PyObject* subscr_slow(Frame* fr, PyObject* container, PyObject* key, uint32_t site) {
  int idx = site_index(site);
  PyObject* item = sequence_item(container, key);
  if (item) return drop_operands(fr, container, key, site, item);
  set_ip(fr, idx);
  own_operand(container, site, kOwnFirst);
  own_operand(key, site, kOwnSecond);
  PyTypeObject* type = Py_TYPE(container);
  if (PyObject* function = type->tp_flags & Py_TPFLAGS_HEAPTYPE ? python_getitem(type) : nullptr) {
    note_operator(fr, idx, container, key, JJ_OPERATION_ITEM);
    PyObject* args[3] = {nullptr, container, key};
    return calls::call_function(thread_state(), function, args + 1, 2);
  }
  item = general_item(container, key);
  drop(fr, idx, container);
  drop(fr, idx, key);
  return item;
}

[[gnu::noinline]] int store_subscr_slow(Frame* fr, PyObject* value, PyObject* container, PyObject* key, uint32_t site) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(value, site, kOwnThird);
  own_operand(container, site, kOwnFirst);
  own_operand(key, site, kOwnSecond);
  const auto* slice = reinterpret_cast<PySliceObject*>(key);
  int result = 0;
  if (PyDict_CheckExact(container))
    result = put_in_dict(container, key, quiet_hash(key), value);
  else if (!PySlice_Check(key) || slice->step != Py_None ||
           !put_in_slice(container, slice->start, slice->stop, value, &result))
    result = PyObject_SetItem(container, key, value);
  drop(fr, idx, value);
  drop(fr, idx, container);
  drop(fr, idx, key);
  return result;
}

}  // namespace
}  // namespace jj

using namespace jj;

extern "C" PyObject* jj_subscr(Frame* fr, PyObject* container, PyObject* key, uint32_t site) {
  if (JJ_LIKELY(PyList_CheckExact(container))) {
    Py_ssize_t i = item_index(key, PyList_GET_SIZE(container));
    if (JJ_LIKELY(i >= 0)) {
      PyObject* item = new_ref(PyList_GET_ITEM(container, i));
      if (JJ_UNLIKELY(site & kOwnSecond)) return drop_operands(fr, container, key, site, item);
      return drop_owned_then(fr, container, site, kOwnFirst, item);
    }
  }
  return subscr_slow(fr, container, key, site);
}

extern "C" PyObject* jj_peek_item(PyObject* container, PyObject* key) {
  PyTypeObject* type = Py_TYPE(container);
  if (type == &PyList_Type) {
    Py_ssize_t i = item_index(key, PyList_GET_SIZE(container));
    return i < 0 ? nullptr : PyList_GET_ITEM(container, i);
  }
  if (type == &PyTuple_Type) {
    Py_ssize_t i = item_index(key, PyTuple_GET_SIZE(container));
    return i < 0 ? nullptr : PyTuple_GET_ITEM(container, i);
  }
  PyObject* item = nullptr;
  if (type == &PyDict_Type) find_in_dict(container, key, quiet_hash(key), &item);
  return item;
}

extern "C" int jj_store_subscr(Frame* fr, PyObject* value, PyObject* container, PyObject* key, uint32_t site) {
  if (JJ_LIKELY(PyList_CheckExact(container))) {
    Py_ssize_t i = item_index(key, PyList_GET_SIZE(container));
    if (JJ_LIKELY(i >= 0)) {
      PyObject* old = PyList_GET_ITEM(container, i);
      own_operand(value, site, kOwnThird);
      PyList_SET_ITEM(container, i, value);
      if (JJ_UNLIKELY(site & (kOwnFirst | kOwnSecond))) return drop_replaced(fr, old, container, key, site);
      return old ? drop_then(fr, site_index(site), old, 0) : 0;
    }
  }
  return store_subscr_slow(fr, value, container, key, site);
}

JJ_CHECK_HELPER(jj_peek_item);
JJ_CHECK_HELPER(jj_subscr);
JJ_CHECK_HELPER(jj_store_subscr);
