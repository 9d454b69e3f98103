// Loading attributes and methods through inline caches.
#include "runtime/attrs.h"
#include "runtime/calls.h"
#include "runtime/megamorphic.h"
#include "runtime/signature.h"

namespace jj {
namespace {

// Method: a function to be called with the object first; ClassMethod: with the object's class.
enum class Hit : uint8_t { No, Value, Error, Method, ClassMethod };

// Instances may be shorter than their class says.
inline PyObject* field_at(PyObject* o, uint32_t index) {
  return JJ_LIKELY(index < static_cast<size_t>(Py_SIZE(o))) ? PyTuple_GET_ITEM(o, index) : nullptr;
}
inline PyObject* slot_at(PyObject* o, uint32_t offset) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + offset);
}

// Looks for the name among what the instance itself has: 1 absent, 0 present or unknown, -1 error.
[[gnu::noinline]] int absent_from_instance(Frame* fr, PyObject* o, PyObject* name, uint32_t site) {
  PyTypeObject* type = Py_TYPE(o);
  if (has_shared_values(type)) {
    if (PyObject** values = instance_values(o)) {
      int index = shared_key_index(type, name);
      return index < 0 || !values[index];
    }
  }
  PyObject* dict = instance_dict(o, type);
  if (!dict) return 1;
  if (!dict_keys_are_str(dict)) return 0;
  set_ip(fr, site_index(site));
  PyObject* found = PyDict_GetItemWithError(dict, name);
  return found ? 0 : PyErr_Occurred() ? -1 : 1;
}

// Whether the proof that the instance lacks the attribute still holds: 1 yes, 0 no, -1 error.
inline int lacks_attribute(const AttrEntry& e, Frame* fr, PyObject* o, PyObject* name, uint32_t site) {
  if (e.lacks == Lacks::NoDict) return 1;
  if (e.lacks != Lacks::LookUp) {
    PyObject** values = instance_values(o);
    if (JJ_LIKELY(values != nullptr))
      return e.lacks == Lacks::SharedKeys ? shared_key_count(Py_TYPE(o)) == e.index : !values[e.index];
  }
  uint32_t version = e.version;
  int absent = absent_from_instance(fr, o, name, site);
  // Where the look-up can run code, it may have changed the type.
  return absent == 1 && type_version(Py_TYPE(o)) != version ? 0 : absent;
}

// Calls code that computes the attribute, with the object kept alive.
template <class Compute>
inline Hit computed(Frame* fr, PyObject* o, uint32_t site, PyObject*& result, Compute compute) {
  set_ip(fr, site_index(site));
  own_operand(o, site, kOwnFirst);
  result = compute();
  if (!(site & kOwnFirst)) drop(fr, site_index(site), o);
  return result ? Hit::Value : Hit::Error;
}

// The value where looking it up runs no code: instances of one class may have come by their attributes in other orders.
[[gnu::noinline]] PyObject* found_in_dict(PyObject* dict, PyObject* name) {
  const Py_hash_t hash = reinterpret_cast<PyASCIIObject*>(name)->hash;
  return hash != -1 && dict_has_only_str(dict) ? _PyDict_GetItem_KnownHash(dict, name, hash) : nullptr;
}

inline Hit found(PyObject* value, PyObject*& result) {
  if (JJ_UNLIKELY(!value)) return Hit::No;
  result = new_ref(value);
  return Hit::Value;
}

[[gnu::noinline]] Hit property_entry(const AttrEntry& e, Frame* fr, PyObject* o, uint32_t site, PyObject*& result) {
  PyObject* getter = reinterpret_cast<PropertyHead*>(e.value)->getter;
  if (!getter) return Hit::No;
  set_ip(fr, site_index(site));
  PyObject* args[2] = {nullptr, new_ref(o)};
  result = calls::call_function(thread_state(), getter, args + 1, 1);  // which may change the entry
  return result ? Hit::Value : Hit::Error;
}
[[gnu::noinline]] Hit descriptor_entry(const AttrEntry& e, Frame* fr, PyObject* o, uint32_t site, PyObject*& result) {
  PyObject* descr = new_ref(e.value);
  auto* type = reinterpret_cast<PyObject*>(Py_TYPE(o));
  Hit hit = computed(fr, o, site, result, [&] { return Py_TYPE(descr)->tp_descr_get(descr, o, type); });
  drop(fr, site_index(site), descr);
  return hit;
}

// The function in a classmethod, if it is a Python function, which needs no bound method to be called with the class.
inline PyObject* plain_class_method(PyObject* value) {
  PyObject* callable = reinterpret_cast<MethodWrapperHead*>(value)->callable;
  return callable && Py_TYPE(callable)->tp_descr_get == PyFunction_Type.tp_descr_get ? new_ref(callable) : nullptr;
}

