// What the helpers keep in the six words of an inline cache (abi.h).
#pragma once
#include "runtime/abi.h"

namespace jj {

// -- global names. No two dicts ever have the same version, so where both are the same, so is the value. Otherwise, as
// some globals are assigned to all the time: Cache::state, where the name was found, and its place there.
enum GlobalState : uint8_t { kGlobalUnknown, kGlobalInGlobals, kGlobalInBuiltins };
struct GlobalCache {
  uint64_t globals_version, builtins_version;  // while which `value` holds; 0: none
  PyObject* builtins;                          // the dict of that version; no other kind of mapping is asked for one
  PyObject* value;                             // borrowed
  uint32_t keys_version;                       // of the globals' set of keys that lacked the name, or 0
  uint32_t index;                              // entry in the dict that has it
  uint64_t globals_noted;  // of optimised code: globals_version, if the value is where it expects it
};

// -- attributes: how an object of a type whose version is `version` has the attribute.
enum class How : uint8_t {
  None,
  Values,        // instance values[index]; `offset`: see values_offset
  Dict,          // entry `index` of the instance's dict
  Slot,          // object at `offset` in the instance
  TupleField,    // item number `offset` of a named tuple
  Class,         // __class__ as all objects have it
  Property,      // value is a property
  Descriptor,    // value is a data descriptor of a static type
  Function,      // value is a function or method descriptor found on the type
  Constant,      // value was found on the type and binds to nothing
  StaticMethod,  // value is a staticmethod found on the type
  ClassMethod,   // value is a classmethod found on the type
  ClassObject,   // the object is a class with version `offset`; value was found in its MRO
  ClassStatic,   // the same, a staticmethod
  ClassClassMethod,
  ClassGetter,  // the same, a descriptor whose __get__ is a Python function
  StoreValues,
  StoreDict,
  StoreSlot,
  Super,  // the object is super(), which found value; see AttrCache::super
};
// Why the instance itself cannot have an attribute that was found on its type.
enum class Lacks : uint8_t {
  NoDict,       // its type gives it none
  SharedKeys,   // the class's shared keys, `index` many, do not have the name
  SharedValue,  // they have it at `index`, where the instance holds no value
  LookUp,       // look into the instance's values or dict each time
};
struct AttrEntry {
  uint32_t version;  // type version; 0 = empty
  How how;
  Lacks lacks;
  uint16_t index;
  uint32_t offset;
  uint32_t more;    // of the cache's own entries: half of the address of further ones
  PyObject* value;  // borrowed: alive as long as the type version is valid
};
static_assert(sizeof(AttrEntry) == 24);
// Cache::state: the entry to replace next, and above kFillBits how often entries changed places since one was filled.
constexpr int kFillBits = 6;
struct AttrCache {
  AttrEntry entry[2];

  // What a third class and the next ones need; null until then.
  struct More {
    AttrEntry entry[4];
  };
  More* more() const { return reinterpret_cast<More*>(uint64_t{entry[0].more} << 32 | entry[1].more); }
  void set_more(More* more) {
    const auto address = reinterpret_cast<uintptr_t>(more);
    entry[0].more = static_cast<uint32_t>(address >> 32);
    entry[1].more = static_cast<uint32_t>(address);
  }

  // Calls of methods of super() objects find nothing here. What super() found for objects of the class with the version in
  // `offset` is in the first entry (index 1: of others, too), and in the second the class behind which it searched.
  bool super() const { return !entry[0].version && !entry[1].version && entry[0].how == How::Super; }

  static constexpr int kEntries = 6;
  AttrEntry& at(int number) { return number < 2 ? entry[number] : more()->entry[number - 2]; }
  void put(int number, AttrEntry e) {
    AttrEntry& place = at(number);
    e.more = place.more;
    place = e;
  }
  int count() const { return more() ? kEntries : 2; }
};

// -- super().name: what was found for objects of a class, a function or the like.
struct SuperCache {
  uint32_t version;  // of the class; 0: nothing yet
  bool others;       // classes have been met before
  PyObject* after;   // where the search began; compared, never looked into
  PyObject* method;  // borrowed: alive as long as the version is valid
};

// -- calls: generated code calls `handler`, which is the helper of the call's layout or one that expects a certain kind
// of callable and passes everything else to the helper. The helper replaces it.
using CallHandler = PyObject* (*)(PyThreadState*, Frame*, PyObject** base, int64_t nargs, Cache*, int32_t idx);
struct CallCache {
  uint64_t init;       // Cache::version of a class: its native __init__
  CodeData* owner;     // whose cache this is
  uint64_t init_code;  // CodeData::number of the code of that, and whether there were others
  uint64_t other_inits;
  uint64_t unused;
  CallHandler handler;
};
// A cache that has missed this often changes only now and then: what it meets is too many things for it, or was so once.
constexpr int kMaxCallMisses = 8;
constexpr int kMaxAttrMisses = 400;
inline bool may_change(const Cache* c, int most_misses) {
  static uint32_t passed = 0;
  return c->misses < most_misses || ++passed % 64 == 0;
}

// Cache::version of a store to an attribute: whether instances were met that did not have it.
inline bool has_filled(const Cache* c) { return c->version != 0; }
inline void note_filled(Cache* c) { c->version = 1; }

inline void* cache_words(Cache* c) { return reinterpret_cast<char*>(c) + offsetof(Cache, word); }
inline GlobalCache& global_cache(Cache* c) { return *static_cast<GlobalCache*>(cache_words(c)); }
inline AttrCache& attr_cache(Cache* c) { return *static_cast<AttrCache*>(cache_words(c)); }
inline SuperCache& super_cache(Cache* c) { return *static_cast<SuperCache*>(cache_words(c)); }
inline CallCache& call_cache(Cache* c) { return *static_cast<CallCache*>(cache_words(c)); }
static_assert(offsetof(CallCache, handler) == kCallHandlerWord * sizeof(uint64_t));
static_assert(sizeof(AttrCache) <= sizeof(Cache::word) && sizeof(GlobalCache) <= sizeof(Cache::word));

}  // namespace jj
