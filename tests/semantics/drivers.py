"""What case files drive generators and coroutines with: given to them like `pick` and `each`, and never jitted."""

from __future__ import annotations

from typing import Any

DRIVE_LIMIT = 1000  # steps of a generator that may have become endless


def describe(error: BaseException) -> tuple[Any, ...]:
    """Type and text of an exception and of the causes and contexts behind it."""
    entry: list[Any] = [type(error).__name__, str(error)]
    behind = error.__cause__ or error.__context__
    while behind is not None and len(entry) < 8:
        entry.append(("cause " if error.__cause__ else "context ") + repr(behind))
        error, behind = behind, behind.__cause__ or behind.__context__
    return tuple(entry)


def act(generator: Any, action: Any) -> Any:
    """Closes (...), throws (exceptions and their classes) or sends."""
    if action is ...:
        return ("closed", generator.close())
    if is_exception(action):
        return generator.throw(action)
    return generator.send(action)


def step(generator: Any, *actions: Any) -> list[Any]:
    """Does the actions one after the other, whatever comes of each."""
    out: list[Any] = []
    for action in actions:
        try:
            out.append(act(generator, action))
        except StopIteration as stop:
            out.append(("returned", stop.value))
        except BaseException as error:  # noqa: BLE001 - every outcome is compared
            out.append(describe(error))
    return out


def drive(generator: Any, *actions: Any) -> list[Any]:
    """Starts, does the actions and goes on to the end; what is yielded, returned or raised."""
    out: list[Any] = []
    todo = [None, *actions]
    for _ in range(DRIVE_LIMIT):
        try:
            out.append(act(generator, todo.pop(0) if todo else None))
        except StopIteration as stop:
            out.append(("returned", stop.value))
            break
        except (Exception, GeneratorExit) as error:  # noqa: BLE001 - every outcome is compared
            out.append(describe(error))
            break
    return out


def receive(sent: Any) -> Any:
    """What the driver has sent; an exception in a list is raised here, in the code that receives it."""
    if isinstance(sent, list) and sent and is_exception(sent[0]):
        raise sent[0]
    return sent


def is_exception(thing: Any) -> bool:
    """An exception or a class of exceptions."""
    return isinstance(thing, BaseException) or (isinstance(thing, type) and issubclass(thing, BaseException))


def both_ways(function: Any, args: tuple[Any, ...], *actions: Any) -> list[Any]:
    """The actions done to a new generator, once with exceptions thrown into it, once raised by what it receives."""
    sent = [GeneratorExit if action is ... else action for action in actions]
    sent = [[action] if is_exception(action) else action for action in sent]
    return [step(function(*args), *actions), step(function(*args), *sent)]


def attempt(function: Any, *args: Any) -> Any:
    """The result of a call, or what it raises."""
    try:
        return function(*args)
    except Exception as error:  # noqa: BLE001 - every outcome is compared
        return describe(error), [repr(member) for member in getattr(error, "exceptions", ())]


GIVEN = {"attempt": attempt, "step": step, "drive": drive, "both_ways": both_ways, "receive": receive}
