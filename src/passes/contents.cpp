// Types of slot contents and their meet.
#include "passes/contents.h"

#include <algorithm>

#include "hir/elements.h"

namespace jj::passes {

Kind kind_of_type(uint8_t type) {
  switch (type) {
    case JJ_TYPE_INT: return Kind::Int;
    case JJ_TYPE_FLOAT: return Kind::Float;
    case JJ_TYPE_COMPLEX: return Kind::Complex;
    case JJ_TYPE_BOOL: return Kind::Bool;
    case JJ_TYPE_CHAR: return Kind::Char;
    case JJ_TYPE_RANGE_ITERATOR: return Kind::Range;
    default: return Kind::None;
  }
}

uint8_t type_of_kind(Kind kind) {
  switch (kind) {
    case Kind::Int: return JJ_TYPE_INT;
    case Kind::Float: return JJ_TYPE_FLOAT;
    case Kind::Complex: return JJ_TYPE_COMPLEX;
    case Kind::Bool: return JJ_TYPE_BOOL;
    case Kind::Char: return JJ_TYPE_CHAR;
    case Kind::Uint: return JJ_TYPE_BIG_INT;  // an int of any size
    case Kind::Range: return JJ_TYPE_RANGE_ITERATOR;
    default: return kUnknownType;
  }
}

bool is_arithmetic(Kind kind) { return kind == Kind::Int || kind == Kind::Float || kind == Kind::Bool; }
bool is_canonical(Kind kind) { return kind == Kind::Bool || kind == Kind::Char; }

hir::Result result_of_kind(Kind kind) {
  switch (kind) {
    case Kind::Float: return hir::Result::Float;
    case Kind::Complex: return hir::Result::Complex;
    case Kind::Bool: return hir::Result::Cond;
    default: return hir::Result::Int;
  }
}

int values_of(Kind kind) { return kind == Kind::None ? 0 : kind == Kind::Range ? 3 : 1; }

bool has_header(uint8_t type) { return type == JJ_TYPE_LIST || type == JJ_TYPE_TUPLE; }

bool is_quiet_type(uint8_t type) {
  switch (type) {
    case JJ_TYPE_NULL:
    case JJ_TYPE_NONE:
    case JJ_TYPE_BIG_INT:
    case JJ_TYPE_BYTES:
    case JJ_TYPE_RANGE:
    case JJ_TYPE_GENERATOR:  // only known of those that are over
    case JJ_TYPE_RANGE_ITERATOR: return true;
    default: return is_inert_type(type);
  }
}

TypeSet bits_of(const hir::Seen& seen) {
  TypeSet bits = seen.megamorphic ? bit(JJ_TYPE_OTHER) : 0;
  for (const JJSeen& type : seen.types) bits |= bit(type.kind);
  return bits;
}

bool is_quiet(const Content& c) { return c.quiet || is_quiet_type(c.type); }

bool is_inert_type(uint8_t type) { return type < 64 && kInertTypes & bit(type); }

void forget_locals(Contents& contents, int32_t nslots) {
  for (int32_t place = 0; place < nslots; place++) {
    if (contents[place].state != Content::Clean) continue;  // stored since code ran that could have written it
    Content unknown;
    unknown.likely = contents[place].likely;
    contents[place] = unknown;
  }
}

Content behind(Kind kind, hir::ValueId id) {
  Content c;
  c.state = Content::Behind;
  c.kind = kind;
  c.type = type_of_kind(kind);
  c.inert = true;
  c.value[0] = id;
  return c;
}

namespace {

class Meet {
 public:
  Meet(const std::vector<Incoming>& ways, const Meeting& how) : ways_(ways), how_(how) {}

  Content run() {
    Content out = common_facts();
    if (stands_for_one()) return standing_for_one(out);
    if (stands_for_any()) return standing_for_any(out);
    const Kind kind = choose_kind();
    if (kind == Kind::None) return out;
    if (kind == Kind::Range) {
      out.state = Content::Behind;
      out.unit = true;
      for (const Incoming& way : ways_)
        out.unit = out.unit && (way.content.unit || (how_.speculate && how_.unit && !way.back_edge));
    } else if (!place(kind, out)) {
      return out;
    }
    out.kind = kind;
    out.type = type_of_kind(kind);
    out.constant = -1;
    return out;
  }

 private:
  // In inlined calls places stand for objects across blocks.
  bool stands_for_one() const {
    const Content& first = ways_[0].content;
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      if (c.state != Content::Lazy || c.source_kind != first.source_kind || c.source != first.source) return false;
      if (c.keeps != first.keeps || c.shelved != first.shelved) return false;
    }
    return true;
  }

