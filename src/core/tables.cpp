// Frame states, regions, entries and caches of a function in the form the runtime reads.
#include "core/tables.h"

#include <algorithm>

#include "hir/exits.h"

namespace jj::core {

void Compiled::fail(std::string why, int32_t index) {
  reason = std::move(why);
  api.ok = 0;
  api.reason_index = index;
}

void Compiled::fill_tables(const hir::Function& f, const std::vector<int32_t>& region_labels,
                           const bytecode::Code& code, int32_t code_units) {
  const std::vector<int32_t> numbers = hir::state_numbers(f);
  std::vector<size_t> order(numbers.size());
  for (size_t k = 0; k < numbers.size(); k++) order[static_cast<size_t>(numbers[k])] = k;
  state_of.assign(static_cast<size_t>(code_units), -1);
  for (size_t k : order) {
    const hir::FrameState& s = f.states[k];
    if (s.is_own()) state_of[static_cast<size_t>(s.pc)] = static_cast<int32_t>(states.size());
    states.push_back({s.pc, s.resume, s.region, static_cast<int16_t>(s.depth), static_cast<int16_t>(s.error_depth),
                      static_cast<int32_t>(deferreds.size()), static_cast<int32_t>(s.deferred.size()),
                      static_cast<int32_t>(pendings.size()), static_cast<int32_t>(s.pending.size()), s.exit, s.inlined,
                      s.inside < 0 ? -1 : numbers[static_cast<size_t>(s.inside)]});
    for (const hir::Deferred& d : s.deferred) {
      const bool lent = d.kind == hir::Deferred::Local && s.inlined < 0;
      deferreds.push_back({static_cast<int16_t>(d.stack), static_cast<uint8_t>(d.kind),
                           lent ? hir::slot_at_exit(f, d.value) : d.value});
    }
    const hir::ExitBuffer buffer = hir::exit_buffer(s);
    for (size_t p = 0; p < s.pending.size(); p++)
      pendings.push_back({hir::slot_at_exit(f, s.pending[p].place), static_cast<uint8_t>(s.pending[p].kind),
                          buffer.places[p].word, buffer.places[p].condition});
  }
  // On 3.11 and 3.12 frames stand at the last cache of a call while its callee runs.
  for (const bytecode::Instr& i : code.instrs)
    for (int32_t cache = i.index + 1; cache < i.next; cache++)
      state_of[static_cast<size_t>(cache)] = state_of[static_cast<size_t>(i.index)];
  for (const hir::Inlined& c : f.inlined) {
    const int32_t state = c.state < 0 ? -1 : numbers[static_cast<size_t>(c.state)];
    std::string& names = keywords.emplace_back();
    for (const std::string& name : c.keywords) names += (names.empty() ? "" : " ") + name;
    auto slot = [&](int32_t d) { return d < 0 ? -1 : hir::slot_at_exit(f, f.nslots + d); };
    inlined.push_back({state, slot(c.base), c.nlocals, c.d, c.varargs, c.varkeywords, slot(c.result + 1), c.more,
                       names.c_str(), slot(c.instance), c.operation, slot(c.generator),
                       c.generator < 0 ? -1 : hir::slot_at_exit(f, c.locals), c.result - c.base});
    if (c.direct < 0) places = hir::slots_at_exits(f);
  }
  for (size_t k = 0; k < f.regions.size(); k++) {
    const hir::Region& r = f.regions[k];
    regions.push_back({r.target_pc, region_labels[k], r.parent, static_cast<int16_t>(r.depth), r.kind, r.push_lasti});
  }
  // Where the interpreter would go on, prefixes included.
  auto entry_index = [&](const hir::Block& block) {
    const int32_t state = block.entry > 0 ? state_of[static_cast<size_t>(block.pc)] : -1;
    return state < 0 ? block.pc : states[static_cast<size_t>(state)].resume;
  };
  entries.resize(static_cast<size_t>(f.nentries));
  for (const hir::Block& block : f.blocks) {
    if (block.entry >= 0)
      entries[static_cast<size_t>(block.entry)] = {entry_index(block), static_cast<int16_t>(block.depth)};
    for (const hir::Instr& i : block.instrs)
      if (i.op == hir::Op::Boundary) boundaries.push_back(i.pc);
    note_records(block);
  }
  std::sort(boundaries.begin(), boundaries.end());
  for (const hir::CacheSite& c : f.caches)
    caches.push_back({c.kind, c.name, c.pc, reinterpret_cast<void*>(static_cast<intptr_t>(c.name_object))});
}

void Compiled::note_records(const hir::Block& block) {
  for (const hir::Instr& i : block.instrs) {
    if (i.op != hir::Op::Record) continue;
    const size_t number = static_cast<size_t>(i.imm[1]);
    if (records.size() <= number) records.resize(number + 1, -1);
    records[number] = i.pc;
  }
}

namespace {
template <typename T>
void point(const T*& data, int32_t& count, const std::vector<T>& vector) {
  data = vector.data();
  count = static_cast<int32_t>(vector.size());
}
}  // namespace

void Compiled::publish() {
  point(api.states, api.nstates, states);
  point(api.state_of, api.ncode_units, state_of);
  point(api.deferreds, api.ndeferreds, deferreds);
  point(api.regions, api.nregions, regions);
  point(api.entries, api.nentries, entries);
  point(api.caches, api.ncaches, caches);
  point(api.boundaries, api.nboundaries, boundaries);
  point(api.pendings, api.npendings, pendings);
  point(api.inlined, api.ninlined, inlined);
  api.nplaces = places;
  point(api.records, api.nrecords, records);
  api.reason = reason.empty() ? nullptr : reason.c_str();
  api.dump = dump.empty() ? nullptr : dump.c_str();
}

}  // namespace jj::core
