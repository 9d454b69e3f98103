// 3.11+: chunks of the thread's data stack, and frames that outlive their call in a frame object.
#include "vm/internal.h"

#if PY_VERSION_HEX >= 0x030B0000

#include <cstring>

namespace jj::vm {

namespace {

constexpr size_t chunk_size = 16 * 1024;  // as the interpreter's, so that either side may free the other's
constexpr size_t spare_room = 1000;       // entries that a chunk made for a large frame has beyond it
_PyStackChunk* spare = nullptr;           // one empty chunk is kept: a hot call at a chunk's edge needs it each time

PyObjectArenaAllocator arena() {
  PyObjectArenaAllocator allocator;
  PyObject_GetArenaAllocator(&allocator);
  return allocator;
}

_PyStackChunk* new_chunk(size_t bytes) {
  if (spare && bytes == chunk_size) {
    _PyStackChunk* chunk = spare;
    spare = nullptr;
    return chunk;
  }
  PyObjectArenaAllocator allocator = arena();
  return static_cast<_PyStackChunk*>(allocator.alloc(allocator.ctx, bytes));
}

void free_chunk(_PyStackChunk* chunk) {
  if (!spare && chunk->size == chunk_size) {
    spare = chunk;
    return;
  }
  PyObjectArenaAllocator allocator = arena();
  allocator.free(allocator.ctx, chunk, chunk->size);
}

}  // namespace

PyObject** grow_data_stack(PyThreadState* ts, int size) {
  size_t bytes = chunk_size;
  while (bytes < sizeof(PyObject*) * (static_cast<size_t>(size) + spare_room)) bytes *= 2;
  _PyStackChunk* previous = ts->datastack_chunk;
  _PyStackChunk* chunk = new_chunk(bytes);
  if (!chunk) return nullptr;
  chunk->previous = previous;
  chunk->size = bytes;
  chunk->top = 0;
  if (previous) previous->top = static_cast<size_t>(ts->datastack_top - &previous->data[0]);
  ts->datastack_chunk = chunk;
  ts->datastack_limit = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(chunk) + bytes);
  // The first entry of the root chunk stays unused: a frame there would have the chunk freed.
  PyObject** base = &chunk->data[previous == nullptr];
  ts->datastack_top = base + size;
  return base;
}

void shrink_data_stack(PyThreadState* ts, Frame*) {
  _PyStackChunk* chunk = ts->datastack_chunk;
  _PyStackChunk* previous = chunk->previous;
  ts->datastack_chunk = previous;
  ts->datastack_top = &previous->data[previous->top];
  ts->datastack_limit = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(previous) + previous->size);
  free_chunk(chunk);
}

namespace {

// An escaped frame object takes over all the frame owns.
void give_to_frame_object(Frame* fr) {
  PyFrameObject* object = fr->frame_obj;
  fr->frame_obj = nullptr;
  PyFrameObject* back = PyFrame_GetBack(object);  // while `previous` is still valid
  size_t bytes =
      static_cast<size_t>(reinterpret_cast<char*>(&fr->localsplus[fr->stacktop]) - reinterpret_cast<char*>(fr));
  Frame* copy = reinterpret_cast<Frame*>(object->_f_frame_data);
  std::memcpy(static_cast<void*>(copy), fr, bytes);
  object->f_frame = copy;
  copy->owner = FRAME_OWNED_BY_FRAME_OBJECT;
  if (_PyFrame_IsIncomplete(copy)) set_ip(copy, frame_code(copy)->_co_firsttraceable);
  if (back) Py_XSETREF(object->f_back, back);
  copy->previous = nullptr;
  if (!_PyObject_GC_IS_TRACKED(reinterpret_cast<PyObject*>(object))) PyObject_GC_Track(object);
  Py_DECREF(object);
}

}  // namespace

bool outlived_by_object(Frame* fr, int count) {
  PyFrameObject* object = fr->frame_obj;
  if (Py_REFCNT(object) > 1) {
    fr->stacktop = count;
    give_to_frame_object(fr);
    return true;
  }
  fr->frame_obj = nullptr;
  Py_DECREF(object);
  return false;
}

}  // namespace jj::vm

#endif
