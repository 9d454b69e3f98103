// Looks at the frame that a call comes from.
#include "vm/call_site.h"

#include <opcode.h>

#include "vm/internal.h"

namespace jj::vm {

#if PY_VERSION_HEX < 0x030B0000

CallSite call_site(PyThreadState*, PyObject*, PyObject* const*) { return CallSite::Other; }
double inline_advantage_ns(PyThreadState*, CallSite) { return 0; }  // it runs no calls inline

#else

namespace {

// Measured on one machine; what decides is whether native code gains as much, and near that neither side loses much.
struct Advantage {
  double call, attribute, subscript, starred;
};
#if PY_VERSION_HEX >= 0x030C0000
constexpr Advantage kAdvantage{14, 28, 22, 10};
#else
constexpr Advantage kAdvantage{8, 0, 7, 0};
#endif

}  // namespace

CallSite call_site(PyThreadState* ts, PyObject* func, PyObject* const* args) {
  Frame* caller = current_frame(ts);
  if (!caller || caller->owner > FRAME_OWNED_BY_FRAME_OBJECT) return CallSite::Other;
  PyObject* const* stack = frame_slots(caller) + frame_code(caller)->co_nlocalsplus;
  bool on_stack = args > stack && args <= stack + frame_code(caller)->co_stacksize;
  if (caller->stacktop == kRunsNatively) return on_stack ? CallSite::Native : CallSite::Other;
  // In front of the arguments there may be a null in place of the object that a method is called with.
  if (on_stack) return args[-1] == func || (args - 1 > stack && args[-2] == func) ? CallSite::Call : CallSite::Other;
  switch (*reinterpret_cast<const uint8_t*>(frame_instruction(caller))) {
#ifdef LOAD_ATTR_ADAPTIVE
    case LOAD_ATTR_ADAPTIVE:
#endif
#ifdef LOAD_ATTR_PROPERTY  // not any more, but the counter has not run out
    case LOAD_ATTR_PROPERTY:
#endif
    case LOAD_ATTR: return CallSite::Attribute;
#ifdef BINARY_SUBSCR_ADAPTIVE
    case BINARY_SUBSCR_ADAPTIVE:
#endif
    case BINARY_SUBSCR_GETITEM:
    case BINARY_SUBSCR: return CallSite::Subscript;
#if PY_VERSION_HEX >= 0x030C0000
    case CALL_FUNCTION_EX: return CallSite::Starred;  // or of something in C that calls: the rarer case
#endif
    default: return CallSite::Other;
  }
}

double inline_advantage_ns(PyThreadState* ts, CallSite site) {
  if (ts->interp->eval_frame) return 0;  // 3.11: perhaps our own hook
  switch (site) {
    case CallSite::Call: return kAdvantage.call;
    case CallSite::Attribute: return kAdvantage.attribute;
    case CallSite::Subscript: return kAdvantage.subscript;
    case CallSite::Starred: return kAdvantage.starred;
    default: return 0;
  }
}

#endif

bool nests_slow(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf) {
  constexpr uintptr_t kNear = 1 << 16;
  // An array of a C caller's own, which may run between an instruction that looks like a call and this one.
  if (reinterpret_cast<uintptr_t>(args) - reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < kNear) return true;
  CallSite site = call_site(ts, func, args);
  // Getters run inline; __getattr__, which takes a name as well, does not.
  return site == CallSite::Other || (site == CallSite::Attribute && PyVectorcall_NARGS(nargsf) != 1);
}

PyObject* call_interpreted(PyThreadState* ts, PyObject* func, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  return nests(ts, func, args, nargsf) ? original_vectorcall(func, args, nargsf, kwnames)
                                       : call_original(ts, func, args, nargsf, kwnames);
}

}  // namespace jj::vm