// An attribute of the type.
Hit type_entry(const AttrEntry& e, Frame* fr, PyObject* o, PyObject* name, uint32_t site, PyObject*& result) {
  PyObject* value = e.value;
  if (e.how == How::Constant && Py_TYPE(value)->tp_descr_get) return Hit::No;  // its class became a descriptor
  How how = e.how;
  if (e.lacks != Lacks::NoDict) {
    int lacks = lacks_attribute(e, fr, o, name, site);
    if (lacks <= 0) return lacks ? Hit::Error : Hit::No;
  }
  if (how == How::StaticMethod) return found(reinterpret_cast<MethodWrapperHead*>(value)->callable, result);
  if (how == How::ClassMethod) {
    result = plain_class_method(value);
    return result ? Hit::ClassMethod : Hit::No;
  }
  result = new_ref(value);
  return how == How::Function ? Hit::Method : Hit::Value;
}

// The __getattr__ of the class's own class, which is asked where __get__ raises an AttributeError; null: there is none.
// False: it is no Python function.
bool find_meta_getattr(PyObject* o, PyObject** function) {
  *function = nullptr;
  if (Py_TYPE(o)->tp_getattro == PyType_Type.tp_getattro) return true;
  static PyObject* name = PyUnicode_InternFromString("__getattr__");
  *function = name ? _PyType_Lookup(Py_TYPE(o), name) : nullptr;
  return *function && Py_IS_TYPE(*function, &PyFunction_Type);
}

// Members of enumerations are such attributes on 3.11 and 3.12. `o` is a class.
[[gnu::noinline]] Hit getter_entry(const AttrEntry& e, Frame* fr, PyObject* o, PyObject* name, uint32_t site,
                                   PyObject*& result) {
  PyObject *get = getter_in_python(e.value), *otherwise;
  if (!get || !find_meta_getattr(o, &otherwise)) return Hit::No;
  PyObject *descriptor = new_ref(e.value), *arguments[3] = {descriptor, Py_None, o};
  Py_INCREF(get);
  Py_XINCREF(otherwise);
  Hit hit = computed(fr, o, site, result, [&] {
    PyObject* got = calls::call_as_c(thread_state(), get, arguments, 3);
    if (got || !otherwise || !PyErr_ExceptionMatches(PyExc_AttributeError)) return got;
    PyErr_Clear();
    PyObject* again[2] = {o, name};
    return calls::call_as_c(thread_state(), otherwise, again, 2);
  });
  for (PyObject* held : {descriptor, get}) drop(fr, site_index(site), held);
  if (otherwise) drop(fr, site_index(site), otherwise);
  return hit;
}

Hit class_entry(const AttrEntry& e, Frame* fr, PyObject* o, PyObject* name, uint32_t site, PyObject*& result) {
  if (!PyType_Check(o) || type_version(reinterpret_cast<PyTypeObject*>(o)) != e.offset) return Hit::No;
  if (e.how == How::ClassGetter) return getter_entry(e, fr, o, name, site, result);
  if (e.how == How::ClassStatic) return found(reinterpret_cast<MethodWrapperHead*>(e.value)->callable, result);
  if (e.how == How::ClassClassMethod) {
    result = plain_class_method(e.value);
    return result ? Hit::Method : Hit::No;
  }
  descrgetfunc get = Py_TYPE(e.value)->tp_descr_get;
  if (get && get != PyFunction_Type.tp_descr_get) return Hit::No;
  return found(e.value, result);
}

inline Hit try_entry(const AttrEntry& e, Frame* fr, PyObject* o, PyObject* name, uint32_t site, PyObject*& result) {
  switch (e.how) {
    case How::Values: {
      PyObject** values = instance_values(o);
      return JJ_LIKELY(values != nullptr) ? found(values[e.index], result) : Hit::No;
    }
    case How::Dict: {
      PyObject* dict = instance_dict(o, Py_TYPE(o));
      if (JJ_UNLIKELY(!dict || !PyDict_CheckExact(dict))) return Hit::No;
      PyObject* value = dict_entry(dict, e.index, name);
      return JJ_LIKELY(value != nullptr) ? found(value, result) : found(found_in_dict(dict, name), result);
    }
    case How::Slot: return found(slot_at(o, e.offset), result);
    case How::TupleField: return found(field_at(o, e.offset), result);
    case How::Class: return found(reinterpret_cast<PyObject*>(Py_TYPE(o)), result);
    case How::Property: return property_entry(e, fr, o, site, result);
    case How::Descriptor: return descriptor_entry(e, fr, o, site, result);
    case How::Function:
    case How::Constant:
    case How::ClassMethod:
    case How::StaticMethod: return type_entry(e, fr, o, name, site, result);
    case How::ClassObject:
    case How::ClassClassMethod:
    case How::ClassStatic:
    case How::ClassGetter: return class_entry(e, fr, o, name, site, result);
    default: return Hit::No;
  }
}

