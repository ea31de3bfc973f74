"""Names of others' servers, resolved on threads of their own: one that gets no answer holds its thread for long.

The loop's own threads resolve Slack's name, among much else, and must be left to that.
"""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any

from bot import shares
from bot.addresses import Address
from bot.errors import AssayError

AT_ONCE = 32  # twice what the herald has under way: it gives up before a thread does
OF_ONE_WORKSPACE = 16
TOO_MANY = "Too many names of servers are waited for just now. It is tried again later."

Resolver = Callable[[str, int, str], Awaitable[Sequence[Address]]]  # of a host and a port, for a workspace


class TooManyLookups(AssayError):
    """As many names as may be are being resolved, and get no answers; the message says so."""


class Lookups:
    """Resolves names as the system does: so many at once, and of one workspace no more than its share."""

    def __init__(self, at_once: int = AT_ONCE, of_one: int = OF_ONE_WORKSPACE) -> None:
        self._at_once, self._of_one = at_once, of_one
        self._held = Counter[str]()
        self._counting = Lock()  # each thread counts itself out

    async def __call__(self, host: str, port: int, team: str) -> Sequence[Address]:
        """The addresses of a name that a workspace asks for. Raises TooManyLookups, OSError."""
        self._begin(team)
        asked = Future[Any]()
        asked.set_running_or_notify_cancel()  # nobody can call a thread back
        # When the thread is done, not when whoever asked has gone away.
        asked.add_done_callback(lambda _: self._end(team))
        _start(asked, host, port)
        found = await asyncio.wrap_future(asked)
        return list(dict.fromkeys(ipaddress.ip_address(one[4][0]) for one in found))

    def _begin(self, team: str) -> None:
        with self._counting:
            full = shares.full(self._held, of=self._at_once, most=self._of_one)
            if self._held.total() >= self._at_once or team in full:
                raise TooManyLookups(TOO_MANY)
            self._held[team] += 1

    def _end(self, team: str) -> None:
        with self._counting:
            self._held[team] -= 1


def _start(asked: Future[Any], host: str, port: int) -> None:
    # A daemon: a process that is told to stop waits for none.
    thread = Thread(target=_ask, args=(asked, host, port), name="lookup", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the process may have no more threads
        asked.set_exception(TooManyLookups(TOO_MANY))


def _ask(asked: Future[Any], host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except BaseException as error:  # noqa: BLE001 - whoever waits is told of all: nobody else would end the wait
        asked.set_exception(error)
    else:
        asked.set_result(found)