  // The same, but for another object on each way.
  bool stands_for_any() const {
    return std::all_of(ways_.begin(), ways_.end(), [](const Incoming& way) {
      const Content& c = way.content;
      const bool object = c.source_kind == Content::Object || c.source_kind == Content::Const;
      return c.state == Content::Lazy && object && !c.keeps && !way.back_edge;
    });
  }

  Content standing_for_any(Content out) const {
    out = standing_for_one(out);
    out.source_kind = Content::Object, out.source = -1;
    out.merged = true;
    return out;
  }

  // What is known of the object, its number included, is what every way knows.
  Content standing_for_one(Content out) const {
    const Content& first = ways_[0].content;
    out.state = Content::Lazy;
    out.source_kind = first.source_kind, out.source = first.source;
    out.keeps = first.keeps, out.shelved = first.shelved, out.pinned = first.pinned;
    out.kind = values_of(first.kind) == 1 ? first.kind : Kind::None;
    out.builtin = first.builtin, out.method = first.method;
    out.constant = first.constant;
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      out.pinned = out.pinned && c.pinned;
      if (c.kind != first.kind) out.kind = Kind::None;
      if (c.builtin != first.builtin || c.method != first.method) out.builtin = out.method = -1;
      if (c.constant != first.constant) out.constant = -1;
    }
    return out;
  }

