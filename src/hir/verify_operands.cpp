// What operations take, operation by operation.
#include "hir/verify_operands.h"

namespace jj::hir {

Wants wanted(Op op, int operand) {
  switch (op) {
    case Op::ItemStore: return Wants::Owned;
    case Op::SlotStore:
    case Op::SlotInit:
    case Op::ValueInit:
    case Op::DictStore:
    case Op::PolyStore:
    case Op::ValueStore: return operand == 0 ? Wants::Owned : Wants::Look;
    case Op::GuardType:
    case Op::DictInit:
    case Op::LoadGlobalOf:
    case Op::GlobalPeekOf:
    case Op::GuardCode:
    case Op::DefaultPeek:
    case Op::PassObject:
    case Op::GuardIs:
    case Op::GuardVersion:
    case Op::HasVersion:
    case Op::ExpectVersion:
    case Op::GuardVersions:
    case Op::GuardClass:
    case Op::GuardKept:
    case Op::GuardLacks:
    case Op::GuardLacksOf:
    case Op::GuardAbsent:
    case Op::GuardQuiet:
    case Op::SlotPeek:
    case Op::ValuePeek:
    case Op::DictPeek:
    case Op::PolyPeek:
    case Op::MathPeek:
    case Op::GuardLength:
    case Op::SelectObject:
    case Op::BoxIntOr:
    case Op::BoxFloatOr:
    case Op::SeqLen:
    case Op::ListRoom:
    case Op::BigBinary:
    case Op::BigByInt:
    case Op::BigToInt:
    case Op::CallMethod0:
    case Op::CallMethod1:
    case Op::CallMethod2:
    case Op::KeyMethod:
    case Op::DictGet:
    case Op::DictGetInt:
    case Op::DictGetOr:
    case Op::DictGetIntOr:
    case Op::KeyIn:
    case Op::IntIn:
    case Op::DictPut:
    case Op::DictPutInt:
    case Op::Feed:
    case Op::StrLen:
    case Op::StrAt:
    case Op::StrEqual:
    case Op::UnboxChar:
    case Op::ElementInt:
    case Op::ElementFloat:
    case Op::GuardElement:
    case Op::ElementPutInt:
    case Op::ElementPutFloat:
    case Op::SeqItems: return Wants::Look;
    case Op::CheckBound:
    case Op::Retain:
    case Op::RetainOrNull: return Wants::Borrowed;
    case Op::Drop:
    case Op::Release:
    case Op::Shelve:
    case Op::Suspend:
    case Op::Return: return Wants::Owned;
    case Op::StoreLocal:
    case Op::StoreStack:
    case Op::ReleaseOrNull: return Wants::OwnedOrNull;
    case Op::GuardBound:
    case Op::Lend:
    case Op::UnboxInt:
    case Op::UnboxUint:
    case Op::LowBits:
    case Op::UnboxFloat:
    case Op::UnboxComplex:
    case Op::UnboxBool: return Wants::Look;
    case Op::BranchNext: return Wants::Next;
    default: return Wants::Object;
  }
}

Result operand_type(Op op, int n) {
  switch (op) {
    case Op::NotCond:
    case Op::BoolObject:
    case Op::Branch:
    case Op::SyncBool:
    case Op::ReturnCond:
    case Op::CondAnd:
    case Op::CondToInt: return Result::Cond;
    case Op::CharObject:
    case Op::CharOf:
    case Op::CharIn:
    case Op::BoxInt:
    case Op::BoxUint:
    case Op::UintShift:
    case Op::UintDiv:
    case Op::UintMod:
    case Op::BigOfInts:
    case Op::IntAdd:
    case Op::IntSub:
    case Op::IntMul:
    case Op::IntNeg:
    case Op::IntAbs:
    case Op::IntAddWrap:
    case Op::IntKnown:
    case Op::GuardWithin:
    case Op::GuardUnitRange:
    case Op::PollSpaced:
    case Op::IntSubWrap:
    case Op::IntMulWrap:
    case Op::IntFloorDiv:
    case Op::IntMod:
    case Op::IntTrueDiv:
    case Op::IntPow:
    case Op::IntGcd:
    case Op::IntSqrt:
    case Op::IntLshift:
    case Op::IntRshift:
    case Op::IntAnd:
    case Op::IntOr:
    case Op::IntXor:
    case Op::IntInvert:
    case Op::IntToFloat:
    case Op::IntToFloatExact:
    case Op::IntCompare:
    case Op::IntTruth:
    case Op::NewRange:
    case Op::RangeLength:
    case Op::GuardFits:
    case Op::PassInt:
    case Op::OriginIs:
    case Op::FeedInt:
    case Op::EntryItem:
    case Op::ReturnInt:
    case Op::SyncRange: return Result::Int;
    case Op::BoxFloat:
    case Op::ComplexOf:
    case Op::FloatAdd:
    case Op::FloatSub:
    case Op::FloatMul:
    case Op::FloatDiv:
    case Op::FloatFloorDiv:
    case Op::FloatMod:
    case Op::FloatPow:
    case Op::FloatNeg:
    case Op::FloatAbs:
    case Op::FloatCompare:
    case Op::FloatTruth:
    case Op::FeedFloat:
    case Op::PassFloat:
    case Op::ReturnFloat: return Result::Float;
    case Op::FloatWhole:
    case Op::FloatSqrt:
    case Op::FloatMath:
    case Op::FloatMath2:
    case Op::FloatToInt: return Result::Float;
    case Op::BoxComplex:
    case Op::ComplexReal:
    case Op::ComplexImag:
    case Op::ComplexAdd:
    case Op::ComplexSub:
    case Op::ComplexMul:
    case Op::ComplexDiv:
    case Op::ComplexPow:
    case Op::ComplexFinite:
    case Op::ComplexNeg:
    case Op::ComplexAbs:
    case Op::ComplexEqual:
    case Op::ComplexMath:
    case Op::ComplexPhase: return Result::Complex;
    case Op::DictPutInt: return n == 0 ? Result::Int : Result::None;
    case Op::CopyUnless: return Result::Cond;
    case Op::SelectInt: return n == 0 ? Result::Cond : Result::Int;
    case Op::SelectFloat: return n == 0 ? Result::Cond : Result::Float;
    case Op::BoxIntOr: return n == 0 ? Result::Cond : n == 1 ? Result::Int : Result::None;
    case Op::BoxFloatOr: return n == 0 ? Result::Cond : n == 1 ? Result::Float : Result::None;
    case Op::SelectObject: return n == 0 ? Result::Cond : Result::None;
    case Op::DictGetInt:
    case Op::DictGetIntOr:
    case Op::IntIn:
    case Op::MissesInt:
    case Op::BigByInt:
    case Op::BigToInt:
    case Op::ElementInt:
    case Op::ElementFloat:
    case Op::StrAt:
    case Op::GuardElement: return n == 1 ? Result::Int : Result::None;
    case Op::ElementPutInt: return n == 1 ? Result::None : Result::Int;
    case Op::ElementPutFloat: return n == 1 ? Result::None : n == 0 ? Result::Float : Result::Int;
    case Op::ItemIndex:
    case Op::ItemPeek:
    case Op::ItemPutInt: return Result::Int;
    case Op::ItemPutFloat: return n == 0 ? Result::Float : Result::Int;
    case Op::ItemPutBool: return n == 0 ? Result::Cond : Result::Int;
    case Op::ItemStore: return n == 0 ? Result::None : Result::Int;
    case Op::SyncChar:
    case Op::SyncUint:
    case Op::SyncInt: return n == 0 ? Result::Int : Result::Cond;
    case Op::SyncComplex: return n == 0 ? Result::Complex : Result::Cond;
    case Op::SyncFloat: return n == 0 ? Result::Float : Result::Cond;
    default: return Result::None;
  }
}

namespace {

// The kind of cache (text.h's kCacheKinds) that an operation uses in most cases, -1: none.
int cache_kind(const Instr& i) {
  switch (i.op) {
    case Op::GlobalPeek:
    case Op::GlobalKnown:
    case Op::GlobalPeekOf:
    case Op::LoadGlobalOf:
    case Op::LoadGlobal: return 0;
    case Op::DictPeek:
    case Op::AttrPeek:
    case Op::LoadAttr: return 1;
    case Op::DictStore:
    case Op::PolyStore:
    case Op::TryStoreAttr:
    case Op::StoreAttr: return 2;
    case Op::GuardAbsent:
    case Op::LoadMethod: return 3;
    case Op::LoadSuperMethod: return 4;
    case Op::Call: return 5 + i.imm[2];  // by layout
    default: return -1;
  }
}

}  // namespace

bool uses_cache(const Instr& i, int kind) {
  if (i.op == Op::MathPeek || i.op == Op::KwDefaultPeek) return kind == JJ_CACHE_GLOBAL;
  if (i.op == Op::InitPeek) return kind >= JJ_CACHE_CALL;
  if (i.op == Op::DictPeek || i.op == Op::DictInit || i.op == Op::PolyPeek)
    return kind == JJ_CACHE_ATTR || kind == JJ_CACHE_STORE_ATTR;
  return kind == cache_kind(i) || (i.op == Op::GuardAbsent && kind == JJ_CACHE_ATTR);
}

}  // namespace jj::hir
