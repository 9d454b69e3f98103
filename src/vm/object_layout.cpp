// Where optimised code finds the parts of ints, floats, lists, tuples and iterators.
#include <cstddef>

#include "runtime/compat/objects.h"
#include "vm/internal.h"

namespace jj::vm {
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
  layout->tuple_items = offsetof(PyTupleObject, ob_item);
  layout->range_next = offsetof(RangeIterator, start);
  layout->range_step = offsetof(RangeIterator, step);
  layout->range_len = offsetof(RangeIterator, len);
  layout->range_index = kRangeIndexOffset;
  layout->list_iter_index = layout->tuple_iter_index = offsetof(SequenceIterator, index);
  layout->list_iter_list = layout->tuple_iter_tuple = offsetof(SequenceIterator, seq);
#if PY_VERSION_HEX >= 0x030B0000
  layout->frame_object = offsetof(Frame, frame_obj);
#else
  layout->frame_object = -1;
#endif
  layout->locals_writable = PY_VERSION_HEX >= 0x030D0000;
}

}  // namespace jj::vm
