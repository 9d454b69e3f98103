"""Sources of generators, and of loops that consume them."""

from __future__ import annotations

GENERATORS = """
    K = 70000
    LOG = []
    def count(n):
        i = 0
        while i < n:
            yield i
            i += 1
    def squares(n):
        for i in range(n):
            yield i * i
    def steps(n):
        for i in range(3, n, 7):
            yield i
    def powers(n):
        x = 1
        for i in range(n):
            yield x
            x = x * 3
    def halves(n):
        x = 1.0
        for i in range(n):
            x = x / 2 + i
            yield x
    def fibs(n):
        a, b = 0, 1
        while n > 0:
            yield a
            a, b = b, a + b
            n -= 1
    def kept(n):
        for i in range(n):
            if i % 3 == 1:
                yield i
    def listed(n):
        for v in [k * 2 - 5 for k in range(n)]:
            yield v + 1
    def same(n):
        last = None
        for i in range(n):
            item = 1000 + i
            yield item
            last = item
    def texts(n):
        for i in range(n):
            yield "xy"[i % 2]
    def things(n):
        for v in [(i, [i]) for i in range(n)]:
            yield v
    def pairs(n):
        prev = 0
        for i in range(n):
            yield prev, i
            prev = i
    def named(n):
        for i in range(n):
            yield i + K
    def adding(k):
        def inner(n):
            for i in range(n):
                yield i + k
        return inner
    added = adding(5)
    def helped(n):
        for i in range(n):
            yield twice(i) + 1
    def twice(x):
        return x * 2
    def fails(n):
        for i in range(n):
            yield 10 // (n - 2 - i)
    def unbound(n):
        for i in range(n):
            if i > n - 3:
                del x
            else:
                x = i
            yield x
    def cleans(n):
        try:
            for i in range(n):
                yield i
        finally:
            LOG.append(("closed", n))
    def catches(n):
        for i in range(n):
            try:
                yield i
            except ValueError as error:
                LOG.append(("caught", i, str(error)))
    def twofold(n):
        for i in range(n):
            yield i
            yield -i
    def returns(n):
        for i in range(n):
            if i > 5:
                return "done"
            yield i
    def stops(n):
        for i in range(n):
            yield i
        raise StopIteration(n)
    def logs(n):
        for i in range(n):
            LOG.append(i)
            yield i
    def mixed(n):
        x = 0
        for i in range(n):
            yield x
            x = x + 1 if i < n // 2 else x + 0.5
    def big(n):
        x = 2**62
        for i in range(n):
            yield x
            x += 2**60
    def nested(n):
        for a in count(n):
            yield a * 2
    def doubled(n):
        for v in kept(n):
            yield v * 2
    def paired(it):
        prev = 0
        for v in it:
            yield prev, v
            prev = v
    def piped(n):
        for a, b in paired(doubled(n)):
            yield a + b
    def deeper(n):
        for a in nested(n):
            yield a + 1
    def late(n):
        g = count(n)
        for a in g:
            for b in squares(a % 3):
                yield a + b
    def of_fails(n):
        for a in fails(n):
            yield a
    def of_cleans(n):
        for a in cleans(n):
            yield a
    def of_returns(n):
        for a in returns(n):
            yield a + 0.5
        yield "end"
    def of_big(n):
        for a in big(n):
            yield a - 1
    def of_things(n):
        for a, b in things(n):
            yield b
    def shared(n):
        g = count(n)
        for a in g:
            for b in g:
                yield a - b
    def outer(n):
        for i in range(n):
            for j in range(i):
                yield i * j
    def endless(n):
        while True:
            yield n
            n += 1
    def flags(n):
        on = False
        for i in range(n):
            on = not on
            yield on
    def complexes(n):
        z = 0j
        for i in range(n):
            z = z * 0.5 + i
            yield z
    def bits(n):
        x = 12345
        for i in range(n):
            x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
            yield x >> 60
"""

