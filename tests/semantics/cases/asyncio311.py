"""Task groups, timeouts and runners of asyncio."""

import asyncio


async def value_after(value, ticks=1):
    for _ in range(ticks):
        await asyncio.sleep(0)
    return value


async def failing(error):
    await asyncio.sleep(0)
    raise error


def case_task_group():
    async def main():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(value_after(i, i)) for i in range(3)]
        return [t.result() for t in tasks]

    return asyncio.run(main())


def case_failing_group():
    async def main():
        out = make_list()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(failing(ValueError("v")))
                group.create_task(failing(KeyError("k")))
                slow = group.create_task(asyncio.sleep(0.03))
        except* ValueError as caught:
            out.append(("values", [repr(e) for e in caught.exceptions]))
            await asyncio.sleep(0)
        except* KeyError as caught:
            out.append(("keys", [repr(e) for e in caught.exceptions]))
        out.append(slow.cancelled())
        return out

    return asyncio.run(main())


def case_timeout():
    async def main(slow):
        out = make_list()
        try:
            async with asyncio.timeout(0.001) as scope:
                await slow
        except TimeoutError:
            out.append(("timeout", scope.expired()))
        async with asyncio.timeout(None):
            out.append(await value_after("in time"))
        return out

    return asyncio.run(main(failing(TimeoutError("not by the scope")))), asyncio.run(main(asyncio.sleep(0.03)))


def case_runner():
    runner = asyncio.Runner()
    out = make_list()
    out.append(runner.run(value_after(1)))
    out.append(runner.run(value_after(2)))
    runner.close()
    return out


def case_body_fails():
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0.03))
            await asyncio.sleep(0)
            raise OSError("body")

    return attempt(asyncio.run, main()), attempt(asyncio.run, value_after(1))
