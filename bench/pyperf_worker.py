"""One process of bench/pyperformance.py: runs a benchmark's script with this module in the place of pyperf.

pyperf starts processes of its own, one engine after the other. Here the benchmark warms up and then takes turns on
command, as turns.py explains, and everything is measured in CPU time. Further commands: "next" ends the measured
benchmark; what follows is the "ready" of the script's next one, or "end".
"""

import argparse
import asyncio
import os
import resource
import runpy
import subprocess
import sys
import time
import types

BURST = 0.03  # seconds of a turn, at least one run

perf_counter = time.process_time  # of all threads: other tenants of the machine do not count


def children_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Runner:
    """As much of pyperf.Runner as the benchmarks use; each bench_* measures at once."""

    commands, answers, warm_seconds = sys.stdin, sys.stdout, 1.0

    def __init__(self, add_cmdline_args=None, **ignored):
        self.argparser = argparse.ArgumentParser()
        self.metadata, self.args = {}, None

    def parse_args(self, args=None):
        self.args = self.argparser.parse_args(args)
        return self.args

    def bench_time_func(self, name, func, *args, **ignored):
        self._measure(name, lambda loops: func(loops, *args))

    def bench_func(self, name, func, *args, **ignored):
        def run(loops):
            before = perf_counter()
            for _ in range(loops):
                func(*args)
            return perf_counter() - before

        self._measure(name, run)

    def bench_async_func(self, name, func, *args, loop_factory=None, **ignored):
        async def loop_of(loops):
            before = perf_counter()
            for _ in range(loops):
                await func(*args)
            return perf_counter() - before

        def run(loops):
            loop = (loop_factory or asyncio.new_event_loop)()
            try:
                return loop.run_until_complete(loop_of(loops))
            finally:
                loop.close()

        self._measure(name, run)

    def bench_command(self, name, command, **ignored):
        def run(loops):
            before = children_time()
            for _ in range(loops):
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return children_time() - before

        self._measure(name, run, warm_seconds=0.0)

    def _measure(self, name, run, warm_seconds=None):
        begin = perf_counter()
        while perf_counter() - begin < (self.warm_seconds if warm_seconds is None else warm_seconds):
            run(1)
        loops = 1  # found when nothing is compiled any more: what a run does once must weigh the same for all
        while run(loops) < BURST / 30:
            loops *= 2
        print("ready", name, file=self.answers, flush=True)
        while self.commands.readline().strip() == "turn":
            begin, best = perf_counter(), run(loops)
            while perf_counter() - begin < BURST and not warm_seconds == 0.0:
                best = min(best, run(loops))
            print(best / loops, file=self.answers, flush=True)


def stand_in():
    """A module pyperf for the scripts to import."""
    module = types.ModuleType("pyperf")
    module.Runner, module.perf_counter = Runner, perf_counter
    module.python_implementation = lambda: sys.implementation.name
    return module


def main():
    warm_seconds, script, *options = sys.argv[1:]
    # What the benchmark prints, or reads, is not for the driver.
    Runner.commands, Runner.answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    Runner.warm_seconds = float(warm_seconds)
    sys.modules["pyperf"] = stand_in()
    sys.argv = [script, *options]
    sys.path[0] = os.path.dirname(script)
    runpy.run_path(script, run_name="__main__")
    print("end", file=Runner.answers, flush=True)


if __name__ == "__main__":
    main()
