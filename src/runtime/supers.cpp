// super().name: what was found is remembered by the instruction, and by a table for instructions that meet several classes.
#include "runtime/attrs.h"
#include "runtime/class_versions.h"
#include "runtime/compat/objects.h"
#include "runtime/ops.h"
#include "vm/vm.h"

namespace jj::ops {
namespace {

// Methods found through super(), by the low bits of the version of the object's class. Only Python functions and the like,
// which bind to the object in the same way whatever it is.
struct SuperMethod {
  uint32_t version;
  PyObject* after;   // the class behind which the search began; compared, and alive as long as the version is valid
  PyObject* name;    // owned
  PyObject* method;  // borrowed: alive as long as the version is valid
};
constexpr uint32_t kSuperMethods = 256;
SuperMethod super_methods[kSuperMethods];

SuperMethod& super_entry(uint32_t version, PyObject* name) {
  return super_methods[(version * 7 + (reinterpret_cast<uintptr_t>(name) >> 5)) % kSuperMethods];
}
void remember_super_method(PyObject* cls, PyObject* self, PyObject* name, PyObject* method) {
  PyTypeObject* type = Py_TYPE(self);
  uint32_t version = type_version(type);
  if (!version || PyType_Check(self) || !PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(cls))) return;
  // Classes of C are shared by interpreters that count versions on their own.
  if (!PyType_HasFeature(reinterpret_cast<PyTypeObject*>(cls), Py_TPFLAGS_HEAPTYPE)) return;
  note_class(type);
  SuperMethod& entry = super_entry(version, name);
  Py_INCREF(name);
  Py_XSETREF(entry.name, name);
  entry = {version, cls, name, method};
}

struct Operands {
  PyObject *super_type, *cls, *self;
  bool both_arguments;  // super(cls, self) as it was written
};

// The attribute that super(..).name gives, owned; the operands stay. method: see find_super_attr.
PyObject* super_attr(const Operands& o, PyObject* name, int* method) {
  if (o.super_type == reinterpret_cast<PyObject*>(&PySuper_Type) && PyType_Check(o.cls)) {
    bool handled;
    uint32_t version = type_version(Py_TYPE(o.self));
    const SuperMethod& known = super_entry(version, name);
    if (method && version && known.version == version && known.after == o.cls && known.name == name) {
      *method = 1;
      return new_ref(known.method);
    }
    PyObject* found = find_super_attr(reinterpret_cast<PyTypeObject*>(o.cls), o.self, name, method, &handled);
    if (found && method && *method) remember_super_method(o.cls, o.self, name, found);
    if (handled) return found;
  }
  PyObject* args[] = {o.cls, o.self};
  PyObject* super = PyObject_Vectorcall(o.super_type, args, o.both_arguments ? 2 : 0, nullptr);
  if (!super) return nullptr;
  PyObject* value = PyObject_GetAttr(super, name);
  Py_DECREF(super);
  return value;
}

// What the table knows by now.
void fill(Cache* c, const Operands& o) {
  const uint32_t version = type_version(Py_TYPE(o.self));
  const SuperMethod& known = super_entry(version, c->name);
  if (!version || known.version != version || known.after != o.cls || known.name != c->name) return;
  if (!may_change(c, kMaxAttrMisses)) return;
  SuperCache& cache = super_cache(c);
  if (c->misses < kMaxAttrMisses) ++c->misses;
  cache = {version, cache.version != 0 || cache.others, o.cls, known.method};
}

// Puts a callable and what goes with it in place of the three operands.
[[gnu::noinline]] int load_super_method(PyObject** base, Cache* c, int32_t form) {
  const Operands o = {base[0], base[1], base[2], (form & 2) != 0};
  PyObject* self = o.self;
  int method = 0;
  const bool plain = Py_TYPE(self)->tp_getattro == PyObject_GenericGetAttr;
  PyObject* value = super_attr(o, c->name, plain ? &method : nullptr);
  if (value && method) fill(c, o);
  release(base, base + 2);
  if (!value || !method) {
    Py_DECREF(self);
    self = nullptr;
  }
  if (!value) return -1;
  const bool null_at_bottom = !(form & 1) && !self;
  base[0] = null_at_bottom ? nullptr : value;
  base[1] = null_at_bottom ? value : self;
  return 0;
}

PyObject* super_member(PyObject* super, const char* name) {
  PyObject* text = PyUnicode_InternFromString(name);
  PyObject* value = text ? PyObject_GenericGetAttr(super, text) : nullptr;
  Py_XDECREF(text);
  if (!value) PyErr_Clear();
  Py_XDECREF(value);  // the super() object has it
  return value;
}

// What classes written in Python have behind `after` in the class's order of look-up, or null.
PyObject* found_behind(PyTypeObject* type, PyObject* after, PyObject* name) {
  PyObject* mro = type->tp_mro;
  bool behind = false;
  for (Py_ssize_t k = 0; mro && k < PyTuple_GET_SIZE(mro); ++k) {
    auto* cls = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(mro, k));
    if (!PyType_HasFeature(cls, Py_TPFLAGS_HEAPTYPE)) return nullptr;
    if (behind && !dict_has_only_str(cls->tp_dict)) return nullptr;  // other keys could run code
    PyObject* found = behind ? PyDict_GetItemWithError(cls->tp_dict, name) : nullptr;
    if (found) return found;
    behind = behind || reinterpret_cast<PyObject*>(cls) == after;
  }
  return nullptr;
}

}  // namespace
}  // namespace jj::ops

