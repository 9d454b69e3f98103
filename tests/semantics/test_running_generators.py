"""Whoever looks at a generator that is running sees that it waits for nothing, whatever number the cache of the call holds
that it is in."""

import types

import justjit
import pytest

SOURCE = """
def generator(look):
    me = yield
    yield look(me)

async def coroutine(look):
    me = await pause()
    await give(look(me))

async def async_generator(look):
    me = yield
    await give(look(me))
"""


class Step:
    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self):
        return (yield self.value)


def functions() -> dict:
    names = {"pause": lambda: Step(None), "give": Step}
    exec(SOURCE, names)
    return names


def answer(function, look):
    made = function(look)
    if isinstance(made, types.AsyncGeneratorType):
        with pytest.raises(StopIteration):
            made.asend(None).send(None)
        return made.asend(made).send(None)
    made.send(None)
    result = made.send(made)
    return result


def refusal(close) -> str:
    with pytest.raises(ValueError) as caught:
        close()
    return str(caught.value)


LOOKS = {
    "generator": [lambda g: g.gi_yieldfrom, lambda g: refusal(g.close)],
    "coroutine": [lambda c: c.cr_await, lambda c: refusal(c.close)],
    "async_generator": [lambda a: a.ag_await],
}


@pytest.mark.filterwarnings("ignore:coroutine method")
@pytest.mark.parametrize("native", ["what runs", "who looks"])
@pytest.mark.parametrize("name", list(LOOKS))
def test_whatever_the_caches_hold(name: str, native: str) -> None:
    for look in LOOKS[name]:
        function = functions()[name]
        expected = answer(function, look)
        assert justjit.compile(look if native == "who looks" else function)
        for _ in range(600):  # an interpreted call counts up and down in its cache
            assert answer(function, look) == expected
