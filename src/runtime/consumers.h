// Builtins that take all items of an iterator, and hold what they have made of them so far: native generators hand them
// items without being suspended in between (passes/feed_consumers.cpp).
#pragma once
#include "runtime/calls.h"

namespace jj {

enum class Consuming : uint8_t {
  Nothing,
  Any,
  All,
  Max,
  Min,
  List,
  Tuple,
  Sorted,
  Join,  // of a str
  Set,
  Sum
};
// What the builtin `callable`, called with nothing but an iterator (join: with a str in front), does with that.
Consuming consuming_of(const calls::Call& c);
void find_consuming();  // the builtins, once

// Does all of that with an exact generator; null with an exception set.
PyObject* consume(PyThreadState* ts, Consuming what, const calls::Call& c);

}  // namespace jj

extern "C" int32_t jj_feed(void* consumer, PyObject* object);
