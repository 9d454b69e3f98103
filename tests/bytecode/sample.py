"""Functions whose bytecode covers the constructs of every supported version; compiled for the fixtures, never run."""

import asyncio
import contextlib

counter = 0


def arithmetic(a, b):
    a += b * 2 - (a // b) % 3
    a **= 2
    return -a << 1 | ~b & +a ^ (a @ b) if not a / b >= 0.5 else a >> 1


def loops(items):
    global counter
    total = 0
    for i, (x, *rest, y) in enumerate(items):
        if not x:
            continue
        while total < i:
            total += 1
            if total > 100 and y is not None:
                break
        else:
            counter += len(rest)
    else:
        return total
    return None


def chained(a, b, c):
    return a < b <= c or (a and b) or c is None or a not in (b, c)


def try_except(f):
    try:
        value = f()
    except (ValueError, TypeError) as error:
        return str(error)
    except KeyError:
        raise
    else:
        return value


def try_finally(f, log):
    for item in log:
        try:
            if item:
                return f(item)
            if item is None:
                continue
        finally:
            log.append(item)
    return -1


def nested_handlers(f):
    try:
        try:
            f()
        except OSError as first:
            try:
                f(first)
            except Exception as second:
                raise RuntimeError from second
    finally:
        f(None)


def with_one(path):
    with open(path) as file:
        return file.read()


def with_two(lock, path):
    with lock, contextlib.suppress(OSError) as nothing:
        path.unlink()
    return nothing


def literals(a, b, *rest):
    lists = [a, *rest, b]
    maps = {"a": a, **lists[0], "b": b}
    sets = {a, *rest}
    maps[a], lists[1:2], lists[::2] = (a, *rest), [1, 2, 3], {1: a, 2: b}
    del maps[a], lists[0]
    return lists, maps, sets, lists[a:], {"x": a, "y": b}


def comprehensions(rows):
    flat = [x for row in rows for x in row if x]
    names = {key: value for key, value in rows}
    unique = {x + y for x, y in rows}
    return flat, names, unique, sum(x * x for x in flat)


def closures(start):
    count = start
    step = 1

    def advance(by=step, *, times: int = 2):
        nonlocal count
        count += by * times
        return count, start

    del step
    return advance, lambda: count


def class_body(base):
    tag = "t"

    class Local(base, metaclass=type, key=1):
        """Docstring."""

        kind: int = 3
        name = tag

        def method(self, *args, **kwargs):
            super().method(*args, **kwargs)
            return __class__, super().name

        items = [name for name in ("a", "b")]

    return Local


def generator(n):
    received = yield n
    try:
        while received:
            received = yield from generator(received)
    except GeneratorExit:
        return
    finally:
        yield (received, n)


async def coroutine(source):
    async with source as resource:
        async for item in resource:
            await asyncio.sleep(item)
    return [x async for x in source if await x]


async def async_generator(source):
    async for x in source:
        try:
            yield x
        except ValueError:
            yield None
        finally:
            await source.close()


def calls(f, obj, args, kwargs):
    f(1, *args, key=2, **kwargs)
    f(1, 2, key=3, other=4)
    obj.method(f, named=f())
    obj.attr.method(1)(2)
    f(*args)
    return print(f, sep="", end=f"{obj!r:>{args}}")


def strings(a, b):
    return f"{a}{b!r}{a:>10}{b!s:{a}}" + f"{a=}" + "%s %r" % (a, b)


def unbound(flag):
    if flag:
        x = 1
    print(x)
    del x
    return x


def imports():
    import os.path as path
    from collections import OrderedDict, deque as queue

    assert path, "message"
    assert queue
    return OrderedDict


def matching(subject):
    match subject:
        case 0 | 1:
            return "small"
        case [first, *others, last]:
            return first, others, last
        case {"key": value, **rest}:
            return value, rest
        case complex(real=r, imag=0) if r:
            return r
        case str() as text:
            return text
        case None:
            return None
        case _:
            return ...


def early_exits(n):
    while True:
        try:
            with n as m:
                if m:
                    break
                return m
        except StopIteration:
            continue
        finally:
            n = None
    return n


def conditional_with(x):
    try:
        return [y for y in x if (z := y)], z
    except:
        pass


def many_constants(x):
    return (
        x + 1.5, x + 2.5, x + 3.5, x + 4.5, x + 5.5, x * 6.5, x - 7.5, x / 8.5,
        x.a1, x.a2, x.a3, x.a4, x.a5, x.a6, x.a7, x.a8, x.a9, b"bytes", None, True, (1, 2),
    )  # fmt: skip


def annotated(a: int, b: "str" = "", /, c=None, *, d=1) -> None:
    value: int = a
    other: list[int]
    print(value, b, c, d)


@contextlib.contextmanager
def decorated(x):
    yield x
    raise KeyError(x) from None


def wide(x):
    # Names and jumps beyond 255: every kind of operand gets a prefix.
    while x:
        x = g0.h0(x, k0=1000)
        x = g1.h1(x, k1=1001)
        x = g2.h2(x, k2=1002)
        x = g3.h3(x, k3=1003)
        x = g4.h4(x, k4=1004)
        x = g5.h5(x, k5=1005)
        x = g6.h6(x, k6=1006)
        x = g7.h7(x, k7=1007)
        x = g8.h8(x, k8=1008)
        x = g9.h9(x, k9=1009)
        x = g10.h10(x, k10=1010)
        x = g11.h11(x, k11=1011)
        x = g12.h12(x, k12=1012)
        x = g13.h13(x, k13=1013)
        x = g14.h14(x, k14=1014)
        x = g15.h15(x, k15=1015)
        x = g16.h16(x, k16=1016)
        x = g17.h17(x, k17=1017)
        x = g18.h18(x, k18=1018)
        x = g19.h19(x, k19=1019)
        x = g20.h20(x, k20=1020)
        x = g21.h21(x, k21=1021)
        x = g22.h22(x, k22=1022)
        x = g23.h23(x, k23=1023)
        x = g24.h24(x, k24=1024)
        x = g25.h25(x, k25=1025)
        x = g26.h26(x, k26=1026)
        x = g27.h27(x, k27=1027)
        x = g28.h28(x, k28=1028)
        x = g29.h29(x, k29=1029)
        x = g30.h30(x, k30=1030)
        x = g31.h31(x, k31=1031)
        x = g32.h32(x, k32=1032)
        x = g33.h33(x, k33=1033)
        x = g34.h34(x, k34=1034)
        x = g35.h35(x, k35=1035)
        x = g36.h36(x, k36=1036)
        x = g37.h37(x, k37=1037)
        x = g38.h38(x, k38=1038)
        x = g39.h39(x, k39=1039)
        x = g40.h40(x, k40=1040)
        x = g41.h41(x, k41=1041)
        x = g42.h42(x, k42=1042)
        x = g43.h43(x, k43=1043)
        x = g44.h44(x, k44=1044)
        x = g45.h45(x, k45=1045)
        x = g46.h46(x, k46=1046)
        x = g47.h47(x, k47=1047)
        x = g48.h48(x, k48=1048)
        x = g49.h49(x, k49=1049)
        x = g50.h50(x, k50=1050)
        x = g51.h51(x, k51=1051)
        x = g52.h52(x, k52=1052)
        x = g53.h53(x, k53=1053)
        x = g54.h54(x, k54=1054)
        x = g55.h55(x, k55=1055)
        x = g56.h56(x, k56=1056)
        x = g57.h57(x, k57=1057)
        x = g58.h58(x, k58=1058)
        x = g59.h59(x, k59=1059)
        x = g60.h60(x, k60=1060)
        x = g61.h61(x, k61=1061)
        x = g62.h62(x, k62=1062)
        x = g63.h63(x, k63=1063)
        x = g64.h64(x, k64=1064)
        x = g65.h65(x, k65=1065)
        x = g66.h66(x, k66=1066)
        x = g67.h67(x, k67=1067)
        x = g68.h68(x, k68=1068)
        x = g69.h69(x, k69=1069)
        for y in x:
            x = y
    return x
