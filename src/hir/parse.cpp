// Parses the text form of functions: what print.cpp writes, plus comments from ';' to the end of a line.
#include <iterator>
#include <sstream>

#include "hir/function.h"
#include "hir/line_reader.h"
#include "hir/stack_helpers.h"
#include "hir/text.h"

namespace jj::hir {
namespace {

class Parser : LineReader {
 public:
  explicit Parser(const std::string& text) : in_(text) {}

  ParseResult run() {
    for (std::string line; ok() && std::getline(in_, line);) {
      start(line);
      parse_line();
    }
    if (ok() && !seen_function_) fail("no function");
    return {ok(), error(), std::move(f_)};
  }

 private:
  // -- lines

  void parse_line() {
    if (at_end()) return;
    if (accept("function "))
      parse_header();
    else if (accept("cache "))
      parse_cache();
    else if (accept("region "))
      parse_region();
    else if (accept("state "))
      parse_state();
    else if (accept("block "))
      parse_block();
    else if (accept("const "))
      parse_constant();
    else if (accept("site "))
      parse_site();
    else if (accept("seen "))
      parse_slot_types();
    else if (accept("exits "))
      parse_exits();
    else if (accept("object "))
      number_of_row(f_.facts.objects.size()), f_.facts.objects.push_back(long_integer());
    else if (accept("attr "))
      parse_attribute();
    else if (accept("gives "))
      f_.signature = signature();
    else if (accept("direct "))
      number_of_row(f_.direct.size()), expect("gives "), f_.direct.push_back(signature());
    else if (accept("callee "))
      parse_callee();
    else if (accept("call "))
      parse_call();
    else if (accept("class cell "))
      f_.class_cell = integer();
    else if (accept("real stack "))
      f_.real_stack = integer();
    else if (accept("lent "))
      f_.lent = integer();
    else if (accept("read elsewhere "))
      f_.read_elsewhere.insert(integer());
    else if (accept("writable"))
      f_.facts.locals_writable = true;
    else if (accept("unbound "))
      f_.facts.unbound_from = integer(), f_.facts.unbound_to = field("to");
    else
      parse_instr();
    if (ok() && !at_end()) fail("unexpected '" + rest() + "'");
  }

  void parse_header() {
    if (seen_function_) return fail("second function");
    seen_function_ = true;
    f_.name = quoted();
    f_.nslots = field("slots");
    f_.stacksize = field("stacksize");
    f_.nvalues = field("values");
    f_.nentries = field("entries");
  }

  Signature signature() {
    Signature s;
    s.result = static_cast<Result>(kind(kResultKinds));
    s.identity = accept("fresh") ? Signature::Fresh : accept("traced") ? Signature::Traced : Signature::Unknown;
    expect("takes");
    do { s.params.push_back(static_cast<Result>(kind(kResultKinds))); } while (ok() && accept(","));
    return s;
  }

  void parse_callee() {
    const int32_t pc = field("pc");
    expect("code");
    f_.calls.push_back({pc, long_integer()});
  }

  void parse_call() {
    number_of_row(f_.inlined.size());
    Inlined c;
    for (const CallField& f : kCallFields) {
      c.*f.field = field(f.name);
      if (f.field != &Inlined::positional) continue;
      expect("bound [");
      while (ok() && !accept("]")) c.bound.push_back(integer());
      if (accept("defaults ["))
        while (ok() && !accept("]")) c.defaults.push_back(integer());
    }
    if (accept("varargs ")) c.varargs = integer(), c.varkeywords = field("varkeywords"), c.more = field("more");
    if (c.varargs >= 0 || c.varkeywords >= 0) c.hidden = field("hidden");
    if (accept("class cell ")) c.class_cell = integer();
    if (accept("way ")) c.way = integer();
    if (accept("operation ")) c.operation = integer();
    if (accept("generator ")) c.generator = integer(), c.locals = field("locals"), c.resumes = field("resumes");
    f_.inlined.push_back(c);
  }

  void parse_cache() {
    number_of_row(f_.caches.size());
    CacheSite c{};
    c.kind = kind(kCacheKinds);
    c.name = field("name"), c.pc = field("pc");
    f_.caches.push_back(c);
  }

  void parse_region() {
    number_of_row(f_.regions.size());
    Region r;
    r.kind = kind(kRegionKinds);
    r.target_pc = field("target"), r.block = field("block");
    r.depth = field("depth"), r.push_lasti = field("lasti") != 0;
    r.parent = field("parent");
    f_.regions.push_back(r);
  }

  void parse_state() {
    number_of_row(f_.states.size());
    FrameState s;
    s.pc = field("pc"), s.resume = field("resume");
    s.depth = field("depth"), s.error_depth = field("error");
    s.region = field("region");
    if (accept("[")) {
      do {
        Deferred d;
        d.stack = integer();
        expect("=");
        d.kind = static_cast<Deferred::Kind>(kind(kDeferredKinds));
        if (d.kind != Deferred::Null) d.value = integer();
        s.deferred.push_back(d);
      } while (ok() && accept(","));
      expect("]");
    }
    if (accept("of ")) s.inlined = integer(), s.site = field("site");
    if (accept("inside ")) s.inside = integer();
    if (accept("exit ")) s.exit = static_cast<JJExitKind>(kind(kExitKinds));
    if (accept("pending ")) do {
        s.pending.push_back(pending());
      } while (ok() && accept(","));
    f_.states.push_back(s);
  }

