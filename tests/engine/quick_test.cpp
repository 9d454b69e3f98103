// Random functions of the instructions that baseline code consists of: quick code and LLVM's code do the same.
//
// Many more values than registers, some needed across calls, some in other blocks, loops, diamonds and compares that are
// no part of a branch.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "engine/engine.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

namespace {

using llvm::Value;

constexpr int kWords = 16;  // of memory that functions work on; those behind it count loops

uint64_t mix(uint64_t* memory, uint64_t a, uint64_t b, uint32_t c) {
  memory[a % kWords] ^= b * 0x9e3779b97f4a7c15;
  return (a ^ (b << 7)) + c;
}
uint32_t small(uint64_t* memory, uint64_t a) { return static_cast<uint32_t>(memory[a % kWords] + a); }

class Maker {
 public:
  Maker(llvm::Module& module, const std::string& name, unsigned seed) : b_(module.getContext()), random_(seed) {
    llvm::Type *p = b_.getPtrTy(), *l = b_.getInt64Ty(), *i = b_.getInt32Ty();
    f_ = llvm::Function::Create(llvm::FunctionType::get(p, {p, p, p, l}, false), llvm::Function::ExternalLinkage, name,
                                module);
    f_->setDSOLocal(true);
    f_->setDoesNotThrow();
    mix_ = module.getOrInsertFunction("mix", l, p, l, l, i);
    small_ = module.getOrInsertFunction("small", i, p, l);
    for (llvm::FunctionCallee callee : {mix_, small_})
      llvm::cast<llvm::Function>(callee.getCallee())->setDSOLocal(true);
    enter(block());
    for (unsigned k = 0; k < 4; k++)
      if (k != 1) values_.push_back(k == 3 ? f_->getArg(k) : b_.CreatePtrToInt(f_->getArg(k), l));
    body(3);
    Value* sum = b_.getInt64(0);
    for (Value* value : values_) sum = b_.CreateAdd(sum, b_.CreateXor(value, b_.getInt64(7)));
    b_.CreateRet(b_.CreateIntToPtr(sum, p));
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  llvm::BasicBlock* block() { return llvm::BasicBlock::Create(b_.getContext(), "", f_); }
  void enter(llvm::BasicBlock* block) { b_.SetInsertPoint(block); }
  Value* any() {
    return values_[below(4) ? values_.size() - 1 - below(static_cast<unsigned>(std::min<size_t>(values_.size(), 12)))
                            : below(static_cast<unsigned>(values_.size()))];
  }
  Value* word(unsigned k) { return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), f_->getArg(1), 8 * k); }
  Value* condition() {
    static constexpr llvm::CmpInst::Predicate kAll[] = {
        llvm::CmpInst::ICMP_EQ,  llvm::CmpInst::ICMP_NE,  llvm::CmpInst::ICMP_ULT, llvm::CmpInst::ICMP_UGT,
        llvm::CmpInst::ICMP_SLT, llvm::CmpInst::ICMP_SGE, llvm::CmpInst::ICMP_SLE, llvm::CmpInst::ICMP_ULE};
    Value* other = below(3) ? any() : b_.getInt64(below(2) ? 0 : below(1000));
    return b_.CreateICmp(kAll[below(8)], any(), other);
  }
  Value* operation() {
    switch (below(13)) {
      case 12: return b_.CreateLShr(any(), below(64));
      case 0: return b_.CreateAdd(any(), below(2) ? any() : b_.getInt64(random_()));
      case 1: return b_.CreateSub(any(), below(2) ? any() : b_.getInt64(1));
      case 2: return b_.CreateBinOp(below(2) ? llvm::Instruction::And : llvm::Instruction::Or, any(), any());
      case 3: return b_.CreateXor(any(), any());
      case 4: return b_.CreateLoad(b_.getInt64Ty(), word(below(kWords)));
      case 5:
        return b_.CreateZExt(b_.CreateAdd(b_.CreateLoad(b_.getInt32Ty(), word(below(kWords))), b_.getInt32(1)),
                             b_.getInt64Ty());
      case 6: return b_.CreateZExt(condition(), b_.getInt64Ty());
      case 7: return b_.CreateSelect(condition(), any(), any());
      case 8:
        return b_.CreateZExt(b_.CreateLoad(below(2) ? b_.getInt8Ty() : b_.getInt16Ty(), word(below(kWords))),
                             b_.getInt64Ty());
      case 9: return b_.CreateZExt(b_.CreateCall(small_, {f_->getArg(1), any()}), b_.getInt64Ty());
      default: return b_.CreateCall(mix_, {f_->getArg(1), any(), below(3) ? any() : load(), b_.getInt32(below(99))});
    }
  }
  Value* load() { return b_.CreateLoad(b_.getInt64Ty(), word(below(kWords))); }
  void diamond(int depth) {
    llvm::BasicBlock *yes = block(), *no = block(), *next = block();
    Value* asked = condition();
    if (!below(4)) values_.push_back(b_.CreateZExt(asked, b_.getInt64Ty()));
    b_.CreateCondBr(asked, yes, no);
    llvm::SmallVector<std::pair<llvm::BasicBlock*, std::pair<Value*, Value*>>, 2> ways;
    for (llvm::BasicBlock* side : {yes, no}) {
      size_t before = values_.size();
      enter(side);
      body(depth - 1);
      ways.push_back({b_.GetInsertBlock(), {any(), below(2) ? any() : b_.getInt64(below(9))}});
      b_.CreateBr(next);
      values_.resize(before);
    }
    enter(next);
    llvm::PHINode *one = b_.CreatePHI(b_.getInt64Ty(), 2), *two = b_.CreatePHI(b_.getInt64Ty(), 2);
    for (const auto& [from, values] : ways) one->addIncoming(values.first, from), two->addIncoming(values.second, from);
    values_.push_back(one);
    values_.push_back(two);
  }
  void loop(int depth) {
    llvm::BasicBlock *head = block(), *next = block();
    const unsigned counter = kWords + static_cast<unsigned>(depth);
    b_.CreateStore(b_.getInt64(1 + below(3)), word(counter));
    b_.CreateBr(head);
    llvm::BasicBlock* before_loop = b_.GetInsertBlock();
    enter(head);
    llvm::PHINode *one = b_.CreatePHI(b_.getInt64Ty(), 2), *two = b_.CreatePHI(b_.getInt64Ty(), 2);
    one->addIncoming(any(), before_loop);
    two->addIncoming(any(), before_loop);
    values_.push_back(one);
    values_.push_back(two);
    size_t before = values_.size();
    body(depth - 1);
    one->addIncoming(two, b_.GetInsertBlock());  // both change at once
    two->addIncoming(below(2) ? one : any(), b_.GetInsertBlock());
    Value* left = b_.CreateSub(b_.CreateLoad(b_.getInt64Ty(), word(counter)), b_.getInt64(1));
    b_.CreateStore(left, word(counter));
    b_.CreateCondBr(b_.CreateICmpNE(left, b_.getInt64(0)), head, next);
    values_.resize(before);
    enter(next);
  }
  void body(int depth) {
    for (unsigned n = 2 + below(10); n-- > 0;) {
      const unsigned what = below(10);
      if (what == 0 && depth > 0)
        diamond(depth);
      else if (what == 1 && depth > 0)
        loop(depth);
      else if (what == 2)
        b_.CreateStore(any(), word(below(kWords)));
      else
        values_.push_back(operation());
    }
  }

