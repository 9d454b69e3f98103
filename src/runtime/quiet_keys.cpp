// Looking up ints, strs and tuples of such in dicts, sets, lists and tuples where that runs no code and can raise nothing.
//
// Goes through the tables as the interpreter does, comparing keys itself: of the types here no comparison can be anybody's.
// Where a key of another type has the same hash, the interpreter has to do it.
#include "runtime/quiet_keys.h"

#include <cstring>

#include "runtime/compat/objects.h"
#include "runtime/ints.h"

namespace jj {
namespace {

constexpr int kDepth = 3;  // of tuples in tuples
constexpr Py_ssize_t kLongestTuple = 16;
constexpr int kPerturbShift = 5;                          // of dicts and sets
constexpr int64_t kHashModulus = (int64_t{1} << 61) - 1;  // of numbers
constexpr size_t kLinearProbes = 9;                       // neighbours that a set looks at before it goes elsewhere

inline bool is_leaf(PyObject* o) {
  return is_exact_int(o) || PyUnicode_CheckExact(o) || is_exact_float(o) || PyBool_Check(o) || o == Py_None ||
         PyBytes_CheckExact(o);
}

// -- hashes

inline bool is_own_hash(int64_t v) { return v < kHashModulus && v > -kHashModulus; }
inline Py_hash_t int_hash(int64_t v) { return v == -1 ? -2 : v; }
inline Py_hash_t leaf_hash(PyObject* o) {
  if (is_exact_int(o) && is_compact(o)) return int_hash(compact_value(o));
  if (!is_leaf(o)) return -1;
  if (PyUnicode_CheckExact(o))
    if (const Py_hash_t known = reinterpret_cast<PyASCIIObject*>(o)->hash; known != -1) return known;
  const Py_hash_t hash = PyObject_Hash(o);
  if (hash == -1) PyErr_Clear();  // no memory to make an old kind of str ready
  return hash;
}

Py_hash_t hash_of(PyObject* key, int depth);

// A tuple's: xxHash, as the interpreter has it.
Py_hash_t tuple_hash(PyObject* tuple, int depth) {
  constexpr uint64_t kFirst = 11400714785074694791u, kSecond = 14029467366897019727u, kFifth = 2870177450012600261u;
  const Py_ssize_t n = PyTuple_GET_SIZE(tuple);
  if (n > kLongestTuple || depth == 0) return -1;
  uint64_t sum = kFifth;
  for (Py_ssize_t k = 0; k < n; k++) {
    const Py_hash_t item = hash_of(PyTuple_GET_ITEM(tuple, k), depth - 1);
    if (item == -1) return -1;
    sum += static_cast<uint64_t>(item) * kSecond;
    sum = (sum << 31 | sum >> 33) * kFirst;
  }
  sum += static_cast<uint64_t>(n) ^ (kFifth ^ 3527539u);
  return sum == static_cast<uint64_t>(-1) ? 1546275796 : static_cast<Py_hash_t>(sum);
}

Py_hash_t hash_of(PyObject* key, int depth) {
  return PyTuple_CheckExact(key) ? tuple_hash(key, depth) : leaf_hash(key);
}

// Whether the interpreter's tuples have the hashes that these have here.
bool tuple_hashes_agree() {
  static const bool agree = [] {
    PyObject* sample = Py_BuildValue("(i(si)ii)", 7, "x", -1, 1 << 20, -2);
    const bool same = sample && tuple_hash(sample, kDepth) == PyObject_Hash(sample);
    Py_XDECREF(sample);
    PyErr_Clear();
    return same;
  }();
  return agree;
}

// -- equality: of a key in the table and the one that is looked for, which have the same hash

Found same_text(PyObject* a, PyObject* b) {
  if (PyUnicode_GET_LENGTH(a) != PyUnicode_GET_LENGTH(b) || PyUnicode_KIND(a) != PyUnicode_KIND(b)) return Found::No;
  const auto bytes = static_cast<size_t>(PyUnicode_GET_LENGTH(a)) * PyUnicode_KIND(a);
  return std::memcmp(PyUnicode_DATA(a), PyUnicode_DATA(b), bytes) == 0 ? Found::Yes : Found::No;
}

Found same(PyObject* a, PyObject* b, int depth) {
  if (a == b) return Found::Yes;
  if (is_exact_int(a) && is_exact_int(b) && is_compact(a) && is_compact(b))
    return compact_value(a) == compact_value(b) ? Found::Yes : Found::No;
  if (PyUnicode_CheckExact(a) && PyUnicode_CheckExact(b) && PyUnicode_IS_READY(a) && PyUnicode_IS_READY(b))
    return same_text(a, b);
  const bool tuple = PyTuple_CheckExact(a), tuples = tuple && PyTuple_CheckExact(b);
  if (tuples && depth > 0) {
    const Py_ssize_t n = PyTuple_GET_SIZE(a), m = PyTuple_GET_SIZE(b);
    for (Py_ssize_t k = 0; k < n && k < m; k++)
      if (const Found f = same(PyTuple_GET_ITEM(a, k), PyTuple_GET_ITEM(b, k), depth - 1); f != Found::Yes) return f;
    return n == m ? Found::Yes : Found::No;
  }
  if (tuples || !(tuple || is_leaf(a)) || !(PyTuple_CheckExact(b) || is_leaf(b))) return Found::Unknown;
  if (PyBytes_CheckExact(a) != PyBytes_CheckExact(b)) return Found::Unknown;  // with -b that is worth a warning
  const int equal = PyObject_RichCompareBool(a, b, Py_EQ);
  if (equal < 0) PyErr_Clear();
  return equal < 0 ? Found::Unknown : equal ? Found::Yes : Found::No;
}

Found same_number(PyObject* o, int64_t v) {
  int64_t w;
  if (is_exact_int(o)) return !int_value(o, w) ? Found::Unknown : w == v ? Found::Yes : Found::No;
  if (PyBool_Check(o)) return (o == Py_True) == v ? Found::Yes : Found::No;
  if (PyUnicode_CheckExact(o) || PyTuple_CheckExact(o) || o == Py_None) return Found::No;
  constexpr int64_t kExact = int64_t{1} << 53;
  if (!is_exact_float(o) || v > kExact || v < -kExact) return Found::Unknown;
  return float_field(o) == static_cast<double>(v) ? Found::Yes : Found::No;
}

// -- tables

inline int64_t index_at(const DictTable& t, size_t slot) {
  switch (t.width) {
    case 1: return reinterpret_cast<const int8_t*>(t.indices)[slot];
    case 2: return reinterpret_cast<const int16_t*>(t.indices)[slot];
    case 4: return reinterpret_cast<const int32_t*>(t.indices)[slot];
    default: return reinterpret_cast<const int64_t*>(t.indices)[slot];
  }
}

// Asks `matches` about one entry after the other that the key may be in, until it tells Yes or Unknown.
template <class Matches>
inline Found probe(const DictTable& t, Py_hash_t hash, Matches matches) {
  size_t perturb = static_cast<size_t>(hash), slot = perturb & t.mask;
  for (;;) {
    const int64_t index = index_at(t, slot);
    if (index == -1) return Found::No;
    if (index >= 0)
      if (const Found f = matches(index); f != Found::No) return f;
    perturb >>= kPerturbShift;
    slot = (slot * 5 + perturb + 1) & t.mask;
  }
}

template <class Same>
inline Found probe_hashed(const DictTable& t, Py_hash_t hash, PyObject** item, Same same_key) {
  return probe(t, hash, [&](int64_t index) {
    const HashedEntry& e = static_cast<const HashedEntry*>(t.entries)[index];
    if (e.hash != hash) return Found::No;  // of the very key it is the same
    const Found f = same_key(e.key);
    if (f == Found::Yes) *item = e.value;
    return f;
  });
}

template <class Same>
inline Found probe_set(PyObject* set, Py_hash_t hash, Same same_key) {
  auto* s = reinterpret_cast<PySetObject*>(set);
  const auto mask = static_cast<size_t>(s->mask);
  size_t perturb = static_cast<size_t>(hash), slot = perturb & mask;
  for (;;) {
    const setentry* e = &s->table[slot];
    const setentry* last = slot + kLinearProbes <= mask ? e + kLinearProbes : e;
    for (; e <= last; e++) {
      if (!e->key && e->hash == 0) return Found::No;
      if (e->hash != hash) continue;
      if (const Found f = same_key(e->key); f != Found::No) return f;
    }
    perturb >>= kPerturbShift;
    slot = (slot * 5 + 1 + perturb) & mask;
  }
}

// In the dict of an instance, whose values are elsewhere; looking for a str among strs runs no code.
Found find_attribute(PyObject* dict, PyObject* name, PyObject** item) {
  if (!PyUnicode_CheckExact(name) || !dict_has_only_str(dict)) return Found::Unknown;
  PyObject* value = PyDict_GetItemWithError(dict, name);
  if (value) *item = value;
  if (value || !PyErr_Occurred()) return value ? Found::Yes : Found::No;
  PyErr_Clear();
  return Found::Unknown;
}

}  // namespace

Py_hash_t quiet_hash(PyObject* key) {
  if (!PyTuple_CheckExact(key)) return leaf_hash(key);
  return tuple_hashes_agree() ? tuple_hash(key, kDepth) : -1;
}

Found find_in_dict(PyObject* dict, PyObject* key, Py_hash_t hash, PyObject** item) {
  if (hash == -1) return Found::Unknown;
  if (dict_is_split(dict)) return find_attribute(dict, key, item);
  const DictTable t = dict_table(dict);
  if (!t.text) return probe_hashed(t, hash, item, [&](PyObject* other) { return same(other, key, kDepth); });
  if (!PyUnicode_CheckExact(key)) return PyBytes_CheckExact(key) ? Found::Unknown : Found::No;
  return probe(t, hash, [&](int64_t index) {
    const TextEntry& e = static_cast<const TextEntry*>(t.entries)[index];
    const bool match =
        e.key == key || (reinterpret_cast<PyASCIIObject*>(e.key)->hash == hash && same_text(e.key, key) == Found::Yes);
    if (match) *item = e.value;
    return match ? Found::Yes : Found::No;
  });
}

Found find_in_set(PyObject* set, PyObject* key, Py_hash_t hash) {
  if (hash == -1) return Found::Unknown;
  return probe_set(set, hash, [&](PyObject* other) { return same(other, key, kDepth); });
}

Found find_int_in_dict(PyObject* dict, int64_t key, PyObject** item) {
  if (!is_own_hash(key) || dict_is_split(dict)) return Found::Unknown;
  const DictTable t = dict_table(dict);
  if (t.text) return Found::No;
  return probe_hashed(t, int_hash(key), item, [&](PyObject* other) { return same_number(other, key); });
}

Found find_int_in_set(PyObject* set, int64_t key) {
  if (!is_own_hash(key)) return Found::Unknown;
  return probe_set(set, int_hash(key), [&](PyObject* other) { return same_number(other, key); });
}

namespace {

template <class Same>
inline Found find_among(PyObject* sequence, Same same_as_key) {
  PyObject* const* items = PySequence_Fast_ITEMS(sequence);
  for (Py_ssize_t k = 0, n = Py_SIZE(sequence); k < n; k++)
    if (const Found found = same_as_key(items[k]); found != Found::No) return found;
  return Found::No;
}

}  // namespace

Found find_in_sequence(PyObject* sequence, PyObject* key) {
  if (is_exact_int(key) && is_compact(key)) return find_int_in_sequence(sequence, compact_value(key));
  return find_among(sequence, [&](PyObject* item) { return same(item, key, kDepth); });
}

Found find_int_in_sequence(PyObject* sequence, int64_t key) {
  return find_among(sequence, [&](PyObject* item) { return same_number(item, key); });
}

Found find_in_container(PyObject* container, PyObject* key) {
  PyObject* item;
  if (PyDict_CheckExact(container)) return find_in_dict(container, key, quiet_hash(key), &item);
  if (PyAnySet_CheckExact(container)) return find_in_set(container, key, quiet_hash(key));
  const bool sequence = PyList_CheckExact(container) || PyTuple_CheckExact(container);
  return sequence ? find_in_sequence(container, key) : Found::Unknown;
}

Found find_int_in_container(PyObject* container, int64_t key) {
  PyObject* item;
  if (PyDict_CheckExact(container)) return find_int_in_dict(container, key, &item);
  if (PyAnySet_CheckExact(container)) return find_int_in_set(container, key);
  const bool sequence = PyList_CheckExact(container) || PyTuple_CheckExact(container);
  return sequence ? find_int_in_sequence(container, key) : Found::Unknown;
}

}  // namespace jj
