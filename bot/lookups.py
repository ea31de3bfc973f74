"""Names of others' servers, resolved on threads of their own: one that gets no answer holds its thread for long.

The loop's own threads resolve Slack's name, among much else, and must be left to that.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

from bot.addresses import Address
from bot.errors import AssayError

AT_ONCE = 32  # twice what the herald has under way: it gives up before a thread does

Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]


class TooManyLookups(AssayError):
    """As many names as may be are being resolved, and get no answers; the message says so."""


class Lookups:
    """Resolves names as the system does, so many at once."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="lookup")
        self._free = Semaphore(at_once)

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of a name. Raises TooManyLookups, OSError."""
        if not self._free.acquire(blocking=False):
            raise TooManyLookups("Too many names of servers are waited for just now. It is tried again later.")
        asked = self._threads.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        # When the thread is done, not when whoever asked has gone away.
        asked.add_done_callback(lambda _: self._free.release())
        found = await asyncio.wrap_future(asked)
        return list(dict.fromkeys(ipaddress.ip_address(one[4][0]) for one in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