[[gnu::noinline]] Hit shared_entry(uint32_t version, Frame* fr, PyObject* o, PyObject* name, uint32_t site,
                                   PyObject*& result) {
  const AttrEntry* e = megamorphic::find(version, name);
  return e ? try_entry(*e, fr, o, name, site, result) : Hit::No;
}

// Tries all entries of the cache. With Hit::Method and ClassMethod, result is owned and o has not been consumed.
inline Hit cached_attr(Frame* fr, PyObject* o, Cache* c, uint32_t site, PyObject*& result) {
  uint32_t version = type_version(Py_TYPE(o));
  if (JJ_UNLIKELY(version == 0)) return Hit::No;
  AttrCache& cache = attr_cache(c);
  for (int k = 0, count = cache.count(); k < count; ++k) {
    const AttrEntry& e = cache.at(k);
    if (e.version != version) continue;
    Hit hit = try_entry(e, fr, o, c->name, site, result);
    if (JJ_LIKELY(hit != Hit::No)) {
      prefer_entry(c, k);
      return hit;
    }
    if (type_version(Py_TYPE(o)) != version) return Hit::No;
  }
  return cache.more() ? shared_entry(version, fr, o, c->name, site, result) : Hit::No;
}

// The first entry's value where that is a plain load, borrowed; else null. Tested ahead of the general way because most
// sites see one class, and a branch per kind predicts better than a common jump.
inline PyObject* first_value(PyObject* o, Cache* c) {
  const AttrEntry& e = attr_cache(c).entry[0];
  if (JJ_UNLIKELY(e.version != type_version(Py_TYPE(o)))) return nullptr;
  if (e.how == How::Slot) return slot_at(o, e.offset);
  if (e.how == How::TupleField) return field_at(o, e.offset);
  if (e.how == How::Values) {
    PyObject** values = instance_values(o);
    return values ? values[e.index] : nullptr;
  }
  if (e.how != How::Dict) return nullptr;
  PyObject* dict = instance_dict(o, Py_TYPE(o));
  return dict && PyDict_CheckExact(dict) ? dict_entry(dict, e.index, c->name) : nullptr;
}
// Whether the first entry is a property's; most sites that see one see no other.
inline bool first_is_property(PyObject* o, Cache* c) {
  const AttrEntry& e = attr_cache(c).entry[0];
  return e.how == How::Property && e.version == type_version(Py_TYPE(o));
}
// What first_value is, for a method that instances cannot hide.
inline PyObject* first_method(PyObject* o, Cache* c) {
  const AttrEntry& e = attr_cache(c).entry[0];
  if (e.how != How::Function || e.version != type_version(Py_TYPE(o))) return nullptr;
  if (e.lacks == Lacks::NoDict) return e.value;
  bool hidden = e.lacks != Lacks::SharedKeys || !instance_values(o) || shared_key_count(Py_TYPE(o)) != e.index;
  return hidden ? nullptr : e.value;
}

[[gnu::noinline]] PyObject* load_attr_slow(Frame* fr, PyObject* o, Cache* c, uint32_t site) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(o, site, kOwnFirst);
  PyObject* result;
  const AttrEntry* property = fill_property_entry(c, o);
  if (!property || property_entry(*property, fr, o, site, result) == Hit::No) {
    result = PyObject_GetAttr(o, c->name);
    if (result) fill_load_entry(c, o);
  }
  drop(fr, idx, o);
  return result;
}

// The bound method of a function or method descriptor found on the type, with o or its class; consumes it.
[[gnu::noinline]] PyObject* bind(Frame* fr, PyObject* o, PyObject* function, uint32_t site, bool to_class) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(o, site, kOwnFirst);
  auto* cls = reinterpret_cast<PyObject*>(Py_TYPE(o));
  PyObject* result = Py_TYPE(function)->tp_descr_get(function, to_class ? cls : o, cls);
  drop(fr, idx, function);
  drop(fr, idx, o);
  return result;
}

