"""Processes that take measured turns on command, one after another and pinned to the same CPU.

A slow spell of the machine then hits all of them. A worker answers "ready" or "ready NAME" when it has warmed up, and the
CPU seconds of its best burst to each "turn"; what it answers to other commands is its own.
"""

import math
import os
import subprocess

CPUS = sorted(os.sched_getaffinity(0))


def clean_environment(**more):
    """The environment without anything that changes Python or the JIT, and with `more`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUSTJIT", "PYTHON"))}
    return {**kept, "PYTHONHASHSEED": "0", **more}


class Worker:
    """One process. `best`: seconds of its best burst since it was last ready; `name`: what it is ready for."""

    def __init__(self, command, environment, **more):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, **more
        )
        self.best, self.name = math.inf, ""
        self.alive = True

    def wait_until_ready(self):
        """Whether it has come to be ready: not when it has ended or failed."""
        first, _, self.name = self.answer().partition(" ")
        self.best = math.inf
        self.alive = first == "ready"
        return self.alive

    def answer(self):
        return self.process.stdout.readline().strip()

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def turn(self, number):
        if self.alive:
            try:
                os.sched_setaffinity(self.process.pid, {CPUS[number % len(CPUS)]})
                self.say("turn")
                self.best = min(self.best, float(self.answer()))
            except (OSError, ValueError):
                self.alive = False

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def take_turns(workers, turns):
    """So many turns of each, the order rotated from one to the next."""
    for number in range(turns):
        shift = number % len(workers)
        for worker in workers[shift:] + workers[:shift]:
            worker.turn(number)


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else float("nan")
