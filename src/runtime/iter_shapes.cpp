// Looks into zip and enumerate objects for the iterators that they are made of.
#include "runtime/iter_shapes.h"

#include "runtime/compat/objects.h"
#include "runtime/refs.h"
#include "runtime/signature.h"

namespace jj {
namespace {

uint32_t leaf_of(PyObject* iterator) {
  PyTypeObject* type = Py_TYPE(iterator);
  if (type == &PyListIter_Type) return JJ_ITER_LIST;
  if (type == &PyTupleIter_Type) return JJ_ITER_TUPLE;
  if (type == &PyRangeIter_Type) return JJ_ITER_RANGE;
  if (type == &PyListRevIter_Type) return JJ_ITER_LIST_REVERSED;
  return JJ_ITER_NONE;
}

uint32_t shape_of_zip(const ZipIterator* zip) {
  if (zip->length < 2 || zip->length > 4 || zip->strict) return JJ_ITER_NONE;
  auto shape = static_cast<uint32_t>(JJ_ITER_ZIP2 + zip->length - 2);
  for (Py_ssize_t k = 0; k < zip->length; ++k) {
    const uint32_t part = leaf_of(PyTuple_GET_ITEM(zip->parts, k));
    if (part == JJ_ITER_NONE) return JJ_ITER_NONE;
    shape |= part << (4 * (k + 1));
  }
  return shape;
}

bool zip_layout_holds() {
  PyObject* zip = PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyZip_Type), "()()[]");
  auto* mirror = reinterpret_cast<ZipIterator*>(zip);
  const bool ok = zip && Py_TYPE(zip)->tp_basicsize == sizeof(ZipIterator) && mirror->length == 3 &&
                  mirror->strict == 0 && PyTuple_CheckExact(mirror->parts) && PyTuple_GET_SIZE(mirror->parts) == 3 &&
                  leaf_of(PyTuple_GET_ITEM(mirror->parts, 2)) == JJ_ITER_LIST;
  Py_XDECREF(zip);
  return ok;
}

bool enumerate_layout_holds() {
  PyObject* it = PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyEnum_Type), "[i]i", 5, 1234);
  auto* mirror = reinterpret_cast<EnumerateHead*>(it);
  const bool ok = it && mirror->index == 1234 && leaf_of(mirror->part) == JJ_ITER_LIST;
  Py_XDECREF(it);
  return ok;
}

bool reverse_layout_holds() {
  PyObject* list = Py_BuildValue("[iii]", 1, 2, 3);
  PyObject* it = list ? PyObject_CallMethod(list, "__reversed__", nullptr) : nullptr;
  auto* mirror = reinterpret_cast<SequenceIterator*>(it);
  const bool ok =
      it && Py_TYPE(it)->tp_basicsize == sizeof(SequenceIterator) && mirror->index == 2 && mirror->seq == list;
  Py_XDECREF(it);
  Py_XDECREF(list);
  return ok;
}

bool dict_layout_holds() {
  PyObject* dict = Py_BuildValue("{sisi}", "a", 1, "b", 2);
  PyObject* it = dict ? PyObject_GetIter(dict) : nullptr;
  Py_XDECREF(it ? PyIter_Next(it) : nullptr);
  auto* mirror = reinterpret_cast<DictIterator*>(it);
  const bool ok = it && Py_IS_TYPE(it, &PyDictIterKey_Type) && Py_TYPE(it)->tp_basicsize == sizeof(DictIterator) &&
                  mirror->dict == dict && mirror->used == 2 && mirror->entry == 1 && mirror->left == 1;
  Py_XDECREF(it);
  Py_XDECREF(dict);
  return ok;
}

// Where the key and the value of an entry are, one behind the other.
PyObject** entry_at(const DictTable& table, Py_ssize_t index) {
  if (table.text) return &static_cast<TextEntry*>(const_cast<void*>(table.entries))[index].key;
  return &static_cast<HashedEntry*>(const_cast<void*>(table.entries))[index].key;
}
static_assert(offsetof(TextEntry, value) - offsetof(TextEntry, key) == sizeof(PyObject*) &&
              offsetof(HashedEntry, value) - offsetof(HashedEntry, key) == sizeof(PyObject*));

