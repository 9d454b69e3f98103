// Prints a function in the text form that parse.cpp reads.
#include <iterator>
#include <sstream>

#include "hir/function.h"
#include "hir/stack_helpers.h"
#include "hir/text.h"

namespace jj::hir {
namespace {

void print_quoted(std::ostream& out, const std::string& text) {
  out << '"';
  for (char c : text) {
    if (c == '\n') {
      out << "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out << '\\';
    out << c;
  }
  out << '"';
}

template <size_t n>
void print_kind(std::ostream& out, const char* const (&names)[n], int kind) {
  if (kind >= 0 && kind < static_cast<int>(n))
    out << names[kind];
  else
    out << "kind" << kind;
}

void print_seen(std::ostream& out, const Seen& seen) {
  for (size_t k = 0; k < seen.types.size(); k++) {
    out << (k ? ", " : " ");
    print_kind(out, kTypeKinds, seen.types[k].kind);
    out << ' ' << seen.types[k].id << ' ' << seen.types[k].count;
  }
  out << (seen.megamorphic ? " more\n" : "\n");
}

void print_facts(std::ostream& out, const Facts& facts) {
  if (facts.locals_writable) out << "writable\n";
  if (facts.unbound_to > facts.unbound_from)
    out << "unbound " << facts.unbound_from << " to " << facts.unbound_to << '\n';
  for (size_t k = 0; k < facts.constants.size(); k++) {
    const Constant& c = facts.constants[k];
    out << "const " << k << ": ";
    print_kind(out, kTypeKinds, c.kind);
    out << ' ' << c.word;
    if (c.chars[0] || c.chars[1])
      out << " chars " << static_cast<int64_t>(c.chars[0]) << ' ' << static_cast<int64_t>(c.chars[1]);
    out << '\n';
  }
  for (const SiteTypes& t : facts.sites) {
    out << "site pc " << t.pc << ':';
    print_seen(out, t.seen);
  }
  for (const SlotTypes& t : facts.slots) {
    out << "seen pc " << t.pc << " slot " << t.slot << ':';
    print_seen(out, t.seen);
  }
  for (const ExitSeen& e : facts.exits) {
    out << "exits pc " << e.pc << ": ";
    print_kind(out, kExitKinds, e.kind);
    out << ' ' << e.count << '\n';
  }
  for (size_t k = 0; k < facts.objects.size(); k++) out << "object " << k << ": " << facts.objects[k] << '\n';
  for (const AttrSeen& a : facts.attrs) {
    out << "attr pc " << a.pc << ": ";
    print_kind(out, kAttrKinds, a.how);
    out << ' ' << a.index << " version " << a.version << " offset " << a.offset << " object " << a.object << " lacks ";
    print_kind(out, kLacksKinds, a.lacks);
    if (a.builtin >= 0) out << " builtin " << a.builtin;
    if (a.class_version) out << " class " << a.class_version;
    if (a.holder >= 0) out << " holder " << a.holder << " at " << a.held_at;
    if (a.fills) out << " fills";
    out << '\n';
  }
}

void print_exit(std::ostream& out, const FrameState& s) {
  if (s.exit == JJ_EXIT_NONE) return;
  out << " exit ";
  print_kind(out, kExitKinds, s.exit);
  for (size_t k = 0; k < s.pending.size(); k++) {
    const Pending& p = s.pending[k];
    out << (k ? ", " : " pending ") << p.place << '=';
    print_kind(out, kPendingKinds, p.kind);
    out << " %" << p.value[0];
    if (p.kind == JJ_PENDING_RANGE) out << " %" << p.value[1];
    if (p.condition >= 0) out << " if %" << p.condition;
  }
}

void print_signature(std::ostream& out, const Signature& s) {
  out << "gives ";
  print_kind(out, kResultKinds, static_cast<int>(s.result));
  out << ' ' << kIdentities[s.identity] << "takes";
  for (size_t k = 0; k < s.params.size(); k++) {
    out << (k ? ", " : " ");
    print_kind(out, kResultKinds, static_cast<int>(s.params[k]));
  }
  out << '\n';
}

void print_calls(std::ostream& out, const Function& f) {
  for (const CalleeAt& callee : f.calls) out << "callee pc " << callee.pc << " code " << callee.code << '\n';
  if (f.signature.result != Result::None) print_signature(out, f.signature);
  for (size_t k = 0; k < f.direct.size(); k++) {
    out << "direct " << k << ": ";
    print_signature(out, f.direct[k]);
  }
  for (size_t k = 0; k < f.inlined.size(); k++) {
    const Inlined& c = f.inlined[k];
    out << "call " << k << ':';
    for (const CallField& field : kCallFields) {
      out << ' ' << field.name << ' ' << c.*field.field;
      if (field.field != &Inlined::positional) continue;
      out << " bound [";
      for (size_t n = 0; n < c.bound.size(); n++) out << (n ? " " : "") << c.bound[n];
      out << ']';
      for (size_t n = 0; n < c.defaults.size(); n++) out << (n ? " " : " defaults [") << c.defaults[n];
      if (!c.defaults.empty()) out << ']';
    }
    if (c.varargs >= 0 || c.varkeywords >= 0)
      out << " varargs " << c.varargs << " varkeywords " << c.varkeywords << " more " << c.more << " hidden "
          << c.hidden;
    if (c.class_cell >= 0) out << " class cell " << c.class_cell;
    if (c.way) out << " way " << c.way;
    if (c.operation >= 0) out << " operation " << c.operation;
    if (c.generator >= 0) out << " generator " << c.generator << " locals " << c.locals << " resumes " << c.resumes;
    out << '\n';
  }
  if (f.class_cell) out << "class cell " << f.class_cell << '\n';
  if (f.real_stack >= 0) out << "real stack " << f.real_stack << '\n';
  if (f.lent) out << "lent " << f.lent << '\n';
  for (int32_t slot : f.read_elsewhere) out << "read elsewhere " << slot << '\n';
}

void print_tables(std::ostream& out, const Function& f) {
  print_facts(out, f.facts);
  print_calls(out, f);
  for (size_t k = 0; k < f.caches.size(); k++) {
    out << "cache " << k << ": ";
    print_kind(out, kCacheKinds, f.caches[k].kind);
    out << " name " << f.caches[k].name << " pc " << f.caches[k].pc << '\n';
  }
  for (size_t k = 0; k < f.regions.size(); k++) {
    const Region& r = f.regions[k];
    out << "region " << k << ": ";
    print_kind(out, kRegionKinds, r.kind);
    out << " target " << r.target_pc << " block " << r.block << " depth " << r.depth << " lasti " << r.push_lasti
        << " parent " << r.parent << '\n';
  }
  for (size_t k = 0; k < f.states.size(); k++) {
    const FrameState& s = f.states[k];
    out << "state " << k << ": pc " << s.pc << " resume " << s.resume << " depth " << s.depth << " error "
        << s.error_depth << " region " << s.region;
    for (size_t d = 0; d < s.deferred.size(); d++) {
      out << (d ? ", " : " [") << s.deferred[d].stack << '=' << kDeferredKinds[s.deferred[d].kind];
      if (s.deferred[d].kind != Deferred::Null) out << ' ' << s.deferred[d].value;
    }
    if (!s.deferred.empty()) out << ']';
    if (s.inlined >= 0) out << " of " << s.inlined << " site " << s.site;
    if (s.inside >= 0) out << " inside " << s.inside;
    print_exit(out, s);
    out << '\n';
  }
}

void print_immediates(std::ostream& out, const Instr& i) {
  const std::vector<std::string>& names = immediate_names(i.op);
  for (size_t k = 0; k < names.size(); k++) {
    out << ' ' << names[k] << '=';
    const char* helper = names[k] == "helper" ? stack_helper_name(i.imm[k]) : nullptr;
    if (helper)
      out << helper;
    else
      out << i.imm[k];
  }
}

void print_instr(std::ostream& out, const Block& b, const Instr& i) {
  const OpInfo& row = info(i.op);
  out << "  ";
  if (i.id >= 0) out << '%' << i.id << " = ";
  out << row.name;
  print_immediates(out, i);
  for (int k = 0; k < row.operands; k++) out << " %" << i.args[k];
  if (row.effects == Effects::End && b.succ[0] >= 0) {
    out << " -> " << b.succ[0];
    if (b.succ[1] >= 0) out << ", " << b.succ[1];
  }
  if (i.pc >= 0) out << " @" << i.pc;
  if (i.state >= 0) out << " !" << i.state;
  if (i.site >= 0) out << " ~" << i.site;
  out << '\n';
}

void print_phi(std::ostream& out, const Phi& phi) {
  out << "  %" << phi.id << " = Phi ";
  print_kind(out, kResultKinds, static_cast<int>(phi.type));
  for (const Phi::Arg& arg : phi.args) out << ' ' << arg.block << ":%" << arg.value;
  out << '\n';
}

}  // namespace

std::string print(const Function& f) {
  std::ostringstream out;
  out << "function ";
  print_quoted(out, f.name);
  out << " slots " << f.nslots << " stacksize " << f.stacksize << " values " << f.nvalues << " entries " << f.nentries
      << '\n';
  print_tables(out, f);
  for (const Block& b : f.blocks) {
    out << "block " << b.id << " pc " << b.pc << " depth " << b.depth;
    if (b.entry >= 0) out << " entry " << b.entry;
    if (b.resume) out << " resume";
    if (b.handler) out << " handler";
    if (b.inlined >= 0) out << " inlined " << b.inlined;
    if (b.raised >= 0) out << " raised " << b.raised;
    out << '\n';
    for (const Phi& phi : b.phis) print_phi(out, phi);
    for (const Instr& i : b.instrs) print_instr(out, b, i);
  }
  return out.str();
}

}  // namespace jj::hir
