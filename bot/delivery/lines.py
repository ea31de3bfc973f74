"""What one process has under way, so that a stop can end it."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot import shares
from bot.delivery.endings import Ending
from storage.models import Delivery

# Under way in one process: Slack takes its time, and its limits are in posts a second. Workspaces that get no answers
# do not keep the others waiting: each may have half of what the others leave, so that six at once leave nothing.
AT_ONCE, OF_ONE_WORKSPACE = 24, 8

Post = asyncio.Task[Ending]


@dataclass
class Lines:
    """Several send at once, each one thing after the other."""

    posts: dict[str, tuple[Delivery, Post]] = field(default_factory=dict)  # until it is written down what came of them
    unwritten: list[tuple[Delivery, Ending]] = field(default_factory=list)  # the database was away just then
    count: int = 0
    stopped: bool = False

    @property
    def all_taken(self) -> bool:
        return self.count >= AT_ONCE

    @property
    def lanes(self) -> set[str]:
        """Those of which something is under way whose end is not yet known."""
        return {delivery.lane for delivery, _ in self.posts.values() if delivery.lane is not None}

    @property
    def full(self) -> set[str]:
        """Workspaces of which as much is under way as may be."""
        held = Counter(delivery.team for delivery, _ in self.posts.values() if delivery.lane is not None)
        return shares.full(held, of=AT_ONCE, most=OF_ONE_WORKSPACE)

    def begin(self, delivery: Delivery, sending: Coroutine[Any, Any, Ending]) -> Post:
        post = asyncio.create_task(sending)
        self.posts[delivery.id] = (delivery, post)
        return post

    def written_down(self, delivery: Delivery) -> None:
        self.posts.pop(delivery.id, None)

    async def stop(self, patience: float) -> list[tuple[Delivery, Post]]:
        """Begin nothing more, and wait for what is under way; what has not been written down."""
        self.stopped = True
        posts = list(self.posts.values())
        if posts:
            await asyncio.wait([post for _, post in posts], timeout=patience)
        return posts


def outcome(post: Post) -> Ending | None:
    """What came of it; None: nobody knows."""
    is_known = post.done() and not post.cancelled() and post.exception() is None
    return post.result() if is_known else None


def goes_on(line: asyncio.Task[int]) -> bool:
    """Whether it may still find something; one that broke says so when all is awaited."""
    return not line.done() or line.cancelled() or line.exception() is not None
