"""What is done for several workspaces is done for all at the same time: one that gets no answers keeps nobody else."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def one_by_one(found: Iterable[T], team: Callable[[T], str], do: Callable[[T], Awaitable[bool]]) -> None:
    """Each workspace's own in their order, until `do` says that Slack did not answer: the rest is for another time.

    What `do` raises is raised when all have ended.
    """
    queues = defaultdict[str, list[T]](list)
    for each in found:
        queues[team(each)].append(each)
    ended = await asyncio.gather(*(_until_silent(queue, do) for queue in queues.values()), return_exceptions=True)
    for error in ended:
        if error is not None:
            raise error


async def _until_silent(queue: Sequence[T], do: Callable[[T], Awaitable[bool]]) -> None:
    for each in queue:
        if not await do(each):
            return
