// Where optimised code finds the parts of ints, floats, lists, tuples and iterators.
#include <cstddef>
#include <cstring>

#include "runtime/array_type.h"
#include "runtime/caches.h"
#include "runtime/compat/objects.h"
#include "vm/internal.h"

// Needs Python.h before it.
#include "internal/pycore_moduleobject.h"

namespace jj::vm {
namespace {

void fill_namespaces(JJLayout* layout) {
  layout->frame_globals = offsetof(Frame, f_globals);
  layout->frame_builtins = offsetof(Frame, f_builtins);
  layout->dict_version = offsetof(PyDictObject, ma_version_tag);
  layout->cache_globals_version = offsetof(Cache, word) + offsetof(GlobalCache, globals_noted);
  layout->cache_builtins_version = offsetof(Cache, word) + offsetof(GlobalCache, builtins_version);
  layout->cache_global_value = offsetof(Cache, word) + offsetof(GlobalCache, value);
}

void fill_calls(JJLayout* layout) {
  layout->function_code = offsetof(PyFunctionObject, func_code);
  layout->function_globals = offsetof(PyFunctionObject, func_globals);
  layout->function_builtins = offsetof(PyFunctionObject, func_builtins);
  layout->function_defaults = offsetof(PyFunctionObject, func_defaults);
  layout->function_kwdefaults = offsetof(PyFunctionObject, func_kwdefaults);
  layout->function_closure = offsetof(PyFunctionObject, func_closure);
  layout->cell_contents = offsetof(PyCellObject, ob_ref);
#if PY_VERSION_HEX >= 0x030C0000
  layout->recursion_left = offsetof(PyThreadState, py_recursion_remaining);
#elif PY_VERSION_HEX >= 0x030B0000
  layout->recursion_left = offsetof(PyThreadState, recursion_remaining);
#else
  layout->recursion_left = -1;
  layout->recursion_depth = offsetof(PyThreadState, recursion_depth);
  layout->recursion_limit = offsetof(PyInterpreterState, ceval.recursion_limit);
#endif
}

// What lies before an object is found from it by the interpreter's own functions, here with an address for an object.
[[maybe_unused]] int32_t distance(const void* part, const PyObject* whole) {
  return static_cast<int32_t>(static_cast<const char*>(part) - reinterpret_cast<const char*>(whole));
}

void fill_instances(JJLayout* layout) {
  layout->type_shared_keys = offsetof(PyHeapTypeObject, ht_cached_keys);
#if PY_VERSION_HEX < 0x030B0000
  layout->values_kind = JJ_VALUES_SPLIT;
  layout->dict_keys = offsetof(PyDictObject, ma_keys);
  layout->dict_values = offsetof(PyDictObject, ma_values);
  layout->gc_next = -static_cast<int32_t>(sizeof(PyGC_Head));
  layout->keys_count = offsetof(DictKeys, nentries);
#else
  alignas(16) static char memory[256];
  auto* object = reinterpret_cast<PyObject*>(memory + 128);
#if PY_VERSION_HEX >= 0x030D0000
  layout->values_kind = JJ_VALUES_INLINE;
  layout->values_valid = offsetof(PyDictValues, valid);
  layout->managed_dict = distance(_PyObject_ManagedDictPointer(object), object);
#elif PY_VERSION_HEX >= 0x030C0000
  layout->values_kind = JJ_VALUES_TAGGED;
  layout->values_pointer = distance(_PyObject_DictOrValuesPointer(object), object);
  const PyDictOrValues tagged{.values = memory + 1};
  layout->values_items =
      static_cast<int32_t>(reinterpret_cast<char*>(_PyDictOrValues_GetValues(tagged)) - tagged.values);
#else
  layout->values_kind = JJ_VALUES_POINTER;
  layout->values_pointer = distance(_PyObject_ValuesPointer(object), object);
#endif
  layout->values_items += static_cast<int32_t>(offsetof(PyDictValues, values));
  layout->keys_count = offsetof(PyDictKeysObject, dk_nentries);
#endif
}

// The bits of a compact ASCII text's state.
void fill_text(JJLayout* layout) {
  PyASCIIObject text{};
  text.state.compact = 1;
  text.state.ascii = 1;
  static_assert(sizeof text.state == sizeof layout->str_ascii);
  std::memcpy(&layout->str_ascii, &text.state, sizeof layout->str_ascii);
  layout->str_state = offsetof(PyASCIIObject, state);
  layout->str_length = offsetof(PyASCIIObject, length);
  layout->str_text = sizeof(PyASCIIObject);
}

}  // namespace

void fill_object_layout(JJLayout* layout) {
  layout->type = offsetof(PyObject, ob_type);
  layout->type_version = offsetof(PyTypeObject, tp_version_tag);
#if PY_VERSION_HEX >= 0x030C0000
  layout->long_size = offsetof(PyLongObject, long_value.lv_tag);
  layout->long_tagged = 1;
  layout->long_digits = offsetof(PyLongObject, long_value.ob_digit);
#else
  layout->long_size = offsetof(PyVarObject, ob_size);
  layout->long_digits = offsetof(PyLongObject, ob_digit);
#endif
  layout->float_value = offsetof(PyFloatObject, ob_fval);
  layout->list_items = offsetof(PyListObject, ob_item);
  layout->var_size = offsetof(PyVarObject, ob_size);
  layout->list_room = offsetof(PyListObject, allocated);
  fill_text(layout);
  layout->tuple_items = offsetof(PyTupleObject, ob_item);
  layout->bytes_items = offsetof(PyBytesObject, ob_sval);
  layout->bytearray_items = offsetof(PyByteArrayObject, ob_start);
  layout->array_items = offsetof(ArrayObject, items);
  layout->array_kind = offsetof(ArrayObject, kind);
  layout->range_next = offsetof(RangeIterator, start);
  layout->range_step = offsetof(RangeIterator, step);
  layout->range_len = offsetof(RangeIterator, len);
  layout->range_index = kRangeIndexOffset;
  layout->list_iter_index = layout->tuple_iter_index = offsetof(SequenceIterator, index);
  layout->list_iter_list = layout->tuple_iter_tuple = offsetof(SequenceIterator, seq);
  layout->zip_length = offsetof(ZipIterator, length);
  layout->zip_parts = offsetof(ZipIterator, parts);
  layout->zip_strict = offsetof(ZipIterator, strict);
  layout->enumerate_index = offsetof(EnumerateHead, index);
  layout->enumerate_part = offsetof(EnumerateHead, part);
  layout->dict_iter_entry = offsetof(DictIterator, entry);
  layout->dict_iter_left = offsetof(DictIterator, left);
  layout->complex_value = offsetof(PyComplexObject, cval);
  layout->module_dict = offsetof(PyModuleObject, md_dict);
  layout->cfunction_row = offsetof(PyCFunctionObject, m_ml);
#if PY_VERSION_HEX >= 0x030B0000
  layout->frame_object = offsetof(Frame, frame_obj);
  layout->generator_frame = offsetof(PyGenObject, gi_iframe);
  layout->generator_has_frame = 1;
#else
  layout->frame_object = -1;
  layout->generator_frame = offsetof(PyGenObject, gi_frame);
#endif
  layout->locals_writable = PY_VERSION_HEX >= 0x030D0000;
  fill_namespaces(layout);
  fill_calls(layout);
  fill_instances(layout);
}

}  // namespace jj::vm
