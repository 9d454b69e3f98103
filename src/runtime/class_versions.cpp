// Notes classes without keeping them: one that dies says so.
#include "runtime/class_versions.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "runtime/compat/objects.h"

namespace jj {
namespace {

struct Notes {
  std::unordered_set<PyTypeObject*> alive;
  std::unordered_map<uint32_t, PyTypeObject*> by_version;
  std::unordered_map<PyTypeObject*, PyObject*> pins;  // dicts without items
  size_t enough = 1024;                               // versions, after which those that are no longer are looked for
};
Notes& notes() {
  static auto* all = new Notes;  // classes die after everything else
  return *all;
}

destructor original_dealloc = nullptr;

bool is_ours() { return PyInterpreterState_Get() == PyInterpreterState_Main(); }

// Metaclasses come here as well: what they inherit ends with this slot of their base.
void forget_and_dealloc(PyObject* type) {
  PyObject* pin = nullptr;
  if (is_ours()) {
    auto* gone = reinterpret_cast<PyTypeObject*>(type);
    notes().alive.erase(gone);
    if (auto found = notes().pins.find(gone); found != notes().pins.end()) {
      pin = found->second;
      notes().pins.erase(found);
    }
  }
  original_dealloc(type);
  Py_XDECREF(pin);
}

bool has(PyTypeObject* type, uint32_t version) {
  return notes().alive.count(type) != 0 && type_version(type) == version;
}

void drop_old_versions() {
  auto& by_version = notes().by_version;
  for (auto it = by_version.begin(); it != by_version.end();)
    it = has(it->second, it->first) ? std::next(it) : by_version.erase(it);
  notes().enough = std::max(notes().enough, 2 * by_version.size());
}

}  // namespace

void note_class(PyTypeObject* type) {
  const uint32_t version = type_version(type);
  if (!version || !is_ours()) return;
  if (!original_dealloc) {
    original_dealloc = PyType_Type.tp_dealloc;
    PyType_Type.tp_dealloc = forget_and_dealloc;
  }
  notes().alive.insert(type);
  notes().by_version[version] = type;
  if (notes().by_version.size() > notes().enough) drop_old_versions();
}

PyTypeObject* class_of(uint32_t version) {
  auto found = notes().by_version.find(version);
  return found != notes().by_version.end() && has(found->second, version) ? found->second : nullptr;
}

bool pin_shared_keys(PyTypeObject* type) {
  if (!is_ours() || !notes().alive.count(type)) return false;
  if (notes().pins.count(type)) return shares_keys(type);
  PyObject* pin = empty_sharing_dict(type);
  if (!pin) return false;
  notes().pins[type] = pin;
  return true;
}

}  // namespace jj
