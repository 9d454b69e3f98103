// What a frame slot holds at a point of optimised code, and what two ways of getting there agree on.
//
// A slot's memory is either the truth (Clean), or behind a value in a register. Memory that is behind is stale: null or
// an int, float, bool or str that the slot owns; that of a stack entry is dead. A range iterator's slot always holds the
// iterator, whose own state may be behind.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "hir/function.h"

namespace jj::passes {

enum class Kind : uint8_t { None, Int, Float, Bool, Char, Uint, Complex, Range };

inline constexpr uint8_t kUnknownType = 0xff;
using TypeSet = uint64_t;  // a bit for each JJTypeKind

struct Content {
  enum State : uint8_t {
    Clean,
    Behind,
    Maybe,  // behind when `condition` holds
    Lazy    // a stack entry, dead so far, that is to hold `source`; only inside a block
  };
  enum Source : uint8_t {
    Nothing,
    Local,
    Const,
    Null,
    Object,
    Step  // the item of the iterator in place `source` (of a dict: in the entry `value`), which is not taken yet; at the
          // beginning of a block
  };
  State state = Clean;
  Kind kind = Kind::None;        // of the value in the register, None: there is none
  bool valid = true;             // Maybe: the value is right also when memory is not behind
  bool inert = false;            // memory may become stale: it is null, or an int, float, complex, bool or str
  uint8_t type = kUnknownType;   // exact type of the object (JJTypeKind), when known
  TypeSet likely = 0;            // types seen by feedback
  Source source_kind = Nothing;  // Lazy: what is meant by
  int32_t source = -1;           // this slot, constant or borrowed reference
  bool merged = false;           // Lazy: where ways meet, the reference is another one on each of them
  uint32_t version = 0;          // of the object's class, until code runs; 0: unknown (unbox_classes.cpp)
  bool keeps = false;            // Lazy: owns the reference that a new instance came with, or one that was
  bool shelved = false;          // put there (unbox_inlined.cpp)
  bool pinned = false;           // Lazy: what inlined code borrowed stays alive until its call is over
  bool quiet = false;            // a tuple whose items are of types that go without running code
  int32_t builtin = -1;          // type BUILTIN: which one (JJBuiltin)
  int32_t method = -1;           // `builtin` is a method: index into Facts::objects
  int32_t constant = -1;         // Clean: the slot holds this constant
  int32_t twin = -1;             // where ways meet: this place before has the same value, and object
  std::array<hir::ValueId, 3> value{-1, -1, -1};  // Range: next item, items left, step
  hir::ValueId condition = -1;
  bool unit = false;    // Range: goes up by 1, from 0 or more, to 2**31 - 1 at most
  int32_t waits = -1;   // a generator that waits as this inlined one (Function::inlined) does, until code runs
  bool headed = false;  // Clean, a list or tuple: the address of its items and its length are in registers,
  std::array<hir::ValueId, 2> header{-1, -1};  // until code runs

  bool stands_for(int32_t local) const { return state == Lazy && source_kind == Local && source == local; }
  // Apart from the names of values.
  bool same_shape(const Content& other) const {
    return state == other.state && kind == other.kind && valid == other.valid && inert == other.inert &&
           type == other.type && likely == other.likely && constant == other.constant && version == other.version &&
           merged == other.merged && quiet == other.quiet && twin == other.twin && headed == other.headed &&
           unit == other.unit && waits == other.waits;
  }
};

using Contents = std::vector<Content>;  // by place: fast locals, then stack entries

inline constexpr TypeSet bit(uint8_t type) { return TypeSet{1} << type; }
inline constexpr TypeSet kNumberTypes = bit(JJ_TYPE_INT) | bit(JJ_TYPE_FLOAT) | bit(JJ_TYPE_BOOL);
inline constexpr TypeSet kTextTypes = bit(JJ_TYPE_STR) | bit(JJ_TYPE_CHAR);
inline constexpr TypeSet kInertTypes =
    kNumberTypes | kTextTypes | bit(JJ_TYPE_NULL) | bit(JJ_TYPE_BIG_INT) | bit(JJ_TYPE_COMPLEX);

TypeSet bits_of(const hir::Seen& seen);  // the types, as Content::likely has them
Kind kind_of_type(uint8_t type);         // not Uint
uint8_t type_of_kind(Kind kind);
bool is_arithmetic(Kind kind);  // Int, Float or Bool
bool is_canonical(Kind kind);   // any object of the value is the same object
hir::Result result_of_kind(Kind kind);
int values_of(Kind kind);       // how many registers it takes
bool has_header(uint8_t type);  // of a list or tuple

// Whether giving up an object of this type runs no code, and whether its box may stay in a slot as stale memory.
bool is_quiet_type(uint8_t type);
bool is_quiet(const Content& c);
bool is_inert_type(uint8_t type);

// A slot that is behind this value.
Content behind(Kind kind, hir::ValueId id);

// One way to a place where ways meet.
struct Incoming {
  Content content;
  bool back_edge = false;
};

// What may be in the fast locals when somebody else could have written them.
void forget_locals(Contents& contents, int32_t nslots);

// How contents meet. `speculate`: guards can be placed on the incoming edges; `live`: the place may be read before it
// is written; `local`: fast local, not stack entry. At a loop head whose back-edges are not known yet the answer is
// optimistic.
struct Meeting {
  bool speculate = false;
  bool live = true;
  bool local = true;
  bool stored = false;  // a loop head's place that the loop writes
  bool unit = false;    // guards for Content::unit have not failed
};
Content meet(const std::vector<Incoming>& ways, const Meeting& how);

}  // namespace jj::passes
