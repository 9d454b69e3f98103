"""Attributes at sites that meet dozens of classes, which change, die and are made anew."""

from __future__ import annotations

from .programs import same_output

CLASSES = """
import gc, re, weakref
def made(i):
    kind = i % 7
    if kind == 0:
        class C:
            def __init__(self): self.a = i
            def m(self, k): return i + k
    elif kind == 1:
        class C:
            __slots__ = ("a", "__weakref__")
            def __init__(self): self.a = -i
            m = staticmethod(lambda k: k * i)
    elif kind == 2:
        class C:
            a = i * 10
            @classmethod
            def m(cls, k): return cls.__name__, k
    elif kind == 3:
        class C:
            @property
            def a(self):
                if i % 2: raise AttributeError("a", i)
                return [i]
            def __getattr__(self, name): return name, i
    elif kind == 4:
        class C:
            def __init__(self): self.__dict__ = {**{f"_{k}": k for k in range(i)}, "a": i}
            m = print
    elif kind == 5:
        class Meta(type):
            @property
            def a(cls): return "meta", i
            def m(cls, k): return cls.a, k
        class C(metaclass=Meta):
            __class__ = property(lambda self: int)
            a = property(lambda self: type(self).a)
    else:
        class C:
            def __getattribute__(self, name):
                if name == "a": return i
                return object.__getattribute__(self, name)
            def m(self, k): return self.a
    C.__name__ = f"C{i}"
    return C
def ended(f, *arguments):
    try: return f(*arguments)
    except Exception as e: return type(e).__name__, str(e)
@jit
def look(o):
    return o.a
@jit
def look_again(o):
    return (o.a, o.__class__.__name__, o.__class__)
@jit
def called(o, k):
    return o.m(k)
@jit
def of_class(cls):
    return cls.__name__, cls.__qualname__, cls.__module__, cls.__mro__[1:], cls.a
def show(objects):
    for o in objects:
        seen = ended(look, o), ended(look_again, o), ended(called, o, 3), ended(of_class, type(o))
        print(re.sub("0x[0-9a-f]+", "", repr(seen)))
"""


def test_many_classes():
    same_output(
        CLASSES
        + """
classes = [made(i) for i in range(42)]
objects = [C() for C in classes]
for _ in range(4): show(objects)
for k, C in enumerate(classes):  # each by another way
    C.__name__ = f"Renamed{k}"
    if k % 4 == 0: ended(setattr, C, "a", ("on the class", k))
    elif k % 4 == 1: ended(setattr, C, "a", property(lambda self, k=k: ("new", k)))
    elif k % 4 == 2: ended(delattr, C, "a")
    else: C.m = lambda *given: ("other", len(given))
    show(objects[:k + 1:5])
for _ in range(3): show(objects)
for o in objects:
    ended(setattr, o, "a", "own")
    ended(delattr, o, "a")
    ended(setattr, o, "m", lambda k: k)
for _ in range(3): show(objects)
"""
    )


def test_classes_and_code_that_die():
    same_output(
        CLASSES
        + """
gone = []
for generation in range(6):
    namespace = {}
    exec("def look(o): return o.a\\ndef called(o, k): return o.m(k)", namespace)
    first, second = jit(namespace["look"]), jit(namespace["called"])
    objects = [made(i)() for i in range(21)]
    for _ in range(3):
        print([str(ended(first, o))[:20] for o in objects], [str(ended(second, o, 2))[:20] for o in objects if hasattr(o, "m")])
    gone += [weakref.ref(type(o)) for o in objects] + [weakref.ref(first)]
    del objects, namespace, first, second
    gc.collect()
print([r() for r in gone if r()])
"""
    )
