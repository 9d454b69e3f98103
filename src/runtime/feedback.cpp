// Looks at the types of values: of a frame's locals, and of results.
#include "runtime/feedback.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "runtime/array_type.h"
#include "runtime/boxes.h"
#include "runtime/builtins.h"
#include "runtime/calls.h"
#include "runtime/chars.h"
#include "runtime/compat/gens.h"
#include "runtime/iter_shapes.h"
#include "runtime/signature.h"
#include "vm/code_slot.h"
#include "vm/vm.h"

namespace jj {
namespace {

constexpr int kTypes = sizeof(JJTypes::seen) / sizeof(JJSeen);

JJTypeKind kind_of_static(PyTypeObject* type) {
  if (type == &PyBool_Type) return JJ_TYPE_BOOL;
  if (type == &PyUnicode_Type) return JJ_TYPE_STR;
  if (type == &PyList_Type) return JJ_TYPE_LIST;
  if (type == &PyTuple_Type) return JJ_TYPE_TUPLE;
  if (type == &PyDict_Type) return JJ_TYPE_DICT;
  if (type == &PyRangeIter_Type) return JJ_TYPE_RANGE_ITERATOR;
  if (type == &PyListIter_Type) return JJ_TYPE_LIST_ITERATOR;
  if (type == &PyTupleIter_Type) return JJ_TYPE_TUPLE_ITERATOR;
  if (type == &PyRange_Type) return JJ_TYPE_RANGE;
  if (type == &PyBytes_Type) return JJ_TYPE_BYTES;
  if (type == &PySet_Type) return JJ_TYPE_SET;
  if (type == &PyByteArray_Type) return JJ_TYPE_BYTEARRAY;
  if (type == &PyComplex_Type) return JJ_TYPE_COMPLEX;
  if (type == ascii_iterator_type()) return JJ_TYPE_STR_ITERATOR;
  return JJ_TYPE_OTHER;
}

int32_t depth_at(const CodeData* cd, int index) {
  for (int k = 1; k < cd->nentries; ++k)
    if (cd->entries[k].index == index) return cd->entries[k].depth;
  return 0;
}

SamplePoint* point_at(CodeData* cd, int index) {
  for (SamplePoint* p = cd->samples; p; p = p->next)
    if (p->index == index) return p;
  const int32_t count = cd->nslots + depth_at(cd, index);
  auto* slots = new (std::nothrow) JJTypes[static_cast<size_t>(std::max(count, 1))]();
  auto* point = slots ? new (std::nothrow) SamplePoint{index, 0, count, slots, cd->samples} : nullptr;
  if (!point) {
    delete[] slots;
    return nullptr;
  }
  cd->samples = point;
  return point;
}

}  // namespace

JJSeen type_of_value(PyObject* value) {
  auto seen = [](JJTypeKind kind, uint32_t id = 0) { return JJSeen{static_cast<uint8_t>(kind), id, 1}; };
  if (!value) return seen(JJ_TYPE_NULL);
  PyTypeObject* type = Py_TYPE(value);
  int64_t number;
  if (type == &PyLong_Type) return seen(int_fits(value, number) ? JJ_TYPE_INT : JJ_TYPE_BIG_INT);
  if (type == &PyFloat_Type) return seen(JJ_TYPE_FLOAT);
  if (value == Py_None) return seen(JJ_TYPE_NONE);
  if (char_code(value) >= 0) return seen(JJ_TYPE_CHAR);
  if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
    const JJTypeKind array = array_kind(value);
    return array == JJ_TYPE_OTHER ? seen(JJ_TYPE_HEAP, type_version(type)) : seen(array);
  }
  if (vm::is_function(value)) {
    const CodeData* cd = vm::code_data(reinterpret_cast<PyFunctionObject*>(value));
    return seen(JJ_TYPE_FUNCTION, cd ? cd->number : 0);
  }
  if (type == &PyGen_Type && gen_waits(reinterpret_cast<PyGenObject*>(value))) {
    const CodeData* cd = vm::code_data(gen_code(reinterpret_cast<PyGenObject*>(value)));
    return seen(JJ_TYPE_GENERATOR, cd ? cd->number : 0);
  }
  if (PyCFunction_CheckExact(value) || type == &PyType_Type) {
    int id = builtin_id(value);
    return id < 0 ? seen(JJ_TYPE_OTHER) : seen(JJ_TYPE_BUILTIN, static_cast<uint32_t>(id));
  }
  const bool joined = type == &PyZip_Type || type == &PyEnum_Type || type == &PyListRevIter_Type;
  return joined || is_dict_iterator(type) ? seen(JJ_TYPE_ITERATOR, shape_of(value)) : seen(kind_of_static(type));
}

void add_type(JJTypes& types, PyObject* value) {
  JJSeen now = type_of_value(value);
  for (int i = 0; i < types.count; ++i) {
    JJSeen& known = types.seen[i];
    if (known.kind != now.kind || known.id != now.id) continue;
    if (known.count != UINT32_MAX) ++known.count;
    return;
  }
  if (types.count < kTypes)
    types.seen[types.count++] = now;
  else
    types.megamorphic = 1;
}

void sample_types(Frame* fr, CodeData* cd, int index) {
  SamplePoint* point = point_at(cd, index);
  if (!point) return;
  ++point->samples;
  PyObject** slots = frame_slots(fr);
  for (int i = 0; i < point->nslots; ++i) add_type(point->slots[i], slots[i]);
}

void sample_call(Frame* fr, CodeData* cd) {
  sample_types(fr, cd, -1);
  PyObject* self = cd->argcount > 0 ? frame_slots(fr)[0] : nullptr;
  if (self && PyUnicode_CompareWithASCIIString(cd->code->co_name, "__init__") == 0)
    calls::serve_class(reinterpret_cast<PyObject*>(Py_TYPE(self)));
}

void free_samples(CodeData* cd) {
  while (SamplePoint* point = cd->samples) {
    cd->samples = point->next;
    delete[] point->slots;
    delete point;
  }
}

}  // namespace jj

extern "C" void jj_record(jj::CodeData* cd, int32_t number, PyObject* value) {
  if (cd->records) jj::add_type(cd->records[number], value);
}

JJ_CHECK_HELPER(jj_record);