using namespace jj;
using namespace jj::ops;

void jj::fill_super_entry(Cache* c, PyObject* super, PyObject* found) {
  if (!may_change(c, kMaxAttrMisses)) return;
  if (c->misses < kMaxAttrMisses) ++c->misses;
  if (!PyMethod_Check(found)) return;
  PyObject *self = PyMethod_GET_SELF(found), *function = PyMethod_GET_FUNCTION(found);
  PyTypeObject* type = Py_TYPE(self);
  PyObject* after = super_member(super, "__thisclass__");
  const bool of_object = super_member(super, "__self__") == self && !PyType_Check(self) &&
                         super_member(super, "__self_class__") == reinterpret_cast<PyObject*>(type);
  const uint32_t version = of_object ? type_version(type) : 0;
  if (!after || !version || !vm::is_function(function) || found_behind(type, after, c->name) != function) return;
  note_class(type);
  AttrEntry *first = &attr_cache(c).entry[0], *second = first + 1;
  if (first->version || second->version) return;
  const bool others = attr_cache(c).super() && (first->index || first->offset != version || second->value != after);
  first->how = How::Super;
  first->index = others;
  first->offset = version;
  first->value = function;
  second->value = after;
}

JJ_STACK_OP(jj_op_load_super_attr) {
  return replace(o, 3, super_attr({o.top(3), o.top(2), o.top(1), o.arg2 != 0}, o.name(), nullptr));
}

extern "C" int jj_load_super_method(Frame* fr, PyObject** base, Cache* c, int32_t idx, int32_t form) {
  const SuperCache& known = super_cache(c);
  PyObject *super_type = base[0], *cls = base[1], *self = base[2];
  const bool same = known.version != 0 && known.version == type_version(Py_TYPE(self)) && known.after == cls;
  if (JJ_UNLIKELY(!same || super_type != reinterpret_cast<PyObject*>(&PySuper_Type))) {
    set_ip(fr, idx);
    return load_super_method(base, c, form);
  }
  base[0] = new_ref(known.method);
  base[1] = self;
  Py_DECREF(super_type);
  Py_DECREF(cls);  // never the last reference: a class keeps those that it inherits from
  return 0;
}
JJ_CHECK_HELPER(jj_load_super_method);
