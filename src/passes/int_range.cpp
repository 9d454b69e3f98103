// Interval arithmetic on integers of 64 bits.
#include "passes/int_range.h"

#include <algorithm>
#include <bit>
#include <initializer_list>

namespace jj::passes {
namespace {

using hir::Op;
using Wide = __int128;

int64_t clamp(Wide v) {
  return static_cast<int64_t>(std::clamp(v, static_cast<Wide>(INT64_MIN), static_cast<Wide>(INT64_MAX)));
}
IntRange around(std::initializer_list<Wide> values) { return {clamp(std::min(values)), clamp(std::max(values))}; }

struct Exact {
  Wide low, high;
};
Exact exact(Op op, const IntRange& a, const IntRange& b) {
  const Wide al = a.low, ah = a.high, bl = b.low, bh = b.high;
  switch (op) {
    case Op::IntAdd:
    case Op::IntAddWrap: return {al + bl, ah + bh};
    case Op::IntSub:
    case Op::IntSubWrap: return {al - bh, ah - bl};
    default: {
      const auto products = {al * bl, al * bh, ah * bl, ah * bh};
      return {std::min(products), std::max(products)};
    }
  }
}
bool fits(const Exact& e) { return e.low >= INT64_MIN && e.high <= INT64_MAX; }

Wide floor_div(Wide a, Wide b) { return a / b - ((a % b != 0) & ((a % b < 0) != (b < 0))); }

IntRange quotient(const IntRange& a, const IntRange& b) {
  if (b.low > 0 || b.high < 0)
    return around(
        {floor_div(a.low, b.low), floor_div(a.low, b.high), floor_div(a.high, b.low), floor_div(a.high, b.high)});
  return around({-static_cast<Wide>(a.low), a.low, -static_cast<Wide>(a.high), a.high});  // by 1 or -1 at most
}

// The sign is the divisor's.
IntRange remainder(const IntRange& a, const IntRange& b) {
  IntRange r{b.low < 0 ? b.low + 1 : 0, b.high > 0 ? b.high - 1 : 0};
  if (b.low > 0 && a.low >= 0) r.high = std::min(r.high, a.high);
  return r;
}

IntRange bits_and(const IntRange& a, const IntRange& b) {
  if (a.low < 0 && b.low < 0) return {};
  int64_t most = INT64_MAX;
  for (const IntRange& r : {a, b})
    if (r.low >= 0) most = std::min(most, r.high);
  return {0, most};
}
IntRange bits_or(const IntRange& a, const IntRange& b) {
  if (a.low < 0 || b.low < 0) return {};
  const auto most = static_cast<uint64_t>(std::max(a.high, b.high));
  return {0, static_cast<int64_t>(~uint64_t{0} >> std::max(std::countl_zero(most), 1))};
}

IntRange shifted_left(const IntRange& a, const IntRange& count) {
  if (count.low < 0 || count.high > 62) return {a.low >= 0 ? 0 : INT64_MIN, a.high <= 0 ? 0 : INT64_MAX};
  const Wide least = Wide{1} << count.low, most = Wide{1} << count.high;
  return around({a.low * least, a.low * most, a.high * least, a.high * most});
}
IntRange shifted_right(const IntRange& a, const IntRange& count) {
  const int64_t least = std::clamp<int64_t>(count.low, 0, 63), most = std::clamp<int64_t>(count.high, 0, 63);
  return around({a.low >> least, a.low >> most, a.high >> least, a.high >> most});
}

}  // namespace

IntRange either(const IntRange& a, const IntRange& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

IntRange both(const IntRange& a, const IntRange& b) {
  const IntRange r{std::max(a.low, b.low), std::min(a.high, b.high)};
  return r.low <= r.high ? r : IntRange::only(a.low);
}

bool always_fits(Op op, const IntRange& a, const IntRange& b) { return fits(exact(op, a, b)); }

IntRange range_of(const hir::Instr& i, const IntRange& a, const IntRange& b) {
  switch (i.op) {
    case Op::IntConst:
      return IntRange::only(static_cast<int64_t>(static_cast<uint32_t>(i.imm[0])) | static_cast<int64_t>(i.imm[1])
                                                                                        << 32);
    case Op::IntAdd:
    case Op::IntSub:
    case Op::IntMul: {
      const Exact e = exact(i.op, a, b);
      return {clamp(e.low), clamp(e.high)};
    }
    case Op::IntAddWrap:
    case Op::IntSubWrap:
    case Op::IntMulWrap: {
      const Exact e = exact(i.op, a, b);
      return fits(e) || i.imm[0] ? IntRange{clamp(e.low), clamp(e.high)} : IntRange{};
    }
    case Op::IntNeg: return around({-static_cast<Wide>(a.low), -static_cast<Wide>(a.high)});
    case Op::IntAbs: {
      const IntRange r = around({-static_cast<Wide>(a.low), a.low, -static_cast<Wide>(a.high), a.high});
      return {a.low > 0 ? a.low : a.high < 0 ? clamp(-static_cast<Wide>(a.high)) : 0, r.high};
    }
    case Op::IntFloorDiv: return quotient(a, b);
    case Op::IntMod: return remainder(a, b);
    case Op::IntAnd: return bits_and(a, b);
    case Op::IntOr:
    case Op::IntXor: return bits_or(a, b);
    case Op::IntInvert: return {~a.high, ~a.low};
    case Op::IntLshift: return shifted_left(a, b);
    case Op::IntRshift: return shifted_right(a, b);
    case Op::UintShift: return b.within(1, 63) ? IntRange{0, static_cast<int64_t>(UINT64_MAX >> b.low)} : IntRange{};
    case Op::UintMod: return b.low > 0 ? IntRange{0, b.high - 1} : IntRange{};
    case Op::UintDiv:
      return b.low > 1 ? IntRange{0, static_cast<int64_t>(UINT64_MAX / static_cast<uint64_t>(b.low))} : IntRange{};
    case Op::IntKnown: return both({i.imm[0], i.imm[1]}, a);
    case Op::GuardWithin: {
      auto bound = [&](size_t n) { return int64_t{static_cast<uint32_t>(i.imm[n])} | int64_t{i.imm[n + 1]} << 32; };
      return both({bound(0), bound(2)}, a);
    }
    case Op::CondToInt: return {0, 1};
    case Op::SeqLen:
    case Op::RangeLength:
    case Op::RangeLeft: return {0, INT64_MAX};
    case Op::ItemIndex: return {0, std::max<int64_t>(b.high - 1, 0)};
    default: return {};
  }
}

namespace {
enum Order { kLess, kLessEqual, kEqual, kNotEqual, kGreater, kGreaterEqual };
}

IntRange where_compared(int op, const IntRange& a, const IntRange& b) {
  switch (op) {
    case kLess: return both(a, {INT64_MIN, b.high == INT64_MIN ? b.high : b.high - 1});
    case kLessEqual: return both(a, {INT64_MIN, b.high});
    case kEqual: return both(a, b);
    case kGreater: return both(a, {b.low == INT64_MAX ? b.low : b.low + 1, INT64_MAX});
    case kGreaterEqual: return both(a, {b.low, INT64_MAX});
    default: {
      IntRange r = a;
      if (b.low != b.high || a.low == a.high) return r;
      if (r.low == b.low) r.low++;
      if (r.high == b.low) r.high--;
      return r;
    }
  }
}

int decided(int op, const IntRange& a, const IntRange& b) {
  const bool apart = a.high < b.low || b.high < a.low, same = a.low == a.high && a == b;
  switch (op) {
    case kLess: return a.high < b.low ? 1 : a.low >= b.high ? 0 : -1;
    case kLessEqual: return a.high <= b.low ? 1 : a.low > b.high ? 0 : -1;
    case kEqual: return apart ? 0 : same ? 1 : -1;
    case kNotEqual: return apart ? 1 : same ? 0 : -1;
    case kGreater: return decided(kLess, b, a);
    default: return decided(kLessEqual, b, a);
  }
}

}  // namespace jj::passes
