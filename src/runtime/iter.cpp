// Iteration: iter(x), the next item of a for loop, and the next item stored straight into a fast local.
#include "runtime/ints.h"
#include "runtime/signature.h"
#include "vm/generators.h"

namespace jj {
namespace {

PyObject* const kError = vm::kIterationFailed;

// Takes the list or tuple away from an exhausted iterator, as the iterator itself does.
PyObject* give_up_sequence(Frame* fr, SequenceIterator* it, int idx) {
  PyObject* seq = it->seq;
  it->seq = nullptr;
  it->index = -1;  // what 3.13's other methods test; harmless before
  drop(fr, idx, seq);
  return nullptr;
}
template <class Items>
inline PyObject* sequence_next(Frame* fr, PyObject* iterator, int idx, Items items) {
  auto* it = reinterpret_cast<SequenceIterator*>(iterator);
  if (!it->seq) return nullptr;
  if (JJ_LIKELY(static_cast<size_t>(it->index) < static_cast<size_t>(Py_SIZE(it->seq))))
    return new_ref(items(it->seq)[it->index++]);
  return give_up_sequence(fr, it, idx);
}

[[gnu::noinline]] PyObject* general_next(Frame* fr, PyObject* iterator, int idx) {
  set_ip(fr, idx);
  PyObject* item = Py_TYPE(iterator)->tp_iternext(iterator);
  if (JJ_LIKELY(item != nullptr) || !exception_pending(thread_state())) return item;
  if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return kError;
  PyErr_Clear();
  return nullptr;
}

inline PyObject* generator_item(Frame* fr, PyObject* generator, int idx) {
  set_ip(fr, idx);
  return vm::generator_item(thread_state(), generator);
}

[[gnu::always_inline]] inline PyObject* other_next(Frame* fr, PyObject* iterator, int idx) {
  PyTypeObject* type = Py_TYPE(iterator);
  if (type == &PyGen_Type) return generator_item(fr, iterator, idx);
  if (type == &PyListIter_Type)
    return sequence_next(fr, iterator, idx, [](PyObject* s) { return reinterpret_cast<PyListObject*>(s)->ob_item; });
  if (type == &PyTupleIter_Type)
    return sequence_next(fr, iterator, idx, [](PyObject* s) { return reinterpret_cast<PyTupleObject*>(s)->ob_item; });
  return general_next(fr, iterator, idx);
}

inline PyObject* box_item(Frame* fr, int idx, int64_t v) {
  PyObject* o = box_int(v);
  if (JJ_LIKELY(o != nullptr)) return o;
  set_ip(fr, idx);
  return kError;
}

inline int store_item(Frame* fr, PyObject* item, int slot, int idx2) {
  if (!item) return 0;
  if (JJ_UNLIKELY(item == kError)) return -1;
  PyObject** place = &frame_slots(fr)[slot];
  PyObject* old = *place;
  *place = item;
  return old ? drop_then(fr, idx2, old, 1) : 1;
}
[[gnu::noinline]] int other_next_into(Frame* fr, PyObject* iterator, int slot, int idx, int idx2) {
  return store_item(fr, other_next(fr, iterator, idx), slot, idx2);
}
[[gnu::noinline]] int box_item_into(Frame* fr, int64_t v, int slot, int idx, int idx2) {
  return store_item(fr, box_item(fr, idx, v), slot, idx2);
}

[[gnu::noinline]] PyObject* other_item(Frame* fr, PyObject* iterator, int idx) { return other_next(fr, iterator, idx); }
[[gnu::noinline]] PyObject* range_item(Frame* fr, PyObject* iterator, int idx) {
  int64_t v;
  return range_next(iterator, v) ? box_item(fr, idx, v) : nullptr;
}

// What store_item does with the next item of a list, if there is one; 0: nothing was done.
[[gnu::always_inline]] inline int list_next_into(Frame* fr, PyObject* iterator, int slot, int idx2) {
  auto* it = reinterpret_cast<SequenceIterator*>(iterator);
  if (!it->seq || static_cast<size_t>(it->index) >= static_cast<size_t>(Py_SIZE(it->seq))) return 0;
  return store_item(fr, new_ref(reinterpret_cast<PyListObject*>(it->seq)->ob_item[it->index++]), slot, idx2);
}

}  // namespace
}  // namespace jj

using namespace jj;

extern "C" PyObject* jj_get_iter(Frame* fr, PyObject* a, uint32_t site) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(a, site, kOwnFirst);
  PyObject* it = PyObject_GetIter(a);
  drop(fr, idx, a);
  return it;
}

// Where the interpreter's iterators would count in objects, and for what it refuses, there is no answer.
extern "C" int64_t jj_range_length(int64_t start, int64_t stop, int64_t step) {
  if (step == 0 || (step > 0 ? stop > INT64_MAX - step : stop < INT64_MIN - step)) return -1;
  uint64_t length = 0;
  if (step > 0 && start < stop)
    length = 1 + (static_cast<uint64_t>(stop) - 1 - static_cast<uint64_t>(start)) / static_cast<uint64_t>(step);
  else if (step < 0 && start > stop)
    length = 1 + (static_cast<uint64_t>(start) - 1 - static_cast<uint64_t>(stop)) / (0 - static_cast<uint64_t>(step));
  return length > INT64_MAX ? -1 : static_cast<int64_t>(length);
}

extern "C" PyObject* jj_new_range(int64_t start, int64_t stop, int64_t step) {
  const int64_t length = jj_range_length(start, stop, step);
  if (length < 0) return nullptr;
  auto* iterator = range_pool.head && !tracing_memory() ? reinterpret_cast<RangeIterator*>(range_pool.take())
                                                        : PyObject_New(RangeIterator, &PyRangeIter_Type);
  if (iterator) range_start(iterator, start, step, length);
  if (!iterator) PyErr_Clear();
  return reinterpret_cast<PyObject*>(iterator);
}

extern "C" PyObject* jj_iter_next(Frame* fr, PyObject* iterator, int idx) {
  auto* it = reinterpret_cast<SequenceIterator*>(iterator);
  if (Py_IS_TYPE(iterator, &PyListIter_Type) && it->seq &&
      JJ_LIKELY(static_cast<size_t>(it->index) < static_cast<size_t>(Py_SIZE(it->seq))))
    return new_ref(reinterpret_cast<PyListObject*>(it->seq)->ob_item[it->index++]);
  return Py_IS_TYPE(iterator, &PyRangeIter_Type) ? range_item(fr, iterator, idx) : other_item(fr, iterator, idx);
}

extern "C" int jj_iter_next_into(Frame* fr, PyObject* iterator, int slot, int idx, int idx2) {
  if (Py_IS_TYPE(iterator, &PyListIter_Type)) {
    int stored = list_next_into(fr, iterator, slot, idx2);
    return JJ_LIKELY(stored) ? stored : other_next_into(fr, iterator, slot, idx, idx2);
  }
  if (Py_TYPE(iterator) != &PyRangeIter_Type) return other_next_into(fr, iterator, slot, idx, idx2);
  int64_t v;
  if (JJ_UNLIKELY(!range_next(iterator, v))) return 0;
  PyObject* old = frame_slots(fr)[slot];
  if (JJ_LIKELY(can_overwrite(old, v))) {
    int_write(old, v);
    return 1;
  }
  return box_item_into(fr, v, slot, idx, idx2);
}

JJ_CHECK_HELPER(jj_get_iter);
JJ_CHECK_HELPER(jj_new_range);
JJ_CHECK_HELPER(jj_range_length);
JJ_CHECK_HELPER(jj_iter_next);
JJ_CHECK_HELPER(jj_iter_next_into);
