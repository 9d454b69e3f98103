"""Programs on asyncio's event loop."""

import asyncio
import contextvars


async def value_after(value, ticks=1):
    for _ in range(ticks):
        await asyncio.sleep(0)
    return value


async def failing_nap(seconds):
    raise asyncio.CancelledError(seconds)


async def failing(error, ticks=1):
    await asyncio.sleep(0)
    raise error


def case_gather():
    async def main():
        a = await asyncio.gather(value_after(1), value_after(2, 5), value_after(3, 0))
        b = await asyncio.gather(value_after(1), failing(ValueError("v")), return_exceptions=True)
        caught = make_list()
        for task in (failing(IndexError("i")), asyncio.gather(value_after(1, 9), failing(IndexError("k"))), failing(IndexError("j"))):
            try:
                await task
            except IndexError as error:
                caught.append(repr(error))
        return a, [repr(x) for x in b], caught

    return asyncio.run(main())


def case_tasks():
    order = make_list()

    async def worker(name, n):
        for i in range(n):
            order.append((name, i))
            await asyncio.sleep(0)
        return name

    async def main():
        tasks = [asyncio.create_task(worker(n, i), name=n) for i, n in enumerate("abc")]
        done, pending = await asyncio.wait(tasks)
        return list(map(asyncio.Task.result, tasks)), len(done), len(pending), tasks[0].get_name()

    return asyncio.run(main()), order


def case_cancel():
    order = make_list()

    async def worker(stubborn, nap=asyncio.sleep):
        try:
            for _ in range(3):
                await nap(0.01)
        except asyncio.CancelledError as error:
            order.append(("cancelled", str(error)))
            if stubborn:
                await asyncio.sleep(0)
                return "survived"
            raise
        finally:
            order.append("finally")

    async def main():
        out = []
        for stubborn in (False, True):
            task = asyncio.create_task(worker(stubborn))
            await asyncio.sleep(0)
            task.cancel()
            try:
                out.append(await task)
            except asyncio.CancelledError:
                out.append(("main", task.cancelled()))
            out.append(repr(await asyncio.gather(worker(stubborn, failing_nap), return_exceptions=True)))
        out.append(await asyncio.create_task(worker(True)))
        early = asyncio.create_task(worker(False))
        early.cancel()
        out.append(await asyncio.gather(early, return_exceptions=True) and early.cancelled())
        return out

    return asyncio.run(main()), order


def case_timeouts():
    async def main():
        out = make_list()
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)
        except asyncio.TimeoutError:
            out.append("timeout")
        out.append(await asyncio.wait_for(value_after(5), 10))
        out.append(await asyncio.shield(value_after(6)))
        return out

    return asyncio.run(main())


def case_queue():
    async def producer(queue, n):
        for i in range(n):
            await queue.put(i)
        await queue.put(None)

    async def consumer(queue):
        out = make_list()
        while True:
            item = await queue.get()
            if item is None:
                return out
            out.append(item)

    async def main():
        queue = asyncio.Queue(2)
        _, got = await asyncio.gather(producer(queue, 6), consumer(queue))
        return got

    return asyncio.run(main())


def case_locks():
    order = make_list()

    async def user(lock, name):
        async with each(lock):
            order.append((name, "in"))
            await asyncio.sleep(0)
            order.append((name, "out"))

    async def main():
        lock = asyncio.Lock()
        await user(lock, "alone")
        await asyncio.gather(*(user(lock, pick(n, 0)) for n in "abc"))
        condition = asyncio.Semaphore(2)
        await asyncio.gather(*(user(condition, pick(n, 0)) for n in "def"))

    asyncio.run(main())
    return order


VARIABLE = contextvars.ContextVar("VARIABLE", default="default")


def case_contextvars():
    async def worker(name):
        token = VARIABLE.set(name)
        await asyncio.sleep(0)
        seen = VARIABLE.get()
        VARIABLE.reset(token)
        await asyncio.sleep(0)
        return seen, VARIABLE.get()

    async def main():
        VARIABLE.set("main")
        return await asyncio.gather(*(worker(pick(n, 0)) for n in "ab")), VARIABLE.get()

    return asyncio.run(main()), VARIABLE.get()


def case_async_generators():
    async def ticker(n):
        try:
            for i in range(n):
                await asyncio.sleep(0)
                yield i
        finally:
            await asyncio.sleep(0)
            LOG.append("ticker done")

    async def main():
        out = make_list()
        async for i in ticker(3):
            out.append(i)
        async for i in ticker(3):
            break
        out.append([x async for x in ticker(2)])
        out.append({x: y for x in range(2) async for y in ticker(2)})
        return out

    return asyncio.run(main())


def case_futures():
    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        loop.call_soon(future.set_result, "result")
        out = make_list()
        out.append(await future)
        out.append(await future)
        failed = loop.create_future()
        failed.set_exception(ValueError("failed"))
        try:
            await failed
        except ValueError as error:
            out.append(str(error))
        out.append(await loop.run_in_executor(None, sum, [1, 2]))
        return out

    return asyncio.run(main())


def case_failing_main():
    async def main():
        try:
            await failing(KeyError("inner"))
        finally:
            await asyncio.sleep(0)

    return attempt(asyncio.run, main())


def case_stack():
    async def inner():
        task = asyncio.current_task()
        names = [f.f_code.co_name for f in task.get_stack()]
        LOG.append(names[names.index("_run_once") :])  # the frames before it are those of whoever runs the case
        await asyncio.sleep(0)
        return task.get_name()

    async def main():
        task = asyncio.create_task(inner(), name="inner")
        await asyncio.sleep(0)
        LOG.append([(f.f_code.co_name, f.f_lineno) for f in task.get_stack()])
        return await task

    return asyncio.run(main())