// Leaves method and self, or an attribute alone: true for a method. Consumes o. On error `value` is null.
[[gnu::noinline]] bool load_method_slow(Frame* fr, PyObject* o, Cache* c, uint32_t site, PyObject*& value) {
  int idx = site_index(site);
  set_ip(fr, idx);
  own_operand(o, site, kOwnFirst);
  value = nullptr;
  bool method = _PyObject_GetMethod(o, c->name, &value);
  if (value && Py_IS_TYPE(o, &PySuper_Type))
    fill_super_entry(c, o, value);
  else if (value)
    fill_load_entry(c, o);
  if (!value || !method) drop(fr, idx, o);
  return value && method;
}
// `o` becomes what the method is to be called with.
inline bool load_method(Frame* fr, PyObject*& o, Cache* c, uint32_t site, PyObject*& value) {
  Hit hit = cached_attr(fr, o, c, site, value);
  if (JJ_LIKELY(hit == Hit::Method)) {
    own_operand(o, site, kOwnFirst);
    return true;
  }
  if (hit == Hit::ClassMethod) {
    PyObject* instance = o;
    o = new_ref(reinterpret_cast<PyObject*>(Py_TYPE(o)));
    drop_owned(fr, instance, site, kOwnFirst);
    return true;
  }
  if (hit == Hit::No) return load_method_slow(fr, o, c, site, value);
  if (hit == Hit::Error) value = nullptr;
  drop_owned(fr, o, site, kOwnFirst);
  return false;
}

[[gnu::noinline]] PyObject* load_attr_general(Frame* fr, PyObject* o, Cache* c, uint32_t site) {
  PyObject* result;
  switch (first_is_property(o, c) ? property_entry(attr_cache(c).entry[0], fr, o, site, result)
                                  : cached_attr(fr, o, c, site, result)) {
    case Hit::Value: break;
    case Hit::Error: result = nullptr; break;
    case Hit::Method: return bind(fr, o, result, site, false);
    case Hit::ClassMethod: return bind(fr, o, result, site, true);
    default: return load_attr_slow(fr, o, c, site);
  }
  drop_owned(fr, o, site, kOwnFirst);
  return result;
}

// Writes the pair that a call expects: method and object, or a null where an attribute alone was found.
template <bool kNullFirst>
[[gnu::noinline]] int load_pair(Frame* fr, PyObject* o, Cache* c, PyObject** sp, uint32_t site) {
  PyObject* value;
  bool method = load_method(fr, o, c, site, value);
  if (JJ_UNLIKELY(!value)) return -1;
  PyObject* self = method ? o : nullptr;
  sp[0] = kNullFirst && !method ? nullptr : value;
  sp[1] = kNullFirst && !method ? value : self;
  return 0;
}
template <bool kNullFirst>
[[gnu::always_inline]] inline int load_method_pair(Frame* fr, PyObject* o, Cache* c, PyObject** sp, uint32_t site) {
  PyObject* method = first_method(o, c);
  if (JJ_UNLIKELY(!method)) return load_pair<kNullFirst>(fr, o, c, sp, site);
  own_operand(o, site, kOwnFirst);
  sp[0] = new_ref(method);
  sp[1] = o;
  return 0;
}

}  // namespace
}  // namespace jj

using namespace jj;

extern "C" PyObject* jj_load_attr(Frame* fr, PyObject* o, Cache* c, uint32_t site) {
  PyObject* result = first_value(o, c);
  if (JJ_UNLIKELY(!result)) return load_attr_general(fr, o, c, site);
  return drop_owned_then(fr, o, site, kOwnFirst, new_ref(result));
}

extern "C" PyObject* jj_peek_attr(PyObject* o, Cache* c) { return first_value(o, c); }

extern "C" PyObject* jj_peek_dict(PyObject* o, int32_t index, Cache* c) {
  PyObject* dict = instance_dict(o, Py_TYPE(o));
  return dict && PyDict_CheckExact(dict) ? dict_entry(dict, static_cast<uint32_t>(index), c->name) : nullptr;
}

// Where looking the name up could run code, it is not looked up.
extern "C" int jj_absent_in_dict(PyObject* o, Cache* c) {
  PyTypeObject* type = Py_TYPE(o);
  if (has_shared_values(type) && instance_values(o)) return 0;
  PyObject* dict = instance_dict(o, type);
  if (!dict) return 1;
  if (!PyDict_CheckExact(dict) || !dict_has_only_str(dict)) return 0;
  return !PyDict_GetItemWithError(dict, c->name);
}

extern "C" int jj_load_method_null_first(Frame* fr, PyObject* o, Cache* c, PyObject** sp, uint32_t site) {
  return load_method_pair<true>(fr, o, c, sp, site);
}

extern "C" int jj_load_method_self_second(Frame* fr, PyObject* o, Cache* c, PyObject** sp, uint32_t site) {
  return load_method_pair<false>(fr, o, c, sp, site);
}

JJ_CHECK_HELPER(jj_load_attr);
JJ_CHECK_HELPER(jj_peek_attr);
JJ_CHECK_HELPER(jj_peek_dict);
JJ_CHECK_HELPER(jj_absent_in_dict);
JJ_CHECK_HELPER(jj_load_method_null_first);
JJ_CHECK_HELPER(jj_load_method_self_second);
