// Engine smoke test: a hand-made function runs against fake helpers, and compiling it 3000 times keeps memory flat.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include "engine/engine.h"
#include "lower/lower.h"
#include "sample_layout.h"

namespace {

using jj::test::Data, jj::test::Frame, jj::test::Object, jj::test::Thread;
namespace hir = jj::hir;
using hir::Op;

int deallocated = 0;
long unwind_answer = -1;
Object result_object, none_object;

// Every helper that the test does not give a meaning stands for "must not be called".
void unexpected() { std::abort(); }
Object* add(Frame*, Object* a, Object* b, int site) {
  if (a == b) return nullptr;
  if (site & 1 && --a->refcnt == 0) deallocated++;
  if (site & 2 && --b->refcnt == 0) deallocated++;
  result_object.refcnt++;
  return &result_object;
}
void dealloc(Frame*, Object*, int) { deallocated++; }
long unwind(Thread*, Frame*, Data*) { return unwind_answer; }
Object* left_result = nullptr;
Object* left(Thread*) { return std::exchange(left_result, nullptr); }
int poll(Thread*, Frame*, Data*, int) {
  left_result = &none_object;
  return 2;
}

JJSymbol symbols[] = {
#define DATA(name) {#name, reinterpret_cast<void*>(&none_object)},
#define HELPER(name, signature) {#name, reinterpret_cast<void*>(&unexpected)},
#define STACK_HELPER(name, op) HELPER(name, "")
#define STACK_COND(name, op) HELPER(name, "")
#include "runtime/helpers.def"
    {nullptr, nullptr}};

void set_symbol(const char* name, void* address) {
  for (JJSymbol* s = symbols; s->name; s++)
    if (!std::strcmp(s->name, name)) s->address = address;
}

hir::Instr make(Op op, int id = -1, std::array<int, 3> args = {-1, -1, -1}, std::array<int, 4> imm = {}) {
  hir::Instr i;
  i.op = op, i.id = id, i.args = args, i.imm = imm, i.pc = 3, i.state = 0;
  return i;
}

// def f(a, b): poll; a = a + const; return a + b, with `adds` additions before, for size.
hir::Function sample(int adds) {
  hir::Function f;
  f.name = "sample", f.nslots = 2, f.stacksize = 4;
  hir::FrameState state;
  state.pc = state.resume = 3;
  f.states.push_back(state);
  hir::Block block;
  block.entry = 0;
  auto& code = block.instrs;
  code.push_back(make(Op::Poll, -1, {-1, -1, -1}, {0, 0, 0, 0}));
  int id = 0;
  for (int k = 0; k < adds; k++) {
    code.push_back(make(Op::LoadLocal, id));
    code.push_back(make(Op::LoadConst, id + 1));
    code.push_back(make(Op::Binary, id + 2, {id, id + 1, -1}, {0, 0, 0, 0}));
    code.push_back(make(Op::StoreLocal, -1, {id + 2, -1, -1}, {0, 0, 0, 0}));
    id += 3;
  }
  code.push_back(make(Op::LoadLocal, id));
  code.push_back(make(Op::LoadLocal, id + 1, {-1, -1, -1}, {1, 0, 0, 0}));
  code.push_back(make(Op::Binary, id + 2, {id, id + 1, -1}, {0, 0, 0, 0}));
  code.push_back(make(Op::Return, -1, {id + 2, -1, -1}));
  f.nvalues = id + 3;
  f.blocks.push_back(block);
  return f;
}

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::exit(1);
}

long resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::atol(line.c_str() + 6);
  return 0;
}

jj::engine::MachineCode compile(jj::engine::Engine& engine, const hir::Function& f, int python,
                                jj::engine::Quality quality) {
  JJLayout layout = jj::test::sample_layout(python);
  auto build = [&](llvm::Module& module, const std::string& symbol) {
    return jj::lower::lower(f, 1, layout, symbol, module).error;
  };
  return engine.compile(build, quality);
}

