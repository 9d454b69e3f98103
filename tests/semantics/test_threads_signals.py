"""Signals, threads and asynchronous exceptions that meet a native loop."""

from __future__ import annotations

import pytest

from .programs import run_program, same_output

INTERRUPTED_LOOPS = {
    "while true": "while True: pass",
    "while counting": "n = 0\n    while True: n += 1",
    "for": "for i in range(10**12): pass",
    "for with work": "t = 0.0\n    for i in range(10**12): t += i * 0.5",
    "nested": "while True:\n        for i in range(3): pass",
    "try in loop": "while True:\n        try: len('a')\n        except ValueError: pass",
    "finally": "while True:\n        try: pass\n        finally: pass",
    "calls": "while True: leaf(1)",
    "iterator": "import itertools\n    for x in itertools.repeat(1): pass",
    "conditional jumps": "n = 1\n    while n:\n        if n: continue\n        n = 0",
}


@pytest.mark.parametrize("name", INTERRUPTED_LOOPS)
def test_ctrl_c_ends_a_native_loop(name: str) -> None:
    source = f"""
import os, signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background are started with it ignored
@jit
def leaf(x):
    return x
@jit
def spin():
    {INTERRUPTED_LOOPS[name]}
def send():
    time.sleep(0.2)
    sent.append(time.process_time())
    os.kill(os.getpid(), signal.SIGINT)
sent = []
threading.Thread(target=send).start()
try:
    spin()
except KeyboardInterrupt as e:
    took = time.process_time() - sent[0]
    names = []
    tb = e.__traceback__
    while tb:
        names.append(tb.tb_frame.f_code.co_name)
        tb = tb.tb_next
    assert names[:2] == ["<module>", "spin"], names
    print("interrupted", "in time" if took < 1 else took)
"""
    status, out, err = run_program(source, jitted=True, timeout=120)
    assert (status, out) == (0, "interrupted in time\n"), err


def test_signal_handler_sees_the_native_frame() -> None:
    same_output("""
        import signal
        seen = []
        def handler(number, frame):
            seen.append((frame.f_code.co_name, sorted(frame.f_locals), frame.f_locals["stop"]))
            stop.append(1)
        signal.signal(signal.SIGALRM, handler)
        stop = []
        @jit
        def spin(stop):
            n = 0
            while not stop:
                n += 1
            return n > 0
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        print(spin(stop), seen)
    """)


def test_signal_raised_by_the_function_itself() -> None:
    same_output("""
        import signal
        log = []
        def handler(number, frame):
            log.append((number, frame.f_lineno - frame.f_code.co_firstlineno))
            if len(log) == 3:
                raise LookupError("from handler")
        signal.signal(signal.SIGUSR1, handler)
        @jit
        def work():
            out = []
            for i in range(10):
                try:
                    signal.raise_signal(signal.SIGUSR1)
                    out.append(i)
                except LookupError as e:
                    out.append((i, str(e)))
                    break
            return out
        print(work(), log)
    """)


def test_handler_raises_into_a_try() -> None:
    same_output("""
        import signal
        class Stop(Exception): pass
        def handler(number, frame):
            raise Stop
        signal.signal(signal.SIGALRM, handler)
        @jit
        def work():
            result = []
            for _ in range(3):
                signal.setitimer(signal.ITIMER_REAL, 0.02)
                n = 0
                try:
                    while True:
                        n += 1
                except Stop:
                    result.append("stopped")
                finally:
                    result.append(n > 0)
            return result
        print(work())
    """)


def test_other_threads_run_while_a_native_loop_spins() -> None:
    same_output("""
        import sys, threading, time
        sys.setswitchinterval(0.001)
        spinning = []
        done = []
        counts = [0, 0]
        def other(k):
            while not spinning:
                time.sleep(0.001)
            for _ in range(200):
                counts[k] += 1
                time.sleep(0)
            done.append(k)
        @jit
        def spin(spinning, done):
            n = 0
            spinning.append(1)
            while len(done) < 2:
                n += 1
            return n > 0
        threads = [threading.Thread(target=other, args=(k,)) for k in range(2)]
        for t in threads: t.start()
        print(spin(spinning, done), sorted(done), counts)
    """)


def test_native_loops_in_many_threads() -> None:
    same_output("""
        import sys, threading
        sys.setswitchinterval(1e-5)
        class Node:
            def __init__(self, value):
                self.value = value
                self.items = [value]
        @jit
        def work(k, shared):
            total = 0
            for i in range(3000):
                node = Node(i + k)
                node.items.append(node.value * 2)
                total += node.items[1] + len(node.items)
                try:
                    if i % 100 == k:
                        raise ValueError(i)
                    shared[i % 10] = total
                except ValueError as e:
                    total -= e.args[0]
            return total
        results = {}
        shared = {}
        def run(k):
            results[k] = work(k, shared)
        threads = [threading.Thread(target=run, args=(k,)) for k in range(6)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(sorted(results.items()), sorted(shared))
    """)


def test_asynchronous_exception_arrives_in_a_native_loop() -> None:
    same_output("""
        import ctypes, threading, time
        class Kill(Exception): pass
        log = []
        ready = threading.Event()
        @jit
        def spin(log):
            log.append("spinning")
            n = 0
            try:
                while True:
                    n += 1
            except Kill:
                log.append("killed")
            return n > 0
        def run():
            ready.set()
            log.append(spin(log))
        t = threading.Thread(target=run)
        t.start()
        ready.wait()
        time.sleep(0.05)
        assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(t.ident), ctypes.py_object(Kill)) == 1
        t.join(10)
        print(log, t.is_alive())
    """)


def test_pending_calls_run_in_a_native_loop() -> None:
    same_output("""
        import ctypes
        calls = []
        @ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
        def pending(_):
            calls.append(1)
            return 0
        @jit
        def spin(calls):
            while not calls:
                pass
            return len(calls)
        assert ctypes.pythonapi.Py_AddPendingCall(pending, None) == 0
        print(spin(calls))
    """)


def test_fork_in_a_native_function() -> None:
    same_output("""
        import os
        @jit
        def work(n):
            total = 0
            for i in range(n):
                total += i
                if i == n // 2:
                    pid = os.fork()
            return pid, total
        pid, total = work(1000)
        if pid == 0:
            os._exit(int(total != 499500))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), total)
    """)
