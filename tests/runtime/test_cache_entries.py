"""Which entries the inline cache of an attribute keeps, and in which order. hotcheck.cpp calls the helpers."""

import gc

from tests.extensions import load as load_extension

hot = load_extension("hotcheck")


class Plain:
    def __init__(self):
        self.x = 1


class Slotted:
    __slots__ = ("a",)


def test_entries_of_classes_that_are_gone_make_room():
    load, store = hot.Site("x"), hot.Site("x")
    for i in range(600):  # more often than a site may miss

        class C:
            pass

        o = C()
        o.x = i
        store.store(o, i + 1, 0)
        assert load.load(o, 0) == i + 1
        del o, C
        gc.collect(0) if i % 50 else gc.collect()
    gc.collect()
    for site, use in (load, lambda o: load.load(o, 0)), (store, lambda o: store.store(o, 1, 0)):
        o = Plain()
        for _ in range(500):
            use(o)
        assert site.filled()[0] and not site.filled()[1], "one class is alive, and the site knows one"


def test_what_is_met_most_is_known_first():
    objects = [Slotted(), *(type(f"C{i}", (), {})() for i in range(4))]
    for o in objects:
        o.a = 1
    load, store = hot.Site("a"), hot.Site("a")
    for o in objects:
        load.load(o, 0)
        store.store(o, 1, 0)
    slot, values = load.filled()[:2], store.filled()[:2]
    for _ in range(40):
        load.load(objects[4], 0)
        store.store(objects[4], 1, 0)
    assert slot[0] != load.filled()[0] == slot[1]
    assert values[0] != store.filled()[0] == values[1]
    for o in objects:
        assert load.load(o, 0) == 1


def misses_of(name, objects, expected, rounds=30):
    """How often a site that meets the objects in turn has to look the name up in the general way and learns from it."""
    site = hot.Site(name)
    for _ in range(rounds):
        for o in objects:
            got = site.load(o, 0)
            assert got is expected(o), (o, got)
    return site.filled()[2]


def test_sites_that_meet_many_classes_share_what_they_learn():
    objects = []
    for i in range(40):
        made = type(f"C{i}", (), {"__slots__": ("x",)} if i % 3 else {"fixed": object()})
        objects.append(made())
        objects[-1].x = object()
    assert misses_of("x", objects, lambda o: o.x) < 100
    assert misses_of("__class__", objects, type) < 100
    assert misses_of("x", objects, lambda o: o.x) < 20, "another site, the same name"
    assert misses_of("__name__", list(map(type, objects)), lambda cls: cls.__name__) < 3


def test_instances_whose_dicts_are_in_another_order():
    objects = []
    for i in range(8):
        o = Plain()
        o.__dict__ = {**{f"before{k}": k for k in range(i)}, "x": object()}
        objects.append(o)
    assert misses_of("x", objects, lambda o: o.x) < 10
