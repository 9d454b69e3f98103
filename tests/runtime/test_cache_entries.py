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
