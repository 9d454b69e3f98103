"""Match statements."""

def case_match():
    class P:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    def kind(v):
        match v:
            case 0 | 1:
                return "small"
            case int(n) if n > 100:
                return ("big", n)
            case int():
                return "int"
            case "a" | "b" as s:
                return ("letter", s)
            case [x]:
                return ("one", x)
            case [x, y]:
                return ("two", x, y)
            case [first, *rest]:
                return ("many", first, rest)
            case {"k": val, **rest}:
                return ("map", val, rest)
            case {}:
                return "mapping"
            case P(0, y):
                return ("P0", y)
            case P(x=px, y=py):
                return ("P", px, py)
            case None:
                return "none"
            case str(t):
                return ("str", t)
            case _:
                return "other"
    return [kind(v) for v in (0, 1, 5, 500, "a", "b", "zz", [1], (1, 2), [1, 2, 3, 4], {"k": 1, "m": 2}, {}, {"z": 1},
                              P(0, 1), P(2, 3), None, 2.5, True, [], b"xy")]


def match_three(value, one, two, three):
    match value:
        case 1 | 2:
            return "number"
        case one(1):
            return "first"
        case two(2) | two(1, 3):
            return "second"
        case three(1, 2):
            return "third"
        case _:
            return "default"


def case_match_errors():
    def point(x, y, args=("x", "y")):
        return type("Point", (), {"__match_args__": args, "x": x, "y": y})()
    values = [point(1, 2), point(1, 3), point(2, 2), point(5, 5), point(1, 2, ["x"]), point(1, 2, ("x",)), point(1, 2, ("z", "x")),
              point(1, 2, (3,)), point(1, 2, ())]
    out = make_list([match_three(1, int, int, int), match_three(2, str, str, str), match_three("x", int, int, int)])
    nothing = type("Nothing", (), {})
    for value in values:
        for place in range(3):
            classes = [nothing, nothing, nothing]
            classes[place] = type(value)
            try:
                out.append(match_three(value, *classes))
            except TypeError as e:
                out.append(str(e))
    for other in (5, "x"):
        try:
            match_three(3, other, other, other)
        except TypeError as e:
            out.append(str(e))
    return out
