// A layout for tests that need no interpreter: small structs of our own in place of CPython's.
#pragma once
#include "core/api.h"

namespace jj::test {

struct Object {
  int64_t refcnt = 1;
};
struct Frame {
  int64_t unused = 0;
  const void* ip = nullptr;
  Object* slots[32] = {};
};
struct Thread {
  int64_t breaker = 0;
};
struct Data {
  const void* instr_base = nullptr;
  uint64_t clean = 0, backedges = 0, backedge_limit = UINT64_MAX;
  void *interp = nullptr, *code = nullptr;
  alignas(64) Object* consts[8] = {};
  alignas(64) char caches[8][64] = {};
};

inline JJLayout sample_layout(int python) {
  JJLayout l{};
  l.python = python;
  l.frame_slots = offsetof(Frame, slots);
  l.frame_ip = offsetof(Frame, ip);
  l.ip_is_index = python == 310;
  l.refcnt = offsetof(Object, refcnt);
  l.immortal = python >= 312;
  l.cd_instr_base = offsetof(Data, instr_base);
  l.cd_clean = offsetof(Data, clean);
  l.cd_interp = offsetof(Data, interp);
  l.cd_code = offsetof(Data, code);
  l.cd_backedges = offsetof(Data, backedges);
  l.cd_backedge_limit = offsetof(Data, backedge_limit);
  l.cd_tail = offsetof(Data, consts);
  l.npolls = 1;
  l.polls[0] = {JJ_POLL_THREAD, 0, offsetof(Thread, breaker), 8, 1};
  return l;
}

}  // namespace jj::test