LOOPS = """
    def total(make, n):
        s = 0
        for x in make(n):
            s = s + x
        return s
    def last(make, n):
        x = None
        for x in make(n):
            pass
        return x
    def collect(make, n):
        found = []
        for x in make(n):
            found.append(x)
        return tuple(found)
    def breaks(make, n):
        for k, x in enumerate(make(n)):
            if k > 7:
                break
        else:
            return "else", x
        return k, x
    def leaves(make, n):
        k = 0
        for x in make(n):
            k += 1
            if k == 12:
                break
        else:
            return "else", k, x
        return k, x
    def returns(make, n):
        k = 0
        for x in make(n):
            k += 1
            if k == 9:
                return x, k
        return k
    def goes_on(make, n):
        g = make(n)
        k = 0
        for x in g:
            k += 1
            if k == 10:
                break
        rest = 0
        for y in g:
            rest += 1
        return x, k, rest, next(g, "over")
    def asks(make, n):
        g = make(n)
        got = []
        for x in g:
            got.append(x)
            if len(got) % 4 == 3:
                got.append(next(g, "over"))
        return tuple(got)
    def closes(make, n):
        g = make(n)
        k = 0
        for x in g:
            k += 1
            if k == 15:
                g.close()
        return k, x
    def throws(make, n):
        g = make(n)
        got = []
        for x in g:
            got.append(x)
            if len(got) % 8 == 7:
                got.append(g.throw(ValueError(len(got))))
        return tuple(got)
    def looks(make, n):
        g = make(n)
        seen = []
        for x in g:
            frame = g.gi_frame
            seen.append((x, g.gi_running, frame.f_lineno, sorted(k for k in frame.f_locals if k != "self")))
            if len(seen) > 3:
                seen.append([v for k, v in sorted(frame.f_locals.items()) if isinstance(v, (int, float, str))])
        return tuple(seen), g.gi_frame
    def raises(make, n):
        k = 0
        for x in make(n):
            k += 1
            if k == 14:
                raise KeyError(k)
    def handles(make, n):
        k = 0
        try:
            for x in make(n):
                k += 1
                if k > 5:
                    k += 100 // (k - 20)
        except ZeroDivisionError as error:
            return k, x, str(error)
        return k, x
    def keeps(make, n):
        kept = []
        y = None
        for x in make(n):
            kept.append(x is y)
            y = x
        return tuple(kept), x is y
    def products(make, n):
        s = 0
        for x in make(n % 9):
            for y in make(n % 7):
                s += 1
                z = x, y
        return s, z
    def in_generator(make, n):
        def inner():
            for x in make(n):
                yield x
        return tuple(inner())
    def calls(make, n):
        seen = 0
        for x in make(n):
            seen += len(shown(x))
        return seen
    def shown(x):
        return repr(x)
    def changes(make, n):
        got = []
        for x in make(n):
            got.append(x)
            if len(got) == 6:
                globals()["K"] = 1000
        globals()["K"] = 3
        return tuple(got)
    def summed(make, n):
        return sum(x for x in make(n))
    def gathered(make, n):
        return tuple(list(x for x in make(n) if x is not None)), any(x == 77 for x in make(n))
    def tried(make, n):
        k = failed = 0
        for x in make(n):
            k += 1
            try:
                failed += 10 // (k % 7)
            except ZeroDivisionError:
                failed -= 100
                continue
        return k, failed, x
    def sends(make, n):
        def inner():
            got = []
            for x in make(n):
                got.append((yield x))
            yield tuple(got)
        g = inner()
        out = [next(g)]
        for k in range(n // 2):
            out.append(g.send(k))
        out.append(g.gi_frame and g.gi_frame.f_lineno)
        out.extend(g)
        return tuple(out)
    def delegates(make, n):
        def inner():
            s = 0
            for x in make(n):
                yield x
                yield from (x, x)
        return tuple(inner())
    def half(make, n):
        g = make(n)
        next(g, None), next(g, None)
        s = 0
        for x in g:
            s += 1
        return s, x
"""
