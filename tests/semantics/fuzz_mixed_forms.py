"""What the programs of fuzz_mixed.py are made of: expressions by the kind of their value, and what changes between calls."""

from __future__ import annotations


def _split(text: str) -> list[str]:
    return [form.strip() for form in text.split(";")]


# By kind of value, how an expression may look that mostly has it; <kind> stands for an expression of that kind.
_TEXTS = {
    "int": """
<array>[0]; <array>[-1] + 1; <array>[j]; len(<array>); <bytes>[i % 3]; <bytes>[-1] * 2; sum(<array>);
<int> + j; <int> - i; <int> * 3; <int> // 3; <int> % 7; clip(<int> ** 2); <int> & 255; -<int>; <int> << 3; <int> >> 1;
len(<list>); len(<str>); int(<float>); <list>[0]; <list>[-1]; sum(<list>); <list>.count(1); <dict>.get('k', 0);
<bytes>[0]; <object>.x; <object>.y; <object>.area; <object>.level; <object>.add(<int>); divmod(<int>, 5)[1];
abs(<int>); min(<int>, i); max(j, <int>, 0); STEP; LIMIT + i; plain(<int>, i); keyword(a=<int>); climb(<int>, 3);
counter(<int>)(); default(<int>)[1]; default(*<list>)[0]; pow(<int>, 2, 97); sum(k * 2 for k in upto(4));
sum(k for k in <list> if k); max(<list>, default=0); <object>[1]; <object>(<int>, times=2); Base.twice(<int>);
Base.made(<int>).x; ord('a'); (lambda k, m=2: k * m)(<int>); (k := <int>); checked(<int>); math.isqrt(abs(<int>));
(1 << 70) // (<int> or 1); int.from_bytes(<bytes>, 'big'); bool(<object>); <str>.find('b')""",
    "float": """
<array>[0] * 0.5; <array>[i % 2]; max(<array>); <array>[1] - u;
<float> + <float>; <float> - 1; <float> * 0.5; <float> / 3; <int> / 7; float(<int>); -<float>; <float> // 2;
<float> % 1.5; abs(<float>); RATE; u * v; round(<float>, 2); min(<float>, v); sum([<float>, u, 1]);
Record(1, <float>).total(); abs(complex(<float>, 1)); cmath.sqrt(<float>).real;
math.sqrt(<float>); math.floor(<float>); math.ceil(<float>); math.trunc(<float>); math.fabs(<float>); math.exp(<float>);
math.log(<float>); math.sin(<float>); math.atan(<float>); math.isnan(<float>); math.isfinite(<float>); math.log2(<float>);
math.hypot(<float>, <int>); math.atan2(<float>, <int>); math.copysign(<float>, <int>); math.fmod(<float>, <int>);
math.pow(<float>, <int>); math.gcd(<float>, <int>); math.ldexp(<float>, <int>)""",
    "str": """
<str> + r; <str> * 2; str(<int>); repr(<list>); f'{<int>:>4}|{u:.2f}'; <str>[1:]; <str>[-1]; <str>.upper();
<str>.replace('a', 'bb'); '-'.join(sorted(map(str, <list>))); '%s' % (<int>,); ''.join(c for c in <str> if c != 'b');
<object>.label(); NAMES[0]; <str>.strip('a'); f'{s!r}{r}'; type(<object>).__name__; <str>.split('-')[0]; str(<float>);
<object>.kind; str(kind_of(<list>))""",
    "list": """
[<int>, <float>]; [k for k in <list>]; [k + 1 for k in range(n)]; <list>[1:]; <list> + [<int>];
list(zip(<list>, <str>)); list(enumerate(<list>, 1)); sorted(<list>, key=str); <list>[::-1]; list(reversed(<list>));
[*<list>, <int>]; list(map(abs, <list>)); list(upto(3)); list(<str>); [x * 2 for x in <list> if x];
[(k, c) for k, c in zip(range(3), <str>)]; list(pairs(<str>)); [y for x in (<list>, <list>) for y in x]; list(<dict>);
list(<bytes>); [None] * 2; <str>.split('-'); list(<object>.both(<int>, k=1)); [(lambda: k)() for k in <list>];
list(divmod(<int>, 7))""",
    "dict": """
{'k': <int>}; {k: v for k, v in enumerate(<list>)}; {**<dict>, 'x': <int>}; <dict>.copy(); dict(zip(<str>, <list>));
dict.fromkeys(<str>, 0); <dict> | {'z': <float>}; {c: 1 for c in <str>}""",
    "set": """
<set> | {<int>}; <set> & {1, 2, 'k'}; {k % 3 for k in range(n)}; set(<str>); <set> - {1}; {*<set>, <int>}; <set> ^ {2}""",
    "bytes": """
<bytes>[1:]; bytearray(<bytes>); <bytes> + b'q'; bytearray([<int> & 255, 7]); bytes(<bytes>);
bytearray(<str>.encode()); <bytes>[::-1]""",
    "array": """
array.array('d', [u, v, <float>]); array.array('q', range(n)); array.array('i', [3, 1]); array.array('f', [u, 0.1]);
array.array('B', <bytes>); array.array('L', [2**63, 1]); array.array('h', [i & 255, 7]); <array>[1:]; memoryview(<bytes>);
memoryview(<array>); <array> + <array>; array.array('d', <list>); bytearray(<array>); f if <int> else h""",
    "object": """
Node(<int>); Base(<int>, y=<float>); Slotted(<float>); Vector(<int>, <int>); Record(<int>, y=u); <object> + <object>;
<object> * 2; <object>.next; Node.made(<float>); Color.RED; Color(2); -<object>; types.SimpleNamespace(x=<int>, y=1);
p if <int> else q""",
}
CONDITIONS = _split("""
<int> < <int>; <int> == <float>; <float> <= <float>; <str> in <str>; 'k' in <dict>; <int> in <list>; not <list>;
<str> == <str>; 1 < <int> < 9; <object> is <object>; <int> in <set>; isinstance(<object>, (Base, Slotted));
<str> and <int>; hasattr(<object>, 'y'); <object>.x is None; type(<int>) is int; any(k == 1 for k in <list>);
<bytes> != b'abc'""")
FORMS = {kind: _split(text) for kind, text in _TEXTS.items()}

