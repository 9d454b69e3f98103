// Deciding how an object has an attribute: fills the inline cache entries that attrs.cpp and attrs_store.cpp test.
#include "runtime/attrs.h"

#include <cstdlib>
#include <cstring>

#include <cstring>
#include "runtime/class_versions.h"
#include "runtime/generic_lookup.h"
#include "runtime/megamorphic.h"

#include "structmember.h"

namespace jj {
namespace {

bool is_of_class(How how) { return how >= How::ClassObject && how <= How::ClassGetter; }

// Entries of classes that are gone, or not any more as they were, make room; the others move up.
void drop_dead_entries(AttrCache& cache) {
  int kept = 0;
  for (int k = 0; k < cache.count(); ++k) {
    const AttrEntry e = cache.at(k);
    const bool dead = !e.version || !is_current(e.version) || (is_of_class(e.how) && !is_current(e.offset));
    cache.put(k, {});
    if (!dead) cache.put(kept++, e);
  }
}

// Number of the entry to fill for what `e` describes: one that it has, a free one, or the least recently filled one.
int entry_for(Cache* c, const AttrEntry& e) {
  AttrCache& cache = attr_cache(c);
  for (int k = 0; k < cache.count(); ++k)
    if (cache.at(k).version == e.version && !(is_of_class(e.how) && cache.at(k).offset != e.offset)) return k;
  drop_dead_entries(cache);
  for (int k = 0; k < cache.count(); ++k)
    if (cache.at(k).version == 0) return k;
  if (!cache.more())
    if (auto* more = static_cast<AttrCache::More*>(std::calloc(1, sizeof(AttrCache::More)))) {
      cache.set_more(more);
      return 2;
    }
  c->state = static_cast<uint8_t>((c->state % (1 << kFillBits) + 1) % cache.count());
  return c->state;
}

// Installs an entry for objects of `type`, if there is something to install; the entry's place.
const AttrEntry* install(Cache* c, AttrEntry e, PyTypeObject* type) {
  ++c->misses;
  e.version = type_version(type);
  if (e.how == How::None || e.version == 0) return nullptr;
  note_class(type);
  const int number = entry_for(c, e);
  attr_cache(c).put(number, e);
  c->state %= 1 << kFillBits;
  return &attr_cache(c).at(number);
}

// The same for loads; sites that know many classes tell the others.
const AttrEntry* install_load(Cache* c, const AttrEntry& e, PyTypeObject* type) {
  const AttrEntry* installed = install(c, e, type);
  if (installed && attr_cache(c).more()) megamorphic::put(c->name, *installed);
  return installed;
}

// Whether a value found on a type can come to be a data descriptor, or cease to, without the type changing.
bool may_turn_into_descriptor(PyObject* value) { return Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE; }

// The offset of a __slots__ member that instances of `type` have, or 0.
uint32_t slot_offset(PyObject* descr, PyTypeObject* type, bool writing) {
  if (Py_TYPE(descr) != &PyMemberDescr_Type) return 0;
  PyMemberDef* member = reinterpret_cast<PyMemberDescrObject*>(descr)->d_member;
  if (member->type != T_OBJECT_EX || member->offset <= 0 || (member->flags & ~(writing ? 0 : READONLY))) return 0;
  if (!PyType_IsSubtype(type, reinterpret_cast<PyDescrObject*>(descr)->d_type)) return 0;
  return static_cast<uint32_t>(member->offset);
}

// The number of a named tuple's field, or -1: the descriptor is something else. Its own type never changes.
int tuple_field(PyObject* descr, PyTypeObject* type) {
  struct Getter {
    PyObject_HEAD Py_ssize_t index;
  };
  const auto flags = Py_TYPE(descr)->tp_flags;
  const bool changes = flags & Py_TPFLAGS_HEAPTYPE && !(flags & Py_TPFLAGS_IMMUTABLETYPE);
  const char* name = Py_TYPE(descr)->tp_name;
  const bool ours =
      std::strcmp(name, "collections._tuplegetter") == 0 || std::strcmp(name, "_collections._tuplegetter") == 0;
  if (changes || !ours) return -1;
  const Py_ssize_t index = reinterpret_cast<Getter*>(descr)->index;
  return PyType_HasFeature(type, Py_TPFLAGS_TUPLE_SUBCLASS) && index <= INT16_MAX ? static_cast<int>(index) : -1;
}

// Fills the entry when the instance itself has the attribute. False: it does not.
bool fill_instance_entry(AttrEntry* e, PyObject* o, PyTypeObject* type, PyObject* name) {
  if (has_shared_values(type)) {
    if (PyObject** values = instance_values(o)) {
      int index = shared_key_index(type, name);
      if (index < 0 || !values[index]) return false;
      e->how = How::Values;
      e->index = static_cast<uint16_t>(index);
      e->offset = values_offset(type);
      return true;
    }
  }
  if (!plain_dict(type)) return false;
  PyObject* dict = instance_dict(o, type);
  if (!dict || !PyDict_CheckExact(dict)) return false;
  int index = dict_find(dict, name);
  if (index < 0 || index > UINT16_MAX) return false;
  e->how = How::Dict;
  e->index = static_cast<uint16_t>(index);
  return true;
}

// Finds a proof that instances lack the name; false when there is none.
bool fill_lacks(AttrEntry* e, PyObject* o, PyTypeObject* type, PyObject* name) {
  if (!has_managed_dict(type) && type->tp_dictoffset == 0) {
    e->lacks = Lacks::NoDict;
    return true;
  }
  if (!plain_dict(type)) return false;
  e->lacks = Lacks::LookUp;
  if (has_shared_values(type) && instance_values(o)) {
    int index = shared_key_index(type, name);
    e->lacks = index < 0 ? Lacks::SharedKeys : Lacks::SharedValue;
    e->index = static_cast<uint16_t>(index < 0 ? shared_key_count(type) : index);
    e->offset = values_offset(type);
  }
  return true;
}

}  // namespace

PyObject* getter_in_python(PyObject* descriptor) {
  PyTypeObject* type = Py_TYPE(descriptor);
  static PyObject* name = PyUnicode_InternFromString("__get__");
  if (!name || !type->tp_descr_get || !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) return nullptr;
  PyObject* get = _PyType_Lookup(type, name);
  return get && Py_IS_TYPE(get, &PyFunction_Type) ? get : nullptr;
}

namespace {

// What a value found on a type becomes; None when only the general look-up knows.
How binding_of(PyObject* value) {
  PyTypeObject* type = Py_TYPE(value);
  if (type->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR) return How::Function;
  if (type == &PyStaticMethod_Type) return How::StaticMethod;
  if (type == &PyClassMethod_Type) return How::ClassMethod;
  return type->tp_descr_get ? How::None : How::Constant;
}

void fill_class_entry(AttrEntry* e, PyObject* o, PyObject* name) {
  PyTypeObject *meta = Py_TYPE(o), *cls = reinterpret_cast<PyTypeObject*>(o);
  PyObject* on_meta = _PyType_Lookup(meta, name);
  if (on_meta && Py_TYPE(on_meta)->tp_descr_set && !may_turn_into_descriptor(on_meta)) {  // __name__ and the like
    if (meta->tp_getattro == PyType_Type.tp_getattro) e->how = How::Descriptor;  // where it fails, nobody else is asked
    e->value = on_meta;
    return;
  }
  if (on_meta && (Py_TYPE(on_meta)->tp_descr_set || may_turn_into_descriptor(on_meta))) return;
  PyObject* value = _PyType_Lookup(cls, name);
  if (!value || !type_version(cls)) return;
  // A function looked up on its class is the function itself.
  descrgetfunc get = Py_TYPE(value)->tp_descr_get;
  bool itself = !get || get == PyFunction_Type.tp_descr_get;
  if (itself)
    e->how = How::ClassObject;
  else if (Py_TYPE(value) == &PyStaticMethod_Type)
    e->how = How::ClassStatic;
  else if (Py_TYPE(value) == &PyClassMethod_Type)
    e->how = How::ClassClassMethod;
  else if (getter_in_python(value))
    e->how = How::ClassGetter;
  e->offset = type_version(cls);
  e->value = value;
  note_class(cls);
}

// What computes __class__ for all objects whose class does not define it.
PyObject* class_descriptor() {
  static PyObject* descriptor = [] {
    PyObject* name = PyUnicode_InternFromString("__class__");
    return name ? _PyType_Lookup(&PyBaseObject_Type, name) : nullptr;
  }();
  return descriptor;
}

void fill_object_entry(AttrEntry* e, PyObject* o, PyObject* name) {
  PyTypeObject* type = Py_TYPE(o);
  PyObject* value = _PyType_Lookup(type, name);
  e->value = value;
  if (value && Py_TYPE(value)->tp_descr_get && Py_TYPE(value)->tp_descr_set) {
    e->offset = slot_offset(value, type, false);
    if (e->offset)
      e->how = How::Slot;
    else if (value == class_descriptor())
      e->how = How::Class;
    else if (const int field = tuple_field(value, type); field >= 0)
      e->how = How::TupleField, e->offset = static_cast<uint32_t>(field);
    else if (type->tp_getattro != PyObject_GenericGetAttr)
      return;  // where a getter raises AttributeError, a __getattr__ is asked
    else if (Py_TYPE(value) == &PyProperty_Type)
      e->how = How::Property;
    else if (!(Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE))
      e->how = How::Descriptor;
    return;
  }
  if (!(value && may_turn_into_descriptor(value)) && fill_instance_entry(e, o, type, name)) return;
  if (!value || type->tp_getattro == PyModule_Type.tp_getattro) return;
  if (fill_lacks(e, o, type, name)) e->how = binding_of(value);
}

}  // namespace

void free_entries(CodeData* cd) {
  for (uint32_t n = 0; n < cd->ncaches; ++n) {
    Cache* c = code_caches(cd) + n;
    const bool attribute = c->kind == JJ_CACHE_ATTR || c->kind == JJ_CACHE_STORE_ATTR || c->kind == JJ_CACHE_METHOD;
    if (!attribute || !attr_cache(c).more()) continue;
    megamorphic::forget(c->name);
    std::free(attr_cache(c).more());
  }
}

void fill_load_entry(Cache* c, PyObject* o) {
  if (!may_change(c, kMaxAttrMisses)) return;
  PyTypeObject* type = Py_TYPE(o);
  AttrEntry e{};
  if (PyType_Check(o)) {
    if (finds_as_type_does(type)) fill_class_entry(&e, o, c->name);
  } else if (finds_generically(type) || type->tp_getattro == PyModule_Type.tp_getattro) {
    fill_object_entry(&e, o, c->name);
  }
  install_load(c, e, type);
}

const AttrEntry* fill_property_entry(Cache* c, PyObject* o) {
  PyTypeObject* type = Py_TYPE(o);
  if (c->misses >= kMaxAttrMisses || type->tp_getattro != PyObject_GenericGetAttr) return nullptr;
  PyObject* value = _PyType_Lookup(type, c->name);
  if (!value || !Py_IS_TYPE(value, &PyProperty_Type)) return nullptr;
  AttrEntry e{};
  fill_object_entry(&e, o, c->name);
  return e.how == How::Property ? install_load(c, e, type) : nullptr;
}

bool is_in_instance(PyObject* o, PyObject* name) {
  AttrEntry e{};
  return fill_instance_entry(&e, o, Py_TYPE(o), name);
}

void fill_store_entry(Cache* c, PyObject* o) {
  PyTypeObject* type = Py_TYPE(o);
  if (type->tp_setattro != PyObject_GenericSetAttr || !may_change(c, kMaxAttrMisses)) return;
  AttrEntry e{};
  PyObject* descr = _PyType_Lookup(type, c->name);
  if (descr && Py_TYPE(descr)->tp_descr_set) {
    e.offset = slot_offset(descr, type, true);
    if (e.offset) e.how = How::StoreSlot;
  } else if (!(descr && may_turn_into_descriptor(descr)) && fill_instance_entry(&e, o, type, c->name)) {
    e.how = e.how == How::Values ? How::StoreValues : How::StoreDict;
  }
  install(c, e, type);
}

}  // namespace jj
