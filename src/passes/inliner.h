// What pass inline_calls is made of: the rewriting of one function's calls, and the functions without a frame.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "hir/function.h"

namespace jj::passes {

// The functions that can be called without a frame, by number. Each has one kind of result.
class Directs {
 public:
  explicit Directs(std::vector<hir::Callee> callees);

  const hir::Callee* known(int64_t code) const;    // by address of the code; or null
  int32_t want(int64_t code, hir::Result result);  // its number, or -1: there is no such function
  hir::Function make(int32_t number) const;        // before any pass
  void refuse(int32_t number);                     // it cannot be; all numbers are void then
  // Whether its results are what its signature says; else that is another one, and all numbers are void.
  bool accept(int32_t number, const hir::Function& built);
  const std::vector<hir::Signature>& signatures() const { return signatures_; }  // by number

 private:
  void begin_anew();

  std::map<int64_t, hir::Callee> known_;
  std::set<int64_t> refused_;
  std::map<int64_t, hir::Signature::Identity> identities_;  // those that are not Fresh, by code
  std::map<int64_t, int32_t> numbers_;
  std::vector<int64_t> codes_;
  std::vector<hir::Signature> signatures_;
};

// Code units of calls that cannot be replaced by what the callee does, and of those that cannot do without a frame.
struct Excluded {
  std::set<int32_t> inlining, direct;
  std::set<int32_t> whole;  // calls of which only what has been executed is put in place
};

// Whether the operation's result is a number that was not there before: no operand's, no constant's, nobody else's.
bool makes_number(hir::Op op);
// What can be said of the object that a function without a frame answers.
hir::Signature::Identity identity_of(const hir::Function& f, const std::vector<hir::Signature>& callees);

constexpr size_t kMostLeafBlocks = 8;
// Straight ways from the start to the returns, of operations that pass unbox may do without the callee's frame.
bool is_leaf(const hir::Function& f);
// Leaves where a profile says that nothing has ever been executed; false: there is no such part.
bool cut_unreached(hir::Function& f);
// Whether a profile knows the operation's result as soon as it has been executed.
bool is_always_recorded(hir::Op op);
bool is_known(const hir::Function& f, int32_t pc);  // the profile has types from there
// Whether the profile has seen something often.
bool is_well_known(const hir::Function& f);
// What the frame of a closure begins with, and an inlined one does without: it looks into the function.
bool copies_free_variables(const hir::Instr& i);

// Puts what small callees do in place of their calls, wherever that may be possible.
void inline_all(hir::Function& f, Directs& directs, std::vector<int64_t> path);
// Puts what generators do into the loops that consume them; answers whether there was any.
bool splice_generators(hir::Function& f, const Excluded& excluded, Directs& directs);
// A copy of the loop for its first turn, in front of it; false: it is too large.
bool peel_loop(hir::Function& f, int32_t head);
// Answers whether there was any call to replace.
bool replace_calls(hir::Function& f, const Excluded& excluded, Directs& directs);

}  // namespace jj::passes