  Pending pending() {
    Pending p;
    p.place = integer();
    expect("=");
    p.kind = static_cast<JJPendingKind>(kind(kPendingKinds));
    p.value = {field("%"), -1};
    if (p.kind == JJ_PENDING_RANGE) p.value[1] = field("%");
    if (accept("if")) p.condition = field("%");
    return p;
  }

  // -- facts

  void parse_constant() {
    number_of_row(f_.facts.constants.size());
    Constant c;
    c.kind = static_cast<JJTypeKind>(kind(kTypeKinds));
    c.word = long_integer();
    if (accept("chars"))
      for (uint64_t& bits : c.chars) bits = static_cast<uint64_t>(long_integer());
    f_.facts.constants.push_back(c);
  }

  Seen seen() {
    Seen out;
    do {
      JJSeen type{};
      type.kind = kind(kTypeKinds);
      type.id = static_cast<uint32_t>(integer());
      type.count = static_cast<uint32_t>(integer());
      out.types.push_back(type);
    } while (ok() && accept(","));
    out.megamorphic = accept("more");
    return out;
  }

  void parse_site() {
    SiteTypes t;
    t.pc = field("pc");
    expect(":");
    t.seen = seen();
    f_.facts.sites.push_back(t);
  }

  void parse_slot_types() {
    SlotTypes t;
    t.pc = field("pc");
    t.slot = field("slot");
    expect(":");
    t.seen = seen();
    f_.facts.slots.push_back(t);
  }

  void parse_exits() {
    ExitSeen e;
    e.pc = field("pc");
    expect(":");
    e.kind = kind(kExitKinds);
    e.count = static_cast<uint32_t>(integer());
    f_.facts.exits.push_back(e);
  }

  void parse_attribute() {
    AttrSeen a;
    a.pc = field("pc");
    expect(":");
    a.how = static_cast<JJAttrHow>(kind(kAttrKinds));
    a.index = integer();
    a.version = static_cast<uint32_t>(field("version"));
    a.offset = field("offset");
    a.object = field("object");
    expect("lacks");
    a.lacks = static_cast<JJAttrLacks>(kind(kLacksKinds));
    if (accept("builtin")) a.builtin = integer();
    if (accept("class ")) a.class_version = static_cast<uint32_t>(integer());
    if (accept("holder ")) a.holder = integer(), a.held_at = field("at");
    a.fills = accept("fills");
    f_.facts.attrs.push_back(a);
  }

  void parse_block() {
    Block b;
    b.id = integer();
    b.pc = field("pc");
    b.depth = field("depth");
    if (accept("entry")) b.entry = integer();
    b.resume = accept("resume");
    b.handler = accept("handler");
    if (accept("inlined")) b.inlined = integer();
    if (accept("raised")) b.raised = integer();
    f_.blocks.push_back(b);
  }

  void parse_instr() {
    if (f_.blocks.empty()) return fail("operation outside a block");
    Block& b = f_.blocks.back();
    Instr i{};
    if (accept("%")) {
      i.id = integer();
      expect("=");
    }
    std::string name = word();
    if (name == "Phi") return parse_phi(b, i.id);
    int op = find_op(name);
    if (op < 0) return fail("unknown operation '" + name + "'");
    i.op = static_cast<Op>(op);
    parse_immediates(i);
    for (int k = 0; k < info(i.op).operands; k++) i.args[k] = field("%");
    if (info(i.op).effects == Effects::End && accept("->")) {
      b.succ[0] = integer();
      if (accept(",")) b.succ[1] = integer();
    }
    if (accept("@")) i.pc = integer();
    if (accept("!")) i.state = integer();
    if (accept("~")) i.site = integer();
    b.instrs.push_back(i);
  }

  void parse_phi(Block& b, ValueId id) {
    Phi phi;
    phi.id = id;
    phi.type = static_cast<Result>(kind(kResultKinds));
    if (!b.instrs.empty()) fail("a phi behind an operation");
    while (ok() && !at_end()) {
      const int32_t block = integer();
      expect(":");
      phi.args.push_back({block, field("%")});
    }
    b.phis.push_back(phi);
  }

  void parse_immediates(Instr& i) {
    size_t k = 0;
    for (const std::string& name : immediate_names(i.op)) {
      expect(name + "=");
      if (name == "helper" && at_word()) {
        std::string helper = word();
        i.imm[k] = stack_helper_named(helper);
        if (i.imm[k] < 0) fail("unknown helper '" + helper + "'");
      } else {
        i.imm[k] = integer();
      }
      k++;
    }
  }

  std::istringstream in_;
  bool seen_function_ = false;
  Function f_;
};

}  // namespace

ParseResult parse(const std::string& text) { return Parser(text).run(); }

}  // namespace jj::hir