  Content common_facts() const {
    Content out = ways_[0].content;
    out.state = Content::Clean;
    out.kind = Kind::None;
    out.valid = true;
    out.value = {-1, -1, -1};
    out.condition = -1;
    out.unit = out.keeps = out.shelved = out.merged = false;
    TypeSet types = 0;  // better than nothing: feedback from inside a loop knows more than the way in
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      if (c.type != out.type) out.type = kUnknownType;
      if (c.version != out.version) out.version = 0;
      if (c.constant != out.constant || c.state != Content::Clean) out.constant = -1;
      out.likely |= c.likely;
      if (c.kind != Kind::None) out.likely |= bit(type_of_kind(c.kind));
      if (c.type != kUnknownType && kind_of_type(c.type) != Kind::None) types |= bit(c.type);
      out.inert = out.inert && c.inert;
      out.quiet = out.quiet && c.quiet;
      out.builtin = out.method = -1;
    }
    if (!out.likely) out.likely = types;
    if (how_.speculate && how_.live) expect_type(out), expect_version(out);
    if (how_.speculate && how_.stored) expect_inert(out);
    expect_header(out);
    expect_generator(out);
    return out;
  }

  // Inside the loop it always waits there: guards on the ways in make sure.
  void expect_generator(Content& out) const {
    out.waits = -1;
    for (const Incoming& way : ways_)
      if (way.back_edge || !how_.speculate) out.waits = std::max(out.waits, way.content.waits);
    for (const Incoming& way : ways_) {
      const bool guarded = how_.speculate && !way.back_edge && way.content.waits < 0;
      if (way.content.waits != out.waits && !guarded) out.waits = -1;
    }
  }

  // Inside the loop its header stays in registers: the ways in load it.
  void expect_header(Content& out) const {
    out.headed = has_header(out.type) && how_.live && how_.local;
    out.header = {-1, -1};
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      const bool loads = how_.speculate && !way.back_edge;
      out.headed = out.headed && c.state == Content::Clean && (c.headed || loads);
    }
  }

  // Inside the loop it is a container with items of known places: guards on the ways in make sure.
  void expect_type(Content& out) const {
    uint8_t type = kUnknownType;
    for (const Incoming& way : ways_)
      if (way.back_edge) type = way.content.type;
    if (!has_header(type) && type != JJ_TYPE_STR && type != JJ_TYPE_DICT && !hir::has_elements(type)) return;
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      const bool may_be = !way.back_edge && c.type == kUnknownType && c.state == Content::Clean &&
                          (c.likely == 0 || c.likely & bit(type));
      if (c.type != type && !may_be) return;
    }
    out.type = type;
  }

  // Inside the loop its class is always the same.
  void expect_version(Content& out) const {
    uint32_t version = 0;
    for (const Incoming& way : ways_)
      if (way.back_edge) version = way.content.version;
    if (!version) return;
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      const bool may_be = !way.back_edge && !c.version && c.type == kUnknownType && c.state == Content::Clean &&
                          (c.likely == 0 || c.likely & bit(JJ_TYPE_HEAP));
      if (c.version != version && !may_be) return;
    }
    out.version = version;
  }

  // Inside the loop memory may always become stale.
  void expect_inert(Content& out) const {
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      if (!c.inert && (way.back_edge || c.state != Content::Clean || !may_be_inert(c))) return;
    }
    out.inert = true;
  }

  // What every way holds or has been seen to hold, where that is one kind of number.
  Kind expected_kind() const {
    TypeSet all = 0;
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      const TypeSet types = c.kind != Kind::None     ? bit(type_of_kind(c.kind))
                            : c.type != kUnknownType ? bit(c.type)
                                                     : c.likely;
      if (way.back_edge && !types) return Kind::None;
      all |= types;
    }
    for (uint8_t type : {JJ_TYPE_INT, JJ_TYPE_FLOAT, JJ_TYPE_COMPLEX, JJ_TYPE_BOOL, JJ_TYPE_CHAR})
      if (all == bit(type)) return kind_of_type(type);
    return Kind::None;
  }

  // The kind of the values in registers. Ways from outside a loop that disagree with those inside leave, if that is
  // where the loop has been seen with such a value.
  Kind choose_kind() const {
    Kind kind = Kind::None;
    for (int inside = 1; inside >= 0; inside--)
      for (const Incoming& way : ways_) {
        if (way.back_edge != (inside == 1) || way.content.kind == Kind::None) continue;
        if (kind == Kind::None) kind = way.content.kind;
        if (kind == way.content.kind) continue;
        const bool unsigned_too = kind == Kind::Uint && way.content.kind == Kind::Int;
        const bool leaves = how_.speculate && !way.back_edge && (unsigned_too || seen_outside(kind));
        if (!leaves) return Kind::None;
      }
    if (kind == Kind::None && how_.speculate && how_.live && how_.local) kind = expected_kind();
    if (kind == Kind::None) return kind;
    for (const Incoming& way : ways_)
      if (!can_become(way, kind)) return Kind::None;
    return kind;
  }

  bool seen_outside(Kind kind) const {
    for (const Incoming& way : ways_)
      if (way.content.kind == Kind::None && way.content.likely & bit(type_of_kind(kind))) return true;
    return false;
  }

  // Whether this way can deliver a value of the kind: at once, or with a guard.
  bool delivers(const Incoming& way, Kind kind) const {
    const Content& c = way.content;
    const uint8_t type = type_of_kind(kind);
    if (c.kind == kind) return c.state != Content::Maybe || c.valid;
    if (kind == Kind::Uint) return how_.speculate && !way.back_edge && may_be_uint(c);
    if (c.constant >= 0 && c.type == type) return true;
    if (!how_.speculate) return false;
    if (c.kind != Kind::None || (c.type != kUnknownType && c.type != type)) return seen_outside(kind) && !way.back_edge;
    return c.state == Content::Clean && (c.likely == 0 || c.likely & bit(type));
  }

  static bool may_be_uint(const Content& c) {
    constexpr TypeSet kInts = bit(JJ_TYPE_INT) | bit(JJ_TYPE_BIG_INT);
    if (c.kind == Kind::Int) return c.state != Content::Maybe || c.valid;
    if (c.kind != Kind::None || c.state != Content::Clean) return false;
    if (c.type != kUnknownType) return c.type == JJ_TYPE_INT || c.type == JJ_TYPE_BIG_INT;
    return c.likely == 0 || c.likely & kInts;
  }

  // Reasons against any value in a register here.
  bool can_become(const Incoming& way, Kind kind) const {
    if (kind == Kind::Range) return way.content.kind == kind || (how_.speculate && delivers(way, kind));
    return true;
  }

  static bool may_be_inert(const Content& c) {
    if (c.type != kUnknownType) return is_inert_type(c.type);
    return !(c.likely & ~kInertTypes);
  }

  // Whether memory is behind, and on which ways; false: no value in a register after all.
  bool place(Kind kind, Content& out) const {
    bool all_deliver = true, all_behind = true, none_behind = true, can_be_stale = true;
    for (const Incoming& way : ways_) {
      const Content& c = way.content;
      all_deliver = all_deliver && delivers(way, kind);
      all_behind = all_behind && c.state == Content::Behind;
      none_behind = none_behind && c.state == Content::Clean;
      can_be_stale = can_be_stale && (c.inert || c.state != Content::Clean || (how_.speculate && may_be_inert(c)));
    }
    if (none_behind) {
      if (!how_.live || !all_deliver) return false;
      out.inert = true;
      return true;
    }
    if (all_behind) {
      out.state = Content::Behind;
      out.inert = true;
      return true;
    }
    if (!how_.local || !can_be_stale) return false;
    out.state = Content::Maybe;
    out.valid = all_deliver && how_.live;
    out.inert = true;
    return true;
  }

  const std::vector<Incoming>& ways_;
  const Meeting& how_;
};

}  // namespace

Content meet(const std::vector<Incoming>& ways, const Meeting& how) { return Meet(ways, how).run(); }

}  // namespace jj::passes