CHANGES = [
    "STEP = {}",
    "LIMIT = {}",
    "RATE = {}",
    "Base.kind = {}",
    "Base.count = {}",
    "Base.area = {}",
    "Base.area = property(lambda self: self.y)",
    "Base.level = property(lambda self: 3)",
    "Base.add = lambda self, k, scale=1: k",
    "Node.add = lambda self, k, scale=4: super(Node, self).add(k, scale)",
    "Node.label = lambda self: 'changed'",
    "Base.__init__ = lambda self, x, y=7: self.__dict__.update(x=y, y=x)",
    "Base.__init__.__defaults__ = (9,)",
    "Base.__getattr__ = lambda self, name: name",
    "Base.__setattr__ = lambda self, name, value: object.__setattr__(self, name, value)",
    "Vector.__add__ = lambda self, other: 7",
    "Vector.__bool__ = lambda self: False",
    "Vector.__len__ = lambda self: 0",
    "default.__defaults__ = (8,)",
    "default.__kwdefaults__ = {{'c': 2}}",
    "plain.__code__ = (lambda a, b: b).__code__",
    "plain = lambda a, b: a",
    "climb = default",
    "keyword = lambda a: a",
    "upto = range",
    "clip = lambda value: value if not isinstance(value, (int, list, str)) else value and (value if isinstance(value, str) and len(value) < 9 else 1)",
    "len = lambda items: 2",
    "zip = lambda *items: [(1, 2), (3, 4)]",
    "enumerate = lambda items, start=0: [(start, k) for k in items]",
    "reversed = sorted",
    "isinstance = lambda value, kinds: True",
    "math = types.SimpleNamespace(**{{name: float for name in dir(math)}})",
    "NAMES = ['q', 'ab', {}]",
    "class Slotted(Slotted):\n    x = property(lambda self: 1, lambda self, value: None)",
    "class Node(Base):\n    __slots__ = ('x',)",
    "del Base.kind",
    "del Node.__del__",
]