// Whether releasing it so many times runs no code.
bool is_quiet(PyObject* o, Py_ssize_t times) {
  return Py_REFCNT(o) > times || is_exact_int(o) || is_exact_float(o) || PyUnicode_CheckExact(o) ||
         PyBytes_CheckExact(o);
}
bool is_quiet_sequence(PyObject* seq) {
  if (Py_REFCNT(seq) > 1) return true;
  const bool list = PyList_CheckExact(seq);
  if (!list && !PyTuple_CheckExact(seq)) return false;
  PyObject** items =
      list ? reinterpret_cast<PyListObject*>(seq)->ob_item : reinterpret_cast<PyTupleObject*>(seq)->ob_item;
  for (Py_ssize_t k = 0; k < Py_SIZE(seq); ++k)
    if (!is_quiet(items[k], Py_SIZE(seq))) return false;
  return true;
}

bool is_leaf(PyObject* o) {
  return is_exact_int(o) || is_exact_float(o) || PyUnicode_CheckExact(o) || o == Py_None || PyBool_Check(o);
}

// The tuple that an iterator of items gives again and again keeps the last item alive until the next one is taken, unless
// it got away. Nobody can tell that of numbers and text. False: releasing the last item could run code.
bool hold_item(PyObject* tuple, PyObject* const* entry) {
  if (!tuple || Py_REFCNT(tuple) != 1) return true;
  PyObject** held = &PyTuple_GET_ITEM(tuple, 0);
  const bool plain = is_leaf(entry[0]) && is_leaf(entry[1]);
  PyObject *key = plain ? Py_None : entry[0], *value = plain ? Py_None : entry[1];
  if (held[0] == key && held[1] == value) return true;
  if (!is_quiet(held[0], 2) || !is_quiet(held[1], 2)) return false;
  Py_INCREF(key);
  Py_INCREF(value);
  Py_SETREF(held[0], key);
  Py_SETREF(held[1], value);
  if (!plain && !PyObject_GC_IsTracked(tuple)) PyObject_GC_Track(tuple);  // the collector gives up tuples of plain ones
  return true;
}

}  // namespace

uint32_t shape_of(PyObject* iterator) {
  PyTypeObject* type = Py_TYPE(iterator);
  if (type == &PyZip_Type) return shape_of_zip(reinterpret_cast<ZipIterator*>(iterator));
  if (type == &PyDictIterKey_Type) return JJ_ITER_DICT_KEYS;
  if (type == &PyDictIterValue_Type) return JJ_ITER_DICT_VALUES;
  if (type == &PyDictIterItem_Type) return JJ_ITER_DICT_ITEMS;
  if (type != &PyEnum_Type) return leaf_of(iterator);
  const uint32_t part = leaf_of(reinterpret_cast<EnumerateHead*>(iterator)->part);
  return part == JJ_ITER_NONE ? JJ_ITER_NONE : JJ_ITER_ENUMERATE | part << 4;
}

bool iterator_shapes_hold() {
  return zip_layout_holds() && enumerate_layout_holds() && reverse_layout_holds() && dict_layout_holds();
}

}  // namespace jj

using namespace jj;

extern "C" int32_t jj_iter_forget(PyObject* iterator) {
  if (Py_TYPE(iterator) == &PyRangeIter_Type) return 1;
  auto* mirror = reinterpret_cast<SequenceIterator*>(iterator);
  if (!mirror->seq) return 1;
  if (!is_quiet_sequence(mirror->seq)) return 0;
  if (Py_TYPE(iterator) != &PyTupleIter_Type) mirror->index = -1;
  Py_CLEAR(mirror->seq);
  return 1;
}

// Goes over deleted entries: nobody can tell.
extern "C" int64_t jj_dict_iter_entry(PyObject* iterator) {
  constexpr int64_t kNone = 0, kLeave = 1;
  auto* it = reinterpret_cast<DictIterator*>(iterator);
  const int64_t exhausted = Py_REFCNT(iterator) == 1 ? kNone : kLeave;
  if (!it->dict) return exhausted;
  if (it->used != PyDict_GET_SIZE(it->dict) || dict_is_split(it->dict)) return kLeave;
  const DictTable table = dict_table(it->dict);
  for (; it->entry < table.count; ++it->entry) {
    PyObject** entry = entry_at(table, it->entry);
    if (entry[1]) return it->left && hold_item(it->result, entry) ? reinterpret_cast<int64_t>(entry) : kLeave;
  }
  return exhausted;
}

JJ_CHECK_HELPER(jj_iter_forget);
JJ_CHECK_HELPER(jj_dict_iter_entry);