  llvm::IRBuilder<> b_;
  std::mt19937_64 random_;
  llvm::Function* f_;
  llvm::FunctionCallee mix_, small_;
  std::vector<Value*> values_;
};

void check(bool ok, const char* what, unsigned seed) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s (seed %u)\n", what, seed);
  std::exit(1);
}

jj::engine::Engine::Build builder(unsigned seed) {
  return [seed](llvm::Module& module, const std::string& symbol) {
    Maker(module, symbol, seed);
    std::string error;
    llvm::raw_string_ostream text(error);
    llvm::verifyModule(module, &text);
    return error;
  };
}

std::vector<uint64_t> run(jj::engine::Engine& engine, unsigned seed, jj::engine::Quality quality) {
  auto build = builder(seed);
  jj::engine::MachineCode code = engine.compile(build, quality);
  check(code.error.empty(), code.error.c_str(), seed);
  std::vector<uint64_t> memory(kWords + 4);
  for (size_t k = 0; k < memory.size(); k++) memory[k] = (k + 1) * 0x123456789abcdefULL;
  auto body = reinterpret_cast<uint64_t (*)(uint64_t, uint64_t*, uint64_t, uint64_t)>(code.address);
  memory.push_back(body(seed, memory.data(), 11, seed * 3));
  engine.release(code.id);
  return memory;
}

}  // namespace

int main(int argc, char** argv) {
  static JJSymbol symbols[] = {
      {"mix", reinterpret_cast<void*>(&mix)}, {"small", reinterpret_cast<void*>(&small)}, {nullptr, nullptr}};
  std::string error;
  auto engine = jj::engine::Engine::create(symbols, error);
  check(engine != nullptr, error.c_str(), 0);
  std::string text;
  check(engine->asm_text("first", builder(0), jj::engine::Quality::Registers, text).empty(), "text", 0);
  check(text.find(".text") == text.npos, "not quick", 0);
  const unsigned last = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 300;
  for (unsigned seed = 0; seed < last; seed++)
    check(run(*engine, seed, jj::engine::Quality::Registers) == run(*engine, seed, jj::engine::Quality::Fast),
          "quick code and LLVM's differ", seed);
  std::printf("%u functions: ok\n", last);
}
