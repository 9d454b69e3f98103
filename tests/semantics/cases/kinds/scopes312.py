"""Type aliases and parameters in class bodies (3.12 and later)."""

SHARED = int


def make(outer):
    class Holder:
        own = str
        type Own = list[own]
        type Shared = list[SHARED]
        type Outer = list[outer]

        def bound[T: outer](self, x: T) -> SHARED:
            return x

        def shared[T: SHARED](self, x: T = SHARED) -> T:
            return x
    return Holder


def case_class_scopes():
    holder = make(float)
    return [str(alias.__value__) for alias in (holder.Own, holder.Shared, holder.Outer)], [
        str(f.__type_params__[0].__bound__) for f in (holder.bound, holder.shared)]