void run_once(jj::engine::Engine& engine, int python, jj::engine::Quality quality) {
  hir::Function f = sample(1);
  auto code = compile(engine, f, python, quality);
  check(code.error.empty(), code.error.c_str());
  auto body = reinterpret_cast<Object* (*)(Thread*, Frame*, Data*, int64_t)>(code.address);
  Thread thread;
  Frame frame;
  Data data;
  Object a, b, c;
  frame.slots[0] = &a, frame.slots[1] = &b, data.consts[0] = &c;
  deallocated = 0, result_object.refcnt = 10;
  check(body(&thread, &frame, &data, 0) == &result_object, "result");
  check(deallocated == 1 && a.refcnt == 0, "the old value of the local is released");
  check(frame.slots[0] == &result_object && result_object.refcnt == 12, "references");
  if (python == 310)
    check(reinterpret_cast<int64_t>(frame.ip) == 3, "instruction index");
  else
    check(frame.ip == reinterpret_cast<void*>(6), "instruction pointer");
  frame.slots[0] = &c;
  check(body(&thread, &frame, &data, 0) == nullptr, "error leaves the function");
  unwind_answer = -2, left_result = &none_object;
  check(body(&thread, &frame, &data, 0) == &none_object, "left while unwinding");
  unwind_answer = -1;
  thread.breaker = 1;
  check(body(&thread, &frame, &data, 0) == &none_object, "left at the poll");
  engine.release(code.id);
}

void churn(jj::engine::Engine& engine, int times) {
  hir::Function f = sample(20);
  for (int k = 0; k < times; k++) {
    auto code = compile(engine, f, 313, static_cast<jj::engine::Quality>(k % 3));
    check(code.error.empty(), code.error.c_str());
    engine.release(code.id);
  }
}

// A helper that nobody provides is an error that is told, not a crash, and the engine goes on working.
void missing_symbol() {
  std::string error;
  JJSymbol one[] = {{"jj_binary_add", reinterpret_cast<void*>(&add)}, {nullptr, nullptr}};
  auto engine = jj::engine::Engine::create(one, error);
  check(engine != nullptr, error.c_str());
  for (int k = 0; k < 2; k++) {
    auto code = compile(*engine, sample(1), 313, jj::engine::Quality::Fast);
    check(code.error.find("jj_dealloc") != std::string::npos, code.error.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  set_symbol("jj_binary_add", reinterpret_cast<void*>(&add));
  set_symbol("jj_dealloc", reinterpret_cast<void*>(&dealloc));
  set_symbol("jj_unwind", reinterpret_cast<void*>(&unwind));
  set_symbol("jj_left_result", reinterpret_cast<void*>(&left));
  set_symbol("jj_poll_slow", reinterpret_cast<void*>(&poll));
  std::string error;
  auto engine = jj::engine::Engine::create(symbols, error);
  check(engine != nullptr, error.c_str());
  for (int python : {310, 311, 312, 313})
    for (auto quality : {jj::engine::Quality::Fast, jj::engine::Quality::Registers, jj::engine::Quality::Optimised})
      run_once(*engine, python, quality);
  for (auto quality : {jj::engine::Quality::Fast, jj::engine::Quality::Registers, jj::engine::Quality::Optimised}) {
    auto code = compile(*engine, sample(50), 313, quality);
    std::printf("50 additions, quality %d: %zu bytes\n", static_cast<int>(quality), code.code_bytes);
    engine->release(code.id);
  }
  missing_symbol();
  std::thread other([&] { churn(*engine, 200); });
  churn(*engine, 200);
  other.join();
  int times = argc > 1 ? std::atoi(argv[1]) : 3000;
  churn(*engine, times / 3);
  long before = resident_kb();
  churn(*engine, times - times / 3);
  long after = resident_kb();
  std::printf("LLVM %s: resident %ld kB -> %ld kB\n", jj::engine::llvm_version(), before, after);
  check(after - before < 6000, "memory grows");
  std::puts("ok");
}
