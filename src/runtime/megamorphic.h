// What sites that meet more classes than their own caches hold know together: one table, by type version and name.
#pragma once
#include "runtime/caches.h"

namespace jj::megamorphic {

// The name is borrowed from a cache that has entered it; when that goes, so does all that the table has for the name.
struct Line {
  PyObject* name;
  AttrEntry entry;
};
constexpr uint32_t kBits = 10;
extern Line lines[1 << kBits];

inline Line& line_of(uint32_t version, PyObject* name) {
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2**64 over the golden ratio, for multiplicative hashing
  return lines[(version ^ reinterpret_cast<uintptr_t>(name) << 16) * kOdd >> (64 - kBits)];
}
inline const AttrEntry* find(uint32_t version, PyObject* name) {
  const Line& line = line_of(version, name);
  return line.entry.version == version && line.name == name ? &line.entry : nullptr;
}
inline void put(PyObject* name, const AttrEntry& entry) { line_of(entry.version, name) = {name, entry}; }
void forget(PyObject* name);

}  // namespace jj::megamorphic
