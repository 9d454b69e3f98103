"""Functions keep the builtins that they were made with, whatever the module's namespace says later."""

import sys

ours = {"len": lambda items: 7, "range": range}


def length():
    return len([1, 2, 3])


def looked_up():
    return sys._getframe().f_builtins["len"]([1])


def lengths():
    yield len([1])
    yield len([1, 2])


def nested():
    def inner():
        return len("ab")

    return inner(), [len("abc") for _ in range(1)]


def show(*values):
    sys.stdout.write(" ".join(map(str, values)) + "\n")


def everything():
    return [length(), looked_up(), *lengths(), *nested()]


before = [length(), looked_up(), *lengths(), *nested()]
usual = __builtins__
globals()["__builtins__"] = ours
during = [length(), looked_up(), *lengths(), *nested()]
first = everything()


def made_now():
    return len([])


now = made_now()
globals()["__builtins__"] = usual
show("before", before)
show("during", during, first)
show("made with others", now, made_now())
space = {"__builtins__": ours}
exec("def theirs():\n    return len([])", space)
show("of another namespace", space["theirs"](), space["theirs"]())
space["__builtins__"] = usual
show("after a change", space["theirs"](), made_now(), length())
