"""Constructs that 3.12 brought."""


def inlined(rows):
    x = 1
    pairs = [(x, y) for x in rows for y in (lambda: x)()]
    return pairs, x


def generic[T: int, *Ts, **P](value: T, *rest: *Ts) -> T:
    class Box[U]:
        kind = T

        def get(self: U) -> list[T]:
            return [__class__, value]

    type Alias[K] = dict[K, T]
    return Box, Alias


def nested_quotes(a):
    return f"{f'{a + 1!r}':>{len(f"{a}")}}"
