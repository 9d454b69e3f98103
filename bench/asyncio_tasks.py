"""asyncio with 10,000 tasks at once: the interpreter against programs whose own functions, or all functions, are jitted.

Per program four processes are alive together and take turns (turns.py): the interpreter twice (which shows the noise),
the program's functions jitted, and the whole process jitted, asyncio's own code included. A turn is a few times
asyncio.run of the program with all its tasks; every answer is compared with the interpreter's.

usage: asyncio_tasks.py [--python 3.13,... or PATH,...] [--only REGEX] [--tasks 10000] [--turns 4] [--warm SECONDS]
"""

import argparse
import asyncio
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tools"))

import turns  # noqa: E402
from environments import environments  # noqa: E402

RUNS = 4  # of a turn; the best counts
KINDS = ("plain", "plain again", "program", "process")


# The programs. Each is a coroutine function of the number of tasks that answers an int.


async def add_slowly(a, b):
    await asyncio.sleep(0)
    return a + b


async def sum_up(values):
    total = 0
    for value in values:
        total = await add_slowly(total, value)
    return total


async def gathered(tasks):
    """Nested awaits: every task goes through the loop four times."""
    return sum(await asyncio.gather(*(sum_up((i, i + 1, i & 7)) for i in range(tasks))))


async def produce(queue, first, items):
    for item in range(first, first + items):
        await queue.put(item)


async def consume(queue, seen):
    while True:
        item = await queue.get()
        seen.append(item * 3 & 255)
        queue.task_done()


async def queued(tasks):
    """Producers and consumers around a bounded queue."""
    queue, seen = asyncio.Queue(64), []
    consumers = [asyncio.create_task(consume(queue, seen)) for _ in range(tasks // 2)]
    await asyncio.gather(*(produce(queue, i, 2) for i in range(tasks - tasks // 2)))
    await queue.join()
    for task in consumers:
        task.cancel()
    ends = await asyncio.gather(*consumers, return_exceptions=True)
    return sum(seen) + sum(isinstance(end, asyncio.CancelledError) for end in ends)


class Counters:
    def __init__(self, names):
        self.values = dict.fromkeys(names, 0)
        self.lock = asyncio.Semaphore(100)

    async def __aenter__(self):
        await self.lock.acquire()
        return self

    async def __aexit__(self, *error):
        self.lock.release()

    async def add(self, name, value):
        before = self.values[name]
        await asyncio.sleep(0)
        self.values[name] = max(before, self.values[name]) + value


async def use_counters(counters, number):
    async with counters:
        await counters.add("abc"[number % 3], 1)
        if number % 16 == 0:
            raise LookupError(number)
    return 1


async def guarded(tasks):
    """A semaphore, async with, exceptions through tasks."""
    counters = Counters("abc")
    ends = await asyncio.gather(*(use_counters(counters, i) for i in range(tasks)), return_exceptions=True)
    failed = sum(end.args[0] for end in ends if isinstance(end, LookupError))
    return failed + sum(counters.values.values())


async def ticks(number):
    for i in range(4):
        if i & 1:
            await asyncio.sleep(0)
        yield number + i


async def read_ticks(number):
    return [tick & 3 async for tick in ticks(number) if tick % 3] + [number]


async def streamed(tasks):
    """Async generators and comprehensions, one in each task."""
    return sum(map(sum, await asyncio.gather(*(read_ticks(i) for i in range(tasks)))))


async def wait_for_turn(event, before, after):
    await before
    await event.wait()
    after.set_result(before.result() + 1)


async def chained(tasks):
    """Each task waits for the future of the one before it, and all for one event."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    futures = [loop.create_future() for _ in range(tasks + 1)]
    links = [asyncio.create_task(wait_for_turn(event, *pair)) for pair in zip(futures, futures[1:], strict=False)]
    futures[0].set_result(0)
    loop.call_soon(event.set)
    await asyncio.gather(*links)
    return futures[-1].result()


PROGRAMS = {"gathered": gathered, "queued": queued, "guarded": guarded, "streamed": streamed, "chained": chained}


def own_functions():
    """Every function of the programs above, methods included."""
    for owner in (sys.modules["__main__"], Counters):
        for member in vars(owner).values():
            if getattr(member, "__module__", "") == "__main__" and hasattr(member, "__code__"):
                if member.__code__.co_flags & 0x380 or owner is Counters:  # generators and coroutines of all kinds
                    yield member


def work(kind, name, tasks, warm):
    """A process that is measured."""
    program = PROGRAMS[name]
    if kind == "program":
        import justjit

        for function in own_functions():
            justjit.jit(function)

    def run():
        before = time.process_time()
        answer = asyncio.run(program(tasks))
        return time.process_time() - before, answer

    answers, end = set(), time.process_time() + warm
    while not answers or time.process_time() < end:
        answers.add(run()[1])
    print("ready", name, flush=True)
    for command in sys.stdin:
        if command.strip() == "turn":
            runs = [run() for _ in range(RUNS)]
            answers.update(answer for _, answer in runs)
            print(min(seconds for seconds, _ in runs), flush=True)
        else:
            print(*sorted(answers), flush=True)


def measure(python, name, args):
    """({kind: best seconds}, whether all answers are the same)."""
    workers = []
    for kind in KINDS:
        more = {"process": {"JUSTJIT_ENABLE": str(args.threshold)}, "program": {}}.get(kind, {"JUSTJIT_DISABLE": "1"})
        command = [python, os.path.abspath(__file__), "--work", f"{kind}:{name}"]
        command += ["--tasks", str(args.tasks), "--warm", str(args.warm)]
        workers.append(turns.Worker(command, turns.clean_environment(**more)))
        if not workers[-1].wait_until_ready():
            sys.exit(f"{python}: {name} ({kind}) ended before it was ready")
    turns.take_turns(workers, args.turns)
    answers = set()
    for worker in workers:
        if not worker.alive:
            sys.exit(f"{python}: {name} ended in a turn")
        worker.say("answers")
        answers.add(worker.answer())
        worker.end()
    return {kind: worker.best for kind, worker in zip(KINDS, workers, strict=True)}, len(answers) == 1


def pythons(wanted):
    if wanted and os.sep in wanted:
        return [(os.path.basename(path), path) for path in wanted.split(",")]
    return [(key, path) for key, path in environments() if not wanted or key in wanted.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--warm", type=float, default=3.0)
    parser.add_argument("--threshold", type=int, default=0, help="of the process that is jitted as a whole")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        work(*args.work.split(":"), args.tasks, args.warm)
        return 0
    right = True
    for key, python in pythons(args.python):
        print(f"CPython {key}, {args.tasks} tasks: times the interpreter", flush=True)
        print(f"{'program':10} {'plain s':>8} {'again':>7} {'program':>8} {'process':>8}", flush=True)
        rows = []
        for name in (name for name in PROGRAMS if re.search(args.only, name)):
            best, same = measure(python, name, args)
            rows.append({kind: best["plain"] / best[kind] for kind in KINDS})
            shown = " ".join(f"{rows[-1][kind]:{width}.2f}" for kind, width in zip(KINDS[1:], (7, 8, 8), strict=True))
            print(f"{name:10} {best['plain']:8.3f} {shown}{'' if same else '  THE ANSWERS DIFFER'}", flush=True)
            right = right and same
        means = {kind: turns.geometric_mean(row[kind] for row in rows) for kind in KINDS[1:]}
        print(f"{'mean':19} " + " ".join(f"{means[kind]:{w}.2f}" for kind, w in zip(KINDS[1:], (7, 8, 8), strict=True)))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
