// What is known about a function from outside: the values of its constants, and what earlier runs have seen.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/api.h"

namespace jj::hir {

struct Constant {
  JJTypeKind kind = JJ_TYPE_OTHER;
  int64_t word = 0;    // INT: value, FLOAT: bits of the double, BOOL: 0 or 1, CHAR: code
  int64_t object = 0;  // address of a constant of inlined code
  std::array<uint64_t, 2>
      chars{};          // parts of a complex, or the ASCII characters that are in it, see JJCode::const_chars
  std::string names{};  // of a tuple of str, see JJCode::const_names
  bool operator==(const Constant&) const = default;
};

// Types seen at one place, most frequent first.
struct Seen {
  std::vector<JJSeen> types;
  bool megamorphic = false;
};

struct SiteTypes {  // result of the instruction at `pc`
  int32_t pc = -1;
  Seen seen;
};
struct SlotTypes {  // a place at the function's entry (pc -1) or at the loop head where the interpreter goes on at `pc`
  static constexpr int32_t callee(int32_t site) { return -2 - site; }  // the entry of an inlined callee
  int32_t pc = -1;
  int32_t slot = 0;  // fast local, or the number of those + a stack entry
  Seen seen;
};
struct ExitSeen {  // exits that earlier optimised code took from the instruction at `pc`
  int32_t pc = -1;
  uint8_t kind = JJ_EXIT_OTHER;
  uint32_t count = 0;
};

// Whether the exit says that something was expected of the instruction that does not hold.
inline bool is_doubt(const ExitSeen& e) {
  return e.kind != JJ_EXIT_COLD && e.kind != JJ_EXIT_POLL && e.kind != JJ_EXIT_UNSEEN && e.kind != JJ_EXIT_OVER;
}

struct AttrSeen {  // the attribute of the instruction at `pc`, see JJAttrSeen
  int32_t pc = -1;
  JJAttrHow how = JJ_ATTR_NONE;
  JJAttrLacks lacks = JJ_LACKS_ALWAYS;
  int32_t index = 0;
  uint32_t version = 0;
  int32_t offset = 0;
  int32_t object = -1;   // index into Facts::objects
  int32_t builtin = -1;  // JJBuiltin
  uint32_t class_version = 0;
  int32_t holder = -1, held_at = 0;
  bool fills = false;
};

struct Facts {
  bool locals_writable = false;              // a callee may write this frame's locals (3.13)
  int32_t unbound_from = 0, unbound_to = 0;  // fast locals that are unbound when the function starts
  std::vector<Constant> constants;
  std::vector<SiteTypes> sites;
  std::vector<SlotTypes> slots;
  std::vector<ExitSeen> exits;
  std::vector<AttrSeen> attrs;
  std::vector<int64_t> objects;  // addresses
};

// As what a number of the type is in registers; None: the type (JJTypeKind) is another.
enum class Result : uint8_t;
Result result_of_type(uint8_t type);

// Of the attribute of one instruction, a row for each class of its objects.
using AttrRows = std::span<const AttrSeen>;
AttrRows rows_at(const Facts& facts, int32_t pc);
AttrRows rows_from(const Facts& facts, size_t first);  // those of the instruction that row `first` is of, from there on
// Their place in Facts::attrs.
int32_t number_of(const Facts& facts, AttrRows rows);

// Takes over what the module's side has seen.
void add_feedback(Facts& facts, const JJFeedback& feedback);

}  // namespace jj::hir
